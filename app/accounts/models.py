"""People, their sign-ins, and the rows that throttle attempts."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Identified, enum_column
from app.storage import StoredFile


class CalendarChoice(Enum):
    """How a person's sessions reach their calendar; one way only, or each session would stand there twice."""

    INVITES = "invites"
    FEED = "feed"
    NEITHER = "neither"


class Person(UserMixin, Identified, Base):  # type: ignore[misc]
    """Anyone who can sign in, or whose manager can. Roles are relations elsewhere, never kinds of person."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(200))
    #: As written; `email_key` is its lower-case form and unique.
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    pronouns: Mapped[str] = mapped_column(String(60), default="")
    job_title: Mapped[str] = mapped_column(String(120), default="")
    department: Mapped[str] = mapped_column(String(120), default="")
    location: Mapped[str] = mapped_column(String(120), default="")
    level: Mapped[str] = mapped_column(String(60), default="")
    languages: Mapped[list[str]] = mapped_column(default=list)
    bio: Mapped[str] = mapped_column(Text, default="")
    avatar_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))
    manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    #: A manager known by address only; empty when `manager_id` is set.
    manager_email: Mapped[str] = mapped_column(String(254), default="")
    calendar_choice: Mapped[CalendarChoice] = mapped_column(enum_column(CalendarChoice), default=CalendarChoice.INVITES)
    #: Kinds of mail this person asked not to get.
    stopped_mails: Mapped[list[str]] = mapped_column(default=list)
    #: Kinds of mail that nobody gets unasked, and this person asked for.
    wanted_mails: Mapped[list[str]] = mapped_column(default=list)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_administrator: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    manager: Mapped[Person | None] = relationship(remote_side="Person.id", lazy="raise_on_sql")

    @property
    def is_active(self) -> bool:
        """Flask-Login's question: may this person sign in."""
        return self.active

    @property
    def initials(self) -> str:
        """Up to two letters for the bead on a ring."""
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.name or "?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def avatar_url(self) -> str | None:
        """The path of the picture, changing with it, or None."""
        return f"/people/{self.id}/picture?v={self.avatar_id.hex[:8]}" if self.avatar_id else None

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return (self.name.split() or [self.name])[0]


class SignIn(Identified, Base):
    """One signed-in browser; ending the row signs it out at its next request."""

    __tablename__ = "sign_in"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(200), default="")
    method: Mapped[str] = mapped_column(String(20))

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Attempt(Base):
    """One try at something throttled; rows rather than memory, so that every process counts the same."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class StartedState(Enum):
    """What became of a mail that Coterie starts by itself."""

    SENT = "sent"
    HELD = "held"
    """It waits for the person's digest."""
    DIGESTED = "digested"
    DROPPED = "dropped"
    """It could not wait, and the week's ceiling was reached; or there was nothing to say."""


class StartedMail(Base):
    """One mail that Coterie starts by itself, as decided: of one kind there is one about a subject for a person.

    `counted` rows that were sent count towards the person's ceiling in the week of `leaves_at`.
    """

    __tablename__ = "started_mail"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject"),
        Index("ix_started_mail_person_id_leaves_at", "person_id", "leaves_at"),
        Index("ix_started_mail_state_person_id", "state", "person_id"),
        Index("ix_started_mail_leaves_at", "leaves_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))
    #: What it is about, such as a session's id; never words.
    subject: Mapped[str] = mapped_column(String(80))
    state: Mapped[StartedState] = mapped_column(enum_column(StartedState))
    counted: Mapped[bool]
    leaves_at: Mapped[datetime]
    mail_id: Mapped[int | None]
    #: The line and address by which a digest tells of it.
    title: Mapped[str] = mapped_column(String(300), default="")
    url: Mapped[str] = mapped_column(String(300), default="")


class ImportState(Enum):
    """Where an import of people stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"


class PeopleImport(Identified, Base):
    """One uploaded people file: what it would change, what was wrong in it, and how far it was applied.

    `counts`: rows, new, updated, unchanged, deactivated, refused, errors, warnings. `problems`: [row, column, message
    id, parameters, is a warning]. `changes`: [row, kind, name, fields].
    """

    __tablename__ = "people_import"

    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id, ondelete="SET NULL"))
    file_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[ImportState] = mapped_column(enum_column(ImportState), default=ImportState.CHECKING)
    readable: Mapped[bool] = mapped_column(default=False)
    columns: Mapped[list[str]] = mapped_column(default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    changes: Mapped[list[Any]] = mapped_column(default=list)
    #: Good rows applied so far, in the file's order, so that an interrupted job goes on where it stopped.
    done_rows: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None]
    finished_at: Mapped[datetime | None]


class OtherAddress(Identified, Base):
    """A further address of a person, proved by a link mailed there: calendars answer from it, no mail goes there."""

    __tablename__ = "other_address"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    #: Its lower-case form; one person only can have it.
    address_key: Mapped[str] = mapped_column(String(254), unique=True)
    confirmed_at: Mapped[datetime]
