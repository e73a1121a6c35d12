"""Private feeds: of all circles and of one, made, replaced and ended by the member alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Membership
from scheduling.models import Season
from scheduling.services.changes import move_session
from scheduling.services.membership import leave_circle
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def two_seasons(session: Session) -> tuple[Season, Season]:
    """Two circles of one cohort that share their first member."""
    first = season(session, make.circle_of(session, ["Amara Osei", "Tomas Novak", "Aiko Sato"]), at=AT, first=_MONDAY)
    shared = first.circle.memberships[0].person
    others = make.circle_of(session, ["Ben Kral", "Dora Lind", "Emil Roth"])
    session.add(Membership(circle_id=others.id, person_id=shared.id, position=9, joined_at=AT))
    session.flush()
    return first, season(session, others, at=AT, first=_MONDAY, weekday=1)


_MONDAY = date(2026, 9, 14)


def _address(page: bytes) -> str:
    found = re.search(rb"/feed/(?:circle/)?[\w-]+\.ics", page)
    assert found is not None
    return found[0].decode()


def test_one_circle_has_a_feed_of_its_own(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    client: FlaskClient,
    two_seasons: tuple[Season, Season],
) -> None:
    one, other = two_seasons
    browser = sign_in(one.circle.memberships[0].person)
    both = _address(browser.post("/calendar").data)
    single = _address(browser.post("/calendar", data={"circle": str(other.circle_id)}).data)
    assert client.get(both).data.count(b"BEGIN:VEVENT") == 24
    calendar = Calendar.from_ical(client.get(single).data)
    uids = {meeting.uid for meeting in reload(session, other).sessions}
    assert {str(event["uid"]) for event in calendar.events} == uids
    assert str(calendar["x-wr-calname"]) == other.circle.name
    assert b"ATTENDEE" not in client.get(single).data
    assert client.get(single.replace("/circle/", "/")).status_code == 404


def test_a_feed_is_ended_by_its_member_alone(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    client: FlaskClient,
    two_seasons: tuple[Season, Season],
    outsider: Person,
) -> None:
    one, other = two_seasons
    browser = sign_in(one.circle.memberships[0].person)
    single = _address(browser.post("/calendar", data={"circle": str(other.circle_id)}).data)
    stranger = sign_in(outsider)
    for data in ({"circle": str(other.circle_id)}, {"circle": str(other.circle_id), "end": "1"}):
        assert stranger.post("/calendar", data=data).status_code == 404
    assert stranger.post("/calendar", data={"circle": "nonsense"}).status_code == 400
    assert client.get(single).status_code == 200
    assert browser.post("/calendar", data={"circle": str(other.circle_id), "end": "1"}).status_code == 302
    assert client.get(single).status_code == 404


def test_leaving_a_circle_ends_its_feed_and_its_part_of_the_whole(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    client: FlaskClient,
    two_seasons: tuple[Season, Season],
) -> None:
    one, other = two_seasons
    person = one.circle.memberships[0].person
    browser = sign_in(person)
    both = _address(browser.post("/calendar").data)
    single = _address(browser.post("/calendar", data={"circle": str(other.circle_id)}).data)
    membership = next(m for m in reload(session, other).circle.memberships if m.person_id == person.id)
    leave_circle(session, membership, actor=person, desk=DESK, at=AT)
    session.commit()
    assert client.get(single).status_code == 404
    assert client.get(both).data.count(b"BEGIN:VEVENT") == 12


def test_the_tag_changes_with_each_edit_and_only_then(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    client: FlaskClient,
    two_seasons: tuple[Season, Season],
) -> None:
    one, other = two_seasons
    person = one.circle.memberships[0].person
    browser = sign_in(person)
    single = _address(browser.post("/calendar", data={"circle": str(other.circle_id)}).data)
    before = client.get(single)
    assert client.head(single).headers["ETag"] == before.headers["ETag"]
    assert client.get(single, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    meeting = reload(session, other).sessions[0]
    moved_to = meeting.starts_at.replace(hour=meeting.starts_at.hour + 2)
    move_session(session, meeting, starts_at=moved_to, actor=person, desk=DESK, at=AT)
    session.commit()
    after = client.get(single, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
