"""Polls about a circle's weekly time, and the private question whether somebody can free an hour."""

from __future__ import annotations

from datetime import datetime, time
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from circles.models import Circle
from scheduling.models.seasons import Season


class PollKind(Enum):
    """Why a circle is asked: before its first session, for another time, or whether to take turns."""

    FIRST = "first"
    CHANGE = "change"
    TURNS = "turns"


class Vote(Enum):
    """What a member says about one time."""

    GOOD = "good"
    CAN = "can"
    CANNOT = "cannot"


class SlotPoll(Identified, Base):
    """Times offered to a circle; ended either by settling on one (`chosen`, its position) or by keeping the time."""

    __tablename__ = "slot_poll"
    __table_args__ = (
        CheckConstraint("closes_at > opened_at", name="closes_after_opening"),
        Index(
            "uq_slot_poll_open",
            "season_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_slot_poll_ended_at_closes_at", "ended_at", "closes_at"),
    )

    season_id: Mapped[UUID] = mapped_column(ForeignKey(Season.id, ondelete="CASCADE"), index=True)
    kind: Mapped[PollKind] = mapped_column(enum_column(PollKind))
    #: Empty: it came with the season.
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    #: When those who had not answered were reminded; they are once.
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    chosen: Mapped[int | None]

    season: Mapped[Season] = relationship(lazy="raise_on_sql")
    options: Mapped[list[SlotOption]] = relationship(
        back_populates="poll", lazy="raise_on_sql", order_by="SlotOption.position", cascade="all, delete-orphan"
    )


class SlotOption(Identified, Base):
    """One time that is offered; with `turn_weekday` and `turn_starts` it is two times that alternate."""

    __tablename__ = "slot_option"
    __table_args__ = (
        UniqueConstraint("poll_id", "position"),
        CheckConstraint("weekday >= 0 AND weekday <= 6", name="weekday_0_to_6"),
        CheckConstraint("(turn_weekday IS NULL) = (turn_starts IS NULL)", name="turn_is_whole"),
    )

    poll_id: Mapped[UUID] = mapped_column(ForeignKey(SlotPoll.id, ondelete="CASCADE"))
    position: Mapped[int]
    weekday: Mapped[int]
    starts: Mapped[time]
    timezone: Mapped[str] = mapped_column(String(64))
    turn_weekday: Mapped[int | None]
    turn_starts: Mapped[time | None]

    poll: Mapped[SlotPoll] = relationship(back_populates="options", lazy="raise_on_sql")
    votes: Mapped[list[SlotVote]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")


class SlotVote(Base):
    """One member's word on one time; only they can change it."""

    __tablename__ = "slot_vote"

    option_id: Mapped[UUID] = mapped_column(ForeignKey(SlotOption.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True, index=True)
    vote: Mapped[Vote] = mapped_column(enum_column(Vote))
    voted_at: Mapped[datetime]


class HourAsk(Identified, Base):
    """A private question to one member whose hours leave the circle without a common one: can you free one of these?

    `spells` are on the member's own clock, such as "Tue 16:00-17:00"; nobody else reads them.
    """

    __tablename__ = "hour_ask"
    __table_args__ = (
        Index(
            "uq_hour_ask_open",
            "circle_id",
            "person_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    circle_id: Mapped[UUID] = mapped_column(ForeignKey(Circle.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    spells: Mapped[list[str]]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    freed: Mapped[bool | None]

    circle: Mapped[Circle] = relationship(lazy="raise_on_sql")
