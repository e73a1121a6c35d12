"""`coterie sessions reconcile` says what differs, by circle, and puts it right when asked to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.config import Config
from app.extensions import db
from app.factory import create_app
from scheduling.services.calendars import invite_where_missing
from tests.app.terminal import SECRET, Run, bare, coterie, empty_database
from tests.factories import circles as make
from tests.factories.scheduling import DESK, season

__all__ = ["bare", "coterie", "empty_database"]


@pytest.fixture
def juniper(coterie: Run, tmp_path: Path) -> Path:
    """The database of an installation whose circle of three is invited to two sessions."""
    database = tmp_path / "data" / "coterie.db"
    config = Config(secret_key=SECRET, data_dir=database.parent, database_url=f"sqlite:///{database}", testing=True)
    flask_app = create_app(config)
    with flask_app.app_context():
        session, at = db.session(), clock.now()
        circle = make.circle_of(session, ("Amara Osei", "Tomas Rivera", "Linh Pham"), name="Juniper")
        made = season(session, circle, at=at, first=at.date() + timedelta(days=7))
        invite_where_missing(session, made.sessions, desk=DESK, at=at)
        session.commit()
        db.session.remove()
        db.engine.dispose()
    return database


def count(database: Path) -> int:
    """How many mails were written."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM outgoing_mail").fetchone()[0])


def test_where_all_agrees_it_says_so(coterie: Run, juniper: Path) -> None:
    result = coterie("sessions", "reconcile")
    assert (result.exit_code, result.output) == (0, "Calendars agree with the sessions to come of 1 circle.\n")


def test_differences_end_with_1_and_send_nothing_until_asked(coterie: Run, juniper: Path) -> None:
    with closing(sqlite3.connect(juniper)) as connection:
        connection.execute(
            "DELETE FROM invite_sent WHERE person_id IN (SELECT id FROM person WHERE name LIKE 'Amara%')"
        )
        connection.commit()
    told = coterie("sessions", "reconcile")
    assert told.exit_code == 1
    assert told.output.startswith("Juniper, Autumn ")
    assert told.output.count("was not invited") == 2
    assert "2 differences in 1 of 1 circle." in told.output
    assert "With --send" in told.output
    assert count(juniper) == 6
    sent = coterie("sessions", "reconcile", "--send")
    assert (sent.exit_code, count(juniper)) == (0, 8)
    assert sent.output.endswith("2 mails written.\n")
    again = coterie("sessions", "reconcile", "--send")
    assert (again.exit_code, count(juniper)) == (0, 8)


def test_wrong_settings_end_with_2(bare: Run) -> None:
    assert bare("sessions", "reconcile", port="no").exit_code == 2
