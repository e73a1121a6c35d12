"""What the packages above tell accounts about a person; the factory hands their functions over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.desk import Desk


class Export(Protocol):
    """Everything a package holds that a person wrote or that is about them, as JSON values."""

    def __call__(self, session: Session, person: Person) -> dict[str, Any]: ...


class Erase(Protocol):
    """Removes or blanks what a package holds of a person, keeping counted facts; flushes, never commits."""

    def __call__(self, session: Session, person: Person, *, at: datetime) -> None: ...


class Leave(Protocol):
    """Takes a person out of what still goes on, telling those concerned; flushes, never commits."""

    def __call__(self, session: Session, person: Person, *, desk: Desk, at: datetime) -> None: ...


class Moved(Protocol):
    """Tells those concerned that a person has another address than `old`; flushes, never commits."""

    def __call__(self, session: Session, person: Person, old: str, *, desk: Desk, at: datetime) -> object: ...


class Chosen(Protocol):
    """Follows a person's new choice of how sessions reach their calendar; flushes, never commits."""

    def __call__(self, session: Session, person: Person, *, desk: Desk, at: datetime) -> object: ...


class IsLead(Protocol):
    """Whether a person leads a program."""

    def __call__(self, session: Session, person: Person) -> bool: ...


class Acquainted(Protocol):
    """Whether one person may see another's profile because of what the package holds about both."""

    def __call__(self, session: Session, reader: Person, other_id: UUID) -> bool: ...


def holds_nothing(session: Session, person: Person) -> dict[str, Any]:
    """The export of a package that keeps nothing about people."""
    return {}


def nothing_to_erase(session: Session, person: Person, *, at: datetime) -> None:
    """The erasing of a package that keeps nothing about people."""


def nothing_to_leave(session: Session, person: Person, *, desk: Desk, at: datetime) -> None:
    """The leaving of a package in which nothing goes on."""


def nobody_to_tell(session: Session, person: Person, old: str, *, desk: Desk, at: datetime) -> None:
    """The answer of a package that sends nothing to addresses it keeps."""


def no_calendar(session: Session, person: Person, *, desk: Desk, at: datetime) -> None:
    """The answer of a package that fills no calendars."""


def leads_nothing(session: Session, person: Person) -> bool:
    """The answer of a package that has no leads."""
    return False


def knows_nobody(session: Session, reader: Person, other_id: UUID) -> bool:
    """The answer of a package that brings nobody together."""
    return False


@dataclass(frozen=True, slots=True)
class Package:
    """One package's functions; `name` is the heading of its part in an export."""

    name: str
    export: Export = holds_nothing
    leave: Leave = nothing_to_leave
    erase: Erase = nothing_to_erase
    moved: Moved = nobody_to_tell
    chosen: Chosen = no_calendar
    is_lead: IsLead = leads_nothing
    acquainted: Acquainted = knows_nobody


Packages = Sequence[Package]


def is_lead(session: Session, person: Person, packages: Packages) -> bool:
    """Whether a person leads anything."""
    return any(package.is_lead(session, person) for package in packages)


def acquainted(session: Session, reader: Person, other_id: UUID, packages: Packages) -> bool:
    """Whether a person may see another's profile because of any package."""
    return any(package.acquainted(session, reader, other_id) for package in packages)


def tell_moved(session: Session, person: Person, old: str, packages: Packages, *, desk: Desk, at: datetime) -> None:
    """Let every package know that a person has another address."""
    for package in packages:
        package.moved(session, person, old, desk=desk, at=at)


def take_out(session: Session, person: Person, packages: Packages, *, desk: Desk, at: datetime) -> None:
    """Let a person leave what goes on in every package, as when their account is deactivated."""
    for package in packages:
        package.leave(session, person, desk=desk, at=at)


def tell_chosen(session: Session, person: Person, packages: Packages, *, desk: Desk, at: datetime) -> None:
    """Let every package know that a person has chosen another way into their calendar."""
    for package in packages:
        package.chosen(session, person, desk=desk, at=at)


def teller(session: Session, packages: Packages, *, desk: Desk, at: datetime) -> Callable[[Person, str], None]:
    """A function that takes a person who has another address now, and the old one, and lets every package know."""

    def tell(person: Person, old: str) -> None:
        tell_moved(session, person, old, packages, desk=desk, at=at)

    return tell


def leaver(session: Session, packages: Packages, *, desk: Desk, at: datetime) -> Callable[[Person], None]:
    """A function that takes a person whose account is deactivated and lets them leave what goes on."""

    def leave(person: Person) -> None:
        take_out(session, person, packages, desk=desk, at=at)

    return leave
