"""The page of a circle's weekly time: for members, for the lead, for nobody else; polls, private asks, holidays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Circle, Enrollment
from scheduling.models import HourAsk, Season, SessionState, SlotPoll
from scheduling.queries.polls import open_poll
from scheduling.services.burden import burden_log
from scheduling.services.holiday_asks import holiday_asks
from scheduling.services.session_times import weekly_words
from tests.factories import circles as make
from tests.factories.scheduling import reload, season

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
LONG = "; ".join(f"{day} 07:00-22:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi", timezone="Europe/Berlin")


@pytest.fixture
def circle(session: Session, lead: Person) -> Circle:
    """Amara, Tomas and Linh of Berlin and Nia of New York, who can from 7 to 22 on working days."""
    made = make.circle_of(session, ["Amara", "Tomas", "Linh", "Nia"], lead=lead, name="Juniper")
    for row in session.scalars(select(Enrollment).where(Enrollment.cohort_id == made.cohort_id)):
        row.available, row.preferred = LONG, ""
    nia = people_of(session, made)["Nia"]
    nia.timezone = enrollment_of(session, nia).timezone = "America/New_York"
    session.flush()
    return made


@pytest.fixture
def weekly(session: Session, circle: Circle) -> Season:
    """Thursdays at 15:00 in Berlin, from 17 September, twelve times."""
    return season(session, circle, at=AT, first=date(2026, 9, 14), starts=time(15))


def people_of(session: Session, circle: Circle) -> dict[str, Person]:
    rows = session.scalars(select(Person).join(Enrollment).where(Enrollment.cohort_id == circle.cohort_id))
    return {row.name: row for row in rows}


def enrollment_of(session: Session, person: Person) -> Enrollment:
    return session.scalars(select(Enrollment).where(Enrollment.person_id == person.id)).one()


def page(browser: FlaskClient, circle: Circle, rest: str = "season") -> str:
    answer = browser.get(f"/circles/{circle.id}/{rest}")
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.get_data(as_text=True).split())


def test_everyone_sees_the_time_on_their_own_clock_with_its_changes(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = people_of(session, circle)
    seen = page(sign_in(people["Nia"]), circle)
    assert 'Thursday 9:00–10:00</span>, from 29 Oct <span class="number">10:00</span>, from 5 Nov' in seen
    assert "Thursday 15:00–16:00" in seen, "and what it is for the others"
    assert LONG not in seen
    assert "07:00" not in seen, "nobody's hours are shown"


def test_a_stranger_and_someone_who_left_see_nothing(
    session: Session, circle: Circle, weekly: Season, outsider: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    gone = people_of(session, circle)["Linh"]
    next(m for m in weekly.circle.memberships if m.person_id == gone.id).left_at = AT
    session.commit()
    for nobody in (outsider, gone):
        browser = sign_in(nobody)
        assert browser.get(f"/circles/{circle.id}/season").status_code == 404
        assert browser.get(f"/circles/{circle.id}/poll").status_code == 404
        assert browser.post(f"/circles/{circle.id}/poll").status_code == 404


def test_the_hard_hours_are_counted_for_the_circle_and_not_for_the_lead(
    session: Session, circle: Circle, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    late = season(session, circle, at=AT, first=date(2026, 9, 14), starts=time(20), count=6)
    late.sessions[0].state = SessionState.HELD
    session.commit()
    rows = {row.member.person.name: row for row in burden_log(reload(session, late), at=AT)}
    assert (rows["Amara"].hard_so_far, rows["Amara"].so_far) == (1, 1)
    assert (rows["Amara"].hard_ahead, rows["Amara"].ahead) == (5, 5)
    assert (rows["Nia"].hard_so_far, rows["Nia"].hard_ahead) == (0, 0)
    assert "Early and late hours" in page(sign_in(people_of(session, circle)["Nia"]), circle)
    assert "Early and late hours" not in page(sign_in(lead), circle)


def test_the_host_asks_everyone_answers_and_the_host_chooses(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = people_of(session, circle)
    host = sign_in(people["Amara"])
    assert sign_in(people["Linh"]).get(f"/circles/{circle.id}/poll/new").status_code == 403, "she hosts the third"
    form = page(host, circle, "poll/new")
    assert form.count('name="times"') >= 2
    asked = host.post(f"/circles/{circle.id}/poll/new", data={"times": ["0", "1"], "until": "2026-09-18"})
    assert asked.headers["Location"].endswith(f"/circles/{circle.id}/poll")
    for name in ("Tomas", "Linh", "Nia", "Amara"):
        answer = sign_in(people[name]).post(f"/circles/{circle.id}/poll", data={"option1": "can", "option2": "cannot"})
        assert answer.status_code == 302
    seen = page(sign_in(people["Linh"]), circle, "poll")
    assert "4 of 4 have answered" in seen
    assert "Choose this time" not in seen
    assert sign_in(people["Linh"]).post(f"/circles/{circle.id}/poll/settle", data={"option": "1"}).status_code == 403
    host = sign_in(people["Amara"])
    host.post(f"/circles/{circle.id}/poll/settle", data={"option": "2"})
    assert open_poll(session, weekly.id) is not None, "a time that someone cannot is not chosen"
    assert page(host, circle, "poll").count("Choose this time") == 1
    host.post(f"/circles/{circle.id}/poll/settle", data={"option": "1"})
    poll = session.scalars(select(SlotPoll).where(SlotPoll.season_id == weekly.id)).one()
    assert (poll.chosen, poll.ended_by) == (1, people["Amara"].id)
    assert "the time was changed" in page(host, circle, "poll")


def test_the_lead_sees_numbers_and_never_who_said_what(
    session: Session, circle: Circle, weekly: Season, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = people_of(session, circle)
    sign_in(lead).post(f"/circles/{circle.id}/poll/new", data={"times": ["0"], "until": "2026-09-18"})
    sign_in(people["Tomas"]).post(f"/circles/{circle.id}/poll", data={"option1": "good"})
    assert "Not answered yet: Amara, Linh, Nia." in page(sign_in(people["Tomas"]), circle, "poll")
    seen = page(sign_in(lead), circle, "poll")
    assert "1 of 4 have answered" in seen
    assert "Not answered yet" not in seen
    assert sign_in(lead).post(f"/circles/{circle.id}/poll", data={"option1": "good"}).status_code == 404


def test_own_times_are_checked_by_name(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    host = sign_in(people_of(session, circle)["Amara"])
    for data, complaint in (
        ({"day_one": "1"}, "Give both a day and a time"),
        ({"day_one": "1", "time_one": "14:10"}, "on the half hour"),
        ({"day_one": "1", "time_one": "02:30"}, "skipped when clocks change"),
        ({}, "Offer at least one time"),
        ({"day_one": "1", "time_one": "14:00", "until": "2026-09-14"}, "at least a day"),
    ):
        answer = host.post(f"/circles/{circle.id}/poll/new", data={"until": "2026-09-18", **data})
        assert complaint in answer.get_data(as_text=True)
    host.post(f"/circles/{circle.id}/poll/new", data={"until": "2026-09-18", "day_one": "1", "time_one": "14:00"})
    poll = open_poll(session, weekly.id)
    assert poll is not None
    assert [(o.weekday, o.starts, o.timezone) for o in poll.options] == [(1, time(14), "Europe/Berlin")]


def test_the_times_of_the_welcome_mail_are_answered_on_the_page(
    session: Session, circle: Circle, sign_in: Callable[[Person], FlaskClient]
) -> None:
    made = season(session, circle, at=AT, first=date(2026, 9, 21), starts=time(15))
    made.alternatives = [{"weekday": 1, "start": "14:00", "timezone": "Europe/Berlin"}]
    session.commit()
    tomas = sign_in(people_of(session, circle)["Tomas"])
    assert "would another time be better" in page(tomas, circle)
    assert open_poll(session, made.id) is None, "looking starts nothing"
    tomas.post(f"/circles/{circle.id}/poll", data={"first": "1", "option1": "good"})
    poll = open_poll(session, made.id)
    assert poll is not None
    assert poll.closes_at == datetime(2026, 9, 21, 13, tzinfo=UTC)


def blocked(session: Session, circle: Circle) -> dict[str, Person]:
    people = people_of(session, circle)
    enrollment_of(session, people["Linh"]).available = "Sat 09:00-10:00"
    session.commit()
    return people


def test_no_common_hour_names_nobody_to_the_host_and_asks_privately(
    session: Session, circle: Circle, weekly: Season, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = blocked(session, circle)
    host = sign_in(people["Amara"])
    seen = page(host, circle)
    none = seen[seen.index("No common hour") : seen.index("Early and late hours")]
    assert "The nearest hour fails for 1 person." in none
    assert "Linh" not in none
    assert "Saturday" not in seen
    assert sign_in(people["Nia"]).post(f"/circles/{circle.id}/ask-for-hours").status_code == 403
    host = sign_in(people["Amara"])
    host.post(f"/circles/{circle.id}/ask-for-hours")
    mail = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "poll.hour")).one()
    assert mail.recipient == people["Linh"].email
    asked_for = weekly_words(session.scalars(select(HourAsk)).one().spells[0], "en")
    assert asked_for in mail.text
    assert asked_for in mail.html
    seen = page(host, circle)
    assert "1 person was asked privately" in seen
    assert "Linh" not in seen[seen.index("No common hour") : seen.index("Early and late hours")]
    ask = session.scalars(select(HourAsk)).one()
    assert host.get(f"/hours-asked/{ask.id}").status_code == 404
    assert "Could you free an hour" in page(sign_in(people["Linh"]), circle)
    assert "Linh: " in page(sign_in(lead), circle), "a lead may see hours"
    host = sign_in(people["Amara"])
    host.post(f"/circles/{circle.id}/ask-for-hours")
    assert len(session.scalars(select(HourAsk)).all()) == 1, "nobody is asked twice at once"


def test_hours_asked_for_are_in_the_readers_language() -> None:
    assert weekly_words("Tue 16:00-17:00", "en") == "Tuesday 16:00–17:00"
    assert weekly_words("Mon 23:30-24:00; Tue 00:00-00:30", "de") == "Montag 23:30–24:00; Dienstag 00:00–00:30"
    assert weekly_words("Sun 09:00-09:30 10:00-11:00", "pt-BR") == "domingo 09:00–09:30, 10:00–11:00"


def test_an_hour_that_is_freed_opens_a_common_one(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = blocked(session, circle)
    sign_in(people["Amara"]).post(f"/circles/{circle.id}/ask-for-hours")
    ask = session.scalars(select(HourAsk)).one()
    linh = sign_in(people["Linh"])
    assert weekly_words(ask.spells[0], "en") in linh.get(f"/hours-asked/{ask.id}").get_data(as_text=True)
    assert "Choose an hour" in linh.post(f"/hours-asked/{ask.id}").get_data(as_text=True)
    linh.post(f"/hours-asked/{ask.id}", data={"spells": ["0"]})
    session.expire_all()
    row = enrollment_of(session, people["Linh"])
    assert row.available.endswith("Sat 09:00-10:00")
    assert ask.spells[0] in row.available
    assert ask.freed is True
    assert "No common hour" not in page(linh, circle)


def test_saying_no_to_an_hour_is_told_to_nobody(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = blocked(session, circle)
    sign_in(people["Amara"]).post(f"/circles/{circle.id}/ask-for-hours")
    ask = session.scalars(select(HourAsk)).one()
    before = len(session.scalars(select(OutgoingMail)).all())
    sign_in(people["Linh"]).post(f"/hours-asked/{ask.id}", data={"cannot": "1"})
    session.expire_all()
    assert ask.freed is False
    assert len(session.scalars(select(OutgoingMail)).all()) == before
    assert "All have answered." in page(sign_in(people["Amara"]), circle)


def test_a_holiday_is_asked_about_once_and_cancels_nothing(
    session: Session, circle: Circle, sign_in: Callable[[Person], FlaskClient]
) -> None:
    # Saturday 3 October 2026 is German Unity Day, for three of the four.
    made = season(session, circle, at=AT, first=date(2026, 9, 28), weekday=5, count=3)
    people = people_of(session, circle)
    (ask,) = holiday_asks(reload(session, made), at=AT)
    assert [member.person.name for member in ask.for_whom] == ["Amara", "Tomas", "Linh"]
    assert ask.propose_skip
    assert ask.deciders == {people["Amara"].id, people["Tomas"].id}
    seen = page(sign_in(people["Linh"]), circle)
    assert "a public holiday for Amara, Tomas, Linh" in seen
    assert "It stands" not in seen
    where = f"/sessions/{made.sessions[0].id}/keep"
    assert sign_in(people["Linh"]).post(where).status_code == 403
    host = sign_in(people["Amara"])
    assert "It stands" in page(host, circle)
    host.post(where)
    assert holiday_asks(reload(session, made), at=AT) == []
    assert made.sessions[0].state is SessionState.PLANNED
    assert "Does it stand?" not in page(host, circle)


def test_a_holiday_for_one_of_four_only_asks(session: Session, circle: Circle) -> None:
    # Thursday 26 November 2026 is Thanksgiving in New York.
    made = season(session, circle, at=AT, first=date(2026, 11, 23), count=1)
    (ask,) = holiday_asks(reload(session, made), at=AT)
    assert [member.person.name for member in ask.for_whom] == ["Nia"]
    assert not ask.propose_skip


def test_a_circle_without_a_season_shows_what_stands_in_its_way(
    session: Session, circle: Circle, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = blocked(session, circle)
    seen = page(sign_in(people["Nia"]), circle)
    assert "No weekly time yet" in seen
    assert "Ask privately for an hour" in seen
    assert "No weekly time yet" in page(sign_in(lead), circle)
    assert sign_in(lead).get(f"/circles/{circle.id}/poll/new").status_code == 404


def test_members_far_apart_are_told_that_two_circles_would_suit_better(
    session: Session, circle: Circle, weekly: Season, sign_in: Callable[[Person], FlaskClient]
) -> None:
    people = blocked(session, circle)
    people["Linh"].timezone = enrollment_of(session, people["Linh"]).timezone = "Australia/Sydney"
    session.commit()
    assert "more than nine hours apart" in page(sign_in(people["Amara"]), circle)


def test_the_page_asks_the_database_the_same_for_any_circle(
    session: Session,
    circle: Circle,
    weekly: Season,
    lead: Person,
    sign_in: Callable[[Person], FlaskClient],
    queries: list[str],
) -> None:
    browser = sign_in(people_of(session, circle)["Amara"])
    page(browser, circle)
    queries.clear()
    page(browser, circle)
    four = len(queries)
    larger = make.circle_of(session, ["Ada", *(f"P{number}" for number in range(9))], lead=lead)
    season(session, larger, at=AT, first=date(2026, 9, 14), count=20)
    session.commit()
    ada = session.scalars(
        select(Person).join(Enrollment).where(Enrollment.cohort_id == larger.cohort_id, Person.name == "Ada")
    ).one()
    browser = sign_in(ada)
    page(browser, larger)
    queries.clear()
    page(browser, larger)
    assert len(queries) == four
