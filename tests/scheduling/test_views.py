"""Pages about sessions: members act, outsiders find nothing, a GET never acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.mail.models import OutgoingMail
from circles.models import Membership
from scheduling.models import Answer, Attendance, Rsvp, Season, SessionState
from tests.factories import circles as make
from tests.factories.scheduling import invited, season

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
NAMES = ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber", "Priya Nair")


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def juniper(session: Session) -> Season:
    return invited(session, NAMES, at=AT)


@pytest.fixture
def amara(juniper: Season) -> Person:
    """The host of the first session."""
    return juniper.circle.memberships[0].person


def answer_links(session: Session, person: Person) -> list[str]:
    mails = session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == person.email)).all()
    return [match[0] for mail in mails if (match := re.search(r"/answer/[\w-]+", mail.text))]


def test_every_page_about_a_session_is_hidden_from_outsiders(
    sign_in: Callable[[Person], FlaskClient], juniper: Season, outsider: Person
) -> None:
    browser = sign_in(outsider)
    first = juniper.sessions[0]
    for path in ("move", "host", "presence"):
        assert browser.get(f"/sessions/{first.id}/{path}").status_code == 404
        assert browser.post(f"/sessions/{first.id}/{path}").status_code == 404
    assert browser.post(f"/sessions/{first.id}/answer", data={"answer": "yes"}).status_code == 404
    for path in ("leave", "away"):
        assert browser.get(f"/circles/{juniper.circle_id}/{path}").status_code == 404
    assert b"Juniper" not in browser.get("/sessions").data


def test_the_lead_of_the_program_is_an_outsider_to_sessions(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season
) -> None:
    lead = session.scalar(select(Person).where(Person.name == "Marcus Adeyemi"))
    assert lead is not None
    assert sign_in(lead).get(f"/sessions/{juniper.sessions[0].id}/presence").status_code == 404


def test_a_member_answers_and_changes_the_answer(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    first = juniper.sessions[0]
    browser = sign_in(amara)
    for choice in ("yes", "no"):
        assert browser.post(f"/sessions/{first.id}/answer", data={"answer": choice}).status_code == 302
    session.expire_all()
    assert session.get_one(Rsvp, (first.id, amara.id)).answer is Answer.NO
    assert browser.post(f"/sessions/{first.id}/answer", data={"answer": "perhaps"}).status_code == 400
    assert b"Can" in browser.get("/sessions").data


def test_a_mail_scanner_answers_for_nobody(
    session: Session, client: FlaskClient, juniper: Season, amara: Person
) -> None:
    links = answer_links(session, amara)
    assert len(links) == 2
    for link in links:
        for _ in range(2):
            page = client.get(link)
            assert page.status_code == 200
            assert page.headers["Referrer-Policy"] == "no-referrer"
            client.head(link)
    assert session.scalar(select(func.count()).select_from(Rsvp)) == 0
    assert client.post(links[0], data={"answer": "yes"}).status_code == 200
    assert session.scalar(select(func.count()).select_from(Rsvp)) == 1


def test_an_answer_link_ends_with_its_session_and_with_the_membership(
    session: Session, client: FlaskClient, juniper: Season, amara: Person, travel: time_machine.Traveller
) -> None:
    first_link, second_link = answer_links(session, amara)
    travel.move_to(juniper.sessions[0].ends_at + timedelta(minutes=1))
    assert client.get(first_link).status_code == 410
    assert client.get(second_link).status_code == 200
    membership = session.scalar(select(Membership).where(Membership.person_id == amara.id))
    assert membership is not None
    membership.left_at = AT
    session.commit()
    assert client.post(second_link, data={"answer": "yes"}).status_code == 410
    assert client.get("/answer/made-up").status_code == 410


def test_the_host_moves_a_session_and_others_cannot(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    first = juniper.sessions[0]
    host = sign_in(amara)
    assert b"5 people" in host.get(f"/sessions/{first.id}/move").data
    data = {"day": "2026-09-18", "starts": "11:00"}
    late = sign_in(juniper.circle.memberships[4].person)
    assert late.post(f"/sessions/{first.id}/move", data=data).status_code == 403
    assert host.post(f"/sessions/{first.id}/move", data=data).status_code == 302
    session.expire_all()
    assert first.starts_at == datetime(2026, 9, 18, 9, 0, tzinfo=UTC), "11:00 on the host's clock in Berlin"


def test_a_look_at_a_move_says_who_is_told_on_their_own_clock_and_moves_nothing(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    first, before = juniper.sessions[0], juniper.sessions[0].starts_at
    juniper.circle.memberships[1].person.timezone = "America/New_York"
    juniper.circle.memberships[2].person.calendar_choice = CalendarChoice.FEED
    session.commit()
    data = {"day": "2026-09-18", "starts": "11:00", "look": "1"}
    page = sign_in(amara).post(f"/sessions/{first.id}/move", data=data).text
    assert "Friday 18 September, 5:00 in New York" in page
    assert page.count("outside 8:00 to 19:00") == 1
    assert page.count("a mail; the calendar follows") == 3
    assert page.count("a mail at 7:30 on their clock; the calendar follows") == 1, "it is night in New York"
    with time_machine.travel(first.starts_at - timedelta(hours=20)):
        assert sign_in(amara).post(f"/sessions/{first.id}/move", data=data).text.count("the calendar follows") == 4
    session.expire_all()
    assert first.starts_at == before
    path = f"/sessions/{first.id}/move"
    assert "still to come" in sign_in(amara).post(path, data={**data, "day": "2026-09-01"}).text
    same = {**data, "day": "2026-09-17", "starts": "10:00"}
    assert "at that time already" in sign_in(amara).post(path, data=same).text


def test_a_proposed_time_fills_the_form(
    sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    path = f"/sessions/{juniper.sessions[0].id}/move"
    page = sign_in(amara).get(path, query_string={"starts": "2026-09-18T13:00:00+00:00"}).text
    assert 'value="2026-09-18"' in page
    assert 'value="15:00"' in page
    assert sign_in(amara).get(path, query_string={"starts": "tomorrow"}).status_code == 200


def test_an_impossible_move_says_why_and_keeps_what_was_typed(
    sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    page = sign_in(amara).post(
        f"/sessions/{juniper.sessions[0].id}/move", data={"day": "2026-09-01", "starts": "11:00"}
    )
    assert b"still to come" in page.data
    assert b'value="2026-09-01"' in page.data


def test_hosting_is_handed_over_and_taken(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    first = juniper.sessions[0]
    linh = juniper.circle.memberships[2].person
    assert sign_in(amara).post(f"/sessions/{first.id}/host", data={"host": str(linh.id)}).status_code == 302
    session.expire_all()
    assert first.host_id == linh.id


def test_presence_is_noted_by_anyone_in_the_circle(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    juniper: Season,
    amara: Person,
    travel: time_machine.Traveller,
) -> None:
    first = juniper.sessions[0]
    there = [str(membership.person_id) for membership in juniper.circle.memberships[:3]]
    path = f"/sessions/{first.id}/presence"
    assert sign_in(amara).post(path, data={"held": "yes", "present": there}).status_code == 409, "not before it began"
    travel.move_to(first.ends_at)
    browser = sign_in(amara)
    assert b"Tick who was there" in browser.post(path, data={"held": "yes"}).data
    assert browser.post(path, data={"held": "yes", "present": there}).status_code == 302
    session.expire_all()
    assert first.state is SessionState.HELD
    present = select(func.count()).select_from(Attendance).where(Attendance.present)
    assert session.scalar(present) == 3


def test_each_tap_notes_one_person(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    juniper: Season,
    amara: Person,
    outsider: Person,
    travel: time_machine.Traveller,
) -> None:
    first = juniper.sessions[0]
    ids = [membership.person_id for membership in juniper.circle.memberships]
    browser = sign_in(amara)

    def tap(person_id: UUID, there: str) -> int:
        return browser.post(f"/sessions/{first.id}/presence/{person_id}", data={"there": there}).status_code

    assert tap(ids[0], "yes") == 409, "not before it began"
    travel.move_to(first.ends_at)
    assert tap(ids[0], "no") == 302
    session.expire_all()
    assert first.state is SessionState.PLANNED, "one absence does not say that nobody met"
    assert (tap(ids[1], "yes"), tap(ids[0], "yes")) == (302, 302)
    session.expire_all()
    assert (first.state, first.present) == (SessionState.HELD, 2)
    assert [tap(person_id, "no") for person_id in ids] == [302] * 5
    session.expire_all()
    assert (first.state, first.present) == (SessionState.MISSED, 0)
    assert tap(outsider.id, "yes") == 404
    assert tap(ids[0], "perhaps") == 404
    stranger = sign_in(outsider)
    assert stranger.post(f"/sessions/{first.id}/presence/{ids[0]}", data={"there": "yes"}).status_code == 404


def test_sessions_at_the_same_time_are_named(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    other = make.circle_of(session, ("Ben Kral", "Dora Lind", "Emil Roth"), name="Hazel")
    session.add(Membership(circle_id=other.id, person_id=amara.id, position=9, joined_at=AT))
    session.flush()
    season(session, other, at=AT, first=date(2026, 9, 14), starts=time(10, 30))
    session.commit()
    page = sign_in(amara).get("/sessions").text
    assert "At the same time as Hazel, 10:30." in page
    assert "At the same time as Juniper, 10:00." in page


def test_leaving_asks_first_and_then_ends_the_membership(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    browser = sign_in(amara)
    path = f"/circles/{juniper.circle_id}/leave"
    assert browser.get(path).status_code == 200
    assert session.scalar(select(func.count()).where(Membership.left_at.is_not(None))) == 0
    assert browser.post(path).status_code == 302
    assert session.scalar(select(func.count()).where(Membership.left_at.is_not(None))) == 1
    assert browser.get(path).status_code == 404


def test_away_until_a_day_to_come_and_back(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person
) -> None:
    browser = sign_in(amara)
    path = f"/circles/{juniper.circle_id}/away"
    assert b"still to come" in browser.post(path, data={"until": "2026-09-01"}).data
    assert browser.post(path, data={"until": "2026-10-01"}).status_code == 302
    membership = session.scalar(select(Membership).where(Membership.person_id == amara.id))
    assert membership is not None
    session.refresh(membership)
    assert membership.away_until == date(2026, 10, 1)
    browser.post(path, data={"back": "1"})
    session.refresh(membership)
    assert membership.away_until is None


def test_the_feed_is_private_stable_and_can_be_replaced(
    session: Session, sign_in: Callable[[Person], FlaskClient], client: FlaskClient, juniper: Season, amara: Person
) -> None:
    addresses = [membership.person.email.encode() for membership in juniper.circle.memberships]
    browser = sign_in(amara)
    assert b"/feed/" not in browser.get("/calendar").data
    first = re.search(rb"/feed/[\w-]+\.ics", browser.post("/calendar").data)
    assert first is not None
    address = first[0].decode()
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.data.count(b"BEGIN:VEVENT") == 12
    assert not [known for known in addresses if known in answer.data]
    assert client.get(address).data == answer.data
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.head(address).headers["ETag"] == answer.headers["ETag"]
    browser.post("/calendar")
    assert client.get(address).status_code == 404
    assert client.get("/feed/made-up.ics").status_code == 404


def test_my_sessions_takes_the_same_queries_however_long_the_season(
    session: Session, sign_in: Callable[[Person], FlaskClient], queries: list[str]
) -> None:
    counts = []
    for count in (2, 20):
        made = season(session, make.circle_of(session, NAMES), at=AT, first=date(2026, 9, 14), count=count)
        browser = sign_in(made.circle.memberships[0].person)
        session.expire_all()
        queries.clear()
        assert browser.get("/sessions").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
