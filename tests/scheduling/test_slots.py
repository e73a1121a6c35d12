"""The slot a circle gets, the ones offered beside it, and what each member is told."""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise, permutations
from random import Random
from zoneinfo import ZoneInfo

import pytest

from circles.availability import WeeklyGrid
from circles.windows import Attendee
from scheduling.recurrence import Slot, occurrences, regular_weeks
from scheduling.slots import Burden, burdens, choose, local_spells, spread_of, stored

OCTOBER = date(2026, 10, 5)
OFFICE = "; ".join(f"{day} 09:00-17:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri"))


def person(key: str, zone: str, available: str, preferred: str = "") -> Attendee:
    return Attendee(key, zone, WeeklyGrid.parse(available, preferred))


def test_the_best_slot_and_two_more_in_each_members_own_time():
    people = [
        person("ann", "America/New_York", "Tue 08:00-13:00; Wed 08:00-13:00", "Tue 09:00-11:00"),
        person("lee", "Europe/London", OFFICE),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=6)
    assert len(choice.candidates) == 3
    assert choice.blockage is None
    assert choice.rotation is None
    best = choice.candidates[0]
    assert (best.window.weekday, best.window.timezone, best.window.start) == (1, "America/New_York", time(9))
    assert best.window.worst == (0, 1)
    ann, lee = best.views
    assert [spell.start for spell in ann.spells] == [time(9)]
    assert [(spell.first, spell.start) for spell in lee.spells] == [
        (date(2026, 10, 6), time(14)),
        (date(2026, 10, 27), time(13)),
        (date(2026, 11, 3), time(14)),
    ]
    for one, other in combinations(choice.candidates, 2):
        assert one.window.timezone == other.window.timezone
        assert 2 <= (one.window.half_hour - other.window.half_hour) % 336 <= 334


def test_the_local_views_are_the_season_that_will_be_made():
    people = [
        person("kim", "Australia/Lord_Howe", "; ".join(f"{d} 07:00-24:00" for d in ("Mon", "Tue", "Wed"))),
        person("eva", "America/Santiago", "; ".join(f"{d} 05:00-24:00" for d in ("Mon", "Tue", "Wed", "Sun"))),
    ]
    choice = choose(people, minutes=90, first_day=date(2027, 3, 8), weeks=8, cadence_weeks=2)
    window = choice.candidates[0].window
    slot = Slot(window.weekday, window.start, window.timezone, window.minutes)
    meetings = occurrences(slot, regular_weeks(date(2027, 3, 8), 4, every=2))
    for person_, view in zip(people, choice.candidates[0].views, strict=True):
        shown = []
        for meeting in meetings:
            local = meeting.starts_at.astimezone(ZoneInfo(person_.timezone))
            end = meeting.ends_at.astimezone(ZoneInfo(person_.timezone))
            if not shown or shown[-1][1:] != (local.weekday(), local.time(), end.time()):
                shown.append((local.date(), local.weekday(), local.time(), end.time()))
        assert [(s.first, s.weekday, s.start, s.end) for s in view.spells] == shown


def test_no_common_slot_says_who_blocks():
    people = [
        person("ann", "Europe/London", OFFICE),
        person("lee", "Europe/London", OFFICE),
        person("sam", "Europe/London", "Sat 10:00-11:00"),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=4)
    assert choice.candidates == ()
    assert choice.blockage is not None
    assert [blocked.key for blocked in choice.blockage.nearest[0].blocked] == ["sam"]
    assert choice.blockage.nearest[0].misses == 4
    assert choice.blockage.smallest is not None
    assert choice.blockage.smallest.cells == 2


def test_somebody_who_has_not_said_when_blocks_by_name():
    people = [person("ann", "UTC", OFFICE), person("new", "UTC", "")]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=4)
    assert choice.candidates == ()
    assert choice.blockage is not None
    assert choice.blockage.unsaid == ("new",)


def test_hours_that_clock_changes_can_skip_are_passed_over():
    people = [person("owl", "Europe/London", "Tue 02:00-03:00; Thu 20:00-21:00")]
    assert choose(people, minutes=60, first_day=OCTOBER, weeks=6).candidates[0].window.start == time(20)
    only = [person("owl", "Europe/London", "Tue 02:00-03:00")]
    (candidate,) = choose(only, minutes=60, first_day=OCTOBER, weeks=6).candidates
    assert (candidate.window.start, candidate.window.timezone) == (time(2), "Europe/London")
    fixed = [person("owl", "Asia/Kolkata", "Tue 02:00-03:00; Thu 20:00-21:00", "Tue 02:00-03:00")]
    assert choose(fixed, minutes=60, first_day=OCTOBER, weeks=6).candidates[0].window.start == time(2)


