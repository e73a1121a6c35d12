"""Importing a people file: the check, the second check that changes nothing, and applying it."""

from __future__ import annotations

import time
from uuid import UUID

from flask import Flask

from app import clock
from app.accounts.models import PeopleImport
from app.accounts.services import importing
from app.db import unit_writes
from app.extensions import db
from app.organization import organization
from app.storage import Storage
from tests.benchmarks.product.installation import installation
from tests.benchmarks.product.locks import write_locks
from tests.benchmarks.product.tables import print_table
from tests.benchmarks.product.world import DEPARTMENTS, ZONES
from tests.factories import accounts as make_accounts
from tests.jobs_in_tests import drain


def measure_import(rows: int, *, postgresql: bool) -> None:
    """Print seconds and the longest write lock for a new file, and for the same people with a new title."""
    figures = []
    with installation(postgresql=postgresql) as flask_app, flask_app.app_context():
        storage: Storage = flask_app.extensions["storage"]
        unit_writes.set(True)
        session = db.session()
        organization(session).set_up_at = clock.now()
        actor = make_accounts.person(session, name="Ada Admin", is_administrator=True)
        session.commit()
        for label, title in (("new people", "Planner"), ("a new job title for all", "Senior planner")):
            record = importing.upload(
                session, storage, people_file(rows, title), name="people.csv", actor=actor, at=clock.now()
            )
            session.commit()
            record_id = record.id
            figures.append((f"check, {label}", *_drained(flask_app)))
            session = db.session()
            importing.start(session, session.get_one(PeopleImport, record_id), actor=actor, at=clock.now())
            session.commit()
            figures.append((f"apply, {label}", *_drained(flask_app)))
            _require_applied(record_id, rows)
    title = f"Import of {rows:,} people on {'PostgreSQL' if postgresql else 'SQLite'}"
    print_table(title, ("step", "seconds", "write units", "longest write lock, ms", "most processor time, ms"), figures)


def _drained(flask_app: Flask) -> tuple[str, int, str, str]:
    with write_locks(db.engine) as held:
        began = time.perf_counter()
        drain(flask_app)
        seconds = time.perf_counter() - began
    return f"{seconds:.1f}", len(held.seconds), f"{held.longest * 1000:.0f}", f"{held.longest_cpu * 1000:.0f}"


def _require_applied(record_id: UUID, rows: int) -> None:
    record = db.session().get_one(PeopleImport, record_id)
    if record.done_rows != rows or record.state.value != "applied":
        raise SystemExit(f"the import stands at {record.state.value}, {record.done_rows} of {rows} rows")


def people_file(rows: int, title: str) -> bytes:
    """A people file with every optional column filled; everyone but the first fifty has a manager in it."""
    lines = ["email,name,timezone,languages,department,location,level,manager_email,external_id,job_title"]
    lines += [
        f"person{n}@bench.example,Person {n},{ZONES[n % len(ZONES)]},en,{DEPARTMENTS[n % len(DEPARTMENTS)]},"
        f"Place {n % 9},senior,{f'person{n % 50}@bench.example' if n >= 50 else ''},E{n},{title}"
        for n in range(rows)
    ]
    return "\n".join(lines).encode()
