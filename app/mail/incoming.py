"""Tables of mail that comes in: what was made of each one, where a mailbox was read to, addresses that do not work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class IncomingMail(Base):
    """One mail that came in and what was made of it; nothing of what it says is kept."""

    __tablename__ = "incoming_mail"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    #: imap, lmtp, webhook or command.
    source: Mapped[str] = mapped_column(String(16))
    #: SHA-256 of its Message-ID, or of the whole mail where there is none.
    key: Mapped[str] = mapped_column(String(64), index=True)
    #: SHA-256 of the signature it was handed over with, so that no request counts twice.
    seal: Mapped[str | None] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    #: What was made of it: applied, a reason not to, or the kind of a report.
    code: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[datetime] = mapped_column(index=True)


class Inbox(Base):
    """One mailbox that is read: how far, when last, and whether it can be reached; one reader at a time holds it."""

    __tablename__ = "inbox"

    #: user@host/folder.
    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    polled_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    failing_since: Mapped[datetime | None]
    held_by: Mapped[str | None] = mapped_column(String(32))
    held_until: Mapped[datetime | None]


class AddressTrouble(Base):
    """An address that mail came back from or waits for; a person who changes to another one leaves it behind."""

    __tablename__ = "address_trouble"

    address_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    bounces: Mapped[int] = mapped_column(default=0)
    bounced_at: Mapped[datetime | None]
    deferred_at: Mapped[datetime | None]
    #: The last status (RFC 3463), such as 5.1.1, and what the other server said, on one line.
    status: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    #: Whether mails that can be done without are no longer sent there.
    stopped: Mapped[bool] = mapped_column(default=False)

    @property
    def words(self) -> str:
        """The status and what the other server said, the status once."""
        return self.reason if self.status in self.reason else f"{self.status} {self.reason}".strip()
