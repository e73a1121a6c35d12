"""Wall clocks over the weeks of a program, as arrays of quarter hours: the arithmetic below every window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

HALF_HOURS_A_WEEK = 336
QUARTERS_A_DAY = 96
QUARTER = timedelta(minutes=15)

Quarters = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks a circle meets in: from `first_day`, every `cadence_weeks`-th of `weeks` weeks.

    A weekday's first occurrence is the first such date on or after `first_day`, on the anchor's calendar. Quarter
    hours are counted from `origin`, a Monday 00:00, on whichever clock is meant.
    """

    first_day: date
    weeks: int
    cadence_weeks: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= 520:
            raise ValueError(f"weeks must be from 1 to 520, not {self.weeks}")
        if not 1 <= self.cadence_weeks <= 52:
            raise ValueError(f"cadence_weeks must be from 1 to 52, not {self.cadence_weeks}")

    @property
    def occurrences(self) -> int:
        """How many times a weekly window is met in the span."""
        return -(-self.weeks // self.cadence_weeks)

    @property
    def origin(self) -> date:
        """A Monday early enough that no zone's first window lies before it in UTC."""
        early = self.first_day - timedelta(days=2)
        return early - timedelta(days=early.weekday())

    @property
    def quarters(self) -> int:
        """Quarter hours from `origin` to well past the end of the last window."""
        days = (self.first_day - self.origin).days + 7 * self.cadence_weeks * self.occurrences + 3
        return days * QUARTERS_A_DAY


@lru_cache(maxsize=256)
def _offsets(zone: str, span: Span) -> tuple[Quarters, Quarters]:
    """When each UTC offset of a zone begins (quarters of UTC since the origin), and the offset (quarters)."""
    tz = ZoneInfo(zone)
    origin = datetime.combine(span.origin, datetime.min.time(), tzinfo=UTC)

    def offset(quarter: int) -> int:
        shift = (origin + quarter * QUARTER).astimezone(tz).utcoffset()
        assert shift is not None  # noqa: S101 - a ZoneInfo always knows its offset
        return shift // QUARTER

    begins, values = [0], [offset(0)]
    for day_end in range(QUARTERS_A_DAY, span.quarters + 1, QUARTERS_A_DAY):
        if offset(day_end) == values[-1]:
            continue
        low, high = day_end - QUARTERS_A_DAY, day_end
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == values[-1] else (low, middle)
        begins.append(high)
        values.append(offset(high))
    return np.array(begins, dtype=np.int32), np.array(values, dtype=np.int32)


@lru_cache(maxsize=128)
def local_quarters(zone: str, span: Span) -> Quarters:
    """The zone's wall clock (quarters since a local Monday 00:00) at each quarter hour of UTC; read-only."""
    begins, values = _offsets(zone, span)
    lengths = np.diff(np.append(begins, span.quarters))
    local = np.arange(span.quarters, dtype=np.int32) + np.repeat(values, lengths)
    local.flags.writeable = False
    return local


@lru_cache(maxsize=128)
def weekly_starts(zone: str, span: Span) -> Quarters:
    """UTC quarters at which each weekly half hour of an anchor zone begins: shape (336, occurrences); read-only.

    A wall time that a clock change skips moves forward by the change; one that comes twice means its first coming
    (PEP 495 with fold=0).
    """
    begins, values = _offsets(zone, span)
    half_hours = np.arange(HALF_HOURS_A_WEEK, dtype=np.int32)
    days = (span.first_day - span.origin).days + (half_hours // 48 - span.first_day.weekday()) % 7
    rounds = np.arange(span.occurrences, dtype=np.int32) * (7 * span.cadence_weeks)
    wall = (days[:, None] + rounds[None, :]) * QUARTERS_A_DAY + (half_hours % 48 * 2)[:, None]
    changes_on_wall = begins[1:] + np.maximum(values[:-1], values[1:])
    starts: Quarters = (wall - values[np.searchsorted(changes_on_wall, wall, side="right")]).astype(np.int32)
    starts.flags.writeable = False
    return starts


def changes_clock(zone: str, span: Span) -> bool:
    """Whether the zone's offset from UTC changes during the span."""
    return len(_offsets(zone, span)[0]) > 1
