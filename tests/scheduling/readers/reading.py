"""One event as a reader understood it, in the same words for all readers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class User:
    """An organizer or attendee."""

    address: str
    name: str | None = ""
    partstat: str = ""
    rsvp: bool = False


@dataclass(frozen=True)
class Reading:
    """One event; instants in UTC, `properties` the names of all its properties."""

    method: str
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    stamped_at: datetime
    summary: str
    description: str
    location: str
    status: str
    organizer: tuple[User, ...]
    attendees: tuple[User, ...]
    properties: tuple[str, ...]
