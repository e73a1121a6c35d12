"""A session keeps the organizer that calendars know, whatever address the installation has later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import icalendar
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.commands.inbound import former_addresses
from app.jobs import ledger
from app.mail.models import OutgoingMail
from app.mail.sending import build
from app.mail.verdicts import Verdicts
from scheduling.models import Season
from scheduling.queries.telling import former_organizers
from scheduling.replies import Code
from scheduling.services import changes
from scheduling.services.calendars import change_choice, invite_where_missing
from scheduling.services.replying import handle_reply
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
OLD, NEW = DESK.sender, "groups@new.test"
MOVED = replace(DESK, sender=NEW)


@pytest.fixture
def told(session: Session) -> Iterator[Season]:
    """Juniper, told of its first two sessions from the old address."""
    with time_machine.travel(AT, tick=False):
        made = season(session, make.circle_of(session, ("Amara Osei", "Tomas Rivera")), at=AT, first=date(2026, 9, 14))
        invite_where_missing(session, made.sessions, desk=DESK, at=AT)
        session.commit()
        yield reload(session, made)


def sent_from(mail: OutgoingMail) -> tuple[str, str]:
    """The address in From and the one in ORGANIZER, for an installation at the new address."""
    parsed = message_from_bytes(build(mail, sender=NEW, sender_name="Coterie"), policy=policy.default)
    event = icalendar.Calendar.from_ical(mail.invite or b"").walk("VEVENT")[0]
    return parsed["From"].addresses[0].addr_spec, str(event["ORGANIZER"]).removeprefix("mailto:")


def organizers(session: Session) -> dict[str, set[str]]:
    """Every organizer that calendars were told of, by UID; in each mail it is the sender too."""
    found: dict[str, set[str]] = {}
    for mail in session.scalars(select(OutgoingMail).where(OutgoingMail.invite.is_not(None))):
        sender, organizer = sent_from(mail)
        assert sender == organizer
        event = icalendar.Calendar.from_ical(mail.invite or b"").walk("VEVENT")[0]
        found.setdefault(str(event["UID"]), set()).add(organizer)
    return found


def test_whatever_happens_to_a_session_its_organizer_stays(session: Session, told: Season) -> None:
    first, second, third = told.sessions[:3]
    amara, tomas = (member.person for member in told.circle.memberships)
    host = amara
    changes.move_session(
        session, second, starts_at=second.starts_at + timedelta(hours=2), actor=host, desk=MOVED, at=AT
    )
    changes.member_left(session, told, tomas, desk=MOVED, at=AT)
    later = first.ends_at + timedelta(hours=1)
    invite_where_missing(session, told.sessions, desk=MOVED, at=later)
    changes.skip_session(session, second, actor=host, desk=MOVED, at=later)
    changes.skip_session(session, third, actor=host, desk=MOVED, at=later)
    assert organizers(session) == {first.uid: {OLD}, second.uid: {OLD}, third.uid: {NEW}}


def test_the_agenda_comes_from_the_organizer_too(
    session: Session, flask_app: Flask, told: Season, run_jobs: Callable[[], int]
) -> None:
    meeting = told.sessions[1]
    meeting.organizer = "before@old.test"
    run_jobs()
    at = meeting.starts_at - timedelta(days=4, hours=20)
    with time_machine.travel(at, tick=False):
        ledger.enqueue(session, "scheduling.reminders", {}, key="reminders", at=at)
        session.commit()
        run_jobs()
    session.expire_all()
    agendas = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.agenda")).all()
    assert len(agendas) == 2
    assert {sent_from(mail) for mail in agendas} == {("before@old.test", "before@old.test")}


def test_mails_without_an_invite_come_from_the_present_address(session: Session, told: Season) -> None:
    amara = told.circle.memberships[0].person
    amara.calendar_choice = type(amara.calendar_choice).NEITHER
    change_choice(session, amara, desk=MOVED, at=AT)
    changes.move_session(
        session,
        told.sessions[0],
        starts_at=told.sessions[0].starts_at + timedelta(hours=2),
        actor=amara,
        desk=MOVED,
        at=AT,
    )
    plain = session.scalars(
        select(OutgoingMail).where(OutgoingMail.person_id == amara.id, OutgoingMail.kind == "session.moved")
    ).one()
    assert plain.invite is None
    assert b"<groups@new.test>" in build(plain, sender=NEW, sender_name="Coterie")


@pytest.mark.parametrize(
    ("organizer", "code"), [(OLD, Code.APPLIED), (NEW, Code.APPLIED), ("x@y.test", Code.OTHER_ORGANIZER)]
)
def test_answers_to_either_address_count(session: Session, told: Season, organizer: str, code: Code) -> None:
    amara = told.circle.memberships[0].person
    amara_at = Verdicts(dkim=frozenset({amara.email.rpartition("@")[2]}))
    handled = handle_reply(session, reply(told, amara, organizer), source="test", verdicts=amara_at, desk=MOVED, at=AT)
    assert handled.code is code


def reply(told: Season, person: Person, organizer: str) -> bytes:
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{told.sessions[0].uid}\r\nDTSTAMP:{AT:%Y%m%dT%H%M%SZ}\r\nSEQUENCE:0\r\n"
        f"ORGANIZER:mailto:{organizer}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{person.email}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    head = (
        f"From: {person.email}\r\nTo: {organizer}\r\nSubject: Accepted\r\nMessage-ID: <{organizer}>\r\n"
        "Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n"
    )
    return (head + calendar).encode()


def test_the_old_mailbox_is_named_until_its_last_session_is_over(
    session: Session, flask_app: Flask, told: Season
) -> None:
    last = told.sessions[1].ends_at
    assert former_organizers(session, OLD, at=AT) == {}
    assert former_organizers(session, NEW, at=AT) == {OLD: last}
    assert former_organizers(session, NEW, at=last) == {}
    for meeting in told.sessions[:2]:
        meeting.organizer = "before@old.test"
    session.commit()
    (said,) = former_addresses(flask_app)
    assert "before@old.test" in said
    assert f"{last:%Y-%m-%d}" in said
