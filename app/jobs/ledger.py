"""Writing, claiming, finishing and sweeping jobs; nothing here knows what a job does."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.jobs.models import Job, JobState

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 6
#: Waiting time before the 2nd, 3rd … attempt.
BACKOFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200))
#: `session.info` key under which ids wait to be carried once the transaction has committed.
WAKE = "jobs_to_wake"


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str,
    at: datetime,
    run_at: datetime | None = None,
    owner_id: UUID | None = None,
    new: bool = False,
) -> Job:
    """Write a job in the caller's transaction. A key that exists already gives back the job that has it.

    `new` says that the key names something just made, so that nobody looks for it; the database refuses it otherwise.
    """
    existing = None if new else session.scalar(select(Job).where(Job.key == key))
    if existing is not None:
        return existing
    job = Job(key=key, kind=kind, payload=payload, owner_id=owner_id, run_at=run_at or at, created_at=at, result={})
    session.add(job)
    session.flush()
    if job.run_at <= at:
        session.info.setdefault(WAKE, []).append(job.id)
    return job


def cancel(session: Session, key: str, *, at: datetime) -> bool:
    """Take back a job that has not begun. True when it will not run."""
    changed = session.execute(
        update(Job)
        .where(Job.key == key, Job.state == JobState.WAITING)
        .values(state=JobState.CANCELLED, finished_at=at)
        .returning(Job.id)
    ).first()
    return changed is not None


def claim(session: Session, job_id: int, *, at: datetime, lease: timedelta = LEASE) -> str | None:
    """Try to become the one worker that runs a job; the lease token when won, None otherwise."""
    token = secrets.token_hex(16)
    free = or_(
        and_(Job.state == JobState.WAITING, Job.run_at <= at),
        and_(Job.state == JobState.RUNNING, Job.lease_until < at),
    )
    won = session.execute(
        update(Job)
        .where(Job.id == job_id, free)
        .values(state=JobState.RUNNING, lease_until=at + lease, lease_token=token, attempts=Job.attempts + 1)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).first()
    return token if won else None


def _held(job_id: int, token: str) -> Any:
    return and_(Job.id == job_id, Job.lease_token == token, Job.state == JobState.RUNNING)


def extend(
    session: Session,
    job_id: int,
    token: str,
    *,
    at: datetime,
    done: int | None = None,
    total: int | None = None,
    note: str = "",
    lease: timedelta = LEASE,
) -> bool:
    """Keep the lease and say how far the job is. False when another worker has it by now."""
    values: dict[str, Any] = {"lease_until": at + lease}
    if done is not None:
        values["done_steps"] = done
    if total is not None:
        values["total_steps"] = total
    if note:
        values["note"] = note[:200]
    statement = update(Job).where(_held(job_id, token)).values(**values).returning(Job.id)
    return session.execute(statement.execution_options(synchronize_session=False)).first() is not None


def finish(session: Session, job_id: int, token: str, *, at: datetime, result: dict[str, Any]) -> bool:
    """Mark a job done, in the transaction of its effect. False when the lease was lost: roll the effect back."""
    statement = (
        update(Job)
        .where(_held(job_id, token))
        .values(state=JobState.DONE, finished_at=at, lease_until=None, last_error=None, result=result)
        .returning(Job.id)
    )
    return session.execute(statement.execution_options(synchronize_session=False)).first() is not None


def fail(
    session: Session, job_id: int, token: str, error: str, *, at: datetime, final: bool = False
) -> JobState | None:
    """Put a failed job back with a growing delay, or among the dead after too many attempts."""
    job = session.scalar(select(Job).where(_held(job_id, token)).execution_options(populate_existing=True))
    if job is None:
        return None
    job.last_error = error[:2000]
    job.lease_until = None
    job.lease_token = None
    if final or job.attempts >= MAX_ATTEMPTS:
        job.state, job.finished_at = JobState.DEAD, at
    else:
        job.state, job.run_at = JobState.WAITING, at + BACKOFF[min(job.attempts, len(BACKOFF)) - 1]
    session.flush()
    return job.state


def due(session: Session, *, at: datetime, limit: int = 200) -> Sequence[int]:
    """Ids of jobs that should run now: waiting and due, or running on a lease that ended."""
    ready = or_(
        and_(Job.state == JobState.WAITING, Job.run_at <= at),
        and_(Job.state == JobState.RUNNING, Job.lease_until < at),
    )
    return session.scalars(select(Job.id).where(ready).order_by(Job.run_at, Job.id).limit(limit)).all()


def retry(session: Session, job_id: int, *, at: datetime) -> bool:
    """Give a dead job another set of attempts."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.DEAD)
        .values(state=JobState.WAITING, run_at=at, attempts=0, finished_at=None)
        .returning(Job.id)
    ).first()
    if changed:
        session.info.setdefault(WAKE, []).append(job_id)
    return changed is not None


def counts(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    return dict.fromkeys(JobState, 0) | {row[0]: row[1] for row in rows}


def forget_finished(session: Session, *, before: datetime) -> int:
    """Delete jobs that ended before an instant and say how many; dead ones stay until someone looks."""
    ended = delete(Job).where(Job.state.in_([JobState.DONE, JobState.CANCELLED]), Job.finished_at < before)
    return len(session.execute(ended.returning(Job.id)).all())
