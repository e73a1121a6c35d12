"""Where mails go: a real SMTP server, or nowhere but the outbox page in demonstration and before mail is set up."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Protocol

from sqlalchemy.orm import Session

from app.config import Config
from app.organization import organization

TIMEOUT_SECONDS = 20


class Transport(Protocol):
    """Delivers the bytes of one mail, or raises."""

    def deliver(self, sender: str, recipient: str, message: bytes) -> None: ...


class Outbox:
    """Delivers to nobody: the mail stays in the outbox page."""

    def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        return


@dataclass(frozen=True, slots=True)
class Smtp:
    """One SMTP server."""

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = ""

    def deliver(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand one mail over. Raises smtplib.SMTPException or OSError."""
        with self._connect() as client:
            client.sendmail(parseaddr(sender)[1], [recipient], message)

    def greet(self) -> None:
        """Connect, secure and sign in without sending. Raises smtplib.SMTPException (an OSError) or OSError."""
        with self._connect() as client:
            client.noop()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            if self.security == "starttls":
                client.starttls(context=context)
            if self.username:
                client.login(self.username, self.password)
        except Exception:
            client.close()
            raise
        return client


def transport_for(config: Config, session: Session) -> Transport:
    """The transport in force: settings first, then what the first-run page stored, else the outbox.

    Demonstration mode never sends by SMTP, whatever the settings say.
    """
    if config.demonstration or config.mail_transport == "outbox":
        return Outbox()
    if config.smtp_host:
        return Smtp(
            config.smtp_host, config.smtp_port, config.smtp_security, config.smtp_username, config.smtp_password
        )
    row = organization(session)
    if row.smtp_host:
        return Smtp(row.smtp_host, row.smtp_port, row.smtp_security, row.smtp_username, row.smtp_password)
    return Outbox()


def sender_address(config: Config, session: Session) -> str:
    """The bare address that mails come from and that organizes every session."""
    return config.mail_from or organization(session).mail_from or "coterie@localhost"
