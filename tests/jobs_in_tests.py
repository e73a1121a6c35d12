"""Runs due jobs in the test's own process, without huey."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import sessionmaker

from app import clock
from app.extensions import db
from app.jobs import ledger, runner
from app.jobs.registry import Jobs


def drain(flask_app: Flask, limit: int = 10_000) -> int:
    """Do every due job until none is; the number done. A job that fails waits for its next time, as in real life."""
    jobs: Jobs = flask_app.extensions["jobs"]
    done = 0
    while done < limit:
        session = db.session()
        due = ledger.due(session, at=clock.now(), limit=100)
        session.commit()
        if not due:
            return done
        for job_id in due:
            runner.run(db.session(), sessionmaker(db.engine), jobs.handlers, job_id)
            done += 1
    raise AssertionError(f"more than {limit} jobs came due")
