"""Reads an invite back into plain lines, as a calendar program would, for the outbox of a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar


@dataclass(frozen=True, slots=True)
class InviteLines:
    """What an invite says: its method, and one event with its instants."""

    method: str
    summary: str
    starts_at: datetime | None
    ends_at: datetime | None
    status: str
    sequence: str
    uid: str
    organizer: str
    attendees: tuple[str, ...]
    location: str


def read_invite(content: bytes) -> InviteLines | None:
    """The lines of an invite's first event, or None when it cannot be read."""
    try:
        calendar = Calendar.from_ical(content)
        event = next(iter(calendar.walk("VEVENT")), None)
    except ValueError:
        return None
    if event is None:
        return None
    attendees = event.get("ATTENDEE", [])
    if not isinstance(attendees, list):
        attendees = [attendees]
    return InviteLines(
        method=str(calendar.get("METHOD", "")),
        summary=str(event.get("SUMMARY", "")),
        starts_at=_instant(event, "DTSTART"),
        ends_at=_instant(event, "DTEND"),
        status=str(event.get("STATUS", "")),
        sequence=str(event.get("SEQUENCE", "0")),
        uid=str(event.get("UID", "")),
        organizer=str(event.get("ORGANIZER", "")).removeprefix("mailto:"),
        attendees=tuple(str(one).removeprefix("mailto:") for one in attendees),
        location=str(event.get("LOCATION", "")),
    )


def _instant(event: object, name: str) -> datetime | None:
    found = getattr(event.get(name), "dt", None)  # type: ignore[attr-defined]
    return found if isinstance(found, datetime) else None
