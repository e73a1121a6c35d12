"""A weekly window as each person sees it on their own clock, week after week."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from circles.windows.clocks import QUARTER, Quarters, Span, local_quarters, weekly_starts


class Anchored(Protocol):
    """A weekly time on the wall clock of a zone: a window, a near miss, or a season's own slot."""

    @property
    def weekday(self) -> int:
        """Monday = 0."""

    @property
    def start(self) -> time:
        """Wall-clock time of day, on the half hour."""

    @property
    def timezone(self) -> str:
        """The IANA zone of the wall clock."""

    @property
    def minutes(self) -> int:
        """Length."""


class Placed(Protocol):
    """Somebody with a key and a time zone."""

    @property
    def key(self) -> Hashable:
        """Names the person."""

    @property
    def timezone(self) -> str:
        """The IANA zone the person lives by."""


@dataclass(frozen=True, slots=True)
class LocalSpell:
    """From the local date `first` on, the window begins at `weekday` `start` and ends at `end`, local time."""

    first: date
    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class LocalView:
    """One person's view of a window: one spell, or several where clock changes move it ("18:00, from 26 Oct 17:00")."""

    key: Hashable
    timezone: str
    spells: tuple[LocalSpell, ...]


def local_views(
    window: Anchored, people: Sequence[Placed], *, first_day: date, weeks: int, cadence_weeks: int = 1
) -> tuple[LocalView, ...]:
    """The window on each person's own clock over the weeks of the program, in the order of the people."""
    if window.start.minute % 30 or window.start.second or window.start.microsecond:
        raise ValueError("a window starts on the half hour")
    span = Span(first_day, weeks, cadence_weeks)
    half_hour = window.weekday * 48 + window.start.hour * 2 + window.start.minute // 30
    begins = weekly_starts(window.timezone, span)[half_hour]
    views = []
    for person in people:
        local = local_quarters(person.timezone, span)
        spells: list[LocalSpell] = []
        for begin in begins.tolist():
            spell = _spell(local, begin, window.minutes, span)
            if not spells or _hours(spell) != _hours(spells[-1]):
                spells.append(spell)
        views.append(LocalView(person.key, person.timezone, tuple(spells)))
    return tuple(views)


def _spell(local: Quarters, begin: int, minutes: int, span: Span) -> LocalSpell:
    midnight = datetime.combine(span.origin, time())
    start = midnight + int(local[begin]) * QUARTER
    whole, rest = divmod(minutes, 15)
    last = begin + whole
    end = midnight + int(local[last]) * QUARTER + timedelta(minutes=rest)
    return LocalSpell(start.date(), start.weekday(), start.time(), end.time())


def _hours(spell: LocalSpell) -> tuple[int, time, time]:
    return spell.weekday, spell.start, spell.end
