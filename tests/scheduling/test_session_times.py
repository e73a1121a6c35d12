"""The name of a zone's time in mails, in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.services.session_times import times_for

WINTER, SUMMER = datetime(2026, 11, 26, 9, 0, tzinfo=UTC), datetime(2026, 6, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "starts_at", "locale", "name"),
    [
        ("Europe/Berlin", WINTER, "en", "Central European Standard Time"),
        ("Europe/Berlin", SUMMER, "en", "Central European Summer Time"),
        ("Europe/Berlin", SUMMER, "de", "Mitteleuropäische Sommerzeit"),
        ("Asia/Kolkata", WINTER, "en", "India Standard Time"),
        ("Europe/Kyiv", SUMMER, "en", "Eastern European Summer Time"),
        ("America/Argentina/Buenos_Aires", WINTER, "en", "Argentina Standard Time"),
        ("Africa/Casablanca", WINTER, "en", "GMT+01:00"),
    ],
)
def test_a_zone_is_called_what_people_call_it(zone: str, starts_at: datetime, locale: str, name: str) -> None:
    ends_at = starts_at + timedelta(hours=1)
    found = times_for(starts_at, ends_at, zone=zone, locale=locale, anchor="Europe/Berlin", zones=[zone])
    assert found.zone_name == name
