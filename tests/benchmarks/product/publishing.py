"""Publishing a cohort through its jobs, and how long each circle keeps the database to itself."""

from __future__ import annotations

import gc
import statistics
import time

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from app import clock
from app.db import unit_writes
from app.extensions import db
from app.jobs import ledger, runner
from app.jobs.models import Job, JobState
from app.jobs.registry import Jobs
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState
from guides.walk.services import publishing
from tests.benchmarks.product.drafts import draft_of
from tests.benchmarks.product.installation import installation
from tests.benchmarks.product.locks import write_locks
from tests.benchmarks.product.tables import print_table
from tests.benchmarks.product.world import SIZE, populate
from tests.jobs_in_tests import drain

#: What one circle may keep the write lock for.
TARGET_MS = 200


def measure_publishing(circles: int, *, postgresql: bool) -> None:
    """Print times per circle, the whole, and the longest write lock."""
    with installation(postgresql=postgresql) as flask_app, flask_app.app_context():
        unit_writes.set(True)
        session, at = db.session(), clock.now()
        world = populate(session, circles * SIZE, at=at)
        draft = draft_of(session, world.matching, world.waiting, size=SIZE, at=at)
        session.commit()
        drain(flask_app)
        publishing.start_publishing(session, world.matching, draft.revision, actor=world.lead, at=clock.now())
        publishing.publish_now(session, world.matching, at=clock.now())
        session.commit()
        cohort_id, before = world.matching.id, session.scalar(select(func.count()).select_from(OutgoingMail)) or 0
        session.commit()
        jobs = list(ledger.due(session, at=clock.now(), limit=10_000))
        session.commit()
        # Rows made above must not slow the collector down while a circle is published.
        gc.collect()
        gc.freeze()
        with write_locks(db.engine) as held:
            times = _run_all(flask_app, jobs)
        session = db.session()
        mails = (session.scalar(select(func.count()).select_from(OutgoingMail)) or 0) - before
        made = session.scalar(select(func.count()).where(Job.id.in_(jobs), Job.state == JobState.DONE))
        if made != len(jobs) or session.get_one(Cohort, cohort_id).state is not CohortState.RUNNING:
            raise SystemExit(f"only {made} of {len(jobs)} jobs are done")
    figures = (
        ("circles", circles),
        ("mails written", mails),
        ("whole time, s", f"{sum(times):.1f}"),
        ("a circle, median ms", f"{statistics.median(times) * 1000:.0f}"),
        ("a circle, longest ms", f"{max(times) * 1000:.0f}"),
        (f"write lock, longest ms (target {TARGET_MS})", f"{held.longest * 1000:.0f}"),
        ("write lock, most processor time, ms", f"{held.longest_cpu * 1000:.0f}"),
        (f"units over {TARGET_MS} ms", sum(1 for seconds in held.seconds if seconds * 1000 > TARGET_MS)),
    )
    title = f"Publishing {circles} circles of {SIZE} on {'PostgreSQL' if postgresql else 'SQLite'}"
    print_table(title, ("figure", "value"), figures)


def _run_all(flask_app: Flask, jobs: list[int]) -> list[float]:
    known: Jobs = flask_app.extensions["jobs"]
    times = []
    for job_id in jobs:
        began = time.perf_counter()
        runner.run(db.session(), sessionmaker(db.engine), known.handlers, job_id)
        times.append(time.perf_counter() - began)
    return times
