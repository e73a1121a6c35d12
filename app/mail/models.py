"""Mails as rows: written in the transaction that causes them, sent by a job."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, enum_column


class MailState(Enum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: A server took it, and it came back later.
    BOUNCED = "bounced"


class OutgoingMail(Base):
    """One mail to one person. The administrator sees everything here but subject, text, html and invite."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index("ix_outgoing_mail_state_send_at", "state", "send_at"),
        Index("ix_outgoing_mail_batch", "batch"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(48))
    #: From whom it comes when a calendar knows that address; empty: from the installation's, when it leaves.
    sender: Mapped[str] = mapped_column(String(254), default="")
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[UUID | None] = mapped_column(Uuid(), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    invite: Mapped[bytes | None] = mapped_column(LargeBinary)
    method: Mapped[str | None] = mapped_column(String(10))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    unsubscribe_url: Mapped[str] = mapped_column(String(300), default="")
    #: Mails written together by one lead's action share a batch, so that one Undo takes back all of them.
    batch: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[MailState] = mapped_column(enum_column(MailState), default=MailState.WAITING)
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    #: From this instant on it would say something untrue, so it is not sent any more.
    not_after: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    erase_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))
