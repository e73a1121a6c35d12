"""Mail that comes back is known by its own Message-ID, marks that mail, and stops what can be done without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app import clock
from app.mail.bounces import (
    TOO_MANY,
    Report,
    forgive,
    note_bounce,
    note_deferred,
    reachable,
    read_report,
    record,
    troubled,
)
from app.mail.compose import Composed
from app.mail.incoming import AddressTrouble
from app.mail.models import MailState, OutgoingMail
from app.mail.reading import read_mail
from app.mail.services import write

WORDS = Composed("Juniper meets", "Dear Amara,\n", "<p>Dear Amara,</p>")
ADDRESS = "Amara@Example.org"


def returned(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <amara@example.org>: Recipient address rejected: User unknown",
    back: str = "message/rfc822",
    report: str = "delivery-status",
) -> bytes:
    """A delivery report as Postfix writes it."""
    original = f"From: circles@coterie.test\nTo: amara@example.org\nMessage-ID: <{message_id}@coterie.test>\n"
    text = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: circles@coterie.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <20260908090000.ABC@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report};
\tboundary="9B095B5ADSN=_01D"

--9B095B5ADSN=_01D
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.
--9B095B5ADSN=_01D
Content-Type: message/{report}

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 8 Sep 2026 09:00:00 +0000

Final-Recipient: rfc822; amara@example.org
Original-Recipient: rfc822;amara@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {diagnostic}

--9B095B5ADSN=_01D
Content-Type: {back}

{original}
--9B095B5ADSN=_01D--
"""
    return text.replace("\n", "\r\n").encode()


def report_in(raw: bytes) -> Report:
    found = read_report(read_mail(raw))
    assert found is not None
    return found


@pytest.fixture
def mail(session: Session) -> OutgoingMail:
    """A mail that a server took."""
    made = write(session, WORDS, kind="weekly", to=ADDRESS, name="Amara Osei", at=clock.now())
    made.state, made.sent_at = MailState.SENT, clock.now()
    session.commit()
    return made


def trouble(session: Session) -> AddressTrouble | None:
    return session.get(AddressTrouble, ADDRESS.lower())


@pytest.mark.parametrize("back", ["message/rfc822", "text/rfc822-headers"])
def test_a_mail_that_came_back_is_marked_and_its_address_rests(session: Session, mail: OutgoingMail, back: str) -> None:
    assert record(session, report_in(returned(mail.message_id, back=back)), at=clock.now()) == "bounced"
    assert mail.state is MailState.BOUNCED
    assert mail.error is not None
    assert mail.error.startswith("550 5.1.1 <amara@example.org>")
    assert not reachable(session, "amara@EXAMPLE.org")
    assert reachable(session, "amara@home.example")


def test_the_same_report_twice_counts_once(session: Session, mail: OutgoingMail) -> None:
    for _ in range(2):
        record(session, report_in(returned(mail.message_id)), at=clock.now())
    noted = trouble(session)
    assert noted is not None
    assert noted.bounces == 1


@pytest.mark.parametrize(("status", "stops"), [("5.1.1", 1), ("5.1.10", 1), ("5.2.1", 1), ("5.2.2", 3), ("5.7.1", 3)])
def test_an_address_that_is_gone_stops_at_once_others_after_three(
    session: Session, mail: OutgoingMail, status: str, stops: int
) -> None:
    for number in range(1, TOO_MANY + 1):
        note_bounce(session, ADDRESS, status=status, reason="said the server", at=clock.now())
        assert reachable(session, ADDRESS) is (number < stops)


def test_a_report_of_delay_shows_and_stops_nothing(session: Session, mail: OutgoingMail) -> None:
    raw = returned(mail.message_id, action="delayed", status="4.2.2", diagnostic="smtp; 452 4.2.2 Mailbox full")
    assert record(session, report_in(raw), at=clock.now()) == "deferred"
    assert (mail.state, mail.error) == (MailState.SENT, "452 4.2.2 Mailbox full")
    noted = trouble(session)
    assert noted is not None
    assert (noted.bounces, noted.deferred_at is not None) == (0, True)
    assert reachable(session, ADDRESS)


def test_a_mail_given_up_after_delays_is_lost_but_its_address_may_be_right(
    session: Session, mail: OutgoingMail
) -> None:
    raw = returned(mail.message_id, status="4.4.1", diagnostic="X-Postfix; connect: timed out")
    assert record(session, report_in(raw), at=clock.now()) == "bounced"
    assert mail.state is MailState.BOUNCED
    assert reachable(session, ADDRESS)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_good_news_is_no_trouble(mail: OutgoingMail, action: str) -> None:
    assert read_report(read_mail(returned(mail.message_id, action=action, status="2.0.0"))) is None


def test_a_read_receipt_is_no_trouble(mail: OutgoingMail) -> None:
    assert read_report(read_mail(returned(mail.message_id, report="disposition-notification"))) is None


def test_a_report_about_mail_that_is_not_ours_changes_nothing(session: Session, mail: OutgoingMail) -> None:
    assert record(session, report_in(returned("a" * 32)), at=clock.now()) == "unknown-mail"
    assert mail.state is MailState.SENT
    assert trouble(session) is None


def test_control_characters_in_what_a_server_says_are_left_out(session: Session, mail: OutgoingMail) -> None:
    raw = returned(mail.message_id, diagnostic="smtp; 550 5.1.1 no\x00such\x1b[31m user é")
    assert record(session, report_in(raw), at=clock.now()) == "bounced"
    session.commit()
    noted = trouble(session)
    assert noted is not None
    assert noted.reason.startswith("550 5.1.1 no such [31m user")


def test_an_answer_or_a_word_of_the_administrator_mends_an_address(session: Session) -> None:
    note_bounce(session, ADDRESS, status="5.1.1", reason="", at=clock.now())
    assert [row.address_key for row in troubled(session, [ADDRESS, "other@example.org"])] == ["amara@example.org"]
    assert forgive(session, ADDRESS)
    assert not forgive(session, ADDRESS)
    assert reachable(session, ADDRESS)


def test_a_delay_does_not_hide_why_an_address_rests(session: Session) -> None:
    note_bounce(session, ADDRESS, status="5.1.1", reason="no such user", at=clock.now())
    note_deferred(session, ADDRESS, status="4.2.2", reason="full", at=clock.now() + timedelta(hours=1))
    noted = trouble(session)
    assert noted is not None
    assert (noted.status, noted.reason) == ("5.1.1", "no such user")
