"""A real SMTP server that keeps what it accepts, and a real installation in processes of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

SENDER = "circles@coterie.example.org"
SECRET = "a secret for journeys only, a secret for journeys only"


def free_port() -> int:
    """A port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """What the mail server accepted, in order; `delay` seconds pass before it accepts each mail."""

    delay: float = 0.0
    accepted: list[tuple[str, bytes]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Accept one mail."""
        if self.delay:
            import asyncio

            await asyncio.sleep(self.delay)
        for recipient in envelope.rcpt_tos:
            self.accepted.append((recipient.lower(), bytes(envelope.content)))
        return "250 accepted"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one address, parsed, oldest first."""
        wanted = address.lower()
        parsed = [message_from_bytes(raw, policy=default) for recipient, raw in self.accepted if recipient == wanted]
        return [mail for mail in parsed if isinstance(mail, EmailMessage)]

    def wait_for(self, address: str, subject: str, seconds: float = 30) -> EmailMessage:
        """The newest mail to an address whose subject contains some words; waits until it comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in reversed(self.to(address)):
                if subject in str(mail["Subject"]):
                    return mail
            time.sleep(0.1)
        subjects = [str(mail["Subject"]) for mail in self.to(address)]
        raise AssertionError(f"no mail {subject!r} to {address} within {seconds} s; there are {subjects}")

    def wait_until(self, come: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Return once something has come."""
        deadline = time.monotonic() + seconds
        while not come():
            assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
            time.sleep(0.1)


@contextlib.contextmanager
def mail_server(delay: float = 0.0) -> Iterator[tuple[Mailbox, int]]:
    """A mail server on a free loopback port, and its mailbox."""
    mailbox = Mailbox(delay)
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


@dataclass
class Installation:
    """A real installation in a folder: how to start its parts."""

    folder: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `coterie …` in a process group of its own; its words go to a log in the folder."""
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app", *arguments],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @contextlib.contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """`coterie …` for a while; whatever fails meanwhile also tells what it wrote to its log."""
        process = self.start(*arguments)
        try:
            yield
        except BaseException as error:
            error.add_note(self.said()[-4000:])
            raise
        finally:
            stop(process)

    def run(self, *arguments: str) -> str:
        """Run `coterie …` to its end and give back what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def said(self) -> str:
        """What its parts wrote to their logs."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def wait_until_it_answers(self, seconds: float = 40) -> None:
        """Return once the server answers; fails with the end of its log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(self.said()[-3000:])


def installation(folder: Path, smtp_port: int, **settings: str) -> Installation:
    """An installation with an empty database that sends by a mail server on loopback."""
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COTERIE_") and name != "FLASK_APP"
    }
    environment |= {
        "COTERIE_SECRET_KEY": SECRET,
        "COTERIE_DATA_DIR": str(folder),
        "COTERIE_PORT": str(port),
        "COTERIE_SMTP_HOST": "127.0.0.1",
        "COTERIE_SMTP_PORT": str(smtp_port),
        "COTERIE_SMTP_SECURITY": "none",
        "COTERIE_MAIL_FROM": SENDER,
        "COTERIE_ROOM_BASE_URL": "https://rooms.example.org",
        **{f"COTERIE_{name.upper()}": value for name, value in settings.items()},
    }
    return Installation(folder, port, environment)


def demonstration(folder: Path) -> Installation:
    """An installation for the invented people; `demo` starts it and nothing is mailed."""
    made = installation(folder, 0)
    kept = {name: value for name, value in made.environment.items() if not name.startswith("COTERIE_")}
    return Installation(folder, made.port, {**kept, "COTERIE_DATA_DIR": str(folder), "COTERIE_PORT": str(made.port)})


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """End a process group and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(30)
