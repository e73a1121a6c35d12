"""Changing hours while circles meet: what it touches is said before, and no session moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Enrollment
from scheduling.models import Season
from tests.factories import circles as make
from tests.factories.scheduling import reload, season

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
MORNINGS = "Thu 09:00-12:00"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def juniper(session: Session) -> Season:
    """Thursdays 10:00 in Berlin, twelve weeks across the change of clocks."""
    names = ["Amara Osei", "Tomas Novak", "Aiko Sato"]
    return season(session, make.circle_of(session, names, name="Juniper"), at=AT, first=date(2026, 9, 14))


def hours(session: Session, person: Person) -> Enrollment:
    session.expire_all()
    return session.scalars(select(Enrollment).where(Enrollment.person_id == person.id)).one()


def test_the_circles_that_new_hours_leave_outside_are_named_before_anything_is_kept(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season
) -> None:
    person = juniper.circle.memberships[0].person
    before = hours(session, person).available
    browser = sign_in(person)
    data = {"timezone": "Europe/Berlin", "can": "Mon 09:00-12:00", "prefer": "", "look": "1"}
    page = browser.post("/hours", data=data)
    assert page.status_code == 200
    assert "All 12 sessions to come lie outside of these hours" in page.text
    assert hours(session, person).available == before
    fitting = browser.post("/hours", data={**data, "can": MORNINGS})
    assert "lie inside of these hours" in fitting.text


def test_an_hour_that_only_the_change_of_clocks_breaks_is_counted(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season
) -> None:
    browser = sign_in(juniper.circle.memberships[0].person)
    data = {"timezone": "Asia/Kolkata", "can": "Thu 13:30-14:30", "prefer": "", "look": "1"}
    page = browser.post("/hours", data=data).text
    assert "6 of 12 sessions to come lie outside of these hours" in page


def test_keeping_hours_moves_no_session(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season
) -> None:
    person = juniper.circle.memberships[0].person
    starts = [meeting.starts_at for meeting in reload(session, juniper).sessions]
    data = {"timezone": "Europe/Lisbon", "can": "Mon 09:00-12:00", "prefer": "Mon 09:00-10:00"}
    assert sign_in(person).post("/hours", data=data).status_code == 302
    kept = hours(session, person)
    assert (kept.timezone, kept.available, kept.preferred) == ("Europe/Lisbon", "Mon 09:00-12:00", "Mon 09:00-10:00")
    assert [meeting.starts_at for meeting in reload(session, juniper).sessions] == starts


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("can", "", "Mark the hours you could meet"),
        ("can", "Someday 9", "is not a day"),
        ("timezone", "Mars/Olympus", "There is no time zone called"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_lost(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    juniper: Season,
    field: str,
    value: str,
    words: str,
) -> None:
    person = juniper.circle.memberships[0].person
    before = hours(session, person).available
    data = {"timezone": "Europe/Berlin", "can": MORNINGS, "prefer": "", field: value}
    page = sign_in(person).post("/hours", data=data)
    assert page.status_code == 422
    assert words in page.text
    assert hours(session, person).available == before


def test_someone_without_a_circle_has_no_such_page(sign_in: Callable[[Person], FlaskClient], outsider: Person) -> None:
    assert sign_in(outsider).get("/hours").status_code == 404
