"""An installation's sessions learn what their instants are derived from, and lose nothing on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask_migrate import downgrade, upgrade

from app.config import Config
from app.extensions import db
from app.factory import create_app

PERSON, CIRCLE, SEASON = "a" * 32, "b" * 32, "c" * 32
SESSIONS = {"1" * 32: "2026-10-20 22:00:00", "2" * 32: "2026-11-01 06:30:00", "3" * 32: "2026-11-03 23:00:00"}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A database of the revision before, with one circle of New York and three sessions."""
    file = tmp_path / "old.db"
    config = Config(secret_key="s" * 40, data_dir=tmp_path, database_url=f"sqlite:///{file}", testing=True)
    flask_app = create_app(config)
    with flask_app.app_context():
        upgrade(revision="0009_slots")
        with closing(sqlite3.connect(file)) as connection:
            fill(connection)
        yield file
        db.session.remove()
        db.engine.dispose()


def fill(connection: sqlite3.Connection) -> None:
    """Rows with whatever each table insists on."""
    at = "2026-09-01 00:00:00"
    insert(connection, "person", id=PERSON, email="a@example.org", email_key="a@example.org", calendar_choice="invites")
    insert(connection, "program", id="d" * 32, created_at=at)
    insert(
        connection,
        "cohort",
        id="e" * 32,
        program_id="d" * 32,
        state="running",
        cadence="weekly",
        size_min=4,
        size_target=5,
        size_max=6,
        sessions=3,
        minutes=60,
    )
    insert(connection, "circle", id=CIRCLE, cohort_id="e" * 32)
    insert(connection, "season", id=SEASON, circle_id=CIRCLE, timezone="America/New_York", weekday=1, minutes=60)
    for position, (key, starts_at) in enumerate(SESSIONS.items(), start=1):
        insert(
            connection,
            "circle_session",
            id=key,
            season_id=SEASON,
            position=position,
            starts_at=starts_at,
            ends_at=starts_at.replace(":00:00", ":59:00").replace(":30:00", ":59:00"),
            uid=key,
            state="planned",
        )
        insert(connection, "invite_sent", id=key, session_id=key, person_id=PERSON, method="REQUEST")
    connection.commit()


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    defaults = {
        "INTEGER": 0,
        "BOOLEAN": 0,
        "DATETIME": "2026-09-01 00:00:00",
        "DATE": "2026-09-01",
        "JSON": "[]",
        "TIME": "18:00:00.000000",
    }
    row = {
        name: values.get(name, defaults.get(kind, table[0]))
        for _, name, kind, required, default, _ in columns
        if name in values or (required and default is None)
    }
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def test_sessions_learn_their_wall_time_and_nothing_is_lost(old: Path) -> None:
    upgrade()
    with closing(sqlite3.connect(old)) as connection:
        rows = connection.execute(
            "SELECT week, local_date, substr(local_time, 1, 5), timezone, room_url FROM circle_session ORDER BY id"
        ).fetchall()
        held = connection.execute("SELECT held FROM invite_sent").fetchall()
    assert rows == [
        ("2026-10-19", "2026-10-20", "18:00", "America/New_York", ""),
        ("2026-10-26", "2026-11-01", "06:30", "UTC", ""),
        ("2026-11-02", "2026-11-03", "18:00", "America/New_York", ""),
    ]
    assert held == [(1,)] * 3
    downgrade(revision="0009_slots")
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT count(*) FROM invite_sent").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM circle_session").fetchone() == (3,)
