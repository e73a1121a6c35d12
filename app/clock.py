"""The only place that reads the time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The calendar day that it is now in an IANA time zone."""
    return now().astimezone(ZoneInfo(timezone)).date()
