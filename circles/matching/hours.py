"""When people could start a weekly meeting, as flags over an anchor zone's week."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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


def span_of(rules: Rules) -> Span:
    """The weeks a circle meets in."""
    return Span(rules.first_day, rules.weeks, rules.cadence_weeks)


def cells_of(rules: Rules) -> int:
    """Half hours between the starts of two windows that do not overlap."""
    return -(-rules.minutes // 30)


def anchors_of(members: Sequence[Candidate], rules: Rules) -> tuple[str, ...]:
    """Zones that a circle's windows may be counted in (its members' and UTC), one of those whose weeks are alike."""
    zones = sorted({person.timezone for person in members})
    kept: list[str] = []
    for anchor in sorted({*zones, UTC}):
        if not any(all(same_week(other, anchor, zone, rules) for zone in zones) for other in kept):
            kept.append(anchor)
    return tuple(kept)


def same_week(one: str, other: str, zone: str, rules: Rules) -> bool:
    """Whether windows on two anchors' clocks come to the same for people in `zone`, once shifted by the offset."""
    return _same_week(one, other, zone, checked_length(rules.minutes), span_of(rules))


@lru_cache(maxsize=8192)
def _same_week(one: str, other: str, zone: str, length: int, span: Span) -> bool:
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


def openings(person: Candidate, anchor: str, rules: Rules, *, preferred: bool = False) -> Flags:
    """Starts in the week of `anchor` at which a person is free in every week, or `preferred` it: bool (336,)."""
    closed = np.ones(336, dtype=np.bool_)
    closed[list(person.grid.prefer if preferred else person.grid.can)] = False
    cells = touched(person.timezone, anchor, checked_length(rules.minutes), span_of(rules))
    free: Flags = np.logical_not(np.logical_or.reduce(cells[:, closed], axis=1))
    return free


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
