"""Real servers for tests: one that takes mail by SMTP, and an IMAP server that mails can be put into."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from imapclient import IMAPClient

USER, PASSWORD = "circles", "a mailbox for tests"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Keeper:
    """An SMTP handler that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.extend((address, envelope.content) for address in envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def smtp_server() -> Iterator[tuple[Keeper, int]]:
    """A mail server, and its port."""
    keeper, port = Keeper(), free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield keeper, port
    finally:
        controller.stop()


@contextmanager
def imap_server(port: int | None = None) -> Iterator[int]:
    """An IMAP server with one empty mailbox of USER; gives its port."""
    port = port or free_port()
    program = Path(sys.executable).parent / "pymap"
    server = subprocess.Popen(
        [
            str(program),
            *("--host", "127.0.0.1", "--port", str(port), "--no-tls"),
            *("--no-service", "managesieve", "--no-service", "admin", "--no-service", "health"),
            *("dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        with imap(port) as client:
            client.select_folder("INBOX")
            if uids := client.search():
                client.delete_messages(uids)
                client.expunge()
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextmanager
def imap(port: int) -> Iterator[IMAPClient]:
    """A signed-in client of that server."""
    client = IMAPClient("127.0.0.1", port=port, ssl=False, timeout=10)
    client.login(USER, PASSWORD)
    try:
        yield client
    finally:
        client.logout()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError("the IMAP server ended at once")
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the IMAP server does not answer")
