"""Jobs of a cohort, as its leads follow them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.jobs.models import Job, JobState

UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


def search_under_way(session: Session, cohort_id: UUID) -> Job | None:
    """The search for a cohort's circles that waits or runs, if any."""
    return session.scalar(
        select(Job)
        .where(Job.key.startswith(f"match:{cohort_id}:", autoescape=True), Job.state.in_(UNDER_WAY))
        .order_by(Job.id.desc())
        .limit(1)
    )


def job_of_cohort(session: Session, cohort_id: UUID, job_id: int, kinds: Collection[str]) -> Job:
    """A job of some kinds about a cohort that was loaded for its lead. Raises NotFound for any other job."""
    job = session.get(Job, job_id)
    if job is None or job.kind not in kinds or job.payload.get("cohort") != str(cohort_id):
        raise NotFound
    return job
