"""What each member's calendar was last told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.db import Base, Identified
from scheduling.models.seasons import CircleSession


class InviteSent(Identified, Base):
    """What one member was last told of one session, so that the next message is newer.

    `method` is REQUEST while they are told that it takes place, by whatever mail; `held` says that the calendar behind
    `address` holds it, because a mail brought it there.
    """

    __tablename__ = "invite_sent"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    method: Mapped[str] = mapped_column(String(10))
    held: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int]
    stamped_at: Mapped[datetime]
    mail_id: Mapped[int | None]
