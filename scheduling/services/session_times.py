"""How mails say when a session is: on the reader's clock first, then on the circle's where it differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

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
