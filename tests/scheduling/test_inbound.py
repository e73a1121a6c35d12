"""Answers come in by IMAP, LMTP, a signed request or a pipe, and the circle sees them: through real servers."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from imapclient.exceptions import IMAPClientError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.config import Config
from app.jobs import ledger
from app.mail import inbox
from app.mail.inbox import Mailbox
from app.mail.incoming import Inbox, IncomingMail
from scheduling.inbound import polling
from scheduling.inbound.lmtp import controller_for
from scheduling.inbound.signing import signature_of
from scheduling.models import Answer, Rsvp, Season
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season
from tests.scheduling import mail_servers

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
SECRET = "a secret shared with the mail server"
PROVED = "Authentication-Results: mx.coterie.test; dmarc=pass header.from=example.org\r\n"


@pytest.fixture(scope="module")
def imap_port() -> Iterator[int]:
    with mail_servers.imap_server() as port:
        yield port


@pytest.fixture(autouse=True)
def travel(imap_port: int) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def config(flask_app: Flask, imap_port: int) -> Iterator[Config]:
    """The application set to read the mailbox and to believe its own server."""
    before = flask_app.extensions["config"]
    changed: Config = replace(
        before,
        imap_host="127.0.0.1",
        imap_port=imap_port,
        imap_security="none",
        imap_username=mail_servers.USER,
        imap_password=mail_servers.PASSWORD,
        mail_authserv_id="mx.coterie.test",
        mail_verify_dkim=False,
        inbound_secret=SECRET,
    )
    flask_app.extensions["config"] = changed
    yield changed
    flask_app.extensions["config"] = before


@pytest.fixture
def juniper(session: Session) -> Season:
    made = season(session, make.circle_of(session, ("Amara Osei", "Tomas Rivera")), at=AT, first=date(2026, 9, 14))
    made.circle.memberships[0].person.email = made.circle.memberships[0].person.email_key = "amara@example.org"
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    session.commit()
    return reload(session, made)


@pytest.fixture
def amara(juniper: Season) -> Person:
    return juniper.circle.memberships[0].person


@pytest.fixture
def mailbox(config: Config, imap_port: int) -> Iterator[Mailbox]:
    """The mailbox, empty after the test."""
    made = Mailbox.of(config)
    assert made is not None
    yield made
    with mail_servers.imap(imap_port) as client:
        client.select_folder("INBOX")
        if uids := client.search():
            client.delete_messages(uids)
            client.expunge()


def reply_to(season: Season, *, partstat: str = "ACCEPTED", number: int = 1, head: str = PROVED) -> bytes:
    """An answer of Amara's calendar to the first session."""
    first = season.sessions[0]
    return (
        f"{head}Return-Path: <amara@example.org>\r\nFrom: Amara Osei <amara@example.org>\r\n"
        "To: circles@coterie.test\r\n"
        f"Subject: Re: Juniper\r\nMessage-ID: <{number}.reply@example.org>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n"
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{first.uid}\r\nSEQUENCE:{first.sequence}\r\nDTSTAMP:20260908T0830{number:02d}Z\r\n"
        "ORGANIZER:mailto:circles@coterie.test\r\n"
        f"ATTENDEE;PARTSTAT={partstat}:mailto:amara@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def answer_of(session: Session, season: Season, person: Person) -> Answer | None:
    session.expire_all()
    rsvp = session.get(Rsvp, (season.sessions[0].id, person.id))
    return rsvp.answer if rsvp else None


def codes(session: Session) -> list[str]:
    return list(session.scalars(select(IncomingMail.code).order_by(IncomingMail.id)))


def put(port: int, *mails: bytes) -> None:
    with mail_servers.imap(port) as client:
        for mail in mails:
            client.append("INBOX", mail)


def test_the_whole_way_from_the_invite_to_the_page(
    flask_app: Flask,
    session: Session,
    config: Config,
    mailbox: Mailbox,
    imap_port: int,
    run_jobs: Callable[[], int],
    sign_in: Callable[[Person], FlaskClient],
    travel: time_machine.Traveller,
) -> None:
    """The invite goes out by SMTP, a calendar answers what it says, the mailbox is read, the circle sees it."""
    juniper = season(session, make.circle_of(session, ("Amara Osei", "Tomas Rivera")), at=AT, first=date(2026, 9, 14))
    amara, tomas = (member.person for member in juniper.circle.memberships)
    with mail_servers.smtp_server() as (keeper, port):
        flask_app.extensions["config"] = replace(
            config, mail_transport="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
        )
        invite_where_missing(session, juniper.sessions, desk=DESK, at=AT)
        session.commit()
        run_jobs()
    arrived = [content for address, content in keeper.got if address == amara.email]
    assert len(arrived) == 2
    put(imap_port, *(_answered(content, amara.email, "ACCEPTED") for content in arrived))
    travel.shift(timedelta(minutes=1))
    ledger.enqueue(session, "scheduling.poll_inbox", {}, key="poll-now", at=AT)
    session.commit()
    run_jobs()
    session.expire_all()
    answers = session.scalars(select(Rsvp).where(Rsvp.person_id == amara.id)).all()
    assert {(rsvp.answer, rsvp.source) for rsvp in answers} == {(Answer.YES, "calendar")}
    assert len(answers) == 2
    travel.move_to(juniper.sessions[0].starts_at + timedelta(minutes=5))
    page = sign_in(tomas).get(f"/sessions/{juniper.sessions[0].id}/presence").text
    assert "had said yes" in page


def _answered(invite: bytes, address: str, partstat: str) -> bytes:
    """What a calendar sends back for an invite, by the rules of iTIP."""
    message = message_from_bytes(invite, policy=policy.default)
    (part,) = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content().encode())
    (event,) = calendar.walk("VEVENT")
    assert str(event["ATTENDEE"]) == f"mailto:{address}"
    event["ATTENDEE"].params["PARTSTAT"] = partstat
    event["ATTENDEE"].params.pop("RSVP")
    event["DTSTAMP"].dt = AT
    calendar["METHOD"] = "REPLY"
    reply = EmailMessage(policy=policy.SMTP)
    reply["From"], reply["To"] = address, str(event["ORGANIZER"]).removeprefix("mailto:")
    reply["Subject"] = f"Accepted: {message['Subject']}"
    reply["Message-ID"] = f"<{event['UID']}.answer@example.org>".replace("@coterie.test", "")
    reply.set_content(calendar.to_ical(), "text", "calendar", cte="base64", params={"method": "REPLY"})
    return PROVED.encode() + reply.as_bytes()


