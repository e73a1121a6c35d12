"""Wall-clock weeks and their instants, against figures worked out by hand and zoneinfo."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.recurrence import (
    ClockChange,
    Occurrence,
    Rhythm,
    Slot,
    chosen_weeks,
    clock_change,
    extended,
    instant,
    monday_of,
    occurrences,
    regular_weeks,
    rhythm_of,
    shifted_zones,
)

OCTOBER = date(2026, 10, 5)


def local_hours(slot: Slot, weeks: tuple[date, ...], zone: str) -> list[str]:
    return [m.starts_at.astimezone(ZoneInfo(zone)).strftime("%d %b %H:%M") for m in occurrences(slot, weeks)]


def test_regular_weeks_start_with_the_week_of_the_first_day():
    assert regular_weeks(date(2026, 10, 7), 3) == (OCTOBER, date(2026, 10, 12), date(2026, 10, 19))
    assert regular_weeks(OCTOBER, 3, every=2) == (OCTOBER, date(2026, 10, 19), date(2026, 11, 2))
    for count, every in ((0, 1), (3, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            regular_weeks(OCTOBER, count, every=every)


def test_chosen_days_stand_for_their_weeks():
    days = [date(2026, 11, 4), date(2026, 10, 7), date(2026, 10, 11), date(2026, 10, 12)]
    assert chosen_weeks(days) == (OCTOBER, date(2026, 10, 12), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("weeks", "rhythm"),
    [
        (regular_weeks(OCTOBER, 12), Rhythm(OCTOBER, 12, 1)),
        (regular_weeks(OCTOBER, 6, every=2), Rhythm(OCTOBER, 12, 2)),
        ((OCTOBER,), Rhythm(OCTOBER, 1, 1)),
        ((OCTOBER, date(2026, 10, 12), date(2026, 11, 2)), Rhythm(OCTOBER, 5, 1)),
    ],
)
def test_the_rhythm_covers_every_week(weeks, rhythm):
    assert rhythm_of(weeks) == rhythm
    covered = {rhythm.first_day + timedelta(weeks=n) for n in range(0, rhythm.weeks, rhythm.cadence_weeks)}
    assert set(weeks) <= covered


def test_no_weeks_are_no_season():
    with pytest.raises(ValueError, match="at least one week"):
        rhythm_of(())
    with pytest.raises(ValueError, match="at least one week"):
        extended(())


def test_new_york_evenings_drift_in_london():
    weeks = regular_weeks(OCTOBER, 5)
    slot = Slot(0, time(18), "America/New_York", 60)
    assert local_hours(slot, weeks, "Europe/London") == [
        "05 Oct 23:00",
        "12 Oct 23:00",
        "19 Oct 23:00",
        "26 Oct 22:00",
        "02 Nov 23:00",
    ]
    assert local_hours(slot, weeks[2:], "Asia/Kolkata") == ["20 Oct 03:30", "27 Oct 03:30", "03 Nov 04:30"]
    spring = local_hours(slot, regular_weeks(date(2027, 3, 8), 4), "Europe/London")
    assert spring == ["08 Mar 23:00", "15 Mar 22:00", "22 Mar 22:00", "29 Mar 23:00"]


def test_an_hour_the_clocks_skip_moves_forward():
    slot = Slot(6, time(2, 30), "America/New_York", 60)
    before, change, after = occurrences(slot, (date(2027, 3, 1), date(2027, 3, 8), date(2027, 3, 15)))
    assert (before.clock_change, change.clock_change, after.clock_change) == (None, ClockChange.SKIPPED, None)
    assert change.starts_at == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert change.starts_at.astimezone(ZoneInfo("America/New_York")).time() == time(3, 30)
    assert change.ends_at - change.starts_at == timedelta(hours=1)


def test_an_hour_that_comes_twice_means_the_first():
    (meeting,) = occurrences(Slot(6, time(1, 30), "America/New_York", 60), (date(2026, 10, 26),))
    assert meeting == Occurrence(
        position=1,
        on=date(2026, 11, 1),
        starts_at=datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        ends_at=datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        clock_change=ClockChange.REPEATED,
    )


def test_half_hour_clock_changes():
    # Lord Howe moves by half an hour: 02:00 to 02:30 on 4 October 2026, 02:00 to 01:30 on 4 April 2027.
    assert clock_change(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe") is ClockChange.SKIPPED
    assert instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe") == datetime(2026, 10, 3, 15, 45, tzinfo=UTC)
    assert clock_change(date(2027, 4, 4), time(1, 45), "Australia/Lord_Howe") is ClockChange.REPEATED
    assert instant(date(2027, 4, 4), time(1, 45), "Australia/Lord_Howe") == datetime(2027, 4, 3, 14, 45, tzinfo=UTC)
    assert clock_change(date(2026, 10, 4), time(9), "Australia/Lord_Howe") is None


def test_a_skipped_week_leaves_no_hole_in_the_order():
    weeks = regular_weeks(OCTOBER, 4)
    slot = Slot(2, time(15), "Europe/Berlin", 90)
    meetings = occurrences(slot, weeks, skipped=[date(2026, 10, 14)])
    assert [(meeting.position, meeting.on.day) for meeting in meetings] == [(1, 7), (2, 21), (3, 28)]
    longer = occurrences(slot, extended(weeks), skipped=[date(2026, 10, 14)])
    assert len(longer) == 4
    assert longer[-1].on == date(2026, 11, 4)


def test_a_season_is_extended_at_its_own_pace():
    assert extended(regular_weeks(OCTOBER, 2, every=2))[-1] == date(2026, 11, 2)
    assert extended((OCTOBER,), by=2) == regular_weeks(OCTOBER, 3)


def test_zones_whose_distance_to_the_anchor_changes_between_two_meetings():
    before, after = datetime(2026, 10, 19, 22, tzinfo=UTC), datetime(2026, 10, 26, 22, tzinfo=UTC)
    zones = ["Europe/London", "America/New_York", "Asia/Kolkata", "Europe/London", "America/Toronto"]
    assert shifted_zones(before, after, "America/New_York", zones) == ("Europe/London",)
    assert shifted_zones(before, before + timedelta(days=1), "America/New_York", zones) == ()


@given(
    st.sampled_from(sorted(available_timezones() - {"localtime"})),
    st.dates(date(2025, 1, 1), date(2035, 12, 31)),
    st.times(),
)
@settings(max_examples=300, deadline=None)
def test_the_instant_is_the_wall_time_of_the_anchor(zone, day, at):
    at = at.replace(second=0, microsecond=0)
    moment = instant(day, at, zone)
    shown = moment.astimezone(ZoneInfo(zone))
    assert moment.tzinfo is UTC
    change = clock_change(day, at, zone)
    wall = datetime.combine(day, at)
    if change is ClockChange.SKIPPED:
        assert shown.replace(tzinfo=None) > wall
    else:
        assert shown.replace(tzinfo=None, fold=0) == wall
        assert shown.fold == 0
    assert monday_of(day).weekday() == 0


@given(
    st.sampled_from(["America/New_York", "Australia/Sydney", "Africa/Casablanca", "Pacific/Chatham", "UTC"]),
    st.integers(0, 6),
    st.times(),
    st.lists(st.dates(date(2026, 1, 1), date(2028, 12, 31)), min_size=1, max_size=30),
    st.integers(30, 240),
)
@settings(max_examples=60, deadline=None)
def test_meetings_come_in_order_on_their_weekday_in_their_weeks(zone, weekday, at, days, minutes):
    meetings = occurrences(Slot(weekday, at.replace(second=0, microsecond=0), zone, minutes), days)
    assert [meeting.position for meeting in meetings] == list(range(1, len(meetings) + 1))
    assert {monday_of(meeting.on) for meeting in meetings} == {monday_of(day) for day in days}
    assert all(meeting.on.weekday() == weekday for meeting in meetings)
    assert all(meeting.ends_at - meeting.starts_at == timedelta(minutes=minutes) for meeting in meetings)
    assert sorted(meetings, key=lambda meeting: meeting.starts_at) == list(meetings)