def test_turns_are_offered_when_one_person_always_has_the_hard_hour():
    people = [
        person("pia", "America/Lima", "Tue 06:00-07:00; Thu 20:00-21:00"),
        person("tom", "Asia/Tokyo", "Tue 20:00-21:00; Fri 10:00-11:00"),
        person("dev", "Asia/Dhaka", "Tue 17:00-18:00; Fri 07:00-08:00"),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=8)
    rotation = choice.rotation
    assert rotation is not None
    assert rotation.first == choice.candidates[0]
    assert set(rotation.bearing) <= {"pia", "tom", "dev"}
    assert rotation.bearing
    assert sorted(rotation.alternating, reverse=True) < sorted(rotation.alone, reverse=True)
    halves = [sum(pair) for pair in zip(rotation.first.window.totals, rotation.second.window.totals, strict=True)]
    assert [2 * cost for cost in rotation.alternating] == halves


def test_the_partner_for_turns_is_the_fairest_one():
    people = [
        person("pia", "America/Lima", "Tue 06:00-07:00; Thu 20:00-21:00; Sat 10:00-11:00 20:00-21:00"),
        person("tom", "Asia/Tokyo", "Tue 20:00-21:00; Fri 10:00-11:00; Sun 00:00-01:00", "Sun 10:00-11:00"),
        person("dev", "Asia/Dhaka", "Tue 17:00-18:00; Fri 07:00-08:00", "Sat 21:00-22:00; Sun 07:00-08:00"),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=8)
    rotation = choice.rotation
    assert rotation is not None
    assert (rotation.first.window.worst, rotation.second.window.worst) == ((3, 0, 2), (1, 3, 2))
    assert rotation.bearing == ("pia", "dev")
    assert (rotation.alone, rotation.alternating) == ((24, 0, 16), (16, 12, 16))


def test_no_turns_for_an_hour_that_is_hard_in_some_weeks_only():
    people = [
        person("ann", "America/New_York", "Tue 07:00-09:00; Thu 09:30-11:30"),
        person("dev", "Asia/Kolkata", "Thu 20:00-21:00", "Tue 17:30-18:30"),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=10)
    assert choice.candidates[0].window.worst == (3, 0)
    assert choice.candidates[0].window.totals == (22, 0)
    assert len(choice.candidates) == 2
    assert choice.rotation is None


def test_no_turns_when_nothing_would_be_fairer():
    people = [
        person("pia", "America/Lima", "Tue 06:00-07:00; Thu 06:00-07:00"),
        person("tom", "America/Lima", OFFICE + "; Tue 06:00-07:00; Thu 06:00-07:00"),
    ]
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=8)
    assert choice.candidates[0].window.worst == (3, 3)
    assert choice.rotation is None


def test_the_spread_is_measured_around_the_clock():
    assert spread_of(["Europe/Berlin", "Europe/London"], OCTOBER) == timedelta(hours=1)
    assert spread_of(["Pacific/Auckland", "Pacific/Honolulu"], OCTOBER) == timedelta(hours=1)
    assert spread_of(["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"], OCTOBER) == timedelta(hours=12.5)
    assert spread_of([], OCTOBER) == timedelta(0)
    wide = [person("a", "America/Los_Angeles", OFFICE), person("b", "Asia/Kolkata", OFFICE)]
    assert choose(wide, minutes=60, first_day=OCTOBER, weeks=4).wide
    assert not choose(wide[:1], minutes=60, first_day=OCTOBER, weeks=4).wide


def test_the_burden_log_counts_hard_hours_on_each_clock():
    meetings = [
        (datetime(2026, 10, 6, 14, tzinfo=UTC), datetime(2026, 10, 6, 15, tzinfo=UTC)),
        (datetime(2026, 10, 13, 22, 30, tzinfo=UTC), datetime(2026, 10, 13, 23, 30, tzinfo=UTC)),
        (datetime(2026, 10, 20, 17, 30, tzinfo=UTC), datetime(2026, 10, 20, 18, 30, tzinfo=UTC)),
    ]
    people = [("lima", "America/Lima"), ("london", "Europe/London"), ("tokyo", "Asia/Tokyo")]
    assert burdens(people, meetings) == (Burden("lima", 0, 3), Burden("london", 2, 3), Burden("tokyo", 3, 3))
    assert burdens(people[:1], []) == (Burden("lima", 0, 0),)


def test_candidates_can_be_stored_as_plain_values():
    people = [person("ann", "America/New_York", OFFICE), person("lee", "Europe/London", OFFICE)]
    best = choose(people, minutes=60, first_day=OCTOBER, weeks=6).candidates[0]
    kept = json.loads(json.dumps(stored(best)))
    assert kept["start"] == best.window.start.strftime("%H:%M")
    assert (kept["weekday"], kept["timezone"], kept["minutes"]) == (best.window.weekday, best.window.timezone, 60)
    assert [local["key"] for local in kept["local"]] == ["ann", "lee"]
    assert kept["local"][1]["spells"][0]["first"] == best.views[1].spells[0].first.isoformat()


