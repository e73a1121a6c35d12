"""Runs one claimed job: claim, handle, finish in one transaction, or put it back."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from app import clock
from app.errors import DomainError
from app.jobs import ledger
from app.jobs.models import Job

log = logging.getLogger(__name__)
#: A lease is extended this many times before it would end.
BEATS_A_LEASE = 4


class LeaseLost(Exception):
    """Another worker took the job over; this one's effect is rolled back."""


class Final(Exception):
    """Raised by a handler when trying again cannot help; the job goes among the dead at once."""


@dataclass
class JobRun:
    """What a handler gets: its payload, a session for its effect, and a way to tell progress."""

    job_id: int
    token: str
    payload: Mapping[str, Any]
    owner_id: UUID | None
    session: Session
    attempt: int
    lease: timedelta = ledger.LEASE
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """The present instant."""
        return clock.now()

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Commit what was done so far, keep the lease and tell how far the job is. Raises LeaseLost."""
        kept = ledger.extend(
            self.session, self.job_id, self.token, at=self.at, done=done, total=total, note=note, lease=self.lease
        )
        if not kept:
            self.session.rollback()
            raise LeaseLost
        self.session.commit()


Handler = Callable[[JobRun], None]


def resolve(path: str) -> Handler:
    """The handler named "package.module:function"; resolved on first use, so that the web never imports it."""
    module, _, name = path.partition(":")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


class _Beat(threading.Thread):
    """Extends a job's lease while its handler computes."""

    def __init__(self, sessions: sessionmaker[Session], job_id: int, token: str, lease: timedelta) -> None:
        super().__init__(daemon=True, name=f"beat-{job_id}")
        self.sessions, self.job_id, self.token = sessions, job_id, token
        self.lease = lease
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(self.lease.total_seconds() / BEATS_A_LEASE):
            try:
                with self.sessions.begin() as session:
                    ledger.extend(session, self.job_id, self.token, at=clock.now(), lease=self.lease)
            except Exception:
                log.warning("the lease of job %s could not be extended", self.job_id, exc_info=True)


def run(
    session: Session,
    sessions: sessionmaker[Session],
    handlers: Mapping[str, str],
    job_id: int,
    *,
    lease: timedelta = ledger.LEASE,
) -> bool:
    """Claim a job and do it. False when another worker has it or it is not due."""
    token = ledger.claim(session, job_id, at=clock.now(), lease=lease)
    if token is None:
        session.commit()
        return False
    job = session.get_one(Job, job_id, populate_existing=True)
    work = JobRun(job.id, token, dict(job.payload), job.owner_id, session, job.attempts, lease)
    kind = job.kind
    session.commit()
    beat = _Beat(sessions, job_id, token, lease)
    beat.start()
    try:
        if kind not in handlers:
            raise Final(f"no handler for {kind}")
        resolve(handlers[kind])(work)
        if not ledger.finish(session, job_id, token, at=clock.now(), result=work.result):
            raise LeaseLost
        session.commit()
    except LeaseLost:
        session.rollback()
        log.warning("job %s was taken over by another worker", job_id)
    except Exception as error:
        session.rollback()
        log.warning("job %s (%s) failed: %s", job_id, kind, type(error).__name__, exc_info=True)
        ledger.fail(
            session, job_id, token, _describe(error), at=clock.now(), final=isinstance(error, (Final, DomainError))
        )
        session.commit()
    finally:
        beat.over.set()
    return True


def _describe(error: Exception) -> str:
    """The error for the administrator: its kind and first line, without the data it was about."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:500]
