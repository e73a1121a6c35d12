"""Chooses a circle's weekly slot and the ones to offer beside it, and tells each member what it means for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from circles.windows import (
    HARD_HOUR_COST,
    Attendee,
    Blockage,
    LocalSpell,
    LocalView,
    Span,
    Window,
    blockers,
    changes_clock,
    checked_length,
    local_views,
    rank_windows,
)
from circles.windows.clocks import weekly_starts
from circles.windows.ranking import cost_at

#: A wider spread of local times than this has no hour that is daytime for all.
WIDE_SPREAD = timedelta(hours=9)
#: Near misses worked out where there is no window, so that some lie at hours one can ask people for.
NEAREST = 12
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
        why = blockers(
            people,
            minutes=minutes,
            first_day=first_day,
            weeks=weeks,
            cadence_weeks=cadence_weeks,
            limit=NEAREST,
        )
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


def local_spells(meetings: Iterable[tuple[datetime, datetime]], timezone: str) -> tuple[LocalSpell, ...]:
    """Meetings (start, end; aware, in order) on one clock: a spell from each date on which the local hour changes."""
    zone = ZoneInfo(timezone)
    spells: list[LocalSpell] = []
    for start, end in meetings:
        here, there = start.astimezone(zone), end.astimezone(zone)
        spell = LocalSpell(here.date(), here.weekday(), here.time(), there.time())
        last = spells[-1] if spells else None
        if last is None or (last.weekday, last.start, last.end) != (spell.weekday, spell.start, spell.end):
            spells.append(spell)
    return tuple(spells)


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


def _rotation(windows: Sequence[Window], people: Sequence[Attendee], span: Span) -> Rotation | None:
    """The best partner to alternate with, when somebody's hour is hard every week and taking turns is fairer."""
    costs = _weekly_costs(windows, people, span)
    first = costs[0]
    bearing = tuple(person.key for person, row in zip(people, first, strict=True) if row.min() >= HARD_HOUR_COST)
    if not bearing or len(windows) == 1:
        return None
    alone = first.sum(axis=1)
    odd = np.arange(costs.shape[2]) % 2 == 1
    # (windows, people): what each person bears when the other window has every second week.
    turns = np.where(odd, costs[1:], first).sum(axis=2)
    fairest = min(range(len(turns)), key=lambda place: sorted(turns[place].tolist(), reverse=True))
    if sorted(turns[fairest].tolist(), reverse=True) >= sorted(alone.tolist(), reverse=True):
        return None
    return Rotation(
        _candidate(windows[0], people, span),
        _candidate(windows[1 + fairest], people, span),
        bearing,
        tuple(alone.tolist()),
        tuple(turns[fairest].tolist()),
    )


def _weekly_costs(windows: Sequence[Window], people: Sequence[Attendee], span: Span) -> npt.NDArray[np.int64]:
    """What each window costs each person in each week (see Window): shape (windows, people, weeks).

    Each person's costs are worked out once for the whole span, however many windows there are.
    """
    length = checked_length(windows[0].minutes)
    starts = np.stack([weekly_starts(window.timezone, span)[window.half_hour] for window in windows])
    return np.stack([cost_at(person, length, span)[starts] for person in people], axis=1).astype(np.int64)


def _is_hard(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    here, there = start.astimezone(zone), end.astimezone(zone)
    late = _minute_of_day(there) + DAY * (there.date() - here.date()).days > LATEST
    return _minute_of_day(here) < EARLIEST or late


def _minute_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
