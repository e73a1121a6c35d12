"""Plays what happened, in order of time: each entry is done at its own instant, and jobs follow as they come due."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import ledger, runner
from app.jobs.models import Job, JobState
from app.jobs.runner import JobRun, LeaseLost
from app.jobs.worker import Periodic, write_periodic

#: Called with the instant as `at`.
Entry = Callable[..., object]
#: Entries done between two commits.
ENTRIES_A_COMMIT = 200


@dataclass
class PastRun(JobRun):
    """A job's run at an instant that has passed."""

    moment: datetime | None = None

    @property
    def at(self) -> datetime:
        """The instant that is played."""
        if self.moment is None:
            raise LookupError("a run in the diary has its instant")
        return self.moment

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Nobody watches; keep what was done so far."""
        commit(self.session)


def commit(session: Session) -> None:
    """Commit without waking workers, which may be those of another database; the worker finds what is left."""
    session.info.pop(ledger.WAKE, None)
    session.commit()


class Diary:
    """Entries that wait for their instant, up to the present one.

    `left` are kinds of job that stay for the worker, since they take long and nobody has asked for them yet.
    """

    def __init__(
        self,
        session: Session,
        handlers: Mapping[str, str],
        *,
        until: datetime,
        left: Sequence[str] = (),
    ) -> None:
        self.session, self.handlers, self.until = session, handlers, until
        self.left = list(left)
        self._entries: list[tuple[datetime, int, Entry]] = []
        self._order = itertools.count()

    def enter(self, at: datetime, entry: Entry) -> None:
        """Have something done at an instant; what lies after the present one is left out."""
        if at <= self.until:
            heapq.heappush(self._entries, (at, next(self._order), entry))

    def play(self) -> None:
        """Do every entry in order of time, and each entry's jobs right after it."""
        with _kept_objects(self.session):
            for number in itertools.count(1):
                if not self._entries:
                    break
                at, _, entry = heapq.heappop(self._entries)
                entry(at=at)
                if self.session.info.get(ledger.WAKE):
                    self.work(at)
                if number % ENTRIES_A_COMMIT == 0:
                    commit(self.session)
            self.work(self.until)
            commit(self.session)

    def do(self, periodic: Sequence[Periodic], at: datetime) -> None:
        """Write jobs that come due by themselves, and do what waited for its time."""
        write_periodic(self.session, periodic, at=at)
        self.work(at)

    def work(self, at: datetime) -> None:
        """Do every job that is due at an instant."""
        self.session.info.pop(ledger.WAKE, None)
        due = select(Job.id).where(Job.state == JobState.WAITING, Job.run_at <= at).order_by(Job.run_at, Job.id)
        if self.left:
            due = due.where(Job.kind.not_in(self.left))
        while job_ids := self.session.scalars(due).all():
            for job_id in job_ids:
                self._do(job_id, at)

    def _do(self, job_id: int, at: datetime) -> None:
        token = ledger.claim(self.session, job_id, at=at)
        if token is None:
            raise LeaseLost
        job = self.session.get_one(Job, job_id, populate_existing=True)
        run = PastRun(job.id, token, dict(job.payload), job.owner_id, self.session, job.attempts, moment=at)
        runner.resolve(self.handlers[job.kind])(run)
        if not ledger.finish(self.session, job_id, token, at=at, result=run.result):
            raise LeaseLost


@contextmanager
def _kept_objects(session: Session) -> Iterator[None]:
    """Let objects outlive commits, since entries hold on to theirs."""
    before, session.expire_on_commit = session.expire_on_commit, False
    try:
        yield
    finally:
        session.expire_on_commit = before