def test_every_new_mail_is_read_once(
    session: Session, config: Config, juniper: Season, amara: Person, mailbox: Mailbox, imap_port: int
) -> None:
    put(imap_port, reply_to(juniper), b"Subject: hello\r\n\r\nNothing to see.\r\n")
    assert polling.read_mailbox(session, config, mailbox) == 2
    assert codes(session) == ["applied", "no-calendar"]
    assert polling.read_mailbox(session, config, mailbox) == 0
    put(imap_port, reply_to(juniper, partstat="DECLINED", number=2))
    assert polling.read_mailbox(session, config, mailbox) == 1
    assert answer_of(session, juniper, amara) is Answer.NO
    with mail_servers.imap(imap_port) as client:
        client.select_folder("INBOX")
        assert client.search(["UNSEEN"]) == []
        assert len(client.search()) == 3


def test_mails_that_were_read_go_to_their_folder(
    session: Session, config: Config, juniper: Season, mailbox: Mailbox, imap_port: int
) -> None:
    put(imap_port, reply_to(juniper), reply_to(juniper, number=2))
    assert polling.read_mailbox(session, config, replace(mailbox, done_folder="Taken")) == 2
    with mail_servers.imap(imap_port) as client:
        client.select_folder("INBOX")
        assert client.search() == []
        client.select_folder("Taken")
        assert len(client.search()) == 2


