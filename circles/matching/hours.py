"""When people could start a weekly meeting, as flags over an anchor zone's week."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from circles.matching.candidates import Candidate, Rules
from circles.windows import Attendee, Span, Window, rank_windows
from circles.windows.clocks import local_quarters
from circles.windows.ranking import checked_length, touched_cells

UTC = "UTC"
#: Slots kept for each circle of a proposal.
MOST_SLOTS = 6

Flags = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.int64]


def span_of(rules: Rules) -> Span:
    """The weeks a circle meets in."""
    return Span(rules.first_day, rules.weeks, rules.cadence_weeks)


def cells_of(rules: Rules) -> int:
    """Half hours between the starts of two windows that do not overlap."""
    return -(-rules.minutes // 30)


def anchors_of(members: Sequence[Candidate], rules: Rules) -> tuple[str, ...]:
    """Zones that a circle's windows may be counted in (its members' and UTC), one of those whose weeks are alike."""
    zones = frozenset(person.timezone for person in members)
    return unlike(zones | {UTC}, zones, checked_length(rules.minutes), span_of(rules))


@lru_cache(maxsize=8192)
def unlike(anchors: frozenset[str], zones: frozenset[str], length: int, span: Span) -> tuple[str, ...]:
    """Of some anchors, one of those whose weeks come to the same for people in `zones`."""
    kept: list[str] = []
    for anchor in sorted(anchors):
        if not any(all(_same_week(other, anchor, zone, length, span) for zone in sorted(zones)) for other in kept):
            kept.append(anchor)
    return tuple(kept)


@lru_cache(maxsize=8192)
def _same_week(one: str, other: str, zone: str, length: int, span: Span) -> bool:
    """Whether windows on two anchors' clocks come to the same for people in `zone`, once shifted by the offset."""
    apart = int(local_quarters(other, span)[0]) - int(local_quarters(one, span)[0])
    if apart % 2:
        return False
    turned = np.roll(touched(zone, one, length, span), apart // 2, axis=0)
    return bool(np.array_equal(turned, touched(zone, other, length, span)))


@lru_cache(maxsize=256)
def touched(zone: str, anchor: str, length: int, span: Span) -> Flags:
    """Cells of `zone` that a window from each start of `anchor` touches in any week: bool (336 starts, 336 cells)."""
    flags = touched_cells(zone, anchor, length, span)
    flags.flags.writeable = False
    return flags


@lru_cache(maxsize=1024)
def listed(zone: str, anchor: str, length: int, span: Span) -> Cells:
    """The same as `touched` by number: (most touched, 336), columns filled up with a cell that they have."""
    flags = touched(zone, anchor, length, span)
    order = np.argsort(~flags, axis=1, kind="stable")
    counts = np.count_nonzero(flags, axis=1).reshape(-1, 1)
    place = np.arange(int(counts.max())).reshape(1, -1)
    cells: Cells = np.take_along_axis(order, np.minimum(place, counts - 1), axis=1).T.copy()
    cells.flags.writeable = False
    return cells


def openings(person: Candidate, anchor: str, rules: Rules, *, preferred: bool = False) -> Flags:
    """Starts in the week of `anchor` at which a person is free in every week, or `preferred` it: bool (336,)."""
    inside = np.zeros(336, dtype=np.bool_)
    inside[list(person.grid.prefer if preferred else person.grid.can)] = True
    cells = listed(person.timezone, anchor, checked_length(rules.minutes), span_of(rules))
    free: Flags = np.logical_and.reduce(inside[cells], axis=0)
    return free


def week_flags(grids: Sequence[frozenset[int]]) -> Flags:
    """Cells of several weeks as flags: bool (weeks, 336)."""
    sizes = [len(cells) for cells in grids]
    flags: Flags = np.zeros((len(grids), 336), dtype=np.bool_)
    flags[
        np.repeat(np.arange(len(grids)), sizes),
        np.fromiter(chain.from_iterable(grids), dtype=np.int64, count=sum(sizes)),
    ] = True
    return flags


def slots_of(members: Sequence[Candidate], rules: Rules) -> tuple[Window, ...]:
    """A circle's windows, best first, at most MOST_SLOTS."""
    people = [Attendee(person.key, person.timezone, person.grid) for person in members]
    return rank_windows(
        people,
        minutes=rules.minutes,
        first_day=rules.first_day,
        weeks=rules.weeks,
        cadence_weeks=rules.cadence_weeks,
        limit=max(MOST_SLOTS, rules.slots),
        at_least=rules.slots,
    )
