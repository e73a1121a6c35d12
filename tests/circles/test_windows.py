"""Weekly windows against a minute-by-minute reading of the same rules with zoneinfo alone."""

import itertools
import random
import time as stopwatch
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.windows import (
    Attendee,
    LocalSpell,
    blockers,
    count_windows,
    free_starts,
    local_views,
    most_disjoint,
    rank_windows,
)

AUTUMN = date(2026, 9, 28)
SPRING = date(2027, 2, 24)
ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "UTC",
]


@dataclass(frozen=True)
class Week:
    can: frozenset[int]
    prefer: frozenset[int] = frozenset()


def cells(day: int, start: str, end: str) -> frozenset[int]:
    """Half-hour cells of one day from "09:00" to "17:30"."""

    def cell(text: str) -> int:
        hour, minute = text.split(":")
        return day * 48 + int(hour) * 2 + int(minute) // 30

    return frozenset(range(cell(start), cell(end)))


def workdays(start: str, end: str, days: range = range(5)) -> frozenset[int]:
    return frozenset().union(*(cells(day, start, end) for day in days))


def person(key: str, zone: str, can: frozenset[int], prefer: frozenset[int] = frozenset()) -> Attendee:
    return Attendee(key, zone, Week(can, prefer))


def occurrences(half_hour: int, zone: str, first_day: date, weeks: int, cadence: int) -> list[datetime]:
    day = first_day + timedelta(days=(half_hour // 48 - first_day.weekday()) % 7)
    wall = datetime.combine(day, time(half_hour % 48 // 2, half_hour % 2 * 30))
    times = []
    for _ in range(-(-weeks // cadence)):
        times.append(wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
        wall += timedelta(weeks=cadence)
    return times


def cost(attendee: Attendee, begins: datetime, minutes: int) -> int | None:
    """The cost of one meeting by the written rule; None when it is impossible."""
    zone = ZoneInfo(attendee.timezone)
    touched = set()
    for minute in range(0, minutes, 5):
        wall = (begins + timedelta(minutes=minute)).astimezone(zone)
        touched.add(wall.weekday() * 48 + wall.hour * 2 + wall.minute // 30)
    if not touched <= attendee.grid.can | attendee.grid.prefer:
        return None
    start = begins.astimezone(zone).replace(tzinfo=None)
    end = (begins + timedelta(minutes=minutes)).astimezone(zone).replace(tzinfo=None)
    day = datetime.combine(start.date(), time())
    hard = start < day + timedelta(hours=8) or end > day + timedelta(hours=19)
    return (0 if touched <= attendee.grid.prefer else 1) + (2 if hard else 0)


def brute_force(people: list[Attendee], minutes: int, first_day: date, weeks: int, cadence: int = 1):
    """Every possible window with its leximin fairness."""
    found = {}
    for zone in {p.timezone for p in people} | {"UTC"}:
        for half_hour in range(336):
            times = occurrences(half_hour, zone, first_day, weeks, cadence)
            table = []
            for attendee in people:
                row = []
                for begins in times:
                    row.append(cost(attendee, begins, minutes))
                    if row[-1] is None:
                        break
                table.append(row)
                if None in row:
                    break
            if any(None in row for row in table):
                continue
            changes = 0
            for attendee in people:
                walls = [t.astimezone(ZoneInfo(attendee.timezone)).replace(tzinfo=None) for t in times]
                changes += sum(b - a != timedelta(weeks=cadence) for a, b in itertools.pairwise(walls))
            found[zone, half_hour] = (
                tuple(sorted((max(row) for row in table), reverse=True)),
                tuple(sorted((sum(row) for row in table), reverse=True)),
                sum(map(sum, table)),
                changes,
            )
    return found


def fairness(window):
    return (
        tuple(sorted(window.worst, reverse=True)),
        tuple(sorted(window.totals, reverse=True)),
        sum(window.totals),
        window.hour_changes,
    )


def small_population(seed: int, hub: datetime | None = None, zones: list[str] = ZONES) -> list[Attendee]:
    """Two to four people in mixed zones whose few free hours, around `hub`, make coincidence plausible."""
    chance = random.Random(seed)
    hub = hub or datetime(2026, 10, 7, chance.randrange(24), tzinfo=UTC)
    people = []
    for number in range(chance.randint(2, 4)):
        zone = chance.choice(zones)
        local = hub.astimezone(ZoneInfo(zone))
        middle = local.weekday() * 48 + local.hour * 2 + local.minute // 30
        can = {(middle + offset) % 336 for offset in range(-6, chance.randint(4, 8))} - {chance.randrange(336)}
        prefer = {cell for cell in can if chance.random() < 0.5}
        people.append(person(f"p{number}", zone, frozenset(can - prefer), frozenset(prefer)))
    return people


@pytest.mark.parametrize("first_day", [AUTUMN, SPRING])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_window_and_every_open_start_agree_with_brute_force(seed, first_day):
    people = small_population(seed)
    minutes, weeks, cadence = [(60, 7, 1), (30, 8, 2), (90, 6, 1), (50, 7, 1)][seed % 4]
    rhythm = {"minutes": minutes, "first_day": first_day, "weeks": weeks, "cadence_weeks": cadence}
    expected = brute_force(people, minutes, first_day, weeks, cadence)
    windows = rank_windows(people, **rhythm)
    anchors = sorted({p.timezone for p in people} | {"UTC"})
    everyone = free_starts(people, anchors, **rhythm).all(axis=0)

    assert {(anchors[a], int(s)) for a, s in zip(*everyone.nonzero(), strict=True)} == set(expected)
    assert bool(windows) == bool(expected)
    if expected:
        assert fairness(windows[0]) == min(expected.values())
    for window in windows:
        assert fairness(window) == expected[window.timezone, window.half_hour]


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("America/Santiago", datetime(2027, 4, 4, 3, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("Pacific/Chatham", datetime(2026, 9, 26, 14, tzinfo=UTC)),
        ("Europe/London", datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("minutes", [30, 90])
def test_windows_across_the_very_hour_of_a_clock_change_agree_with_brute_force(zone, change, minutes):
    assert (
        change.astimezone(ZoneInfo(zone)).utcoffset()
        != (change - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).utcoffset()
    )
    first_day = (change - timedelta(days=10)).date()
    found = 0
    for seed in range(3):
        people = [*small_population(seed, change, [zone, "Asia/Kathmandu"]), *small_population(seed, change, [zone])]
        rhythm = {"minutes": minutes, "first_day": first_day, "weeks": 3}
        expected = brute_force(people, minutes, first_day, 3)
        anchors = sorted({p.timezone for p in people} | {"UTC"})
        everyone = free_starts(people, anchors, **rhythm).all(axis=0)
        assert {(anchors[a], int(s)) for a, s in zip(*everyone.nonzero(), strict=True)} == set(expected)
        windows = rank_windows(people, **rhythm)
        assert [fairness(window) for window in windows[:1]] == sorted(expected.values())[:1]
        found += len(windows)
    assert found


def nearest_by_hand(people: list[Attendee], minutes: int, first_day: date, weeks: int) -> tuple[int, int]:
    """The fewest impossible (person, week) pairs, and the fewest people in the way, of any weekly window."""
    pairs, blocking = [], []
    for zone in {p.timezone for p in people} | {"UTC"}:
        for half_hour in range(336):
            times = occurrences(half_hour, zone, first_day, weeks, 1)
            missed = [sum(cost(p, begins, minutes) is None for begins in times) for p in people]
            pairs.append(sum(missed))
            blocking.append(sum(bool(weeks_missed) for weeks_missed in missed))
    return min(pairs), min(blocking)


@pytest.mark.parametrize("seed", range(3))
def test_blockers_find_the_fewest_misses_and_the_fewest_people(seed):
    chance = random.Random(seed)
    zones = [["Europe/London", "America/New_York"], ["Asia/Kathmandu", "Europe/Berlin"], ["Australia/Lord_Howe"]][seed]
    people = [
        person(str(n), chance.choice(zones), frozenset(range(start, start + 3)))
        for n, start in enumerate(chance.sample(range(0, 330, 5), 3))
    ]
    rhythm = {"minutes": 30, "first_day": date(2026, 10, 19), "weeks": 3}
    blockage = blockers(people, **rhythm)
    assert blockage is not None
    assert blockage.smallest is not None
    misses, blocking = nearest_by_hand(people, 30, rhythm["first_day"], 3)
    assert blockage.nearest[0].misses == misses
    assert len(blockage.smallest.blocked) == blocking
    assert [near.misses for near in blockage.nearest] == sorted(near.misses for near in blockage.nearest)


@pytest.mark.deep
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(4, 10**6), st.sampled_from([AUTUMN, SPRING, date(2027, 9, 1)]), st.sampled_from([30, 45, 60, 90]))
def test_any_small_population_agrees_with_brute_force(seed, first_day, minutes):
    people = small_population(seed)
    expected = brute_force(people, minutes, first_day, 6)
    windows = rank_windows(people, minutes=minutes, first_day=first_day, weeks=6)
    assert bool(windows) == bool(expected)
    if expected:
        assert fairness(windows[0]) == min(expected.values())


def test_windows_are_disjoint_in_one_zone_and_best_first():
    people = [
        person("ada", "Europe/Berlin", workdays("08:00", "18:00"), workdays("10:00", "12:00")),
        person("ben", "Africa/Nairobi", workdays("08:00", "18:00"), workdays("09:30", "14:00")),
    ]
    windows = rank_windows(people, minutes=60, first_day=AUTUMN, weeks=12)
    assert len({window.timezone for window in windows}) == 1
    for one, other in itertools.combinations(windows, 2):
        assert 2 <= (one.half_hour - other.half_hour) % 336 <= 334
    assert [fairness(window) for window in windows] == sorted(fairness(window) for window in windows)
    assert rank_windows(people, minutes=60, first_day=AUTUMN, weeks=12, limit=3) == windows[:3]


def test_asking_for_two_windows_passes_over_a_best_one_that_leaves_no_second():
    free = cells(1, "10:00", "12:00")
    people = [person("ada", "UTC", free, cells(1, "10:30", "11:30")), person("ben", "UTC", free)]
    rhythm = {"minutes": 60, "first_day": AUTUMN, "weeks": 4}
    assert [window.start for window in rank_windows(people, **rhythm)] == [time(10, 30)]
    assert sorted(window.start for window in rank_windows(people, **rhythm, at_least=2)) == [time(10), time(11)]
    assert count_windows(people, **rhythm) == 2


def test_asking_for_two_windows_prefers_the_anchor_that_has_them():
    people = [
        person("ada", "UTC", cells(2, "04:00", "05:30") | cells(3, "04:00", "05:30"), cells(1, "09:00", "10:00")),
        person(
            "maya",
            "Asia/Kathmandu",
            cells(1, "14:30", "16:00") | cells(2, "10:00", "11:00") | cells(3, "10:00", "11:00"),
        ),
    ]
    rhythm = {"minutes": 60, "first_day": AUTUMN, "weeks": 4}
    places = [(w.timezone, w.weekday, w.start) for w in rank_windows(people, **rhythm)]
    assert places == [("UTC", 1, time(9))]
    places = [(w.timezone, w.weekday, w.start) for w in rank_windows(people, **rhythm, at_least=2)]
    assert places == [("Asia/Kathmandu", 2, time(10)), ("Asia/Kathmandu", 3, time(10))]
    assert count_windows(people, **rhythm) == 2


def test_among_equal_anchors_it_is_the_zone_of_most_members():
    people = [person("amina", "Africa/Nairobi", workdays("09:00", "18:00"))] + [
        person(key, "Europe/Berlin", workdays("09:00", "17:00")) for key in ("jan", "eva")
    ]
    assert rank_windows(people, minutes=60, first_day=AUTUMN, weeks=2)[0].timezone == "Europe/Berlin"
    assert rank_windows(people[:2], minutes=60, first_day=AUTUMN, weeks=2)[0].timezone == "Africa/Nairobi"


def test_the_first_week_s_best_is_rejected_where_a_clock_change_hurts():
    people = [
        person("ann", "America/New_York", workdays("07:00", "12:00"), workdays("08:30", "09:00")),
        person("dev", "Asia/Kolkata", workdays("16:00", "21:00"), workdays("18:00", "18:30")),
    ]
    first_week = rank_windows(people, minutes=30, first_day=date(2026, 10, 5), weeks=1)[0]
    season = rank_windows(people, minutes=30, first_day=date(2026, 10, 5), weeks=10)[0]
    kept = brute_force(people, 30, date(2026, 10, 5), 10)[first_week.timezone, first_week.half_hour]
    assert first_week.worst == (0, 0)
    assert kept[0][0] == 3
    assert (season.timezone, season.start, season.worst) == ("America/New_York", time(8), (1, 1))


def test_a_window_that_only_some_weeks_allow_is_none():
    people = [
        person("ann", "America/New_York", cells(2, "13:00", "14:00")),
        person("lee", "Europe/London", cells(2, "18:00", "19:00")),
    ]
    assert rank_windows(people, minutes=60, first_day=date(2026, 10, 5), weeks=2)
    assert rank_windows(people, minutes=60, first_day=date(2026, 10, 5), weeks=5) == ()


def test_it_crosses_midnight_and_the_end_of_the_week():
    people = [person("ada", "Asia/Tokyo", cells(6, "23:30", "24:00") | cells(0, "00:00", "00:30"))]
    (window,) = rank_windows(people, minutes=60, first_day=AUTUMN, weeks=6)
    assert (window.weekday, window.start, window.timezone) == (6, time(23, 30), "Asia/Tokyo")
    assert window.worst == (3,)


def test_quarter_hour_zones_need_every_cell_they_touch():
    berlin = person("ada", "UTC", cells(1, "09:00", "10:00"))
    almost = person("maya", "Asia/Kathmandu", cells(1, "15:00", "15:30") | cells(1, "14:30", "15:00"))
    rhythm = {"minutes": 60, "first_day": AUTUMN, "weeks": 3}
    assert rank_windows([berlin, almost], **rhythm) == ()
    enough = person("maya", "Asia/Kathmandu", cells(1, "14:30", "16:00"))
    assert [(w.start, w.timezone) for w in rank_windows([berlin, enough], **rhythm)] == [(time(9), "UTC")]


def test_the_order_of_the_people_does_not_matter():
    people = [*small_population(3), person("zoe", "Europe/Paris", frozenset(range(336)), workdays("09:00", "12:00"))]
    rhythm = {"minutes": 30, "first_day": AUTUMN, "weeks": 9}
    places = [(w.weekday, w.start, w.timezone) for w in rank_windows(people, **rhythm)]
    assert places
    for order in itertools.islice(itertools.permutations(people), 0, None, 7):
        windows = rank_windows(list(order), **rhythm)
        assert [(w.weekday, w.start, w.timezone) for w in windows] == places
        assert windows[0].worst == tuple(
            dict(zip([p.key for p in people], rank_windows(people, **rhythm)[0].worst, strict=True))[p.key]
            for p in order
        )


def test_a_blank_grid_blocks_and_is_named():
    people = [person("ada", "UTC", workdays("09:00", "17:00")), person("quiet", "UTC", frozenset())]
    rhythm = {"minutes": 60, "first_day": AUTUMN, "weeks": 4}
    assert rank_windows(people, **rhythm) == ()
    assert count_windows(people, **rhythm) == 0
    blockage = blockers(people, **rhythm)
    assert blockage is not None
    assert blockage.unsaid == ("quiet",)
    assert blockage.nearest == ()
    assert blockers(people[:1], **rhythm) is None
    assert rank_windows([], **rhythm) == ()


def test_blockers_names_who_blocks_and_the_smallest_change_opens_a_window():
    people = [
        person("ada", "Europe/Berlin", cells(1, "09:00", "11:00")),
        person("ben", "Europe/Berlin", cells(1, "09:00", "11:00")),
        person("maya", "Asia/Kathmandu", cells(2, "14:00", "15:00")),
    ]
    rhythm = {"minutes": 60, "first_day": date(2026, 10, 12), "weeks": 6}
    blockage = blockers(people, **rhythm)
    assert blockage is not None
    assert [blocked.key for blocked in blockage.nearest[0].blocked] == ["maya"]
    assert blockage.smallest is not None
    changed = [
        Attendee(
            p.key,
            p.timezone,
            Week(p.grid.can.union(*(b.cells for b in blockage.smallest.blocked if b.key == p.key)), p.grid.prefer),
        )
        for p in people
    ]
    opened = rank_windows(changed, **rhythm)
    assert any((w.weekday, w.start) == (blockage.smallest.weekday, blockage.smallest.start) for w in opened)
    assert (blockage.smallest.timezone, blockage.smallest.start) == ("UTC", time(8))
    assert blockage.smallest.cells == 3
    assert rank_windows(people, **rhythm) == ()


def test_each_person_sees_the_window_on_their_own_clock():
    people = [
        person("ann", "America/New_York", workdays("08:00", "19:00")),
        person("lee", "Europe/London", workdays("08:00", "23:30")),
        person("dev", "Asia/Kolkata", frozenset(range(336))),
    ]
    window = rank_windows(people[:2], minutes=60, first_day=date(2026, 10, 19), weeks=4)[0]
    eastern = type(window)(0, time(18), "America/New_York", 60, (0,), (0,), 0.0, 0)
    ann, lee, dev = local_views(eastern, people, first_day=date(2026, 10, 19), weeks=4)
    assert ann.spells == (LocalSpell(date(2026, 10, 19), 0, time(18), time(19)),)
    assert lee.spells == (
        LocalSpell(date(2026, 10, 19), 0, time(23), time(0)),
        LocalSpell(date(2026, 10, 26), 0, time(22), time(23)),
        LocalSpell(date(2026, 11, 2), 0, time(23), time(0)),
    )
    assert dev.spells == (
        LocalSpell(date(2026, 10, 20), 1, time(3, 30), time(4, 30)),
        LocalSpell(date(2026, 11, 3), 1, time(4, 30), time(5, 30)),
    )


def test_a_length_off_the_quarter_hour_ends_on_the_minute():
    window = rank_windows([person("ann", "UTC", cells(0, "09:00", "10:00"))], minutes=50, first_day=AUTUMN, weeks=1)[0]
    (view,) = local_views(window, [person("maya", "Asia/Kathmandu", frozenset())], first_day=AUTUMN, weeks=1)
    assert view.spells == (LocalSpell(AUTUMN, 0, time(14, 45), time(15, 35)),)
    with pytest.raises(ValueError, match="half hour"):
        local_views(replace(window, start=time(9, 10)), [], first_day=AUTUMN, weeks=1)


@given(st.sets(st.integers(0, 23), max_size=9), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_the_most_disjoint_windows_on_the_circle_of_the_week(starts, length):
    # Spread over the week's end, so that some windows wrap around it.
    placed = [(start + 324) % 336 for start in starts]
    most = 0
    for size in range(len(placed) + 1):
        for group in itertools.combinations(placed, size):
            if all(length <= (a - b) % 336 <= 336 - length for a, b in itertools.combinations(group, 2)):
                most = max(most, size)
    assert most_disjoint(placed, length) == most


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"minutes": 0}, "minutes"),
        ({"weeks": 0}, "weeks"),
        ({"cadence_weeks": 0}, "cadence_weeks"),
        ({"people": [person("x", "Mars/Olympus", frozenset({1}))]}, "x: unknown time zone"),
        ({"people": [person("x", "../etc/passwd", frozenset({1}))]}, "x: unknown time zone"),
        ({"people": [person("x", "UTC", frozenset({336}))]}, "x: cells"),
    ],
)
def test_values_that_cannot_be_are_named(change, complaint):
    call = {"people": [person("x", "UTC", frozenset({1}))], "minutes": 30, "first_day": AUTUMN, "weeks": 3} | change
    with pytest.raises(ValueError, match=complaint):
        rank_windows(call.pop("people"), **call)


def test_every_zone_keeps_to_quarter_hours():
    for name in available_timezones():
        for year in (2026, 2030):
            for month in (1, 7):
                offset = datetime(year, month, 1, tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset()
                assert offset is not None
                assert offset % timedelta(minutes=15) == timedelta(0), name


def _timed(people: list[Attendee]) -> float:
    begun = stopwatch.perf_counter()
    rank_windows(people, minutes=60, first_day=AUTUMN, weeks=26)
    return stopwatch.perf_counter() - begun
