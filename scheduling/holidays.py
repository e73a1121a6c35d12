"""Public holidays by country: something to ask a circle about, never a reason to cancel by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from babel.core import get_global

LANGUAGE = "en_US"
#: Unicode CLDR's code for zones that belong to no country.
NO_COUNTRY = "ZZ"


def country_of(timezone: str) -> str | None:
    """The ISO 3166 code of the country a zone lies in; None for zones that belong to none, such as UTC."""
    zone = get_global("zone_aliases").get(timezone, timezone)
    code = get_global("zone_territories").get(zone)
    return code if isinstance(code, str) and code != NO_COUNTRY else None


def holidays_on(country: str | None, day: date, subdivision: str | None = None) -> tuple[str, ...]:
    """The names of the public holidays of a country on a day, in English where known; empty for unknown countries."""
    if not country:
        return ()
    known = holidays.list_supported_countries()
    code = country.upper()
    if code not in known:
        return ()
    names = _year(code, subdivision if subdivision in known[code] else None, day.year).get(day, ())
    return tuple(names)


def holidays_at(starts_at: datetime, timezones: Iterable[str]) -> tuple[str, ...]:
    """The names of the holidays at an instant on the local day of any of these zones, each once."""
    found: dict[str, None] = {}
    for zone in timezones:
        day = starts_at.astimezone(ZoneInfo(zone)).date()
        found.update(dict.fromkeys(holidays_on(country_of(zone), day)))
    return tuple(found)


@lru_cache(maxsize=512)
def _year(country: str, subdivision: str | None, year: int) -> dict[date, tuple[str, ...]]:
    calendar = holidays.country_holidays(country, subdiv=subdivision, years=year)
    if LANGUAGE in calendar.supported_languages:
        calendar = holidays.country_holidays(country, subdiv=subdivision, years=year, language=LANGUAGE)
    return {day: tuple(calendar.get_list(day)) for day in calendar}
