"""A member who comes every week is asked no more, and may still say no to one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from scheduling.models import Answer, Rsvp, Season, StandingYes
from scheduling.services.answers import answer, come_every_week
from scheduling.services.calendars import invite_where_missing
from tests.factories.scheduling import DESK, invited, reload

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


def answers(session: Session, person: Person) -> list[tuple[Answer, str]]:
    session.expire_all()
    rows = session.scalars(select(Rsvp).where(Rsvp.person_id == person.id).order_by(Rsvp.answered_at))
    return [(row.answer, row.source) for row in rows]


def test_those_invited_to_are_answered_now_and_later_ones_as_they_come(
    session: Session, juniper: Season, amara: Person
) -> None:
    answer(session, juniper.sessions[0], amara, Answer.NO, source="page", at=AT)
    come_every_week(session, juniper, amara, every=True, at=AT)
    assert answers(session, amara) == [(Answer.NO, "page"), (Answer.YES, "standing")]
    later = juniper.sessions[0].ends_at + timedelta(hours=1)
    invite_where_missing(session, reload(session, juniper).sessions, desk=DESK, at=later)
    assert answers(session, amara)[2:] == [(Answer.YES, "standing")]
    newest = session.scalar(
        select(OutgoingMail).where(OutgoingMail.person_id == amara.id).order_by(OutgoingMail.id.desc())
    )
    assert newest is not None
    assert newest.invite is not None
    assert b"PARTSTAT=ACCEPTED" in newest.invite.replace(b"\r\n ", b"")
    tomas = juniper.circle.memberships[1].person
    assert answers(session, tomas) == []


def test_it_ends_without_taking_answers_back(session: Session, juniper: Season, amara: Person) -> None:
    come_every_week(session, juniper, amara, every=True, at=AT)
    come_every_week(session, juniper, amara, every=True, at=AT)
    come_every_week(session, juniper, amara, every=False, at=AT)
    come_every_week(session, juniper, amara, every=False, at=AT)
    assert session.scalar(select(StandingYes)) is None
    assert len(answers(session, amara)) == 2
    invite_where_missing(
        session, reload(session, juniper).sessions, desk=DESK, at=juniper.sessions[0].ends_at + timedelta(hours=1)
    )
    assert len(answers(session, amara)) == 2


def test_who_is_away_is_not_said_to_come(session: Session, juniper: Season, amara: Person) -> None:
    come_every_week(session, juniper, amara, every=True, at=AT)
    juniper.circle.memberships[0].away_until = date(2026, 12, 1)
    session.commit()
    invite_where_missing(
        session, reload(session, juniper).sessions, desk=DESK, at=juniper.sessions[0].ends_at + timedelta(hours=1)
    )
    assert len(answers(session, amara)) == 2


def test_the_button_says_it_and_takes_it_back(
    session: Session, sign_in: Callable[[Person], FlaskClient], juniper: Season, amara: Person, outsider: Person
) -> None:
    browser, path = sign_in(amara), f"/circles/{juniper.circle_id}"
    assert "I come every week" in browser.get(path).text
    data = {"every": "yes", "next": path}
    assert browser.post(f"{path}/every-week", data=data).headers["Location"] == path
    assert "Ask me each time" in browser.get(path).text
    assert browser.post(f"{path}/every-week", data={"every": "no"}).status_code == 302
    assert session.scalar(select(StandingYes)) is None
    assert browser.post(f"{path}/every-week", data={"every": "perhaps"}).status_code == 400
    assert browser.get(f"{path}/every-week").status_code == 405
    assert sign_in(outsider).post(f"{path}/every-week", data=data).status_code == 404
