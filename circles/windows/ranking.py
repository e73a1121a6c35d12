"""Finds and orders the weekly windows that suit everyone in every week of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from circles.windows.clocks import HALF_HOURS_A_WEEK, QUARTERS_A_DAY, Quarters, Span, local_quarters, weekly_starts

EARLY = 8 * 4
LATE = 19 * 4
HARD_HOUR_COST = 2
MAX_MINUTES = 24 * 60

Flags = npt.NDArray[np.bool_]
Costs = npt.NDArray[np.int8]


class Grid(Protocol):
    """A person's week in half-hour cells of their own wall clock, Monday 00:00 = 0 to 335."""

    @property
    def can(self) -> frozenset[int]:
        """Cells that are possible."""

    @property
    def prefer(self) -> frozenset[int]:
        """Cells that are liked."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person to find a window for; `key` names them in explanations."""

    key: Hashable
    timezone: str
    grid: Grid


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly time on the wall clock of `timezone` at which everyone is free in every week.

    A person's cost in one week is 0 when they prefer the whole window and 1 when they can, plus 2 when it starts
    before 08:00 or ends after 19:00 on their own clock. `worst` is each person's dearest week and `totals` the sum over
    the weeks, both in the order the people were given; `preferred_share` is the share of all (person, week) that are
    preferred; `hour_changes` counts how often a clock change moves the window on somebody's own clock.
    """

    weekday: int
    start: time
    timezone: str
    minutes: int
    worst: tuple[int, ...]
    totals: tuple[int, ...]
    preferred_share: float
    hour_changes: int

    @property
    def half_hour(self) -> int:
        """The window's start as a cell of the anchor's week."""
        return self.weekday * 48 + self.start.hour * 2 + self.start.minute // 30


def rank_windows(
    people: Sequence[Attendee],
    *,
    minutes: int,
    first_day: date,
    weeks: int,
    cadence_weeks: int = 1,
    limit: int | None = None,
    at_least: int = 1,
    suits: Callable[[int, str], bool] | None = None,
) -> tuple[Window, ...]:
    """Disjoint windows in one anchor zone (a member's, or UTC), best first; empty when there is none.

    Order is leximin: the people's worst weeks from the dearest down, then their totals from the dearest down, then the
    sum, then the fewest changes of local hour, then the earliest in the anchor's week. The anchor is the one that holds
    `at_least` windows, if any does, and of those the one with the best; among equals the zone of most members.
    Somebody with a blank grid has not said when, so there is no window. `suits(half_hour, zone)` can refuse anchors.
    Raises ValueError for a length, zone or cell that cannot be.
    """
    span = Span(first_day, weeks, cadence_weeks)
    length = checked_length(minutes)
    check_people(people)
    if not people or any(not said(person) for person in people):
        return ()
    anchors = anchor_zones(people)
    free = _free_together(people, length, span)
    rows: list[tuple[int, int]] = []
    for rank, zone in enumerate(anchors):
        open_starts = np.flatnonzero(free[weekly_starts(zone, span)].all(axis=1))
        rows += [(rank, int(start)) for start in open_starts if suits is None or suits(int(start), zone)]
    if not rows:
        return ()
    found = _measure(people, rows, anchors, minutes, span)
    choices = []
    for rank in dict.fromkeys(anchor for anchor, _ in rows):
        own = [index for index in found.order if rows[index][0] == rank]
        chosen = _disjoint([(rows[index][1], index) for index in own], -(-minutes // 30), at_least)
        choices.append((chosen, rank))
    unlimited = len(rows)

    def merit(choice: tuple[list[int], int]) -> tuple[int, list[int], int]:
        chosen, rank = choice
        places = [found.place[index] for index in chosen]
        return -min(len(chosen), at_least), [*places, unlimited], rank

    best, _ = min(choices, key=merit)
    return tuple(found.window(index, anchors, minutes) for index in best[:limit])


def count_windows(
    people: Sequence[Attendee], *, minutes: int, first_day: date, weeks: int, cadence_weeks: int = 1
) -> int:
    """The largest number of disjoint windows that any one anchor zone offers to all these people."""
    if not people:
        return 0
    span = Span(first_day, weeks, cadence_weeks)
    length = checked_length(minutes)
    check_people(people)
    free = _free_together(people, length, span)
    best = 0
    for zone in anchor_zones(people):
        starts = np.flatnonzero(free[weekly_starts(zone, span)].all(axis=1)).tolist()
        best = max(best, most_disjoint(starts, -(-minutes // 30)))
    return best


def weekly_costs(
    window: Window, people: Sequence[Attendee], *, first_day: date, weeks: int, cadence_weeks: int = 1
) -> tuple[tuple[int, ...], ...]:
    """What the window costs each person in each week, in the order of the people (see Window)."""
    span = Span(first_day, weeks, cadence_weeks)
    length = checked_length(window.minutes)
    check_people(people)
    starts = weekly_starts(window.timezone, span)[window.half_hour]
    return tuple(tuple(cost_at(person, length, span)[starts].tolist()) for person in people)


def free_starts(
    people: Sequence[Attendee],
    anchors: Sequence[str],
    *,
    minutes: int,
    first_day: date,
    weeks: int,
    cadence_weeks: int = 1,
    only_preferred: bool = False,
) -> npt.NDArray[np.bool_]:
    """Where each person could start a weekly window: bool, shape (people, anchors, 336), for bulk searches.

    True means free in every week when the window starts at that half hour of that anchor's wall clock, so the windows
    of a circle under one anchor are the logical and of its members' rows. With `only_preferred` the whole window must
    be preferred in every week.
    """
    span = Span(first_day, weeks, cadence_weeks)
    length = checked_length(minutes)
    check_people(people)
    closed = np.ones((len(people), HALF_HOURS_A_WEEK), dtype=np.float32)
    by_zone: dict[str, list[int]] = {}
    for row, person in enumerate(people):
        grid = person.grid
        closed[row, list(grid.prefer if only_preferred else grid.can | grid.prefer)] = 0
        by_zone.setdefault(person.timezone, []).append(row)
    result = np.zeros((len(people), len(anchors), HALF_HOURS_A_WEEK), dtype=np.bool_)
    for zone, members in by_zone.items():
        for column, anchor in enumerate(anchors):
            touched = touched_cells(zone, anchor, length, span)
            result[members, column] = (closed[members] @ touched.T.astype(np.float32)) == 0
    return result


def touched_cells(zone: str, anchor: str, length: int, span: Span) -> Flags:
    """Which local cells of `zone` each weekly start of `anchor` touches in any week: bool (336 starts, 336 cells)."""
    starts, local = weekly_starts(anchor, span), local_quarters(zone, span)
    touched = np.zeros((HALF_HOURS_A_WEEK, HALF_HOURS_A_WEEK), dtype=np.bool_)
    rows = np.broadcast_to(np.arange(HALF_HOURS_A_WEEK)[:, None], starts.shape)
    for quarter in range(length):
        touched[rows, (local[starts + quarter] >> 1) % HALF_HOURS_A_WEEK] = True
    return touched


def most_disjoint(starts: Iterable[int], length: int) -> int:
    """The largest number of windows of `length` half hours that fit without overlap on the circle of the week.

    Exact: the first window of an optimum can be taken among those that start before the earliest window ends, and from
    a given first window the earliest next start is always at least as good as any other.
    """
    ordered = sorted(set(starts))
    if not ordered:
        return 0
    best = 0
    for first in (start for start in ordered if start < ordered[0] + length):
        count, clear = 0, first
        for start in ordered:
            if start >= clear and start + length <= first + HALF_HOURS_A_WEEK:
                count, clear = count + 1, start + length
        best = max(best, count)
    return max(best, 1)


def checked_length(minutes: int) -> int:
    """A window's length in quarter hours, begun ones counted."""
    if not 1 <= minutes <= MAX_MINUTES:
        raise ValueError(f"minutes must be from 1 to {MAX_MINUTES}, not {minutes}")
    return -(-minutes // 15)


def check_people(people: Sequence[Attendee]) -> None:
    """Raise ValueError, naming the person, for an unknown zone or a cell outside the week."""
    for person in people:
        try:
            ZoneInfo(person.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{person.key}: unknown time zone {person.timezone!r}") from error
        cells = person.grid.can | person.grid.prefer
        if cells and not 0 <= min(cells) <= max(cells) < HALF_HOURS_A_WEEK:
            raise ValueError(f"{person.key}: cells must be from 0 to {HALF_HOURS_A_WEEK - 1}")


def said(person: Attendee) -> bool:
    """Whether the person has painted any time at all."""
    return bool(person.grid.can or person.grid.prefer)


def anchor_zones(people: Sequence[Attendee]) -> tuple[str, ...]:
    """The zones a window may be anchored in, the zone of most members first, UTC last unless somebody lives by it."""
    counts = Counter(person.timezone for person in people)
    counts.setdefault("UTC", 0)
    return tuple(sorted(counts, key=lambda zone: (-counts[zone], zone)))


def free_at(person: Attendee, length: int, span: Span) -> Flags:
    """For each quarter hour of UTC, whether the person can meet for `length` quarters from then on."""
    return _run(_inside(person.grid.can | person.grid.prefer, person.timezone, span), length)


def cost_at(person: Attendee, length: int, span: Span) -> Costs:
    """For each quarter hour of UTC, what a window from then on costs somebody who is free."""
    quarters: Quarters = np.arange(len(local_quarters(person.timezone, span)) - length + 1, dtype=np.int32)
    return _cost_of(person, length, span, quarters)


def _cost_of(person: Attendee, length: int, span: Span, starts: Quarters) -> Costs:
    """What windows from some quarter hours of UTC on cost somebody who is free, in the shape of `starts`."""
    local = local_quarters(person.timezone, span)
    quarters: Quarters = np.add.outer(starts, np.arange(length, dtype=np.int32))
    cells = _local_cells(person.timezone, span).take(quarters)
    preferred = np.logical_and.reduce(_week(person.grid.prefer).take(cells), axis=-1)
    begins = local[starts]
    hour = begins % QUARTERS_A_DAY
    ends = hour + local[starts + (length - 1)] + 1 - begins
    hard = (hour < EARLY) | (ends > LATE)
    costs: Costs = (~preferred).astype(np.int8) + HARD_HOUR_COST * hard.astype(np.int8)
    return costs


def _free_together(people: Sequence[Attendee], length: int, span: Span) -> Flags:
    """For each quarter hour of UTC, whether everybody can meet for `length` quarters from then on."""
    free = [_inside(person.grid.can | person.grid.prefer, person.timezone, span) for person in people]
    return _run(np.logical_and.reduce(free), length)


@lru_cache(maxsize=128)
def _local_cells(zone: str, span: Span) -> npt.NDArray[np.intp]:
    """The local cell of the week at each quarter hour of UTC; read-only."""
    cells = ((local_quarters(zone, span) >> 1) % HALF_HOURS_A_WEEK).astype(np.intp)
    cells.flags.writeable = False
    return cells


def _inside(cells: frozenset[int], zone: str, span: Span) -> Flags:
    """For each quarter hour of UTC, whether the local cell is among `cells`."""
    return _week(cells).take(_local_cells(zone, span))


def _week(cells: frozenset[int]) -> Flags:
    """Cells of a week as flags."""
    flags = np.zeros(HALF_HOURS_A_WEEK, dtype=np.bool_)
    flags[list(cells)] = True
    return flags


def _run(flags: Flags, length: int) -> Flags:
    """For each place, whether the next `length` flags are all set, by doubling the stretch that is known."""
    known = 1
    while known < length:
        step = min(known, length - known)
        flags = flags[:-step] & flags[step:]
        known += step
    return flags


@dataclass(frozen=True, slots=True)
class _Measured:
    """Windows of some rows (anchor, half hour) with their costs: the fairest first, and the place of each row.

    Rows that are equally fair share their place.
    """

    rows: Sequence[tuple[int, int]]
    worst: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]
    preferred: npt.NDArray[np.float64]
    changes: npt.NDArray[np.int64]
    order: tuple[int, ...]
    place: tuple[int, ...]

    def window(self, index: int, anchors: Sequence[str], minutes: int) -> Window:
        """The window of a row."""
        anchor, start = self.rows[index]
        return Window(
            weekday=start // 48,
            start=time(start % 48 // 2, start % 2 * 30),
            timezone=anchors[anchor],
            minutes=minutes,
            worst=tuple(self.worst[index].tolist()),
            totals=tuple(self.totals[index].tolist()),
            preferred_share=float(self.preferred[index]),
            hour_changes=int(self.changes[index]),
        )


def _measure(
    people: Sequence[Attendee], rows: Sequence[tuple[int, int]], anchors: Sequence[str], minutes: int, span: Span
) -> _Measured:
    """What the windows of `rows` (anchor, half hour) cost; the order of the people does not matter for their order."""
    length = checked_length(minutes)
    starts: Quarters = np.stack([weekly_starts(anchors[anchor], span)[start] for anchor, start in rows])
    costs = np.stack([_cost_of(person, length, span, starts) for person in people], axis=1)
    worst = costs.max(axis=2).astype(np.int64)
    totals = costs.sum(axis=2, dtype=np.int64)
    preferred = 1 - (costs % 2).mean(axis=(1, 2))
    members = Counter(person.timezone for person in people)
    changes = np.zeros(len(rows), dtype=np.int64)
    for zone, count in members.items():
        moved = np.diff(local_quarters(zone, span)[starts], axis=1) != 7 * QUARTERS_A_DAY * span.cadence_weeks
        changes += count * moved.sum(axis=1)
    fairness = np.column_stack(
        (-np.sort(-worst, axis=1), -np.sort(-totals, axis=1), totals.sum(axis=1).reshape(-1, 1), changes.reshape(-1, 1))
    )
    where = np.array(rows, dtype=np.int64)
    order = np.lexsort((where[:, 0], where[:, 1], *fairness.T[::-1]))
    fairer = (fairness[order][1:] != fairness[order][:-1]).any(axis=1)
    place = np.zeros(len(rows), dtype=np.int64)
    place[order[1:]] = np.cumsum(fairer)
    return _Measured(rows, worst, totals, preferred, changes, tuple(order.tolist()), tuple(place.tolist()))


def _disjoint(candidates: Sequence[tuple[int, int]], length: int, at_least: int) -> list[int]:
    """Indexes of disjoint windows, best first, passing over one that would leave too few for `at_least`."""
    target = min(at_least, most_disjoint((start for start, _ in candidates), length))
    chosen: list[int] = []
    left = list(candidates)
    while left:
        for start, index in left:
            rest = [one for one in left if length <= (one[0] - start) % HALF_HOURS_A_WEEK <= HALF_HOURS_A_WEEK - length]
            wanted = target - len(chosen) - 1
            if wanted <= 0 or most_disjoint((other for other, _ in rest), length) >= wanted:
                chosen.append(index)
                left = rest
                break
    return chosen
