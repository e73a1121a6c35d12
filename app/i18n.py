"""Languages offered, the reader's language and zone, and the pseudo-locale that shows untranslated strings."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

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
    """"rtl" for languages written from right to left, else "ltr"."""
    return Locale.parse(locale, sep="-" if "-" in locale else "_").text_direction
