"""Practice changes, check-ins, witnesses, shares and the stored report figures."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column
from app.storage import StoredFile
from circles.models import Circle, Cohort, Membership
from guides.walk.models import Commitment, Walk
from scheduling.models import CircleSession


class Status(Enum):
    """Status of a practice change as stored; see practices.statuses for how it is said and counted."""

    PLANNED = "planned"
    TRYING = "trying"
    PARTLY = "partly"
    FULLY = "fully"
    DROPPED = "dropped"
    REPLACED = "replaced"


class Visibility(Enum):
    """Who reads a practice change: its member, or the circle too. Managers read shares, never this."""

    ME = "me"
    CIRCLE = "circle"


class Occasion(Enum):
    """What asked for a check-in."""

    START = "start"
    SESSION = "session"
    END = "end"
    DAY_30 = "day_30"
    DAY_60 = "day_60"
    DAY_90 = "day_90"
    OWN = "own"


class PracticeChange(Identified, Base):
    """A member's from → to statement and where it stands."""

    __tablename__ = "practice_change"
    __table_args__ = (
        CheckConstraint("resolve BETWEEN 1 AND 5", name="resolve_1_to_5"),
        CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence_1_to_5"),
        CheckConstraint("baseline BETWEEN 0 AND 4", name="baseline_0_to_4"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    #: The membership in whose circle it was made; empty for a change outside any circle.
    membership_id: Mapped[UUID | None] = mapped_column(ForeignKey(Membership.id, ondelete="SET NULL"), index=True)
    circle_id: Mapped[UUID | None] = mapped_column(ForeignKey(Circle.id, ondelete="SET NULL"), index=True)
    walk_id: Mapped[UUID | None] = mapped_column(ForeignKey(Walk.id, ondelete="SET NULL"))
    #: The week of the guide that prompted it.
    week: Mapped[int | None]
    before: Mapped[str] = mapped_column(String(300), default="")
    after: Mapped[str] = mapped_column(String(300))
    cue: Mapped[str] = mapped_column(String(300), default="")
    action: Mapped[str] = mapped_column(String(300), default="")
    area: Mapped[str] = mapped_column(String(40), default="")
    resolve: Mapped[int] = mapped_column(default=3)
    confidence: Mapped[int] = mapped_column(default=3)
    baseline: Mapped[int | None]
    status: Mapped[Status] = mapped_column(enum_column(Status), default=Status.PLANNED)
    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility), default=Visibility.ME)
    #: Why it was let go, in the member's words.
    reason: Mapped[str] = mapped_column(String(500), default="")
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("practice_change.id", ondelete="SET NULL"))
    begun_on: Mapped[date]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    #: When it was first shown to the circle; peers are who was a member then.
    shown_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    check_ins: Mapped[list[CheckIn]] = relationship(
        lazy="raise_on_sql", order_by="CheckIn.on_date", cascade="all, delete-orphan"
    )
    witnesses: Mapped[list[Witness]] = relationship(
        lazy="raise_on_sql", order_by="Witness.at", cascade="all, delete-orphan"
    )


class CheckIn(Identified, Base):
    """How it goes on one day: frequency, status and a line, each optional. A later one on the same day replaces it."""

    __tablename__ = "check_in"
    __table_args__ = (
        UniqueConstraint("change_id", "on_date"),
        CheckConstraint("frequency BETWEEN 0 AND 4", name="frequency_0_to_4"),
    )

    change_id: Mapped[UUID] = mapped_column(ForeignKey(PracticeChange.id, ondelete="CASCADE"))
    on_date: Mapped[date]
    occasion: Mapped[Occasion] = mapped_column(enum_column(Occasion))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey(CircleSession.id, ondelete="SET NULL"))
    frequency: Mapped[int | None]
    status: Mapped[Status | None] = mapped_column(enum_column(Status))
    line: Mapped[str] = mapped_column(String(500), default="")
    #: Keys of practices.barriers.
    barriers: Mapped[list[str]] = mapped_column(default=list)
    made_at: Mapped[datetime]


