"""Mails as rows become mails at a real server, once each, and their words are forgotten in time."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.mail.compose import Composed
from app.mail.models import MailState, OutgoingMail
from app.mail.services import UNDO_TIME, take_back, withdraw, write
from app.mail.transport import Outbox, Smtp, sender_address, transport_for
from app.organization import organization

WORDS = Composed("Juniper meets", "Dear Amara,\n", "<p>Dear Amara,</p>")


class Server:
    """Keeps what it gets, and answers recipients as told."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: object, session: object, envelope: Any, address: str, options: object) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.got.append(envelope.content)
        return "250 OK"


@pytest.fixture
def server(flask_app: Flask) -> Iterator[Server]:
    """A mail server that the application is set to use."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    config = flask_app.extensions["config"]
    flask_app.extensions["config"] = replace(
        config, mail_transport="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"
    )
    yield handler
    flask_app.extensions["config"] = config
    controller.stop()


def mail(session: Session, to: str = "amara@example.org", **options: Any) -> OutgoingMail:
    """A mail that waits."""
    made = write(session, WORDS, kind="weekly", to=to, name="Amara Osei", at=clock.now(), **options)
    session.commit()
    return made


def test_a_mail_arrives_once(session: Session, server: Server, run_jobs: Callable[[], int]) -> None:
    made = mail(session)
    run_jobs()
    run_jobs()
    session.expire_all()
    (content,) = server.got
    message = message_from_bytes(content)
    assert message["Subject"] == "Juniper meets"
    assert message["To"] == "Amara Osei <amara@example.org>"
    assert message["Message-ID"] == f"<{made.message_id}@coterie.test>"
    assert made.state is MailState.SENT
    assert made.sent_at is not None


def test_a_recipient_refused_for_good_is_not_tried_again(
    session: Session, server: Server, run_jobs: Callable[[], int]
) -> None:
    server.answers["amara@example.org"] = "550 no such person"
    made = mail(session)
    run_jobs()
    session.expire_all()
    assert (made.state, made.error) == (MailState.FAILED, "550 SMTPRecipientsRefused")
    assert session.scalars(select(Job.state)).all() == [JobState.DEAD]


def test_a_recipient_refused_for_now_is_tried_again(
    session: Session, server: Server, run_jobs: Callable[[], int]
) -> None:
    server.answers["amara@example.org"] = "450 come back later"
    made = mail(session)
    run_jobs()
    session.expire_all()
    assert (made.state, made.error) == (MailState.WAITING, "450 SMTPRecipientsRefused")
    server.answers.clear()
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        run_jobs()
    session.expire_all()
    assert (made.state, made.error) == (MailState.SENT, None)
    assert len(server.got) == 1


def test_a_server_that_is_away_loses_nothing(flask_app: Flask, session: Session, run_jobs: Callable[[], int]) -> None:
    config = flask_app.extensions["config"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        flask_app.extensions["config"] = replace(
            config, mail_transport="smtp", smtp_host="127.0.0.1", smtp_port=free.getsockname()[1], smtp_security="none"
        )
        try:
            made = mail(session)
            run_jobs()
        finally:
            flask_app.extensions["config"] = config
    session.expire_all()
    assert made.state is MailState.WAITING
    job = session.scalars(select(Job)).one()
    assert job.state is JobState.WAITING
    assert "ConnectionRefusedError" in (job.last_error or "")


def test_a_mail_that_cannot_be_written_fails_with_the_reason(
    session: Session, server: Server, run_jobs: Callable[[], int]
) -> None:
    made = mail(session, to="amara@example.org\nBcc: other@example.org")
    run_jobs()
    session.expire_all()
    assert made.state is MailState.FAILED
    assert server.got == []


def test_a_worker_killed_after_delivery_sends_the_same_bytes_again(
    session: Session, server: Server, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = mail(session)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "finish", _dies)
        run_jobs()
    session.expire_all()
    assert made.state is MailState.WAITING
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        run_jobs()
    assert len(server.got) == 2, "only the instant between acceptance and commit can send twice"
    assert server.got[0] == server.got[1]


def _dies(*args: object, **kwargs: object) -> bool:
    raise SystemError("killed")


def test_a_batch_waits_for_undo_and_can_be_taken_back(
    session: Session, server: Server, run_jobs: Callable[[], int]
) -> None:
    at = clock.now()
    batch = [mail(session, to=f"p{n}@example.org", send_at=at + UNDO_TIME, batch="one") for n in range(3)]
    other = mail(session, to="other@example.org", send_at=at + UNDO_TIME, batch="two")
    run_jobs()
    assert server.got == []
    assert withdraw(session, batch[0], at=at)
    assert not withdraw(session, batch[0], at=at)
    assert take_back(session, "one", at=at) == 2
    session.commit()
    with time_machine.travel(at + UNDO_TIME + timedelta(seconds=1), tick=False):
        run_jobs()
    session.expire_all()
    assert [one.state for one in batch] == [MailState.CANCELLED] * 3
    assert other.state is MailState.SENT
    assert take_back(session, "two", at=clock.now()) == 0


def test_words_are_forgotten_in_time(session: Session, server: Server, run_jobs: Callable[[], int]) -> None:
    at = clock.now()
    kept, invite = mail(session), mail(session, erase_at=at + timedelta(days=60))
    key = mail(session, erase_at=at)
    run_jobs()
    session.expire_all()
    assert (key.text, key.subject, key.html) == ("", "", ""), "a sign-in link is not kept once a server has it"
    assert kept.text
    organization(session).mail_body_days = 14
    for days, left in ((13, (True, True)), (15, (False, True)), (61, (False, False))):
        with time_machine.travel(at + timedelta(days=days), tick=False):
            ledger.enqueue(session, "mail.erase", {}, key=f"erase:{days}", at=clock.now())
            session.commit()
            run_jobs()
        session.expire_all()
        assert (bool(kept.text), bool(invite.text)) == left
    assert kept.recipient == "amara@example.org"


def test_a_key_stays_readable_where_no_server_is_set(session: Session, run_jobs: Callable[[], int]) -> None:
    key = mail(session, erase_at=clock.now())
    run_jobs()
    session.expire_all()
    assert key.state is MailState.SENT
    assert key.text


def test_where_mails_go(flask_app: Flask, session: Session) -> None:
    config = replace(flask_app.extensions["config"], mail_transport="auto", mail_from="")
    row = organization(session)
    assert isinstance(transport_for(config, session), Outbox)
    assert sender_address(config, session) == "coterie@localhost"
    row.smtp_host, row.mail_from = "mail.example", "circles@fjord.example"
    assert transport_for(config, session) == Smtp("mail.example", 587, "starttls", "", "")
    assert sender_address(config, session) == "circles@fjord.example"
    chosen = replace(config, smtp_host="other.example", smtp_port=25, smtp_security="none", mail_from="a@b.example")
    assert transport_for(chosen, session) == Smtp("other.example", 25, "none", "", "")
    assert sender_address(chosen, session) == "a@b.example"
    assert isinstance(transport_for(replace(chosen, demonstration=True), session), Outbox)
