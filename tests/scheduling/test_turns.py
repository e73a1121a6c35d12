"""Two weekly times in turns: offered when the hard hour always falls to the same people, set by everyone's yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle, Enrollment
from scheduling.models import SlotPoll
from scheduling.queries.access import season_of_circle
from scheduling.queries.people import active_members
from scheduling.rotation import turn_of
from scheduling.services.burden import burden_log
from scheduling.services.finding import find, present_offer, weeks_to_come
from tests.factories import circles as make
from tests.factories.scheduling import reload, season

AT = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)
#: Where each lives and can: two hours in common; both are hard for Pia, one of them for Tom, the other for Dev.
HOURS = {
    "Pia": ("America/Lima", "Tue 06:00-07:00; Thu 20:00-21:00"),
    "Tom": ("Asia/Tokyo", "Tue 20:00-21:00; Fri 10:00-11:00"),
    "Dev": ("Asia/Dhaka", "Tue 17:00-18:00; Fri 07:00-08:00"),
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def circle(session: Session) -> Circle:
    made = make.circle_of(session, list(HOURS), name="Juniper")
    for person in people(session, made):
        zone, available = HOURS[person.name]
        person.timezone = zone
        row = session.scalars(select(Enrollment).where(Enrollment.person_id == person.id)).one()
        row.timezone, row.available, row.preferred = zone, available, ""
    session.flush()
    return made


def people(session: Session, circle: Circle) -> list[Person]:
    return list(
        session.scalars(
            select(Person).join(Enrollment).where(Enrollment.cohort_id == circle.cohort_id).order_by(Person.name.desc())
        )
    )


def test_turns_are_offered_agreed_and_kept(
    session: Session, circle: Circle, sign_in: Callable[[Person], FlaskClient]
) -> None:
    # Tuesdays at 06:00 in Lima: hard for Pia and Tom every week, and never for Dev.
    made = season(
        session, circle, at=AT, first=date(2026, 10, 5), weekday=1, starts=time(6), timezone="America/Lima", count=8
    )
    session.commit()
    host = sign_in(active_members(made.circle)[0].person)
    seen = host.get(f"/circles/{circle.id}/season").get_data(as_text=True)
    assert "Take turns?" in seen
    assert "in turns with" in seen
    host.post(f"/circles/{circle.id}/poll/new", data={"turns": "1", "until": "2026-10-01"})
    for member in active_members(made.circle):
        sign_in(member.person).post(f"/circles/{circle.id}/poll", data={"option1": "can"})
    host = sign_in(active_members(made.circle)[0].person)
    host.post(f"/circles/{circle.id}/poll/settle", data={"option": "1"})
    poll = session.scalars(select(SlotPoll)).one()
    assert (poll.kind.value, poll.chosen) == ("turns", 1)
    fresh = season_of_circle(session, circle.id)
    assert fresh is not None
    fresh = reload(session, fresh)
    assert fresh.turn_from == date(2026, 10, 5)
    lima = ZoneInfo("America/Lima")
    hours = [(m.starts_at.astimezone(lima).weekday(), m.starts_at.astimezone(lima).hour) for m in fresh.sessions]
    assert set(hours) == {(1, 6), (3, 20)}
    assert hours[0::2] == [hours[0]] * 4
    assert hours[1::2] == [hours[1]] * 4
    hard = {row.member.person.name: row.hard_ahead for row in burden_log(fresh, at=AT)}
    assert hard == {"Pia": 8, "Tom": 4, "Dev": 4}
    page = host.get(f"/circles/{circle.id}/season").get_data(as_text=True)
    assert "Take turns?" not in page, "it is offered once it is not so already"
    assert "in turns with" in page


def test_the_turn_on_the_page_is_the_turn_of_the_next_session(session: Session, circle: Circle) -> None:
    made = season(
        session, circle, at=AT, first=date(2026, 10, 5), weekday=1, starts=time(6), timezone="America/Lima", count=8
    )
    made.turn_weekday, made.turn_starts, made.turn_from = 3, time(20), date(2026, 10, 5)
    later = datetime(2026, 10, 8, 9, tzinfo=UTC)
    weeks = weeks_to_come(made.circle, made, at=later)
    assert weeks[0] == date(2026, 10, 12)
    shown = present_offer(made, active_members(made.circle), weeks)
    pia = next(member for member in shown.members if member.name == "Pia")
    assert pia.spells[1][0].first == date(2026, 10, 15), "the second has the next week"
    assert pia.spells[0][0].first == date(2026, 10, 20)
    assert shown.meetings == 7


def test_turns_skip_no_week_of_the_rhythm() -> None:
    weeks = [date(2026, 10, 5), date(2026, 10, 19), date(2026, 11, 2), date(2026, 12, 14)]
    turns = [turn_of(weeks, week, since=date(2026, 10, 19)) for week in weeks]
    assert turns == [0, 0, 1, 0]
    assert turn_of(weeks, date(2026, 12, 28), since=date(2026, 10, 19)) == 1


def test_finding_is_for_the_weeks_to_come_alone(session: Session, circle: Circle) -> None:
    made = season(
        session, circle, at=AT, first=date(2026, 10, 5), weekday=1, starts=time(6), timezone="America/Lima", count=8
    )
    assert find(session, made.circle, (), minutes=60) is None
    assert weeks_to_come(made.circle, made, at=datetime(2027, 1, 1, tzinfo=UTC)) == ()
    choice = find(session, made.circle, weeks_to_come(made.circle, made, at=AT), minutes=60)
    assert choice is not None
    assert len(choice.candidates) == 2
