"""Members of other circles who come to one session because they miss their own."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from scheduling.models.seasons import CircleSession


class GuestState(Enum):
    """A guest asks, then is welcome or not; either way they can take it back."""

    ASKED = "asked"
    WELCOME = "welcome"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class SessionGuest(Identified, Base):
    """One person at one session of a circle that is not theirs; it counts for no attendance."""

    __tablename__ = "session_guest"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    #: The session of their own circle that they miss.
    missed_id: Mapped[UUID | None] = mapped_column(ForeignKey(CircleSession.id, ondelete="SET NULL"))
    state: Mapped[GuestState] = mapped_column(enum_column(GuestState), default=GuestState.ASKED)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))

    meeting: Mapped[CircleSession] = relationship(lazy="raise_on_sql", foreign_keys=session_id)
    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=person_id)

    @property
    def is_welcome(self) -> bool:
        """Whether the host has said yes, and the guest has not taken it back."""
        return self.state is GuestState.WELCOME
