"""Programs, cohorts, enrollments, match drafts, circles and their agreements."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.db import Base, Identified, enum_column


class CohortState(Enum):
    """The steps of a cohort, in order."""

    DRAFT = "draft"
    ENROLLING = "enrolling"
    MATCHING = "matching"
    PUBLISHING = "publishing"
    RUNNING = "running"
    FINISHED = "finished"


class Cadence(Enum):
    """How often circles meet; with DATES the lead chooses the days whose weeks count."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    DATES = "dates"


class EnrollmentState(Enum):
    """Where one person stands in one cohort. Only ENROLLED people are matched; PLACED ones have a circle."""

    INVITED = "invited"
    APPLIED = "applied"
    ENROLLED = "enrolled"
    PLACED = "placed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class WishKind(Enum):
    """What one person said about another; AVOID is shown to nobody, to leads only as a number."""

    AVOID = "avoid"
    TOGETHER = "together"
    WISH = "wish"


class Objective(Enum):
    """What a match aims at: the best total, or raising the weakest circle first."""

    TOTAL = "total"
    WEAKEST = "weakest"


class Program(Identified, Base):
    """A standing offer with a purpose, run by one or more leads."""

    __tablename__ = "program"

    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    leads: Mapped[list[ProgramLead]] = relationship(
        back_populates="program", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class ProgramLead(Base):
    """A person leads a program; the row is the role."""

    __tablename__ = "program_lead"

    program_id: Mapped[UUID] = mapped_column(ForeignKey(Program.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True, index=True)
    added_at: Mapped[datetime]

    program: Mapped[Program] = relationship(back_populates="leads", lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Cohort(Identified, Base):
    """One run of a program: enrollment window, rhythm and rules for matching."""

    __tablename__ = "cohort"
    __table_args__ = (
        CheckConstraint("size_min >= 3 AND size_min <= size_target AND size_target <= size_max", name="sizes_in_order"),
        CheckConstraint("size_max <= 12", name="size_at_most_12"),
        CheckConstraint("minutes >= 30 AND minutes <= 240 AND minutes % 30 = 0", name="minutes_in_half_hours"),
        CheckConstraint("sessions >= 1 AND sessions <= 60", name="sessions_1_to_60"),
    )

    program_id: Mapped[UUID] = mapped_column(ForeignKey(Program.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[CohortState] = mapped_column(enum_column(CohortState), default=CohortState.DRAFT)
    timezone: Mapped[str] = mapped_column(String(64))
    #: The Monday of the first week in which circles meet.
    starts_on: Mapped[date]
    cadence: Mapped[Cadence] = mapped_column(enum_column(Cadence), default=Cadence.WEEKLY)
    #: With Cadence.DATES: ISO dates; each stands for the week it lies in.
    chosen_dates: Mapped[list[str]] = mapped_column(default=list)
    sessions: Mapped[int] = mapped_column(default=12)
    minutes: Mapped[int] = mapped_column(default=60)
    size_min: Mapped[int] = mapped_column(default=4)
    size_target: Mapped[int] = mapped_column(default=5)
    size_max: Mapped[int] = mapped_column(default=6)
    #: How many weekly windows a circle must have in common.
    slots: Mapped[int] = mapped_column(default=2)
    weights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    objective: Mapped[Objective] = mapped_column(enum_column(Objective), default=Objective.TOTAL)
    #: What circles mix, share or leave nobody alone in: {"department" | "location" | "level" | a question's key:
    #: {"rule": "mix" | "alike" | "not_alone", "weight": points}}; what is ignored is missing.
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Questions of its own: [{"key", "text", "choices": [texts], "asked"}]; those not asked come by a people file only.
    questions: Mapped[list[Any]] = mapped_column(default=list)
    #: Members may join another circle's session in a week in which they miss theirs.
    catch_up: Mapped[bool] = mapped_column(default=False)
    enroll_from: Mapped[date]
    enroll_until: Mapped[date]
    approval_required: Mapped[bool] = mapped_column(default=False)
    managers_take_part: Mapped[bool] = mapped_column(default=False)
    topics: Mapped[list[str]] = mapped_column(default=list)
    #: Makes the sign-up link (see app.tokens.derive); a new nonce is a new link.
    join_nonce: Mapped[str] = mapped_column(String(32))
    #: The revision of `match_draft` that the board shows; undo goes one back.
    draft_revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    program: Mapped[Program] = relationship(lazy="raise_on_sql")


class Enrollment(Identified, Base):
    """One person in one cohort, with their answers. `available` and `preferred` are texts as in a people file."""

    __tablename__ = "enrollment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_enrollment_cohort_state", "cohort_id", "state"),
    )

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    state: Mapped[EnrollmentState] = mapped_column(enum_column(EnrollmentState))
    timezone: Mapped[str] = mapped_column(String(64))
    #: "What keeps you up at night at work?"
    concern: Mapped[str] = mapped_column(Text, default="")
    goals: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    available: Mapped[str] = mapped_column(Text, default="")
    preferred: Mapped[str] = mapped_column(Text, default="")
    glad_to_host: Mapped[bool] = mapped_column(default=False)
    #: People with the same name here stay in one circle.
    kept_circle: Mapped[str] = mapped_column(String(80), default="")
    #: Answers to the cohort's own questions by their key.
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The form page a person has reached, 1 to 4; 5 = sent.
    step: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")
    wishes: Mapped[list[Wish]] = relationship(
        back_populates="enrollment", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class Wish(Identified, Base):
    """What one enrolled person said about another, who is named by address until found."""

    __tablename__ = "wish"
    __table_args__ = (UniqueConstraint("enrollment_id", "kind", "email_key"),)

    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey(Enrollment.id, ondelete="CASCADE"))
    kind: Mapped[WishKind] = mapped_column(enum_column(WishKind))
    email_key: Mapped[str] = mapped_column(String(254))

    enrollment: Mapped[Enrollment] = relationship(back_populates="wishes", lazy="raise_on_sql")


class MatchSearch(Identified, Base):
    """One search for a cohort's circles: what was asked, how far it is, and the best it has found so far.

    A worker that takes it over goes on from `seating`. The circles of the draft it ends in point at it.
    """

    __tablename__ = "match_search"

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"), index=True)
    job_id: Mapped[int | None] = mapped_column(index=True)
    seed: Mapped[int]
    #: Seconds asked for, and seconds used.
    asked: Mapped[float]
    used: Mapped[float] = mapped_column(default=0.0)
    #: Share of the search that is done, 0 to 1.
    share: Mapped[float] = mapped_column(default=0.0)
    score: Mapped[float | None]
    bound: Mapped[float | None]
    bound_kind: Mapped[str | None] = mapped_column(String(16))
    placed: Mapped[int] = mapped_column(default=0)
    people: Mapped[int] = mapped_column(default=0)
    circles: Mapped[int] = mapped_column(default=0)
    #: The addresses of each circle's people, as compressed JSON; it is forgotten once the draft stands.
    seating: Mapped[bytes | None] = mapped_column(deferred=True)
    #: The first few circles of it, by enrollment, for the page.
    first: Mapped[list[Any]] = mapped_column(default=list)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    stop_asked: Mapped[bool] = mapped_column(default=False)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class MatchDraft(Identified, Base):
    """One revision of a cohort's proposed circles. Nothing in it reaches members before publishing.

    Its circles and the people left over are the rows of its search that stand at this revision.
    """

    __tablename__ = "match_draft"
    __table_args__ = (UniqueConstraint("cohort_id", "revision"),)

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"))
    revision: Mapped[int]
    #: What made this revision, for the undo button: "match", "move", "lock", "exclude".
    action: Mapped[str] = mapped_column(String(24))
    search_id: Mapped[UUID] = mapped_column(ForeignKey(MatchSearch.id, ondelete="CASCADE"), index=True)
    score: Mapped[float]
    #: Counts for the board; see `circles.draft.Figures`.
    figures: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    created_at: Mapped[datetime]

    search: Mapped[MatchSearch] = relationship(lazy="raise_on_sql")


class _Standing:
    """A row of a draft that stands from one revision on, until another changes it (None = still)."""

    search_id: Mapped[UUID] = mapped_column(ForeignKey(MatchSearch.id, ondelete="CASCADE"))
    since: Mapped[int] = mapped_column(default=0)
    until: Mapped[int | None]


class DraftCircle(_Standing, Identified, Base):
    """One proposed circle; `members` are ids of enrollments as text, `detail` what `circles.draft` calls an entry."""

    __tablename__ = "draft_circle"
    __table_args__ = (Index("ix_draft_circle_search_until", "search_id", "until"),)

    name: Mapped[str] = mapped_column(String(80))
    members: Mapped[list[str]]
    locked: Mapped[bool] = mapped_column(default=False)
    moved: Mapped[bool] = mapped_column(default=False)
    #: Whether the board shows it as worth a look.
    look: Mapped[bool]
    #: Whether it keeps every firm rule and has a weekly hour.
    valid: Mapped[bool]
    score: Mapped[float]
    detail: Mapped[dict[str, Any]]

    @property
    def entry(self) -> dict[str, Any]:
        """The circle as `circles.draft` and the words about it take it."""
        own = {name: getattr(self, name) for name in ("name", "members", "locked", "moved", "score", "valid")}
        return {**self.detail, **own}


class DraftLeft(_Standing, Identified, Base):
    """Someone whom a draft leaves without a circle: the reason, and what would help."""

    __tablename__ = "draft_left"
    __table_args__ = (Index("ix_draft_left_search_until", "search_id", "until"),)

    #: Not a foreign key, like the members of a circle: a draft outlives who leaves.
    enrollment_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    excluded: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[dict[str, Any]]

    @property
    def entry(self) -> dict[str, Any]:
        """The person as `circles.draft` and the words about them take them."""
        return {**self.detail, "enrollment": str(self.enrollment_id), "code": self.code, "excluded": self.excluded}


class Circle(Identified, Base):
    """A few people matched in a cohort, meeting as peers."""

    __tablename__ = "circle"
    __table_args__ = (UniqueConstraint("cohort_id", "name"),)

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey(Cohort.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    score: Mapped[float | None]
    #: Ranked weekly windows agreed with the match: [{"weekday", "start", "timezone"}], best first.
    windows: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="circle", lazy="raise_on_sql", order_by="Membership.position"
    )


class Membership(Identified, Base):
    """One person's time in one circle; `position` fixes the order of beads and of the host rotation."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_standing",
            "circle_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    circle_id: Mapped[UUID] = mapped_column(ForeignKey(Circle.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    enrollment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Enrollment.id, ondelete="SET NULL"))
    position: Mapped[int]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    #: "Away until …": still a member, skipped by the rotation and not reminded.
    away_until: Mapped[date | None]

    circle: Mapped[Circle] = relationship(back_populates="memberships", lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Agreement(Identified, Base):
    """One version of a circle's own rules. A newer version, or a joiner, asks for everyone's "I'm in" again."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("circle_id", "version"),)

    circle_id: Mapped[UUID] = mapped_column(ForeignKey(Circle.id, ondelete="CASCADE"))
    version: Mapped[int]
    lines: Mapped[list[str]]
    #: How managers may take part, in the circle's own words.
    managers: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    written_at: Mapped[datetime]

    assents: Mapped[list[Assent]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")


class Assent(Base):
    """ "I'm in" from one member to one version."""

    __tablename__ = "assent"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class HelpRequest(Identified, Base):
    """A member's private word to the leads about a circle; read by leads only, answered once or closed."""

    __tablename__ = "help_request"

    circle_id: Mapped[UUID] = mapped_column(ForeignKey(Circle.id, ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))

    circle: Mapped[Circle] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=person_id)
