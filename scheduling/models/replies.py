"""Answers that calendars sent by mail, times that members propose, and standing answers for a season."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from scheduling.models.answers import Answer
from scheduling.models.seasons import CircleSession, Season


class ReplyKind(Enum):
    """An answer, or the wish for another time."""

    ANSWER = "answer"
    PROPOSAL = "proposal"


class ReplyState(Enum):
    """What became of it: it counts, it waits for the member's own word, or why it does not count."""

    APPLIED = "applied"
    PENDING = "pending"
    STALE = "stale"
    OLDER = "older"


class CalendarReply(Identified, Base):
    """One answer or proposal that a member's calendar sent for one session."""

    __tablename__ = "calendar_reply"
    __table_args__ = (UniqueConstraint("session_id", "person_id", "kind", "stamped_at"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    kind: Mapped[ReplyKind] = mapped_column(enum_column(ReplyKind))
    state: Mapped[ReplyState] = mapped_column(enum_column(ReplyState))
    answer: Mapped[Answer | None] = mapped_column(enum_column(Answer))
    sequence: Mapped[int]
    #: DTSTAMP as the calendar wrote it; the later one counts.
    stamped_at: Mapped[datetime]
    #: A line the member wrote to the circle, as plain text.
    comment: Mapped[str] = mapped_column(String(300), default="")
    proposed_starts_at: Mapped[datetime | None]
    proposed_ends_at: Mapped[datetime | None]
    received_at: Mapped[datetime]


class StandingYes(Base):
    """A member who comes every week unless they say otherwise."""

    __tablename__ = "standing_yes"

    season_id: Mapped[UUID] = mapped_column(ForeignKey(Season.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True, index=True)
    since: Mapped[datetime]
