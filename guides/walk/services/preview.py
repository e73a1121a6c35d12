"""What publishing a draft would do, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.jobs.models import Job, JobState
from circles.draft import Figures
from circles.models import Circle, Cohort
from circles.queries import drafts
from circles.services import drafting
from guides.walk.models import CohortPlan
from guides.walk.services import publishing
from scheduling.services.calendars import HORIZON

#: Circles named that stand in the way of publishing.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of what publishing does; `broken` names circles that stand in its way."""

    revision: int
    circles: int
    people: int
    unplaced: int
    excluded: int
    invites: int
    broken: tuple[str, ...]
    plan: CohortPlan | None

    @property
    def mails(self) -> int:
        """How many mails go out in all."""
        return self.people + self.invites + self.unplaced


@dataclass(frozen=True, slots=True)
class PublishingProgress:
    """How many circles are made, what hangs, and when it begins while it can be undone."""

    made: int
    total: int
    dead: int
    leaves_at: datetime | None
    errors: tuple[str, ...]


def publishing_preview(session: Session, cohort: Cohort) -> Preview | None:
    """What publishing the cohort's draft would do; None without a draft."""
    draft = drafting.latest(session, cohort)
    if draft is None:
        return None
    figures = Figures(**draft.figures)
    excluded = len(drafts.left_out(session, draft, excluded=True))
    return Preview(
        revision=draft.revision,
        circles=figures.circles,
        people=figures.placed,
        unplaced=figures.unplaced - excluded,
        excluded=excluded,
        invites=figures.placed * min(HORIZON, cohort.sessions),
        broken=tuple(drafts.broken_circles(session, draft, MOST_NAMED)),
        plan=publishing.plan_of(session, cohort),
    )


def publishing_progress(session: Session, cohort: Cohort, *, at: datetime) -> PublishingProgress:
    """How far publishing a cohort is; it can be undone until the first circle's time has come."""
    prefix = f"publish:{cohort.id}:"
    jobs = session.execute(
        select(Job.state, Job.last_error, Job.attempts, Job.run_at).where(
            Job.key.startswith(prefix, autoescape=True), Job.kind == publishing.PUBLISH_CIRCLE
        )
    ).all()
    made = session.scalar(select(func.count()).where(Circle.cohort_id == cohort.id)) or 0
    waiting = [job.run_at for job in jobs if job.state is JobState.WAITING and not job.attempts]
    untouched = len(waiting) == len(jobs) and not made and all(run_at > at for run_at in waiting)
    dead = [job for job in jobs if job.state is JobState.DEAD]
    return PublishingProgress(
        made=made,
        total=len(jobs),
        dead=len(dead),
        leaves_at=min(waiting) if untouched and waiting else None,
        errors=tuple(sorted({job.last_error or "" for job in dead}))[:5],
    )
