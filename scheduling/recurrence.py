"""The weeks a season meets in, and the instants its wall-clock time means in each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import pairwise
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)


class ClockChange(Enum):
    """What a clock change on that very day did to a wall time."""

    SKIPPED = "skipped"
    """The hour does not exist that day; the time moved forward with the clocks."""
    REPEATED = "repeated"
    """The hour comes twice that day; the first is meant."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly time on the wall clock of one zone; `weekday` 0 is Monday."""

    weekday: int
    starts: time
    timezone: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Wall:
    """A day and time on the wall clock of one zone: what an instant is derived from."""

    on: date
    at: time
    timezone: str

    @classmethod
    def showing(cls, moment: datetime, timezone: str) -> Wall:
        """What a zone's wall clock shows at an instant.

        The second coming of a repeated hour would read like the first; such an instant is kept in UTC.
        """
        wall = moment.astimezone(ZoneInfo(timezone))
        if wall.fold:
            return cls.showing(moment, "UTC")
        return cls(wall.date(), wall.time(), timezone)

    @property
    def instant(self) -> datetime:
        """The UTC instant by the rules of the zone as they are known now."""
        return instant(self.on, self.at, self.timezone)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting: its place in the order (from 1), its date on the anchor's calendar, and its instants in UTC."""

    position: int
    on: date
    starts_at: datetime
    ends_at: datetime
    clock_change: ClockChange | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The weeks a window must hold in, in the words of `circles.windows`."""

    first_day: date
    weeks: int
    cadence_weeks: int


def monday_of(day: date) -> date:
    """The Monday of the week a day lies in."""
    return day - timedelta(days=day.weekday())


def regular_weeks(first: date, count: int, *, every: int = 1) -> tuple[date, ...]:
    """The Mondays of `count` weeks, each `every` weeks after the one before, from the week of `first` on."""
    if count < 1 or every < 1:
        raise ValueError("count and every must be at least 1")
    monday = monday_of(first)
    return tuple(monday + every * index * WEEK for index in range(count))


def chosen_weeks(days: Iterable[date]) -> tuple[date, ...]:
    """The Mondays of the weeks that chosen days lie in, in order, each week once."""
    return tuple(sorted({monday_of(day) for day in days}))


def rhythm_of(weeks: Sequence[date]) -> Rhythm:
    """The rhythm of a season's weeks; uneven ones are taken as weekly from the first to the last.

    A window that holds in every week of the rhythm then holds in every week of the season. Raises ValueError when
    there are no weeks.
    """
    mondays = chosen_weeks(weeks)
    if not mondays:
        raise ValueError("a season needs at least one week")
    gaps = {(after - before) // WEEK for before, after in pairwise(mondays)}
    if len(gaps) == 1:
        (gap,) = gaps
        return Rhythm(mondays[0], gap * len(mondays), gap)
    return Rhythm(mondays[0], (mondays[-1] - mondays[0]) // WEEK + 1, 1)


def instant(on: date, at: time, timezone: str) -> datetime:
    """The UTC instant of a wall time.

    A time that the clocks skip moves forward by the change; one that comes twice means its first coming (RFC 5545
    3.3.5, and PEP 495 with fold=0).
    """
    return datetime.combine(on, at.replace(fold=0, tzinfo=None), tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def clock_change(on: date, at: time, timezone: str) -> ClockChange | None:
    """Whether a clock change skips or repeats this wall time on this day."""
    zone = ZoneInfo(timezone)
    wall = datetime.combine(on, at.replace(fold=0, tzinfo=None), tzinfo=zone)
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    assert before is not None  # noqa: S101 - a ZoneInfo always knows its offset
    assert after is not None  # noqa: S101
    if before == after:
        return None
    return ClockChange.SKIPPED if after > before else ClockChange.REPEATED


def occurrences(slot: Slot, weeks: Sequence[date], *, skipped: Collection[date] = ()) -> tuple[Occurrence, ...]:
    """The meetings of a slot in the weeks of these days, without those whose week is among `skipped` (Mondays).

    Each lasts `slot.minutes` of real time. Positions count the meetings that take place.
    """
    left_out = {monday_of(day) for day in skipped}
    found: list[Occurrence] = []
    for monday in chosen_weeks(weeks):
        if monday in left_out:
            continue
        on = monday + timedelta(days=slot.weekday)
        starts_at = instant(on, slot.starts, slot.timezone)
        found.append(
            Occurrence(
                position=len(found) + 1,
                on=on,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=slot.minutes),
                clock_change=clock_change(on, slot.starts, slot.timezone),
            )
        )
    return tuple(found)


def week_after(weeks: Sequence[date], last: date) -> date:
    """The first of a season's weeks after that of `last`; beyond them, one step of their rhythm after it.

    The step is the distance between the last two weeks.
    """
    mondays, monday = chosen_weeks(weeks), monday_of(last)
    later = [week for week in mondays if week > monday]
    if later:
        return later[0]
    longer = extended(mondays)
    return longer[-1] if longer[-1] > monday else monday + (longer[-1] - longer[-2])


def extended(weeks: Sequence[date], *, by: int = 1) -> tuple[date, ...]:
    """The weeks with `by` more at the end, at the distance between the last two; what a skipped session adds."""
    mondays = list(chosen_weeks(weeks))
    if not mondays:
        raise ValueError("a season needs at least one week")
    step = mondays[-1] - mondays[-2] if len(mondays) > 1 else WEEK
    for _ in range(by):
        mondays.append(mondays[-1] + step)
    return tuple(mondays)


def shifted_zones(before: datetime, now: datetime, anchor: str, zones: Iterable[str]) -> tuple[str, ...]:
    """Zones whose distance to the anchor's clock differs between two instants, in the order given, each once.

    For "clocks change this week for some of you": compare a session with the one before it.
    """

    def distance(moment: datetime, zone: str) -> timedelta:
        here, there = moment.astimezone(ZoneInfo(anchor)), moment.astimezone(ZoneInfo(zone))
        return there.replace(tzinfo=None) - here.replace(tzinfo=None)

    return tuple(zone for zone in dict.fromkeys(zones) if distance(before, zone) != distance(now, zone))
