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
    """The last calendar message written for one member and one session, so that the next one is newer."""

    __tablename__ = "invite_sent"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    method: Mapped[str] = mapped_column(String(10))
    sequence: Mapped[int]
    stamped_at: Mapped[datetime]
    mail_id: Mapped[int | None]
