"""Links that answer: whoever follows them changes nothing, and they end when the session begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from app.mail.verdicts import NOTHING_PROVED
from scheduling.models import Answer, CircleSession, Rsvp, Season
from scheduling.services.answers import answer
from scheduling.services.replying import handle_reply
from tests.factories.scheduling import DESK, invited

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def juniper(session: Session) -> Season:
    return invited(session, ("Amara Osei", "Tomas Rivera"), at=AT)


@pytest.fixture
def amara(juniper: Season) -> Person:
    return juniper.circle.memberships[0].person


def unproved(session: Session, season: Season, person: Person) -> None:
    """An answer that nobody vouches for, so that its mail with a link is written as well."""
    raw = (
        f"From: {person.email}\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n"
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{season.sessions[0].uid}\r\nDTSTAMP:20260908T085900Z\r\n"
        f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{person.email}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    handle_reply(session, raw, source="test", verdicts=NOTHING_PROVED, desk=DESK, at=AT)
    session.commit()


def links(session: Session) -> list[str]:
    """Every answer link in every mail, in text and HTML."""
    found: set[str] = set()
    for mail in session.scalars(select(OutgoingMail)):
        for words in (mail.text, mail.html):
            found.update(re.findall(r"/answer/[\w-]+", words))
    return sorted(found)


def test_no_scanner_answers_for_anyone(session: Session, client: FlaskClient, juniper: Season, amara: Person) -> None:
    """GET, HEAD, twice, with whatever is hung on, on every link of every mail; both answers change nothing."""
    unproved(session, juniper, amara)
    every, first = links(session), juniper.sessions[0].id
    assert len(every) == 5
    for choice in (None, Answer.YES, Answer.NO):
        if choice is not None:
            answer(session, session.get_one(CircleSession, first), amara, choice, source="page", at=AT)
            session.commit()
        before = session.execute(select(Rsvp.session_id, Rsvp.answer, Rsvp.answered_at)).all()
        for link in every:
            for address in (link, f"{link}?answer=yes", f"{link}?answer=no"):
                for _ in range(2):
                    assert client.get(address).status_code == 200
                    assert client.head(address).status_code == 200
                    client.options(address)
        session.expire_all()
        assert session.execute(select(Rsvp.session_id, Rsvp.answer, Rsvp.answered_at)).all() == before


def test_a_post_needs_the_page_it_came_from(flask_app: Flask, session: Session, juniper: Season, amara: Person) -> None:
    """A scanner that posts as well has no token of the page."""
    link = links(session)[0]
    flask_app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert flask_app.test_client().post(link, data={"answer": "yes"}).status_code == 400
    finally:
        flask_app.config["WTF_CSRF_ENABLED"] = False
    assert session.scalar(select(func.count()).select_from(Rsvp)) == 0


def test_a_link_ends_when_the_session_begins_and_the_page_goes_on(
    session: Session,
    client: FlaskClient,
    sign_in: Callable[[Person], FlaskClient],
    juniper: Season,
    amara: Person,
    travel: time_machine.Traveller,
) -> None:
    first = juniper.sessions[0]
    mail = session.scalar(select(OutgoingMail).where(OutgoingMail.person_id == amara.id).order_by(OutgoingMail.id))
    assert mail is not None
    link = re.findall(r"/answer/[\w-]+", mail.text)[0]
    travel.move_to(first.starts_at - timedelta(seconds=1))
    assert client.post(link, data={"answer": "yes"}).status_code == 200
    travel.move_to(first.starts_at)
    assert client.get(link).status_code == 410
    assert client.post(link, data={"answer": "no"}).status_code == 410
    assert session.get_one(Rsvp, (first.id, amara.id)).answer is Answer.YES
    assert sign_in(amara).post(f"/sessions/{first.id}/answer", data={"answer": "no"}).status_code == 302
    session.expire_all()
    assert session.get_one(Rsvp, (first.id, amara.id)).answer is Answer.NO


def test_the_later_answer_wins_whichever_way_it_came(session: Session, juniper: Season, amara: Person) -> None:
    first = juniper.sessions[0]
    for source, choice, minutes, stands in (
        ("link", Answer.YES, -10, Answer.YES),
        ("calendar", Answer.NO, -5, Answer.NO),
        ("link", Answer.MAYBE, -7, Answer.NO),
        ("page", Answer.YES, 0, Answer.YES),
        ("calendar", Answer.NO, -1, Answer.YES),
    ):
        said = AT + timedelta(minutes=minutes)
        rsvp = answer(session, first, amara, choice, source=source, at=AT, said_at=said)
        assert rsvp.answer is stands
