"""Which guide a cohort follows, which week each session uses, and what circles write along the way."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from circles.models import Cohort
from guides.content.models import GuideVersion
from scheduling.models import CircleSession, Season


class Outcome(Enum):
    """What became of a commitment."""

    DID_IT = "did_it"
    PARTLY = "partly"
    NOT_YET = "not_yet"
    LET_GO = "let_go"


class NoteKind(Enum):
    """A circle note is an ordinary entry or the synthesizer's summary of the last session."""

    NOTE = "note"
    SUMMARY = "summary"


class CohortPlan(Base):
    """The guide version that a cohort's circles will follow."""

    __tablename__ = "cohort_plan"

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"), primary_key=True)
    guide_version_id: Mapped[UUID] = mapped_column(ForeignKey(GuideVersion.id))

    guide_version: Mapped[GuideVersion] = relationship(lazy="raise_on_sql")


class Walk(Identified, Base):
    """A season following one pinned guide version."""

    __tablename__ = "walk"

    season_id: Mapped[UUID] = mapped_column(ForeignKey(Season.id, ondelete="CASCADE"), unique=True)
    guide_version_id: Mapped[UUID] = mapped_column(ForeignKey(GuideVersion.id))
    started_at: Mapped[datetime]

    season: Mapped[Season] = relationship(lazy="raise_on_sql")
    guide_version: Mapped[GuideVersion] = relationship(lazy="raise_on_sql")


class SessionWeek(Base):
    """The week of the guide that a session uses; a cancelled session has none."""

    __tablename__ = "session_week"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"), primary_key=True)
    walk_id: Mapped[UUID] = mapped_column(ForeignKey(Walk.id, ondelete="CASCADE"), index=True)
    week: Mapped[int]


class BeforeTick(Base):
    """One member ticked one thing to do before a week's session."""

    __tablename__ = "before_tick"

    walk_id: Mapped[UUID] = mapped_column(ForeignKey(Walk.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    week: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime]


class PrivateNote(Base):
    """A member's own words on one week's page, or in answer to one of its questions. Nobody else reads them."""

    __tablename__ = "private_note"

    walk_id: Mapped[UUID] = mapped_column(ForeignKey(Walk.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    week: Mapped[int] = mapped_column(primary_key=True)
    #: Empty for free notes, else the id of the page's question.
    prompt: Mapped[str] = mapped_column(String(60), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]


class CircleNote(Identified, Base):
    """An attributed entry on a week's page, edited by its author only."""

    __tablename__ = "circle_note"
    __table_args__ = (Index("ix_circle_note_walk_id_week", "walk_id", "week"),)

    walk_id: Mapped[UUID] = mapped_column(ForeignKey(Walk.id, ondelete="CASCADE"))
    week: Mapped[int]
    kind: Mapped[NoteKind] = mapped_column(enum_column(NoteKind), default=NoteKind.NOTE)
    author_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    #: Opened by its author to people who joined after it was written.
    opened_at: Mapped[datetime | None]

    author: Mapped[Person] = relationship(lazy="raise_on_sql")


class Commitment(Identified, Base):
    """One thing a member says they will do before the next session, and what became of it."""

    __tablename__ = "commitment"
    __table_args__ = (UniqueConstraint("walk_id", "person_id", "week"),)

    walk_id: Mapped[UUID] = mapped_column(ForeignKey(Walk.id, ondelete="CASCADE"))
    week: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime]
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    outcome_note: Mapped[str] = mapped_column(String(500), default="")
    outcome_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class LiveState(Base):
    """How far a circle went in the session it is running; every screen of the circle follows it."""

    __tablename__ = "live_state"

    session_id: Mapped[UUID] = mapped_column(ForeignKey(CircleSession.id, ondelete="CASCADE"), primary_key=True)
    started_at: Mapped[datetime]
    #: The step of the agenda, from 0.
    step: Mapped[int]
    step_began_at: Mapped[datetime]
    #: Ids of the people in the order in which they speak, the host first.
    speakers: Mapped[list[str]]
    #: A place in `speakers`, their number once all have spoken, empty in a step that is no round.
    speaker: Mapped[int | None]
    speaker_began_at: Mapped[datetime]
    #: Added to the clock that is running.
    extra_seconds: Mapped[int] = mapped_column(default=0)
    paused_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    pressed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    #: Raised by every press, so that two people who press at once do not skip twice.
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
