"""An LMTP server (RFC 2033) for the mail server on the same machine: takes mails to the organizer's address."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from flask import Flask

from app import clock
from app.config import Config
from app.extensions import db
from app.mail.reading import MAX_BYTES, plain_address
from app.mail.transport import sender_address
from scheduling.inbound.taking import take, verdicts_for
from scheduling.queries.telling import former_organizers

log = logging.getLogger(__name__)
SOURCE = "lmtp"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Larger than what is read: a mail refused here for its size would go back to its sender as an error.
MAX_TAKEN = 30 * 1024 * 1024
MAX_RECIPIENTS = 20
NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox here"
TOO_MANY = "452 4.5.3 Too many recipients"
TAKEN = "250 2.0.0 Taken"
TRY_LATER = "451 4.3.0 Not now, try again later"


class Postbox:
    """Takes what the mail server hands over, and answers it for each recipient."""

    def __init__(self, flask_app: Flask) -> None:
        self.flask_app = flask_app
        self.config: Config = flask_app.extensions["config"]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Only the organizer's address is known here, and those that sessions to come were told of from."""
        ours = await asyncio.get_running_loop().run_in_executor(None, self.ours)
        if plain_address(address) not in ours:
            return NO_SUCH_MAILBOX
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """One line for each recipient, as LMTP wants it; a mail that is of no use is taken all the same."""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(None, self.receive, envelope.content, envelope.mail_from or "")
        return "\r\n".join([answer] * len(envelope.rcpt_tos))

    def ours(self) -> set[str]:
        """The addresses that calendars answer to."""
        with self.flask_app.app_context():
            session = db.session()
            present = sender_address(self.config, session)
            return {plain_address(one) for one in (present, *former_organizers(session, present, at=clock.now()))}

    def receive(self, raw: bytes, envelope_sender: str) -> str:
        """Take one mail in a transaction of its own."""
        try:
            verdicts = verdicts_for(raw, self.config)
            with self.flask_app.app_context():
                session = db.session()
                code = take(
                    session,
                    self.config,
                    raw,
                    source=SOURCE,
                    verdicts=verdicts,
                    at=clock.now(),
                    envelope_sender=envelope_sender,
                )
                session.commit()
        except Exception:
            log.exception("a mail could not be taken; the mail server keeps it")
            return TRY_LATER
        log.info("mail taken: %s", code)
        return TAKEN


class Conversation(LMTP):
    """One conversation; longer lines than SMTP allows are taken too, since refusing one would go back to its sender."""

    line_length_limit = MAX_BYTES


class LmtpController(Controller):
    """Runs the server in a thread of its own."""

    def factory(self) -> LMTP:
        """One conversation."""
        return Conversation(self.handler, **self.SMTP_kwargs)


def controller_for(flask_app: Flask, *, host: str, port: int) -> LmtpController:
    """The server, not yet started. Raises ValueError for an address that others can reach: LMTP knows no sign-in."""
    if host not in LOOPBACK:
        raise ValueError(f"{host} is not an address of this machine alone; use 127.0.0.1")
    # It writes every command into the log, and with it who writes to whom.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    return LmtpController(Postbox(flask_app), hostname=host, port=port, data_size_limit=MAX_TAKEN, ident="Coterie LMTP")