def test_a_folder_that_takes_nothing_holds_up_no_answer(
    session: Session,
    config: Config,
    juniper: Season,
    amara: Person,
    mailbox: Mailbox,
    imap_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(opened: inbox.OpenMailbox, uid: int) -> None:
        raise IMAPClientError("over quota")

    monkeypatch.setattr(inbox.OpenMailbox, "put_away", full)
    put(imap_port, reply_to(juniper), reply_to(juniper, number=2, partstat="DECLINED"))
    assert polling.read_mailbox(session, config, replace(mailbox, done_folder="Full")) == 2
    assert answer_of(session, juniper, amara) is Answer.NO
    assert "over quota" in session.get_one(Inbox, replace(mailbox).name).error


def test_a_mailbox_made_anew_is_read_again_without_harm(
    session: Session, config: Config, juniper: Season, amara: Person, mailbox: Mailbox, imap_port: int
) -> None:
    put(imap_port, reply_to(juniper))
    polling.read_mailbox(session, config, mailbox)
    row = session.get_one(Inbox, mailbox.name)
    row.uidvalidity, row.last_uid = 7, 999_999
    session.commit()
    assert polling.read_mailbox(session, config, mailbox) == 1
    assert codes(session) == ["applied", "repeated"]
    assert session.get_one(Inbox, mailbox.name).last_uid < 999_999


def test_an_empty_mailbox_leaves_a_mark(session: Session, config: Config, mailbox: Mailbox, imap_port: int) -> None:
    assert polling.read_mailbox(session, config, mailbox) == 0
    row = session.get_one(Inbox, mailbox.name)
    assert (row.uidvalidity > 0, row.last_uid > 0, row.polled_at, row.error) == (True, True, AT, "")


def test_one_reader_at_a_time(
    session: Session, config: Config, juniper: Season, mailbox: Mailbox, imap_port: int, travel: time_machine.Traveller
) -> None:
    put(imap_port, reply_to(juniper))
    assert inbox.hold(session, mailbox.name, "another", at=AT)
    session.commit()
    assert polling.read_mailbox(session, config, mailbox) is None
    assert codes(session) == []
    travel.shift(inbox.HOLD + timedelta(seconds=1))
    assert polling.read_mailbox(session, config, mailbox) == 1


def test_a_reader_that_was_overtaken_stops(
    session: Session,
    config: Config,
    juniper: Season,
    mailbox: Mailbox,
    imap_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(imap_port, reply_to(juniper), reply_to(juniper, number=2))

    def taken_over(uid: int, code: int) -> None:
        row = session.get_one(Inbox, mailbox.name)
        row.held_by = "another"
        session.commit()

    assert polling.read_mailbox(session, config, mailbox, progress=taken_over) == 1
    assert len(codes(session)) == 1
    assert session.get_one(Inbox, mailbox.name).held_by == "another"


def test_a_mail_that_trips_the_reader_up_does_not_hold_up_the_next(
    session: Session,
    config: Config,
    juniper: Season,
    amara: Person,
    mailbox: Mailbox,
    imap_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(imap_port, b"Subject: trip\r\n\r\n", reply_to(juniper), b"Subject: big\r\n\r\n" + b"x" * 1_100_000)
    taking = polling.take

    def trip(session: Session, config: Config, raw: bytes, **rest: object) -> str:
        if b"Subject: trip" in raw:
            raise RuntimeError("a bug")
        return taking(session, config, raw, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(polling, "take", trip)
    assert polling.read_mailbox(session, config, mailbox) == 3
    assert codes(session) == ["failed", "applied", "too-large"]
    assert answer_of(session, juniper, amara) is Answer.YES


def test_a_server_that_is_away_is_said_and_tried_again(
    session: Session, config: Config, juniper: Season, mailbox: Mailbox, imap_port: int, travel: time_machine.Traveller
) -> None:
    nobody = replace(mailbox, port=mail_servers.free_port())
    assert polling.read_mailbox(session, config, nobody) == 0
    travel.shift(timedelta(minutes=1))
    assert polling.read_mailbox(session, config, nobody) == 0
    row = session.get_one(Inbox, nobody.name)
    assert (row.failing_since, row.held_by) == (AT, None)
    assert row.error.startswith("ConnectionRefusedError")
    assert polling.read_mailbox(session, config, replace(mailbox, password="wrong")) == 0
    assert "LoginError" in session.get_one(Inbox, mailbox.name, populate_existing=True).error
    assert mail_servers.PASSWORD not in row.error
    put(imap_port, reply_to(juniper))
    assert polling.read_mailbox(session, config, mailbox) == 1
    row = session.get_one(Inbox, mailbox.name, populate_existing=True)
    assert (row.error, row.failing_since) == ("", None)


def test_the_job_does_nothing_without_a_mailbox(
    flask_app: Flask, session: Session, run_jobs: Callable[[], int]
) -> None:
    ledger.enqueue(session, "scheduling.poll_inbox", {}, key="poll-nothing", at=AT)
    session.commit()
    assert run_jobs() == 1
    assert session.scalar(select(func.count()).select_from(Inbox)) == 0


@pytest.fixture
def lmtp_port(flask_app: Flask, config: Config) -> Iterator[int]:
    controller = controller_for(flask_app, host="127.0.0.1", port=mail_servers.free_port())
    controller.start()
    yield int(controller.port)
    controller.stop()


def test_the_mail_server_hands_over_by_lmtp(session: Session, juniper: Season, amara: Person, lmtp_port: int) -> None:
    with smtplib.LMTP("127.0.0.1", lmtp_port) as client:
        refused = client.sendmail(
            "amara@example.org", ["Circles@coterie.test", "someone@coterie.test"], reply_to(juniper)
        )
    assert {address: code for address, (code, _) in refused.items()} == {"someone@coterie.test": 550}
    assert answer_of(session, juniper, amara) is Answer.YES
    assert session.scalars(select(IncomingMail.source)).all() == ["lmtp"]


def test_lmtp_takes_what_comes_to_an_organizer_of_before(session: Session, juniper: Season, lmtp_port: int) -> None:
    juniper.sessions[1].organizer = "before@old.test"
    session.commit()
    with smtplib.LMTP("127.0.0.1", lmtp_port) as client:
        refused = client.sendmail("amara@example.org", ["before@old.test", "else@old.test"], reply_to(juniper))
    assert set(refused) == {"else@old.test"}


def test_lmtp_answers_for_each_recipient_and_takes_what_is_of_no_use(session: Session, lmtp_port: int) -> None:
    with socket.create_connection(("127.0.0.1", lmtp_port), timeout=10) as line:
        stream = line.makefile("rwb")

        def say(words: bytes) -> None:
            stream.write(words + b"\r\n")
            stream.flush()

        def hear() -> bytes:
            heard: bytes = stream.readline()
            while heard[3:4] == b"-":
                heard = stream.readline()
            return heard[:3]

        assert hear() == b"220"
        for words in (b"LHLO mx.coterie.test", b"MAIL FROM:<>", *[b"RCPT TO:<circles@coterie.test>"] * 2):
            say(words)
            assert hear() == b"250"
        say(b"DATA")
        assert hear() == b"354"
        say(b"Subject: hello\r\n\r\nNothing\r\n.")
        assert [hear(), hear()] == [b"250", b"250"]
        say(b"QUIT")
        assert hear() == b"221"
    assert codes(session) == ["bounce"]


def test_lmtp_keeps_a_mail_with_the_mail_server_when_it_cannot_be_taken(
    session: Session, juniper: Season, lmtp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **rest: object) -> str:
        raise OSError("the database is away")

    monkeypatch.setattr("scheduling.inbound.lmtp.take", away)
    with smtplib.LMTP("127.0.0.1", lmtp_port) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("amara@example.org", ["circles@coterie.test"], reply_to(juniper))
    assert refused.value.smtp_code == 451


def test_lmtp_takes_a_line_longer_than_mail_allows(session: Session, juniper: Season, lmtp_port: int) -> None:
    with smtplib.LMTP("127.0.0.1", lmtp_port) as client:
        mail = reply_to(juniper).replace(b"SEQUENCE", b"DESCRIPTION:" + b"x" * 5_000 + b"\r\nSEQUENCE")
        assert client.sendmail("amara@example.org", ["circles@coterie.test"], mail) == {}
    assert codes(session) == ["applied"]


def test_lmtp_listens_on_this_machine_only(flask_app: Flask) -> None:
    with pytest.raises(ValueError, match="not an address of this machine"):
        controller_for(flask_app, host="0.0.0.0", port=8024)


def signed(raw: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {"Coterie-Timestamp": stamp, "Coterie-Signature": signature_of(secret, stamp, raw)}


def test_a_signed_request_brings_an_answer_once(
    session: Session, client: FlaskClient, config: Config, juniper: Season, amara: Person
) -> None:
    raw = reply_to(juniper)
    taken = client.post("/inbound/mail", data=raw, headers=signed(raw, AT), content_type="message/rfc822")
    assert (taken.status_code, taken.json) == (200, {"code": "applied"})
    assert answer_of(session, juniper, amara) is Answer.YES
    replayed = client.post("/inbound/mail", data=raw, headers=signed(raw, AT))
    assert replayed.status_code == 409
    tried_again = client.post("/inbound/mail", data=raw, headers=signed(raw, AT + timedelta(seconds=9)))
    assert (tried_again.status_code, tried_again.json) == (200, {"code": "repeated"})


@pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=9_000)])
def test_a_request_from_another_time_is_refused(
    session: Session, client: FlaskClient, config: Config, juniper: Season, off: timedelta
) -> None:
    raw = reply_to(juniper)
    assert client.post("/inbound/mail", data=raw, headers=signed(raw, AT + off)).status_code == 401
    assert codes(session) == []


def test_a_request_without_the_right_signature_is_refused(
    session: Session, client: FlaskClient, config: Config, juniper: Season
) -> None:
    raw, good = reply_to(juniper), signed(reply_to(juniper), AT)
    for headers in (
        {},
        signed(raw, AT, "another secret"),
        {**good, "Coterie-Timestamp": str(int(AT.timestamp()) + 1)},
        {**good, "Coterie-Signature": good["Coterie-Signature"].removeprefix("v1=")},
        {**good, "Coterie-Signature": "v1=é"},
    ):
        assert client.post("/inbound/mail", data=raw, headers=headers).status_code == 401
    assert client.post("/inbound/mail", data=raw + b"x", headers=good).status_code == 401
    assert client.get("/inbound/mail").status_code == 405
    assert codes(session) == []


def test_a_request_over_a_megabyte_is_refused(client: FlaskClient, config: Config) -> None:
    raw = b"x" * 1_100_000
    assert client.post("/inbound/mail", data=raw, headers=signed(raw, AT)).status_code == 413


def test_without_a_secret_there_is_no_such_address(client: FlaskClient, juniper: Season) -> None:
    raw = reply_to(juniper)
    assert client.post("/inbound/mail", data=raw, headers=signed(raw, AT, "")).status_code == 404


def test_entries_are_forgotten_in_time(
    session: Session, client: FlaskClient, config: Config, run_jobs: Callable[[], int], travel: time_machine.Traveller
) -> None:
    raw = b"Subject: hello\r\n\r\n"
    client.post("/inbound/mail", data=raw, headers=signed(raw, AT))
    travel.shift(timedelta(days=91))
    ledger.enqueue(session, "scheduling.forget_incoming", {}, key="forget-now", at=AT)
    session.commit()
    run_jobs()
    assert codes(session) == []
