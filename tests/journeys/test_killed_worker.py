"""A worker killed in the middle of sending: nothing lost, nothing twice but what was in its hands."""

from __future__ import annotations

import signal
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select

from app import clock
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.mail.compose import Composed
from app.mail.models import MailState, OutgoingMail
from app.mail.services import write
from tests.journeys.servers import SECRET, installation, mail_server, stop

pytestmark = pytest.mark.journey
MAILS = 40
WORKERS = 2


def test_kill_9_in_the_middle_of_sending(tmp_path: Path) -> None:
    with mail_server(delay=0.1) as (mailbox, smtp_port):
        house = installation(tmp_path, smtp_port, job_lease_seconds="3", workers=str(WORKERS))
        config = Config(secret_key=SECRET, data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'coterie.db'}")
        flask_app = create_app(config)
        with flask_app.app_context():
            upgrade()
            for number in range(MAILS):
                words = Composed(f"Mail {number}", "Some words", "<p>Some words</p>")
                write(db.session(), words, kind="test", to=f"p{number}@example.org", at=clock.now())
            db.session.commit()
        first = house.start("worker")
        _wait(lambda: len(mailbox.accepted) >= MAILS // 4)
        stop(first, signal.SIGKILL)
        at_kill = len(mailbox.accepted)
        assert at_kill < MAILS, "the worker must be killed before it is done"
        second = house.start("worker")
        try:
            _wait(lambda: _sent(flask_app) == MAILS)
        finally:
            stop(second)
        received = Counter(recipient for recipient, _raw in mailbox.accepted)
        assert set(received) == {f"p{number}@example.org" for number in range(MAILS)}, "nothing is lost"
        twice = {recipient for recipient, times in received.items() if times > 1}
        assert len(twice) <= WORKERS, "only what was in the worker's hands can come twice"
        for recipient in twice:
            copies = {raw for to, raw in mailbox.accepted if to == recipient}
            assert len({message_from_bytes(raw)["Message-ID"] for raw in copies}) == 1
            assert len(copies) == 1, "a repeated mail has the same bytes"


def _sent(flask_app: object) -> int:
    with flask_app.app_context():  # type: ignore[attr-defined]
        count = db.session.scalar(select(func.count()).where(OutgoingMail.state == MailState.SENT))
        db.session.remove()
        return int(count or 0)


def _wait(until: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if until():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
