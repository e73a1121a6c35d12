"""Seasons, their sessions, and the log of how their times changed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from circles.models import Circle
from scheduling.recurrence import Slot, Wall
from scheduling.rotation import turn_of


class SessionState(Enum):
    """A session is planned, then held or missed; or it was cancelled before it began."""

    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Season(Identified, Base):
    """One circle meeting on one rhythm. Wall time belongs to `timezone`; instants are derived from it."""

    __tablename__ = "season"
    __table_args__ = (
        CheckConstraint("weekday >= 0 AND weekday <= 6", name="weekday_0_to_6"),
        CheckConstraint("minutes >= 30 AND minutes <= 240", name="minutes_30_to_240"),
    )

    circle_id: Mapped[UUID] = mapped_column(ForeignKey(Circle.id, ondelete="CASCADE"), index=True)
    timezone: Mapped[str] = mapped_column(String(64))
    weekday: Mapped[int]
    starts: Mapped[time]
    minutes: Mapped[int]
    #: A second time of the week, in the same zone, that takes turns with the first: the week of `turn_from` (a Monday)
    #: uses the first, the next one the second, and so on. Empty: the first holds in every week.
    turn_weekday: Mapped[int | None]
    turn_starts: Mapped[time | None]
    turn_from: Mapped[date | None]
    #: Mondays of the weeks in which the circle means to meet, as ISO dates.
    weeks: Mapped[list[str]]
    #: Other windows that suited everyone when the season was made, best first, with local explanations.
    alternatives: Mapped[list[Any]] = mapped_column(default=list)
    #: A random private room; rotated when someone leaves.
    room_url: Mapped[str] = mapped_column(String(300))
    #: The room's link was typed by a member, and somebody who left knows it: nobody here can change what is behind it.
    room_known: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    circle: Mapped[Circle] = relationship(lazy="raise_on_sql")
    sessions: Mapped[list[CircleSession]] = relationship(
        back_populates="season", lazy="raise_on_sql", order_by="CircleSession.starts_at", cascade="all, delete-orphan"
    )

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The usual time, and the second one where two take turns."""
        first = Slot(self.weekday, self.starts, self.timezone, self.minutes)
        if self.turn_weekday is None or self.turn_starts is None:
            return (first,)
        return first, Slot(self.turn_weekday, self.turn_starts, self.timezone, self.minutes)

    def slot_in(self, week: date) -> Slot:
        """The usual time in the week of a Monday."""
        if self.turn_from is None:
            return self.slots[0]
        weeks = [date.fromisoformat(day) for day in self.weeks]
        return self.slots[turn_of(weeks, week, since=self.turn_from)]


class CircleSession(Identified, Base):
    """The n-th meeting of a season: a UTC instant, and what calendars were last told about it."""

    __tablename__ = "circle_session"
    __table_args__ = (
        Index(
            "uq_circle_session_position",
            "season_id",
            "position",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_circle_session_state_starts_at", "state", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("schedule_sequence <= sequence", name="schedule_sequence_not_above"),
    )

    season_id: Mapped[UUID] = mapped_column(ForeignKey(Season.id, ondelete="CASCADE"), index=True)
    position: Mapped[int]
    #: The Monday of the week it stands for, wherever it was moved to.
    week: Mapped[date]
    #: What `starts_at` is derived from: a day and time on the wall clock of a zone. Rules of zones change; this stays.
    local_date: Mapped[date]
    local_time: Mapped[time]
    timezone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[SessionState] = mapped_column(enum_column(SessionState), default=SessionState.PLANNED)
    title: Mapped[str] = mapped_column(String(200), default="")
    #: Plain text; the walk sets it from the week's page.
    description: Mapped[str] = mapped_column(Text, default="")
    #: A room for this session alone; empty: the season's.
    room_url: Mapped[str] = mapped_column(String(300), default="")
    #: As `Season.room_known`, for a room of its own.
    room_known: Mapped[bool] = mapped_column(default=False)
    #: Names of public holidays on that day for some member, to ask about; never a reason to cancel by itself.
    holidays: Mapped[list[str]] = mapped_column(default=list)
    #: Those of them for which the host has said that the session stands; each is asked about once.
    holidays_kept: Mapped[list[str]] = mapped_column(default=list)
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    #: The address that calendars know as its organizer, from the first message on; empty: nobody was told of it.
    organizer: Mapped[str] = mapped_column(String(254), default="")
    #: iCalendar revision, raised on each change of time or status; never lowered.
    sequence: Mapped[int] = mapped_column(default=0)
    #: The sequence of the last change of time; older answers do not count.
    schedule_sequence: Mapped[int] = mapped_column(default=0)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("circle_session.id", ondelete="SET NULL"))
    #: A host who swapped in; empty: the rotation decides.
    host_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    present: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    #: When those who hold an invite are told of its new room, title or text; empty: nothing waits to be told.
    change_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    season: Mapped[Season] = relationship(back_populates="sessions", lazy="raise_on_sql")

    @property
    def wall(self) -> Wall:
        """The wall time that `starts_at` is derived from."""
        return Wall(self.local_date, self.local_time, self.timezone)

    def begin_at(self, wall: Wall, length: timedelta) -> None:
        """Begin at a wall time; the only way to set when a session is, so that its instants always follow from it."""
        self.local_date, self.local_time, self.timezone = wall.on, wall.at, wall.timezone
        self.starts_at = wall.instant
        self.ends_at = self.starts_at + length

    @property
    def room(self) -> str:
        """Where it takes place: its own room or the season's; the season is loaded."""
        return self.room_url or self.season.room_url

    @property
    def is_room_known(self) -> bool:
        """Whether somebody who left the circle knows the link of its room; the season is loaded."""
        return self.room_known if self.room_url else self.season.room_known


class SlotChange(Identified, Base):
    """A log of whole-season slot changes and single moves, for the burden log and the timeline."""

    __tablename__ = "slot_change"

    season_id: Mapped[UUID] = mapped_column(ForeignKey(Season.id, ondelete="CASCADE"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    old_starts_at: Mapped[datetime | None]
    new_starts_at: Mapped[datetime | None]
    on_date: Mapped[date | None]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    at: Mapped[datetime]
