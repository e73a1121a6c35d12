"""Who said they would come, and who came."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.db import Base, enum_column
from scheduling.models.seasons import CircleSession


class Answer(Enum):
    """A member's answer to an invite."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Rsvp(Base):
    """One member's answer to one session; the later answer wins, whichever way it came."""

    __tablename__ = "rsvp"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True, index=True)
    answer: Mapped[Answer] = mapped_column(enum_column(Answer))
    source: Mapped[str] = mapped_column(String(16))
    answered_at: Mapped[datetime]


class Attendance(Base):
    """Whether one member was present at one session."""

    __tablename__ = "attendance"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True, index=True)
    present: Mapped[bool]
    noted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    noted_at: Mapped[datetime]
