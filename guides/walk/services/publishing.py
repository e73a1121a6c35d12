"""Publishing a cohort: one job a circle, each a transaction that makes circle, season, walk, sessions and mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import UNDO_TIME, write
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, MatchDraft, Membership
from circles.queries import drafts
from circles.services import cohorts, drafting, forming
from circles.windows import Attendee, LocalView, Window, local_views, rank_windows
from guides.content.models import GuideVersion
from guides.content.queries import guide_of
from guides.content.values import Guide
from guides.walk.models import CohortPlan, SessionWeek, Walk
from guides.walk.services.labels import label_for
from guides.walk.services.managers import BEFORE
from guides.walk.weeks import week_for
from scheduling.models import Season
from scheduling.queries.access import season_of_circle
from scheduling.recurrence import Slot
from scheduling.services.calendars import invite_where_missing
from scheduling.services.seasons import open_season

PUBLISH_CIRCLE = "guides.publish_circle"
TELL_UNPLACED = "guides.tell_unplaced"
TELL_MANAGERS = "guides.tell_managers"
#: The mails that a circle is told by.
MAILS = ("guides/emails/welcome", "scheduling/emails/session_invite")
#: Other windows offered in the welcome mail.
ALTERNATIVES = 2


@dataclass(frozen=True, slots=True)
class PlannedCircle:
    """One circle of a draft with everything worked out that needs no write: its windows and the guide it follows."""

    name: str
    members: tuple[UUID, ...]
    score: float | None
    windows: tuple[Window, ...]
    version_id: UUID
    guide: Guide


def choose_guide(session: Session, cohort: Cohort, version: GuideVersion) -> None:
    """Tie a cohort to a guide version. Raises DomainError once it is published."""
    if cohort.state in (CohortState.PUBLISHING, CohortState.RUNNING, CohortState.FINISHED):
        raise DomainError(N_("This cohort is published; its guide stands."))
    plan = session.get(CohortPlan, cohort.id)
    if plan is None:
        session.add(CohortPlan(cohort_id=cohort.id, guide_version_id=version.id))
    else:
        plan.guide_version_id = version.id
    session.flush()


def plan_of(session: Session, cohort: Cohort) -> CohortPlan | None:
    """The guide a cohort will follow, its version loaded but for the text."""
    return session.scalar(
        select(CohortPlan)
        .where(CohortPlan.cohort_id == cohort.id)
        .options(joinedload(CohortPlan.guide_version).defer(GuideVersion.document))
    )


def start_publishing(session: Session, cohort: Cohort, revision: int, *, actor: Person, at: datetime) -> datetime:
    """Hand every circle of the draft to a job; nothing reaches anyone before the instant that is returned.

    Raises DomainError when the draft moved on, has no circle, breaks a firm rule, or no guide is chosen.
    """
    current = drafting.latest(session, cohort)
    if current is None or current.revision != revision:
        raise DomainError(N_("The draft has changed meanwhile. Load the page again; nothing was published."))
    circles = drafts.circles_brief(session, current)
    if not circles:
        raise DomainError(N_("There is no circle to publish yet."))
    broken = drafts.broken_circles(session, current, 8)
    if broken:
        raise DomainError(
            N_("These circles break a firm rule or have no weekly hour in common: %(names)s."),
            names=", ".join(broken),
        )
    if plan_of(session, cohort) is None:
        raise DomainError(N_("Choose the guide that the circles will follow first."))
    cohorts.step(session, cohort, CohortState.PUBLISHING, actor=actor, at=at)
    leaves_at = at + UNDO_TIME
    for name, members, score in circles:
        # With what a job needs of the draft at hand, none reads the whole of it again.
        payload = {
            "cohort": str(cohort.id),
            "circle": name,
            "members": members,
            "score": score,
            "circles": len(circles),
        }
        ledger.enqueue(
            session,
            PUBLISH_CIRCLE,
            payload,
            key=_key(cohort, revision, name),
            at=at,
            run_at=leaves_at,
            owner_id=actor.id,
        )
    unplaced = {"cohort": str(cohort.id), "revision": revision}
    ledger.enqueue(
        session, TELL_UNPLACED, unplaced, key=_key(cohort, revision, ""), at=at, run_at=leaves_at, owner_id=actor.id
    )
    return leaves_at


def undo_publishing(session: Session, cohort: Cohort, *, actor: Person, at: datetime) -> None:
    """Take publishing back before it begins. Raises DomainError once a circle is made."""
    if cohort.state is not CohortState.PUBLISHING:
        raise DomainError(N_("This cohort is not waiting to be published."))
    waiting = _jobs(session, cohort)
    if session.scalar(select(func.count()).where(Circle.cohort_id == cohort.id)) or any(
        job.state is not JobState.WAITING or job.attempts for job in waiting
    ):
        raise DomainError(N_("The first circles have been told already, so this cannot be undone."))
    for job in waiting:
        # The key is freed, so that the same draft can be published later.
        session.delete(job)
    cohorts.step(session, cohort, CohortState.MATCHING, actor=actor, at=at)


def publish_now(session: Session, cohort: Cohort, *, at: datetime) -> None:
    """Do not wait for the rest of the undo time."""
    waiting = [job.id for job in _jobs(session, cohort) if job.state is JobState.WAITING]
    for start in range(0, len(waiting), 500):
        session.execute(update(Job).where(Job.id.in_(waiting[start : start + 500])).values(run_at=at))
    session.info.setdefault(ledger.WAKE, []).extend(waiting)


def leaves_at(session: Session, cohort: Cohort) -> datetime | None:
    """When publishing begins, while it can still be undone."""
    times = [job.run_at for job in _jobs(session, cohort) if job.state is JobState.WAITING and not job.attempts]
    return min(times) if times else None


def plan_circle(
    session: Session, cohort: Cohort, name: str, members: Sequence[UUID], *, score: float | None
) -> PlannedCircle:
    """Work out a circle of a draft, its members by the ids of their enrollments; this only reads.

    Raises DomainError when no guide is chosen or its people share no hour.
    """
    plan = plan_of(session, cohort)
    if plan is None:
        raise DomainError(N_("Choose the guide that the circles will follow first."))
    windows = _windows(cohort, _enrollments(session, members))
    if not windows:
        raise DomainError(N_("%(circle)s has no weekly hour in common any more."), circle=name)
    return PlannedCircle(name, tuple(members), score, windows, plan.guide_version_id, guide_of(plan.guide_version))


def publish_circle(session: Session, cohort: Cohort, planned: PlannedCircle, *, desk: Desk, at: datetime) -> Circle:
    """Make a planned circle real: members, season in its best hour, walk, sessions, invites and welcomes.

    Raises DomainError when its people are not waiting any more; nothing is changed then.
    """
    enrollments = _enrollments(session, planned.members)
    circle = forming.form_circle(
        session,
        cohort,
        name=planned.name,
        enrollments=sorted(enrollments, key=lambda row: not row.glad_to_host),
        windows=[_slot(window) for window in planned.windows],
        score=planned.score,
        actor=None,
        at=at,
    )
    season = _open(session, cohort, circle, planned.windows, planned.guide, desk=desk, at=at)
    start_walk(session, season, planned.version_id, planned.guide, at=at)
    _welcome(session, cohort, season, planned.windows, desk=desk, at=at)
    invite_where_missing(session, season.sessions, desk=desk, at=at)
    return circle


def start_walk(session: Session, season: Season, version_id: UUID, guide: Guide, *, at: datetime) -> Walk:
    """Pin a guide version to a season and give each session its week; the season's sessions are loaded."""
    walk = Walk(season_id=season.id, guide_version_id=version_id, started_at=at)
    session.add(walk)
    session.flush()
    for meeting in season.sessions:
        week = week_for(meeting.position, len(guide.weeks))
        if week is not None:
            session.add(SessionWeek(session_id=meeting.id, walk_id=walk.id, week=week))
    session.flush()
    return walk


