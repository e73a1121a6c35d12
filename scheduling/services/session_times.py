"""How mails and pages say when: on the reader's clock first, then on the circle's, and in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_day_names, get_timezone_name

from circles.availability import WEEKDAYS
from scheduling.recurrence import shifted_zones

WEEK = timedelta(days=7)
#: Names that zones had before: those who write down what zones are called still use some of them.
FORMER_NAMES: dict[str, list[str]] = {}
for _former, _present in get_global("zone_aliases").items():
    FORMER_NAMES.setdefault(_present, []).append(_former)


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
        zone_name=_zone_name(here, zone, locale),
        anchor=anchor,
        differs=here.replace(tzinfo=None) != there.replace(tzinfo=None),
        other_day=here.date() != there.date(),
        clocks_change=bool(shifted_zones(starts_at - WEEK, starts_at, anchor, zones)),
    )


def _zone_name(there: datetime, zone: str, locale: str) -> str:
    """What a zone's time is called at an instant: "India Standard Time", and "GMT+01:00" where it has no name."""
    named = Locale.parse(locale.replace("-", "_"))
    kinds = (get_global("meta_zones").get(name) for name in (zone, *FORMER_NAMES.get(zone, ())))
    kind = next((kind for kind in kinds if kind), "")
    names = named.meta_zones.get(kind, {}).get("long", {})
    return names.get("daylight" if there.dst() else "standard") or get_timezone_name(there, locale=named)


def weekly_words(hours: str, locale: str) -> str:
    """Hours of a week as they are stored, such as "Tue 16:00-17:00", in a language: "Dienstag 16:00–17:00"."""
    names = get_day_names("wide", locale=locale.replace("-", "_"))
    pieces = [piece.partition(" ") for piece in hours.split("; ") if piece]
    spans = [(names[WEEKDAYS.index(day)], ", ".join(times.replace("-", "–").split())) for day, _, times in pieces]
    return "; ".join(f"{name} {times}" for name, times in spans)
