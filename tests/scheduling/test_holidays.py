"""Public holidays by country and by the local day of an instant."""

from datetime import UTC, date, datetime

import pytest

from scheduling.holidays import country_of, holidays_at, holidays_on


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Asia/Kolkata", "IN"),
        ("Asia/Calcutta", "IN"),
        ("UTC", None),
        ("Etc/GMT+8", None),
        ("Mars/Olympus", None),
    ],
)
def test_the_country_of_a_zone(zone, country):
    assert country_of(zone) == country


def test_holidays_have_names_a_reader_can_ask_about():
    assert holidays_on("DE", date(2026, 10, 3)) == ("German Unity Day",)
    assert holidays_on("de", date(2026, 10, 5)) == ()
    assert holidays_on("GB", date(2026, 12, 25)) == ("Christmas Day",)


def test_a_subdivision_adds_its_own_and_an_unknown_one_is_passed_over():
    assert holidays_on("DE", date(2026, 1, 6)) == ()
    assert holidays_on("DE", date(2026, 1, 6), "BY") == ("Epiphany",)
    assert holidays_on("DE", date(2026, 10, 3), "nowhere") == ("German Unity Day",)


def test_an_unknown_country_has_none():
    assert holidays_on("XX", date(2026, 10, 3)) == ()
    assert holidays_on(None, date(2026, 10, 3)) == ()


def test_a_session_is_on_a_holiday_where_its_local_day_is_one():
    late_on_the_third = datetime(2026, 10, 3, 21, 30, tzinfo=UTC)
    assert holidays_at(late_on_the_third, ["Europe/Berlin", "Europe/Berlin", "UTC"]) == ("German Unity Day",)
    past_midnight = datetime(2026, 10, 3, 22, 30, tzinfo=UTC)
    assert holidays_at(past_midnight, ["Europe/Berlin"]) == ()
    assert holidays_at(datetime(2026, 12, 25, 12, tzinfo=UTC), ["Europe/Berlin", "Europe/London"]) == ("Christmas Day",)
