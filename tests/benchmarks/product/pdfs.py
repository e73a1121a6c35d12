"""Setting pages for managers as PDF through the job that does it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from app import clock
from app.db import unit_writes
from app.extensions import db
from app.jobs import ledger, runner
from app.jobs.registry import Jobs
from app.typesetting import close, set_pdf
from practices.models import Share
from practices.services.shares import PAGE_PDF
from tests.benchmarks.product.changes import add_changes
from tests.benchmarks.product.installation import installation
from tests.benchmarks.product.locks import write_locks
from tests.benchmarks.product.tables import print_table
from tests.benchmarks.product.world import populate

#: As many as the default settings give: two jobs at a time, two processes that set pages.
THREADS = 2


def measure_pdfs(count: int, *, postgresql: bool) -> None:
    """Print seconds for so many pages of two changes each, a page's share of them, and the longest write lock."""
    with installation(postgresql=postgresql) as flask_app, flask_app.app_context():
        unit_writes.set(True)
        session, at = db.session(), clock.now()
        add_changes(session, populate(session, count * 10, at=at), at=at)
        ids = []
        for share in session.scalars(select(Share).limit(count)):
            key = f"page-pdf:{share.id}"
            ids.append(ledger.enqueue(session, PAGE_PDF, {"share": str(share.id)}, key=key, at=at).id)
        session.commit()
        set_pdf("<html><head></head></html>", title="First", language="en", processes=THREADS)
        with write_locks(db.engine) as held:
            began = time.perf_counter()
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(lambda job_id: _run(flask_app, job_id), ids))
            seconds = time.perf_counter() - began
        close()
        made = db.session().scalar(select(func.count()).where(Share.file_id.is_not(None)))
        if made != count:
            raise SystemExit(f"only {made} of {count} pages were set")
    figures = (
        ("pages", count),
        ("whole time, s", f"{seconds:.1f}"),
        ("a page, ms", f"{seconds / count * 1000:.0f}"),
        ("write lock, longest ms", f"{held.longest * 1000:.0f}"),
        ("write lock, most processor time, ms", f"{held.longest_cpu * 1000:.0f}"),
    )
    title = f"{count} PDFs for managers, {THREADS} at a time, on {'PostgreSQL' if postgresql else 'SQLite'}"
    print_table(title, ("figure", "value"), figures)


def _run(flask_app: Flask, job_id: int) -> None:
    jobs: Jobs = flask_app.extensions["jobs"]
    unit_writes.set(True)
    with flask_app.app_context():
        try:
            runner.run(db.session(), sessionmaker(db.engine), jobs.handlers, job_id)
        finally:
            db.session.remove()