def finish_publishing(session: Session, cohort: Cohort, circles: int, *, at: datetime) -> bool:
    """Take the cohort to running once so many circles are made; True when that happened now."""
    session.refresh(cohort, with_for_update=True)
    made = session.scalar(select(func.count()).where(Circle.cohort_id == cohort.id)) or 0
    if cohort.state is not CohortState.PUBLISHING or made < circles:
        return False
    cohorts.step(session, cohort, CohortState.RUNNING, actor=None, at=at)
    key = f"{TELL_MANAGERS}:{BEFORE}:{cohort.id}"
    ledger.enqueue(session, TELL_MANAGERS, {"cohort": str(cohort.id), "letter": BEFORE}, key=key, at=at)
    return True


def unplaced_people(session: Session, cohort: Cohort, revision: int) -> list[Enrollment]:
    """People of a draft who have no circle and were not left out on purpose."""
    left = drafts.left_out(session, _draft(session, cohort, revision), excluded=False)
    people = _enrollments(session, [row.enrollment_id for row in left])
    return [row for row in people if row.state is EnrollmentState.ENROLLED]


def tell_unplaced(session: Session, enrollment: Enrollment, cohort: Cohort, *, desk: Desk, at: datetime) -> None:
    """Tell one person that there is no circle for them yet, and what would help."""
    person = enrollment.person
    composed = compose(
        "guides/emails/no_circle_yet",
        locale=person.locale,
        person=person,
        cohort=cohort,
        hours_url=desk.url(f"/enrollments/{enrollment.id}/hours"),
        desk=desk,
    )
    write(session, composed, kind="cohort.no_circle", to=person.email, name=person.name, person_id=person.id, at=at)


