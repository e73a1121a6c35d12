from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.demo.calendar import Calendar, season_name

HOURS = [datetime(2026, 10, 19, tzinfo=UTC) + timedelta(hours=7 * step) for step in range(60)]


@pytest.mark.parametrize("now", HOURS, ids=str)
def test_the_last_circle_of_the_fifth_week_meets_within_seven_days(now: datetime) -> None:
    calendar = Calendar.around(now)
    assert calendar.starts_on.weekday() == 0
    fifth = calendar.moment(4 * 7 + 3, 11)
    assert timedelta() < fifth - now <= timedelta(days=7, hours=1)


def test_moments_are_told_by_the_clock_of_the_zone() -> None:
    calendar = Calendar.around(datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert calendar.starts_on.isoformat() == "2026-10-26"
    summer, winter = calendar.moment(-2, 9), calendar.moment(0, 9)
    assert [one.astimezone(ZoneInfo("Europe/Berlin")).hour for one in (summer, winter)] == [9, 9]
    assert winter - summer == timedelta(days=2, hours=1)


@pytest.mark.parametrize(
    ("month", "name"), [(1, "winter"), (2, "spring"), (5, "spring"), (8, "summer"), (9, "autumn"), (12, "autumn")]
)
def test_a_cohort_is_named_after_its_season(month: int, name: str) -> None:
    assert season_name(datetime(2027, month, 10, tzinfo=UTC).date()) == f"{name} 2027"
