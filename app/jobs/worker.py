"""The worker process: huey's threads run jobs as they arrive, and a sweeper finds what no message brought."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session, sessionmaker

from app import clock
from app.jobs import ledger, runner
from app.jobs.carrier import Carrier
from app.jobs.models import WorkerBeat

log = logging.getLogger(__name__)
SWEEP_SECONDS = 2.0
#: A job that was handed to huey and did not begin is handed over again after so long.
HANDED_OVER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job kind that comes due at every multiple of `every` since the epoch."""

    kind: str
    every: timedelta


class Worker:
    """Runs jobs until told to stop."""

    def __init__(
        self,
        flask_app: Flask,
        database: SQLAlchemy,
        carrier: Carrier,
        handlers: Mapping[str, str],
        periodic: Sequence[Periodic],
        *,
        threads: int,
        lease: timedelta = ledger.LEASE,
    ) -> None:
        self.flask_app, self.database, self.carrier = flask_app, database, carrier
        self.handlers, self.periodic, self.lease = handlers, periodic, lease
        self.consumer = carrier.consumer(self.run_job, workers=threads)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.handed_over: dict[int, datetime] = {}
        self.over = threading.Event()

    def run_job(self, job_id: int) -> None:
        """Claim and do one job inside an application context of its own."""
        with self.flask_app.app_context():
            sessions = sessionmaker(self.database.engine)
            runner.run(self.database.session(), sessions, self.handlers, job_id, lease=self.lease)

    def run_forever(self) -> None:
        """Start the threads and sweep until `stop` is called."""
        self.consumer.start()
        started = clock.now()
        while not self.over.is_set():
            try:
                self.sweep(started)
            except Exception:
                log.exception("the sweep failed; it is tried again")
            self.over.wait(SWEEP_SECONDS)
        self.consumer.stop(graceful=True)

    def stop(self) -> None:
        """Finish running jobs and end `run_forever`."""
        self.over.set()

    def sweep(self, started: datetime) -> None:
        """Write periodic jobs, tell that this worker lives, and hand over every due job."""
        at = clock.now()
        with self.flask_app.app_context(), sessionmaker(self.database.engine).begin() as session:
            write_periodic(session, self.periodic, at=at)
            session.merge(WorkerBeat(name=self.name, started_at=started, seen_at=at))
            due = ledger.due(session, at=at)
        # What was just handed over is not handed over again for a while, or a long queue would only grow.
        self.handed_over = {
            job: when for job, when in self.handed_over.items() if when + min(self.lease / 2, HANDED_OVER) > at
        }
        fresh = [job for job in due if job not in self.handed_over]
        self.carrier.wake(fresh)
        self.handed_over.update(dict.fromkeys(fresh, at))


def write_periodic(session: Session, periodic: Sequence[Periodic], *, at: datetime) -> None:
    """Write the job of each periodic kind's present tick. The unique key makes any number of schedulers harmless."""
    for entry in periodic:
        seconds = entry.every.total_seconds()
        tick = int(at.timestamp() // seconds)
        ledger.enqueue(session, entry.kind, {}, key=f"{entry.kind}@{tick}", at=at)
