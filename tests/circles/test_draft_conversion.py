"""Drafts of the old shape, one document each, are given their rows by the migration; nothing beside them is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from app.config import Config
from app.extensions import db
from app.factory import create_app
from circles.models import Cohort, DraftCircle, DraftLeft, MatchSearch, Objective
from circles.queries import drafts

COHORT, PROGRAM, PEOPLE = uuid4(), uuid4(), [uuid4() for _number in range(9)]
AT = "2026-09-04 10:42:00.000000"
SLOT = {"weekday": 1, "start": "14:00", "timezone": "Europe/Berlin"}


def circle(name: str, people: list[UUID], **fields: Any) -> dict[str, Any]:
    """A circle as documents had it."""
    members = [str(key) for key in people]
    plain = {"locked": False, "moved": False, "score": 80.0, "parts": {"size": 1.0}, "facts": {}, "remarks": []}
    return {"name": name, "members": members, **plain, "slots": [SLOT], "valid": True, **fields}


DOCUMENT = {
    "circles": [
        circle("Hazel", PEOPLE[:4], locked=True, remarks=[{"code": "no_host", "people": [], "values": {}}]),
        circle("Rowan", PEOPLE[4:8], moved=True, score=60.0, slots=[]),
    ],
    "unplaced": [
        {"enrollment": str(PEOPLE[8]), "code": "hours", "reason": "", "values": {"hours": 1.5}, "people": [],
         "change": None, "excluded": True}
    ],
    "score": 62.22, "bound": 90.0, "bound_kind": "lp", "seed": 7, "seconds": 3.5, "problems": [],
}  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Flask]:
    """An application on a database from before, with a cohort whose present draft is its second."""
    config = Config(
        secret_key="converting drafts in the tests only, only",
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'old.db'}",
        testing=True,
    )
    made = create_app(config)
    with made.app_context():
        upgrade(revision="0005_practices")
        for statement, values in rows():
            db.session.execute(text(statement), values)
        db.session.commit()
        yield made
        db.session.remove()
        db.engine.dispose()


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """What stood in the database."""
    yield (
        "INSERT INTO program (id, name, purpose, created_at) VALUES (:id, 'Circles', '', :at)",
        {"id": PROGRAM.hex, "at": AT},
    )
    yield (
        "INSERT INTO cohort (id, program_id, name, purpose, state, timezone, starts_on, cadence, chosen_dates,"
        " sessions, minutes, size_min, size_target, size_max, slots, weights, enroll_from, enroll_until,"
        " approval_required, managers_take_part, topics, join_nonce, draft_revision, created_at)"
        " VALUES (:id, :program, 'Autumn', '', 'matching', 'UTC', '2026-09-14', 'weekly', '[]', 12, 60, 4, 5, 6, 2,"
        " '{}', '2026-08-01', '2026-09-01', 0, 0, '[]', 'n', 2, :at)",
        {"id": COHORT.hex, "program": PROGRAM.hex, "at": AT},
    )
    for revision, document in ((1, {**DOCUMENT, "circles": []}), (2, DOCUMENT)):
        yield (
            "INSERT INTO match_draft (id, cohort_id, revision, action, document, created_at)"
            " VALUES (:id, :cohort, :revision, 'move', :document, :at)",
            {"id": uuid4().hex, "cohort": COHORT.hex, "revision": revision, "document": json.dumps(document), "at": AT},
        )


def test_the_present_draft_is_given_its_rows(old: Flask) -> None:
    upgrade()
    session = db.session()
    cohort = session.get_one(Cohort, COHORT)
    assert (cohort.objective, cohort.attributes, cohort.questions, cohort.catch_up) == (Objective.TOTAL, {}, [], False)
    current = drafts.latest_draft(session, cohort)
    assert current is not None
    assert (current.revision, current.action, current.score) == (2, "move", 62.22)
    assert current.figures == {
        "circles": 2, "placed": 8, "unplaced": 1, "look": 1, "moved": 1, "broken": 1, "points": 560.0,
        "sizes": {"4": 2},
    }  # fmt: skip
    found = {row.name: row for row in session.scalars(select(DraftCircle))}
    assert found["Hazel"].entry == DOCUMENT["circles"][0]  # type: ignore[index]
    assert [row.locked for row in drafts.kept_circles(session, current)] == [True]
    assert (found["Rowan"].moved, found["Rowan"].look, found["Rowan"].valid) == (True, False, False)
    left = session.scalars(select(DraftLeft)).one()
    assert (left.enrollment_id, left.code, left.excluded) == (PEOPLE[8], "hours", True)
    search = session.scalars(select(MatchSearch)).one()
    assert (search.seed, search.bound, search.bound_kind, search.used) == (7, 90.0, "lp", 3.5)


def test_it_can_be_taken_back(old: Flask) -> None:
    upgrade(revision="0006_matching")
    downgrade(revision="0005_practices")
    columns = {row[1] for row in db.session.execute(text("PRAGMA table_info(match_draft)"))}
    assert "document" in columns
    assert db.session.execute(text("SELECT draft_revision FROM cohort")).scalar() == 0