class ChangeCommitment(Base):
    """Ties a commitment of the walk to the practice change it is about."""

    __tablename__ = "change_commitment"

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id, ondelete="CASCADE"), primary_key=True)
    change_id: Mapped[UUID] = mapped_column(ForeignKey(PracticeChange.id, ondelete="CASCADE"), index=True)


class Witness(Identified, Base):
    """A circle peer who was asked, and may have said "I saw this" with a line."""

    __tablename__ = "witness"
    __table_args__ = (UniqueConstraint("change_id", "person_id"),)

    change_id: Mapped[UUID] = mapped_column(ForeignKey(PracticeChange.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime | None]
    at: Mapped[datetime | None]
    line: Mapped[str] = mapped_column(String(300), default="")

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Share(Identified, Base):
    """A member's consent: one immutable page for one audience, until withdrawn."""

    __tablename__ = "share"
    __table_args__ = (Index("ix_share_audience_email_key", "audience_email_key"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    cohort_id: Mapped[UUID | None] = mapped_column(ForeignKey(Cohort.id, ondelete="SET NULL"))
    #: "manager"; other audiences come later.
    audience: Mapped[str] = mapped_column(String(16), default="manager")
    audience_person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"), index=True)
    audience_name: Mapped[str] = mapped_column(String(200))
    audience_email: Mapped[str] = mapped_column(String(254))
    audience_email_key: Mapped[str] = mapped_column(String(254))
    #: JSON of practices.summaries.ManagerPage; emptied when withdrawn.
    snapshot: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    receipt: Mapped[str] = mapped_column(String(16), unique=True)
    approved_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("share.id", ondelete="SET NULL"))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))

    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])
    readings: Mapped[list[ShareReading]] = relationship(
        lazy="raise_on_sql", order_by="ShareReading.at", cascade="all, delete-orphan"
    )
    support: Mapped[list[SupportLine]] = relationship(
        lazy="raise_on_sql", order_by="SupportLine.at", cascade="all, delete-orphan"
    )


class ShareChange(Base):
    """Which of a member's changes stand on a page; the page itself holds its own words."""

    __tablename__ = "share_change"

    share_id: Mapped[UUID] = mapped_column(ForeignKey(Share.id, ondelete="CASCADE"), primary_key=True)
    change_id: Mapped[UUID] = mapped_column(
        ForeignKey(PracticeChange.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class ShareReading(Identified, Base):
    """One opening of a share by its audience, told to its member."""

    __tablename__ = "share_reading"

    share_id: Mapped[UUID] = mapped_column(ForeignKey(Share.id, ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    #: "page" or "pdf".
    form: Mapped[str] = mapped_column(String(8))


class SupportLine(Identified, Base):
    """A manager's line back; only the member it answers reads it."""

    __tablename__ = "support_line"

    share_id: Mapped[UUID] = mapped_column(ForeignKey(Share.id, ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]


class ReportSnapshot(Identified, Base):
    """The stored figures of a cohort on one day; reports read these, never live rows."""

    __tablename__ = "report_snapshot"
    __table_args__ = (UniqueConstraint("cohort_id", "taken_on"),)

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"))
    taken_on: Mapped[date]
    taken_at: Mapped[datetime]
    #: JSON of practices.summaries.CohortReport, already suppressed.
    document: Mapped[dict[str, Any]]
    #: Per row, hashes of each person's answers, so that a row is refreshed only when five people's changed.
    answers: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))


class FollowUp(Identified, Base):
    """A question that is due about one change after the last session: 30, 60 or 90 days, or at the end."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("change_id", "occasion"), Index("ix_follow_up_due_on", "due_on"))

    change_id: Mapped[UUID] = mapped_column(ForeignKey(PracticeChange.id, ondelete="CASCADE"))
    occasion: Mapped[Occasion] = mapped_column(enum_column(Occasion))
    due_on: Mapped[date]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class DocumentRequest(Identified, Base):
    """A PDF someone asked for: who, what, and the finished file."""

    __tablename__ = "document_request"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    #: "member", "manager" or "cohort".
    kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID]
    job_id: Mapped[int | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))
    requested_at: Mapped[datetime]
