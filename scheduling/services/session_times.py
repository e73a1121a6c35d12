"""How mails and pages say when: on the reader's clock first, then on the circle's, and in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_timezone_name

from circles.availability import WEEKDAYS
from scheduling.recurrence import shifted_zones

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Times:
    """One session's times for one reader; templates write them by "scheduling/emails/_when".

    `zone_name` is the zone's name in words at that instant. `differs` says that the circle's clock shows something
    else, `other_day` that even its day does. `clocks_change` says that some member's distance to the circle's clock is
    not what it was a week before.
    """

    starts_at: datetime
    ends_at: datetime
    zone: str
    zone_name: str
    anchor: str
    differs: bool
    other_day: bool
    clocks_change: bool


def times_for(
    starts_at: datetime, ends_at: datetime, *, zone: str, locale: str, anchor: str, zones: Iterable[str]
) -> Times:
    """The times of a session for a reader in `zone`; `zones` are those of all members, `anchor` is the circle's."""
    here, there = starts_at.astimezone(ZoneInfo(zone)), starts_at.astimezone(ZoneInfo(anchor))
    return Times(
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        zone_name=get_timezone_name(here, locale=locale.replace("-", "_")),
        anchor=anchor,
        differs=here.replace(tzinfo=None) != there.replace(tzinfo=None),
        other_day=here.date() != there.date(),
        clocks_change=bool(shifted_zones(starts_at - WEEK, starts_at, anchor, zones)),
    )


def weekly_words(hours: str, locale: str) -> str:
    """Hours of a week as they are stored, such as "Tue 16:00-17:00", in a language: "Dienstag 16:00–17:00"."""
    names = get_day_names("wide", locale=locale.replace("-", "_"))
    pieces = [piece.partition(" ") for piece in hours.split("; ") if piece]
    spans = [(names[WEEKDAYS.index(day)], ", ".join(times.replace("-", "–").split())) for day, _, times in pieces]
    return "; ".join(f"{name} {times}" for name, times in spans)
