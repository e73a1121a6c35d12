"""The weeks a cohort's circles meet in, from its rhythm (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks in which a weekly window must hold: every `cadence_weeks`-th of `weeks` weeks from `first_day`."""

    first_day: date
    weeks: int
    cadence_weeks: int


def weeks_of(starts_on: date, *, every: int, sessions: int, chosen: Sequence[date] = ()) -> tuple[date, ...]:
    """Mondays of the weeks of a rhythm: `sessions` weeks, `every` weeks apart, or the weeks of chosen days."""
    if chosen:
        return tuple(sorted({day - timedelta(days=day.weekday()) for day in chosen}))
    monday = starts_on - timedelta(days=starts_on.weekday())
    return tuple(monday + every * index * WEEK for index in range(sessions))


def span_of(weeks: Sequence[date]) -> Span:
    """The span of a rhythm's weeks; uneven ones count as weekly from the first to the last, which is stricter."""
    gaps = {(after - before) // WEEK for before, after in pairwise(weeks)}
    if len(gaps) == 1:
        (gap,) = gaps
        return Span(weeks[0], gap * len(weeks), gap)
    return Span(weeks[0], (weeks[-1] - weeks[0]) // WEEK + 1, 1)
