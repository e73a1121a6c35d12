"""Languages offered, the reader's language and zone, and the pseudo-locale that shows untranslated strings."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date
from flask_babel import get_locale

LOCALES = ("en",)
DEFAULT_LOCALE = "en"

#: Zones a person may choose: the IANA names that denote places, plus UTC and the fixed offsets.
TIMEZONES: frozenset[str] = frozenset(
    name for name in available_timezones() if not name.startswith(("posix/", "right/")) and name != "localtime"
)


def is_timezone(name: str) -> bool:
    """Whether an IANA time zone of this name is known here."""
    return name in TIMEZONES


def place_of(timezone: str) -> str:
    """The place in a zone's name, as people say it: America/New_York -> New York."""
    return timezone.rsplit("/", 1)[-1].replace("_", " ")


def local(instant: datetime, timezone: str) -> datetime:
    """An instant on the wall clock of a zone."""
    return instant.astimezone(ZoneInfo(timezone))


def text_direction(locale: str) -> str:
    """ "rtl" for languages written from right to left, else "ltr"."""
    return Locale.parse(locale, sep="-" if "-" in locale else "_").text_direction


def _day(value: datetime | date, timezone: str = "UTC") -> str:
    """ "Thursday 15 October"."""
    return format_date(_local_date(value, timezone), "EEEE d MMMM", locale=_reader())


def _day_year(value: datetime | date, timezone: str = "UTC") -> str:
    """ "15 October 2026"."""
    return format_date(_local_date(value, timezone), "d MMMM yyyy", locale=_reader())


def _short_day(value: datetime | date, timezone: str = "UTC") -> str:
    """ "15 Oct"."""
    return format_date(_local_date(value, timezone), "d MMM", locale=_reader())


def _clock(value: datetime, timezone: str = "UTC") -> str:
    """ "9:00", on the wall clock of a zone."""
    there = local(value, timezone)
    return f"{there.hour}:{there.minute:02d}"


def _weekday(value: datetime | date, timezone: str = "UTC") -> str:
    """ "Thursday"."""
    return format_date(_local_date(value, timezone), "EEEE", locale=_reader())


def _local_date(value: datetime | date, timezone: str) -> date:
    return local(value, timezone).date() if isinstance(value, datetime) else value


def _reader() -> Locale:
    return get_locale() or Locale.parse(DEFAULT_LOCALE)


#: Template filters: {{ session.starts_at|day(zone) }}, |day_year, |weekday, |short_day, |clock.
FILTERS = {
    "weekday": _weekday,
    "day": _day,
    "day_year": _day_year,
    "short_day": _short_day,
    "clock": _clock,
    "place": place_of,
}