def _open(
    session: Session,
    cohort: Cohort,
    circle: Circle,
    windows: Sequence[Window],
    guide: Guide,
    *,
    desk: Desk,
    at: datetime,
) -> Season:
    best = windows[0]
    weeks = cohorts.weeks(cohort)
    loaded = session.scalars(
        select(Circle)
        .where(Circle.id == circle.id)
        .options(joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person))
        .execution_options(populate_existing=True)
    ).one()
    season = open_season(
        session,
        loaded,
        slot=Slot(best.weekday, best.start, best.timezone, cohort.minutes),
        weeks=weeks,
        labels=[label_for(guide, week_for(number, len(guide.weeks))) for number in range(1, len(weeks) + 1)],
        alternatives=[_slot(window) for window in windows[1 : 1 + ALTERNATIVES]],
        room_base_url=desk.room_base_url,
        at=at,
    )
    found = season_of_circle(session, circle.id)
    return found or season


def _welcome(
    session: Session, cohort: Cohort, season: Season, windows: Sequence[Window], *, desk: Desk, at: datetime
) -> None:
    members = [membership for membership in season.circle.memberships if membership.left_at is None]
    span = cohorts.span(cohort)
    offered = windows[: 1 + ALTERNATIVES]
    people = [_Placed(str(membership.person_id), membership.person.timezone) for membership in members]
    views: list[dict[str, LocalView]] = [
        {
            str(view.key): view
            for view in local_views(
                window, people, first_day=span.first_day, weeks=span.weeks, cadence_weeks=span.cadence_weeks
            )
        }
        for window in offered
    ]
    for membership in members:
        person = membership.person
        composed = compose(
            "guides/emails/welcome",
            locale=person.locale,
            person=person,
            cohort=cohort,
            circle=season.circle,
            season=season,
            first=season.sessions[0],
            peers=[other.person for other in members if other.person_id != person.id],
            hours=[view[str(person.id)] for view in views],
            circle_url=desk.url(f"/circles/{season.circle_id}"),
            desk=desk,
        )
        write(session, composed, kind="circle.welcome", to=person.email, name=person.name, person_id=person.id, at=at)


class _Placed:
    """A person as `local_views` takes them."""

    def __init__(self, key: str, timezone: str) -> None:
        self.key, self.timezone = key, timezone


def _windows(cohort: Cohort, enrollments: Sequence[Enrollment]) -> tuple[Window, ...]:
    span = cohorts.span(cohort)
    people = [drafting.candidate(row) for row in enrollments]
    return rank_windows(
        [Attendee(person.key, person.timezone, person.grid) for person in people],
        minutes=cohort.minutes,
        first_day=span.first_day,
        weeks=span.weeks,
        cadence_weeks=span.cadence_weeks,
        limit=drafting.SHOWN_WINDOWS,
        at_least=cohort.slots,
    )


def _slot(window: Window) -> dict[str, Any]:
    return {"weekday": window.weekday, "start": f"{window.start:%H:%M}", "timezone": window.timezone}


def _draft(session: Session, cohort: Cohort, revision: int) -> MatchDraft:
    draft = drafts.draft_at(session, cohort, revision)
    if draft is None:
        raise DomainError(N_("The draft has changed meanwhile. Load the page again; nothing was published."))
    return draft


def _enrollments(session: Session, ids: Sequence[UUID]) -> list[Enrollment]:
    found: dict[UUID, Enrollment] = {}
    for start in range(0, len(ids), 500):
        rows = session.scalars(
            select(Enrollment)
            .where(Enrollment.id.in_(ids[start : start + 500]))
            .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
        )
        found |= {row.id: row for row in rows}
    return [found[key] for key in ids if key in found]


def _jobs(session: Session, cohort: Cohort) -> Sequence[Job]:
    prefix = f"publish:{cohort.id}:"
    return session.scalars(select(Job).where(Job.key.startswith(prefix, autoescape=True))).all()


def _key(cohort: Cohort, revision: int, circle: str) -> str:
    return f"publish:{cohort.id}:{revision}:{circle}"
