"""Chooses a circle's weekly slot and the ones to offer beside it, and tells each member what it means for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from circles.windows import (
    HARD_HOUR_COST,
    Attendee,
    Blockage,
    LocalView,
    Span,
    Window,
    blockers,
    changes_clock,
    local_views,
    rank_windows,
    weekly_costs,
)

#: A wider spread of local times than this has no hour that is daytime for all.
WIDE_SPREAD = timedelta(hours=9)
#: In half hours.
NIGHT_ENDS = 4 * 2
#: In minutes of a local day.
EARLIEST, LATEST, DAY = 8 * 60, 19 * 60, 24 * 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window to offer, with each member's view of it on their own clock, in the order of the people."""

    window: Window
    views: tuple[LocalView, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """Two windows to alternate, because with `first` alone the same people (`bearing`) have a hard hour every week.

    `alone` and `alternating` are each person's costs over the season with `first` only and in turns.
    """

    first: Candidate
    second: Candidate
    bearing: tuple[Hashable, ...]
    alone: tuple[int, ...]
    alternating: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The slots of a circle, best first; or none, and why.

    The first candidate is the slot to set, the others are offered beside it. `blockage` explains an empty choice, for
    the host's eyes only. `spread` is the arc of the clock that the members' local times cover; a `wide` one is advice
    to split the circle.
    """

    candidates: tuple[Candidate, ...]
    rotation: Rotation | None
    blockage: Blockage | None
    spread: timedelta

    @property
    def wide(self) -> bool:
        """Whether the members live too far apart for an hour that is daytime for all."""
        return self.spread > WIDE_SPREAD


@dataclass(frozen=True, slots=True)
class Burden:
    """How many of `meetings` began before 08:00 or ended after 19:00 on one person's clock."""

    key: Hashable
    hard: int
    meetings: int


def choose(
    people: Sequence[Attendee],
    *,
    minutes: int,
    first_day: date,
    weeks: int,
    cadence_weeks: int = 1,
    candidates: int = 3,
) -> Choice:
    """The fairest weekly window over the whole season, and the next best ones that do not overlap it.

    Starts from 00:00 to 04:00 on an anchor clock that changes during the season are passed over while there are
    others, because an hour there may be skipped or come twice. Raises ValueError like `rank_windows`.
    """
    span = Span(first_day, weeks, cadence_weeks)

    def safe(half_hour: int, zone: str) -> bool:
        return half_hour % 48 >= NIGHT_ENDS or not changes_clock(zone, span)

    def rank(suits: Callable[[int, str], bool] | None) -> tuple[Window, ...]:
        return rank_windows(
            people, minutes=minutes, first_day=first_day, weeks=weeks, cadence_weeks=cadence_weeks, suits=suits
        )

    windows = rank(safe) or rank(None)
    spread = spread_of((person.timezone for person in people), first_day)
    if not windows:
        why = blockers(people, minutes=minutes, first_day=first_day, weeks=weeks, cadence_weeks=cadence_weeks)
        return Choice((), None, why, spread)
    offered = tuple(_candidate(window, people, span) for window in windows[:candidates])
    return Choice(offered, _rotation(windows, people, span), None, spread)


def spread_of(timezones: Iterable[str], day: date) -> timedelta:
    """The smallest arc of the 24-hour clock that covers the local times of these zones at noon UTC of a day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    clocks = sorted({_minute_of_day(noon.astimezone(ZoneInfo(zone))) for zone in timezones})
    if not clocks:
        return timedelta(0)
    gaps = [after - before for before, after in pairwise([*clocks, clocks[0] + DAY])]
    return timedelta(minutes=DAY - max(gaps))


def burdens(
    people: Iterable[tuple[Hashable, str]], meetings: Iterable[tuple[datetime, datetime]]
) -> tuple[Burden, ...]:
    """Each person's (key, zone) hard hours over meetings (start, end; aware), in the order of the people."""
    held = list(meetings)
    found = []
    for key, timezone in people:
        zone = ZoneInfo(timezone)
        found.append(Burden(key, sum(_is_hard(start, end, zone) for start, end in held), len(held)))
    return tuple(found)


def stored(candidate: Candidate) -> dict[str, Any]:
    """The candidate as plain JSON values: weekday, start, timezone, minutes, and each member's spells of local time."""
    window = candidate.window
    return {
        "weekday": window.weekday,
        "start": window.start.strftime("%H:%M"),
        "timezone": window.timezone,
        "minutes": window.minutes,
        "worst": list(window.worst),
        "local": [
            {
                "key": str(view.key),
                "timezone": view.timezone,
                "spells": [
                    {
                        "first": spell.first.isoformat(),
                        "weekday": spell.weekday,
                        "start": spell.start.strftime("%H:%M"),
                        "end": spell.end.strftime("%H:%M"),
                    }
                    for spell in view.spells
                ],
            }
            for view in candidate.views
        ],
    }


def _candidate(window: Window, people: Sequence[Attendee], span: Span) -> Candidate:
    views = local_views(window, people, first_day=span.first_day, weeks=span.weeks, cadence_weeks=span.cadence_weeks)
    return Candidate(window, views)


def _costs(window: Window, people: Sequence[Attendee], span: Span) -> tuple[tuple[int, ...], ...]:
    return weekly_costs(window, people, first_day=span.first_day, weeks=span.weeks, cadence_weeks=span.cadence_weeks)


def _rotation(windows: Sequence[Window], people: Sequence[Attendee], span: Span) -> Rotation | None:
    """The best partner to alternate with, when somebody's hour is hard every week and taking turns is fairer."""
    first = _costs(windows[0], people, span)
    bearing = tuple(person.key for person, row in zip(people, first, strict=True) if min(row) >= HARD_HOUR_COST)
    if not bearing:
        return None
    alone = tuple(sum(row) for row in first)
    best: tuple[tuple[int, ...], Window, tuple[int, ...]] | None = None
    for window in windows[1:]:
        second = _costs(window, people, span)
        turns = tuple(
            sum(pair[week % 2] for week, pair in enumerate(zip(one, other, strict=True)))
            for one, other in zip(first, second, strict=True)
        )
        fairness = tuple(sorted(turns, reverse=True))
        if fairness < tuple(sorted(alone, reverse=True)) and (best is None or fairness < best[0]):
            best = fairness, window, turns
    if best is None:
        return None
    _, partner, alternating = best
    return Rotation(
        _candidate(windows[0], people, span), _candidate(partner, people, span), bearing, alone, alternating
    )


def _is_hard(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    here, there = start.astimezone(zone), end.astimezone(zone)
    late = _minute_of_day(there) + DAY * (there.date() - here.date()).days > LATEST
    return _minute_of_day(here) < EARLIEST or late


def _minute_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