ZONES = ("America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "America/Santiago")


def small_circle(seed: int) -> list[Attendee]:
    """Three people in random zones who could meet in two long spells each on a few days, some of it liked."""
    chance = Random(seed)
    people = []
    for number in range(3):
        zone = chance.choice(ZONES)
        can = {
            day * 48 + half
            for day in chance.sample(range(7), 4)
            for half in range(chance.randrange(8, 20), chance.randrange(34, 48))
        }
        prefer = {cell for cell in can if chance.random() < 0.7}
        people.append(Attendee(f"p{number}", zone, WeeklyGrid(frozenset(can), frozenset(prefer))))
    return people


def fairness_by_hand(people: list[Attendee], weekday: int, half: int, zone: str, weeks: int):
    """(possible, worst weeks, totals) of a start, worked out hour by hour from the rule as it is written down."""
    worst, totals = [], []
    for one in people:
        costs = []
        for week in range(weeks):
            on = OCTOBER + timedelta(weeks=week, days=weekday)
            wall = datetime(on.year, on.month, on.day, half // 2, half % 2 * 30, tzinfo=ZoneInfo(zone))
            start = wall.astimezone(UTC)
            quarters = [(start + timedelta(minutes=15 * step)).astimezone(ZoneInfo(one.timezone)) for step in range(4)]
            cells = {moment.weekday() * 48 + moment.hour * 2 + moment.minute // 30 for moment in quarters}
            if not cells <= one.grid.can:
                return None
            here = quarters[0]
            end = (start + timedelta(hours=1)).astimezone(ZoneInfo(one.timezone))
            late = end.date() != here.date() or (end.hour, end.minute) > (19, 0)
            costs.append((not cells <= one.grid.prefer) + 2 * (here.hour < 8 or late))
        worst.append(max(costs))
        totals.append(sum(costs))
    return sorted(worst, reverse=True), sorted(totals, reverse=True), sum(totals)


@pytest.mark.parametrize("seed", range(12))
def test_the_slot_is_the_fairest_of_all_worked_out_by_hand(seed):
    people, weeks = small_circle(seed), 6
    zones = {person_.timezone for person_ in people} | {"UTC"}
    possible = {
        (zone, weekday * 48 + half): fair
        for zone in zones
        for weekday in range(7)
        for half in range(8, 48)
        if (fair := fairness_by_hand(people, weekday, half, zone, weeks)) is not None
    }
    choice = choose(people, minutes=60, first_day=OCTOBER, weeks=weeks)
    assert bool(choice.candidates) == bool(possible)
    assert (choice.blockage is None) == bool(possible)
    for candidate in choice.candidates:
        assert (candidate.window.timezone, candidate.window.half_hour) in possible
    if possible:
        best = choice.candidates[0].window
        assert possible[best.timezone, best.half_hour] == min(possible.values())
        for order in permutations(people):
            again = choose(order, minutes=60, first_day=OCTOBER, weeks=weeks).candidates[0].window
            assert (again.timezone, again.half_hour) == (best.timezone, best.half_hour)


def test_the_best_hour_of_the_first_week_is_passed_over_where_clocks_drift():
    people = [
        person("los", "America/Los_Angeles", "Tue 06:00-12:00; Wed 06:00-12:00", "Tue 07:00-08:00"),
        person("ber", "Europe/Berlin", "Tue 15:00-20:00; Wed 15:00-20:00", "Tue 16:00-17:00"),
        person("kol", "Asia/Kolkata", "Tue 18:00-23:30; Wed 18:00-23:30", "Tue 19:30-20:30"),
    ]
    one = choose(people, minutes=60, first_day=OCTOBER, weeks=1).candidates[0].window
    all_weeks = choose(people, minutes=60, first_day=OCTOBER, weeks=10).candidates[0].window
    drifting = fairness_by_hand(people, one.weekday, one.half_hour % 48, one.timezone, 10)
    kept = fairness_by_hand(people, all_weeks.weekday, all_weeks.half_hour % 48, all_weeks.timezone, 10)
    assert kept is not None
    assert drifting is None or kept < drifting


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago"])
def test_spells_say_from_when_the_hour_changes_on_a_clock(zone):
    slot = Slot(1, time(18), "Europe/Berlin", 60)
    meetings = [(m.starts_at, m.ends_at) for m in occurrences(slot, regular_weeks(OCTOBER, 30))]
    spells = local_spells(meetings, zone)
    for start, _end in meetings:
        here = start.astimezone(ZoneInfo(zone))
        current = [spell for spell in spells if spell.first <= here.date()][-1]
        assert (current.weekday, current.start) == (here.weekday(), here.time())
    assert all((a.weekday, a.start) != (b.weekday, b.start) for a, b in pairwise(spells))
