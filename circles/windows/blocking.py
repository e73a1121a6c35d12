"""Says why people share no weekly window: who blocks the nearest ones, and the smallest change that opens one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np

from circles.windows.clocks import HALF_HOURS_A_WEEK, Span, local_quarters, weekly_starts
from circles.windows.ranking import (
    Attendee,
    anchor_zones,
    check_people,
    checked_length,
    cost_at,
    free_at,
    rank_windows,
    said,
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """One person for whom a window is impossible in `weeks` of the weeks, and the local cells that would free it."""

    key: Hashable
    weeks: int
    cells: frozenset[int]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A weekly window that would suit everyone but the `blocked`; `misses` counts their impossible weeks."""

    weekday: int
    start: time
    timezone: str
    minutes: int
    blocked: tuple[Blocked, ...]

    @property
    def misses(self) -> int:
        """Impossible (person, week) pairs."""
        return sum(person.weeks for person in self.blocked)

    @property
    def cells(self) -> int:
        """Half-hour cells that would have to be added, over all the people."""
        return sum(len(person.cells) for person in self.blocked)


@dataclass(frozen=True, slots=True)
class Blockage:
    """Why there is no window.

    `unsaid` are the people with a blank grid. `nearest` are the windows, among those who did say, with the fewest
    impossible (person, week) pairs, best first; `smallest` is the one that opens with the smallest change: fewest
    people, then fewest cells. Both are empty when those who did say share a window.
    """

    unsaid: tuple[Hashable, ...]
    nearest: tuple[NearMiss, ...]
    smallest: NearMiss | None


@dataclass(frozen=True, slots=True)
class _Start:
    """A weekly start with whom it blocks (positions) in how many weeks each, and its cost to the others."""

    zone: str
    half_hour: int
    weeks: tuple[int, ...]
    cost: tuple[int, ...]

    @property
    def people(self) -> tuple[int, ...]:
        return tuple(position for position, weeks in enumerate(self.weeks) if weeks)


def blockers(
    people: Sequence[Attendee],
    *,
    minutes: int,
    first_day: date,
    weeks: int,
    cadence_weeks: int = 1,
    limit: int = 3,
) -> Blockage | None:
    """Why these people have no window of `minutes` in every week, or None when they have one.

    For the host's eyes only: it names people and hours. Raises ValueError like `rank_windows`.
    """
    span = Span(first_day, weeks, cadence_weeks)
    checked_length(minutes)
    check_people(people)
    unsaid = tuple(person.key for person in people if not said(person))
    heard = [person for person in people if said(person)]
    if not heard:
        return Blockage(unsaid, (), None) if unsaid else None
    found = rank_windows(heard, minutes=minutes, first_day=first_day, weeks=weeks, cadence_weeks=cadence_weeks, limit=1)
    if found:
        return Blockage(unsaid, (), None) if unsaid else None
    starts = _starts(heard, minutes, span)
    starts.sort(key=lambda start: (sum(start.weeks), start.cost))
    nearest = tuple(_near_miss(start, heard, minutes, span) for start in _disjoint(starts, minutes, limit))
    fewest = min(len(start.people) for start in starts)
    smallest = min(
        (_near_miss(start, heard, minutes, span) for start in starts if len(start.people) == fewest),
        key=lambda miss: (miss.cells, miss.misses),
    )
    return Blockage(unsaid, nearest, smallest)


def _starts(people: Sequence[Attendee], minutes: int, span: Span) -> list[_Start]:
    length = checked_length(minutes)
    free = [free_at(person, length, span) for person in people]
    costs = [cost_at(person, length, span) for person in people]
    found: list[_Start] = []
    for zone in anchor_zones(people):
        begins = weekly_starts(zone, span)
        blocked = np.stack([(~flags[begins]).sum(axis=1) for flags in free], axis=1)
        worst = np.sort(np.stack([cost[begins].max(axis=1) for cost in costs], axis=1), axis=1)[:, ::-1]
        found += [
            _Start(zone, half_hour, tuple(blocked[half_hour].tolist()), tuple(worst[half_hour].tolist()))
            for half_hour in range(HALF_HOURS_A_WEEK)
        ]
    return found


def _disjoint(starts: Sequence[_Start], minutes: int, limit: int) -> list[_Start]:
    """The first `limit` starts of the best one's zone that do not overlap one another."""
    length = -(-minutes // 30)
    chosen: list[_Start] = []
    for start in starts:
        if len(chosen) == limit:
            break
        if start.zone == starts[0].zone and all(
            length <= (start.half_hour - other.half_hour) % HALF_HOURS_A_WEEK <= HALF_HOURS_A_WEEK - length
            for other in chosen
        ):
            chosen.append(start)
    return chosen


def _near_miss(start: _Start, people: Sequence[Attendee], minutes: int, span: Span) -> NearMiss:
    length = checked_length(minutes)
    begins = weekly_starts(start.zone, span)[start.half_hour]
    quarters = (begins[:, None] + np.arange(length)[None, :]).ravel()
    blocked = []
    for position in start.people:
        person = people[position]
        touched = np.unique((local_quarters(person.timezone, span)[quarters] >> 1) % HALF_HOURS_A_WEEK)
        missing = frozenset(touched.tolist()) - person.grid.can - person.grid.prefer
        blocked.append(Blocked(person.key, start.weeks[position], missing))
    return NearMiss(
        weekday=start.half_hour // 48,
        start=time(start.half_hour % 48 // 2, start.half_hour % 2 * 30),
        timezone=start.zone,
        minutes=minutes,
        blocked=tuple(blocked),
    )
