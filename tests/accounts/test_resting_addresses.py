"""Mails that can be done without are not started for an address that mail comes back from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.services.weekly import Letter, start_mail
from app.mail.bounces import note_bounce
from app.mail.compose import Composed
from tests.factories.scheduling import DESK

WORDS = Composed("A subject", "Words.\n", "<p>Words.</p>")
INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
NOON = datetime(2026, 10, 13, 10, 0, tzinfo=UTC)


def test_an_address_that_rests_gets_only_what_a_calendar_must_hear(
    session: Session, person: Callable[..., Person]
) -> None:
    amara = person(email="Amara@Example.org", timezone="Europe/Berlin")
    assert start_mail(session, DESK, Letter(amara, "check_in", "1", WORDS, mail_kind="test"), at=NOON) is not None
    note_bounce(session, amara.email, status="5.1.1", reason="no such user", at=NOON)
    assert start_mail(session, DESK, Letter(amara, "check_in", "2", WORDS, mail_kind="test"), at=NOON) is None
    agenda = Letter(amara, "agenda", "3", WORDS, mail_kind="test", invite=INVITE, method="REQUEST")
    assert start_mail(session, DESK, agenda, at=NOON) is not None
    amara.email, amara.email_key = "amara@home.example", "amara@home.example"
    session.flush()
    assert start_mail(session, DESK, Letter(amara, "check_in", "4", WORDS, mail_kind="test"), at=NOON) is not None
