"""Rearranging running circles: against brute force, against the rules, and at the size of a large cohort."""

from __future__ import annotations

import random
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.availability import WeeklyGrid
from circles.matching import Candidate, Rules, among_themselves
from circles.matching.moves import NEW, Outcome, Rearrangement
from circles.matching.rearrange import for_change, for_large, for_person, for_small
from circles.matching.scoring import score_with_hours
from circles.matching.standing import Meets, Situation, Standing, WeeklyTime
from circles.windows import Attendee, count_windows
from tests.circles.matching import strategies

MONDAY = date(2026, 10, 19)
RULES = Rules(first_day=MONDAY, size_min=3, target=4, size_max=5, weeks=3, slots=1)
OFFICE = WeeklyGrid.parse("Mon 09:00-17:00; Tue 09:00-17:00; Thu 09:00-17:00", "Thu 09:00-12:00")


def meets(weekday: int, hour: int, zone: str = "Europe/Berlin", weeks: int = 3, minutes: int = 60) -> Meets:
    """Weekly sessions over the weeks in which Europe's clocks change."""
    starts = [
        datetime.combine(MONDAY + timedelta(days=weekday, weeks=week), time(hour), ZoneInfo(zone)).astimezone(UTC)
        for week in range(weeks)
    ]
    return tuple((start, start + timedelta(minutes=minutes)) for start in starts)


def someone(name: str, **fields: object) -> Candidate:
    values: dict[str, object] = {"timezone": "Europe/Berlin", "grid": OFFICE, "languages": frozenset({"en"})}
    return Candidate(key=name, name=name, **{**values, **fields})  # type: ignore[arg-type]


def standing(name: str, people: str | Sequence[Candidate], weekday: int = 3, hour: int = 10) -> Standing:
    members = [someone(key) for key in people.split()] if isinstance(people, str) else people
    return Standing(name, name, tuple(members), meets(weekday, hour), WeeklyTime(weekday, time(hour), "Europe/Berlin"))


def situation(circles: Sequence[Standing], waiting: Sequence[Candidate] = (), rules: Rules = RULES) -> Situation:
    return Situation(tuple(circles), tuple(waiting), rules)


def kinds(outcome: Outcome) -> list[tuple[str, int, int]]:
    return [(one.kind, one.moved, one.times_changed) for one in outcome.proposals]


def test_a_late_joiner_gets_a_free_place_at_a_time_that_suits() -> None:
    late = someone("late", grid=WeeklyGrid.parse("Thu 10:00-11:00"))
    found = for_person(
        situation(
            [standing("oak", "a b c d"), standing("elm", "e f g h", weekday=0), standing("fir", "i j k l m")], [late]
        ),
        "late",
    )
    assert kinds(found)[0] == ("place", 0, 0)
    (circle,) = found.proposals[0].circles
    assert (circle.name, circle.before, circle.after) == ("oak", tuple("abcd"), (*"abcd", "late"))
    assert found.refusals["hours"] == 1
    assert found.refusals["full"] == 1


def test_a_session_to_come_after_the_clocks_change_counts_as_well() -> None:
    india = {"timezone": "Asia/Kolkata", "languages": frozenset({"en"})}
    before, after = WeeklyGrid.parse("Thu 13:30-14:30"), WeeklyGrid.parse("Thu 13:30-15:30")
    circles = [standing("oak", "a b c d")]
    assert not for_person(situation(circles, [someone("p", grid=before, **india)]), "p").proposals
    assert for_person(situation(circles, [someone("p", grid=after, **india)]), "p").proposals


def test_where_no_place_is_free_one_member_makes_one() -> None:
    late = someone("late", grid=WeeklyGrid.parse("Thu 10:00-11:00"))
    found = for_person(situation([standing("oak", "a b c d e"), standing("elm", "f g h i", weekday=0)], [late]), "late")
    assert {one.kind for one in found.proposals} == {"chain"}
    assert all((one.moved, one.placed) == (1, 1) for one in found.proposals)
    assert {circle.key for circle in found.proposals[0].circles} == {"oak", "elm"}


def test_people_who_wait_can_make_a_circle_of_their_own() -> None:
    evening = WeeklyGrid.parse("Tue 19:00-21:00")
    waiting = [someone(name, grid=evening) for name in ("u", "v", "w")]
    found = for_person(situation([standing("oak", "a b c d")], waiting), "u")
    assert kinds(found) == [("new_circle", 0, 1)]
    assert found.proposals[0].circles[0].time == WeeklyTime(1, time(19), "Europe/Berlin")
    assert {step.target for step in found.proposals[0].steps} == {NEW}


def test_a_small_circle_is_filled_before_it_is_merged() -> None:
    circles = [standing("oak", "a b"), standing("elm", "c d e"), standing("fir", "f g h i")]
    waiting = [someone("late")]
    found = for_small(situation(circles, waiting), "oak")
    assert kinds(found)[0] == ("fill", 0, 0)
    assert ("transfer", 1, 0) in kinds(found)
    assert kinds(found)[-1] == ("merge", 2, 0)
    assert not any(circle.key == "elm" for one in found.proposals if one.kind == "transfer" for circle in one.circles)


def test_a_merge_moves_the_smaller_circle_and_changes_the_time_only_where_it_must() -> None:
    mornings = WeeklyGrid.parse("Mon 09:00-12:00; Thu 11:00-13:00")
    small = [someone(name, grid=mornings) for name in ("x", "y")]
    found = for_small(situation([standing("oak", small, weekday=0), standing("elm", "a b c")]), "oak")
    (one,) = found.proposals
    assert (one.kind, one.moved, one.times_changed) == ("merge", 2, 1)
    elm = next(circle for circle in one.circles if circle.key == "elm")
    assert elm.time == WeeklyTime(3, time(11), "Europe/Berlin"), "an hour later is nearer than Monday"
    assert elm.after == ("a", "b", "c", "x", "y")
    assert next(circle for circle in one.circles if circle.key == "oak").after == ()


def test_a_member_who_wants_another_circle_goes_there_or_swaps() -> None:
    circles = [standing("oak", "a b c d"), standing("elm", "e f g h"), standing("fir", "i j k l m")]
    found = for_change(situation(circles), "a", limit=20)
    assert kinds(found)[0] == ("transfer", 1, 0)
    assert {one.circles[0].key for one in found.proposals if one.kind == "transfer"} == {"elm"}
    assert {one.moved for one in found.proposals if one.kind == "swap"} == {2}
    left_small = situation([standing("oak", "a b c"), standing("elm", "e f g h")], [someone("late")])
    filled = for_change(left_small, "a").proposals[0]
    assert (filled.moved, filled.placed) == (1, 1), "who waits takes the place that is left"


def test_a_circle_that_is_too_large_gives_as_few_as_it_must() -> None:
    found = for_large(situation([standing("oak", "a b c d e f"), standing("elm", "g h i j")]), "oak")
    assert {(one.kind, one.moved) for one in found.proposals} == {("split", 1)}


def test_people_who_belong_together_move_together_and_avoiding_is_not_named() -> None:
    pair = [someone("a", together=frozenset({"b"})), someone("b"), someone("c"), someone("d"), someone("e")]
    circles = [standing("oak", pair), standing("elm", "f g h")]
    moves = {tuple(step.person for step in one.steps) for one in for_change(situation(circles), "a").proposals}
    assert all(people[:2] == ("a", "b") for people in moves)
    late = someone("late", avoid=frozenset({"f"}))
    refused = for_person(situation([standing("elm", "f g h")], [late]), "late")
    assert not refused.proposals
    assert refused.refusals == {"apart": 1}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Circles of random people at hours that some of them have, and a few people who wait."""
    people = list(among_themselves(tuple(draw(strategies.populations(8, 14)))))
    if draw(st.integers(0, 4)):
        # Mostly people who could meet, or there would be nothing to find.
        people = [easier(draw, person) for person in people]
    rules = replace(draw(strategies.rules()), first_day=MONDAY, weeks=3, cadence_weeks=1, minutes=60)
    waiting = draw(st.integers(1, 3))
    circles: list[Standing] = []
    rest = people[waiting:]
    while rest:
        size = draw(st.integers(2, max(2, rules.size_max + 1)))
        members, rest = rest[:size], rest[size:]
        cells = sorted(people[draw(st.integers(0, len(people) - 1))].grid.can)
        cell = draw(st.sampled_from([*cells, *[one for one in (20, 24, 70) if one in cells] * 8]))
        when = meets(cell // 48, cell % 48 // 2, draw(st.sampled_from(["UTC", "Europe/Berlin"])))
        slot = WeeklyTime(cell // 48, time(cell % 48 // 2), "Europe/Berlin")
        circles.append(Standing(f"c{len(circles)}", f"c{len(circles)}", tuple(members), when, slot))
    met = frozenset(frozenset(pair) for pair in draw(strategies.met_among(people)))
    return Situation(tuple(circles), tuple(people[:waiting]), rules, met)


def easier(draw: st.DrawFn, person: Candidate) -> Candidate:
    """The same person with more hours, and now and then with nobody to keep apart from."""
    wide = WeeklyGrid(person.grid.can | frozenset(range(16, 40)) | frozenset(range(64, 88)), person.grid.prefer)
    free = draw(st.integers(0, 2))
    return replace(
        person,
        grid=wide if draw(st.integers(0, 5)) else person.grid,
        languages=person.languages | {"en"},
        manager=None if free else person.manager,
        avoid=frozenset() if free else person.avoid,
        kept=None if free else person.kept,
    )


class Judge:
    """The rules once more, written without the engine's parts."""

    def __init__(self, given: Situation) -> None:
        self.given = given
        self.people = {p.key: p for c in given.circles for p in c.members} | {p.key: p for p in given.waiting}
        self.place: dict[str, str | None] = {p.key: c.key for c in given.circles for p in c.members}
        self.place |= {p.key: None for p in given.waiting}

    def free(self, person: Candidate, when: Meets, cells: frozenset[int]) -> bool:
        zone = ZoneInfo(person.timezone)
        minutes = [start + timedelta(minutes=m) for start, end in when for m in range(int((end - start).seconds / 60))]
        local = [minute.astimezone(zone) for minute in minutes]
        return all(wall.weekday() * 48 + wall.hour * 2 + wall.minute // 30 in cells for wall in local)

    def tied(self, one: str, other: str) -> bool:
        a, b = self.people[one], self.people[other]
        return other in a.together or one in b.together or bool(a.kept and a.kept == b.kept)

    def legal(self, circle: Standing, after: Sequence[str], *, grows: bool, kept_time: bool = True) -> bool:
        rules, before = self.given.rules, [p.key for p in circle.members]
        arrivals = [key for key in after if key not in before]
        if not len(after) <= rules.size_max and arrivals:
            return False
        if len(after) < rules.size_min and not (grows and len(after) > len(before)):
            return False
        if kept_time and not all(self.free(self.people[k], circle.meets, self.people[k].grid.can) for k in arrivals):
            return False
        return not arrivals or self.agree(after, circle.key)

    def agree(self, after: Sequence[str], into: str | None) -> bool:
        if not set.intersection(*(set(self.people[key].languages) for key in after)):
            return False
        for one, other in combinations(after, 2):
            a, b = self.people[one], self.people[other]
            together_now = self.place[one] is not None and self.place[one] == self.place[other]
            firm = a.manager == other or b.manager == one or other in a.avoid or one in b.avoid
            if (firm or (a.kept and b.kept and a.kept != b.kept)) and not together_now:
                return False
        for key in after:
            for other in self.people:
                if other != key and self.tied(key, other) and other not in after:
                    mine, theirs = self.place[key], self.place[other]
                    if mine == theirs or (mine is None and theirs != into):
                        return False
        return True

    def parted(self, moved: Sequence[str]) -> bool:
        """Whether moving these leaves somebody behind who belongs to one of them."""
        return any(
            self.tied(key, other) and self.place[key] == self.place[other] and other not in moved
            for key in moved
            for other in self.people
            if other != key
        )

    def worth(self, members: Sequence[str], when: Meets) -> float:
        people = [self.people[key] for key in members]
        happy = frozenset(p.key for p in people if when and self.free(p, when, p.grid.prefer))
        score = score_with_hours(people, self.given.rules, self.given.met, self.given.rules.slots, happy)
        return len(people) * score.score

    def worth_of(self, circle: Standing) -> float:
        return self.worth([p.key for p in circle.members], circle.meets)

    def gain(self, circle: Standing, after: Sequence[str]) -> float:
        return self.worth(after, circle.meets) - self.worth_of(circle)


def moves_by_force(judge: Judge, key: str) -> Iterator[tuple[int, int, float]]:
    """Every placement of somebody who waits, without or with one group that makes room: (moved, times, -gain)."""
    given = judge.given
    group, grown = [key], True
    while grown:
        more = [p.key for p in given.waiting if p.key not in group and any(judge.tied(p.key, k) for k in group)]
        group, grown = [*group, *more], bool(more)
    for circle in given.circles:
        members = [p.key for p in circle.members]
        after = [*members, *group]
        if judge.legal(circle, after, grows=True):
            yield 0, 0, -round(judge.gain(circle, after), 6)
        for count in range(1, len(members)):
            for leaving in combinations(members, count):
                linked = all(any(judge.tied(a, b) for b in leaving if b != a) for a in leaving) or count == 1
                stay = [k for k in members if k not in leaving]
                if not linked or judge.parted(leaving) or not judge.legal(circle, [*stay, *group], grows=False):
                    continue
                for home in given.circles:
                    there = [*(p.key for p in home.members), *leaving]
                    if home.key != circle.key and judge.legal(home, there, grows=True):
                        total = judge.gain(circle, [*stay, *group]) + judge.gain(home, there)
                        yield count, 0, -round(total, 6)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_the_best_for_somebody_who_waits_is_that_of_brute_force(given: Situation) -> None:
    judge = Judge(given)
    key = given.waiting[0].key
    found = [one for one in for_person(given, key, limit=50).proposals if one.kind != "new_circle"]
    forced = sorted(moves_by_force(judge, key))
    best = forced[0] if forced else None
    assert (found[0].rank[:3] if found else None) == best


def group_of(judge: Judge, key: str) -> tuple[str, ...]:
    """Who has to move with somebody, found by asking everyone about everyone."""
    around = [other for other, place in judge.place.items() if place == judge.place[key]]
    group, grown = {key}, True
    while grown:
        more = {one for one in around if one not in group and any(judge.tied(one, other) for other in group)}
        group, grown = group | more, bool(more)
    return tuple(one for one in around if one in group)


def changes_by_force(judge: Judge, source: Standing, key: str) -> Iterator[tuple[int, int, float]]:
    """Every transfer of a member, with somebody who waits in their place if it must be, and every swap."""
    given, group = judge.given, group_of(judge, key)
    stay = [p.key for p in source.members if p.key not in group]
    waiting = {group_of(judge, p.key) for p in given.waiting}
    enough = len(stay) >= given.rules.size_min
    for circle in given.circles:
        members = [p.key for p in circle.members]
        if circle.key == source.key:
            continue
        goes = judge.legal(circle, [*members, *group], grows=True)
        if goes and enough:
            yield len(group), 0, -round(judge.gain(source, stay) + judge.gain(circle, [*members, *group]), 6)
        if goes and not enough:
            for filler in waiting:
                if judge.legal(source, [*stay, *filler], grows=False):
                    total = judge.gain(source, [*stay, *filler]) + judge.gain(circle, [*members, *group])
                    yield len(group), 0, -round(total, 6)
        for other in {group_of(judge, member) for member in members}:
            there = [*(k for k in members if k not in other), *group]
            here = [*stay, *other]
            if judge.legal(circle, there, grows=False) and judge.legal(source, here, grows=False):
                yield len(group) + len(other), 0, -round(judge.gain(circle, there) + judge.gain(source, here), 6)


def mended_by_force(judge: Judge, small: Standing) -> Iterator[tuple[int, int, float]]:
    """Every way to fill a small circle, and every merge at the time of the larger one."""
    given, rules = judge.given, judge.given.rules
    own = [p.key for p in small.members]
    lack = rules.size_min - len(own)
    left = {c.key: len(c.members) for c in given.circles}
    pool = {group_of(judge, key) for key, place in judge.place.items() if place != small.key}
    pool = {one for one in pool if judge.legal(small, [*own, *one], grows=True)}
    pool = {one for one in pool if _spared(judge, left, one)}
    for count in range(1, lack + 1):
        for joint in combinations(sorted(pool), count):
            people = [key for one in joint for key in one]
            after = [*own, *people]
            if len(people) < lack or not _spared(judge, left, people) or not judge.legal(small, after, grows=True):
                continue
            donors = [c for c in given.circles if c.key in {judge.place[key] for key in people}]
            rest = sum(judge.gain(c, [p.key for p in c.members if p.key not in people]) for c in donors)
            moved = sum(judge.place[key] is not None for key in people)
            yield moved, 0, -round(judge.gain(small, after) + rest, 6)
    for other in given.circles:
        for goes, stays in ((small, other), (other, small)):
            if other.key == small.key or len(goes.members) > len(stays.members):
                continue
            after = [p.key for p in (*stays.members, *goes.members)]
            if len(after) >= rules.size_min and judge.legal(stays, after, grows=True):
                yield len(goes.members), 0, -round(judge.gain(stays, after) - judge.worth_of(goes), 6)


def _spared(judge: Judge, left: dict[str, int], people: Sequence[str]) -> bool:
    taken = [judge.place[key] for key in people if judge.place[key] is not None]
    return all(left[key] - taken.count(key) >= judge.given.rules.size_min for key in taken if key is not None)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_the_best_for_a_member_who_wants_another_circle_is_that_of_brute_force(given: Situation) -> None:
    judge, source = Judge(given), given.circles[0]
    key = source.members[-1].key
    found = for_change(given, key, limit=50).proposals
    assert (found[0].rank[:3] if found else None) == min(changes_by_force(judge, source, key), default=None)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_the_best_for_a_small_circle_is_that_of_brute_force(given: Situation) -> None:
    judge = Judge(given)
    for small in given.circles:
        if len(small.members) < given.rules.size_min:
            found = [one for one in for_small(given, small.key, limit=500).proposals if not one.times_changed]
            forced = min(mended_by_force(judge, small), default=None)
            assert (found[0].rank[:3] if found else None) == forced


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_no_proposal_breaks_a_firm_rule(given: Situation) -> None:
    judge = Judge(given)
    outcomes = [for_person(given, p.key) for p in given.waiting]
    outcomes += [for_change(given, c.members[0].key) for c in given.circles]
    outcomes += [for_small(given, c.key) for c in given.circles if len(c.members) < given.rules.size_min]
    outcomes += [for_large(given, c.key) for c in given.circles if len(c.members) > given.rules.size_max]
    for outcome in outcomes:
        assert [one.rank for one in outcome.proposals] == sorted(one.rank for one in outcome.proposals)
        for proposal in outcome.proposals:
            check(judge, proposal)


def check(judge: Judge, proposal: Rearrangement) -> None:
    moved = [step.person for step in proposal.steps]
    assert len(set(moved)) == len(moved)
    assert not judge.parted([key for key in moved if judge.place[key] is not None])
    circles = {circle.key: circle for circle in judge.given.circles}
    for circle in proposal.circles:
        if circle.key == NEW:
            people = [judge.people[key] for key in circle.after]
            rules = judge.given.rules
            assert rules.size_min <= len(people) <= rules.size_max
            assert judge.agree(circle.after, None)
            seats = [Attendee(p.key, p.timezone, p.grid) for p in people]
            assert count_windows(seats, minutes=60, first_day=MONDAY, weeks=3) >= rules.slots
            continue
        old = circles[circle.key]
        assert circle.before == tuple(p.key for p in old.members)
        if not circle.after:
            assert proposal.kind == "merge"
            continue
        arrivals = [key for key in circle.after if key not in circle.before]
        if circle.time is not None:
            when = meets(circle.time.weekday, 0, circle.time.timezone)
            shift = timedelta(hours=circle.time.start.hour, minutes=circle.time.start.minute)
            zone = ZoneInfo(circle.time.timezone)
            starts = [(s.astimezone(zone).replace(tzinfo=None) + shift).replace(tzinfo=zone) for s, _ in when]
            moved_to = tuple((s.astimezone(UTC), s.astimezone(UTC) + timedelta(hours=1)) for s in starts)
            assert all(judge.free(judge.people[k], moved_to, judge.people[k].grid.can) for k in circle.after)
        if not arrivals:
            assert len(circle.after) >= judge.given.rules.size_min
        assert judge.legal(old, circle.after, grows=proposal.kind not in ("swap",), kept_time=circle.time is None)


def test_two_thousand_circles_and_one_newcomer_take_well_under_a_second() -> None:
    chance = random.Random(7)
    zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]

    def anyone(number: int) -> Candidate:
        day, start = chance.randrange(5), chance.randrange(8, 14)
        cells = frozenset(
            cell for d in {day, chance.randrange(5)} for cell in range(d * 48 + start * 2, d * 48 + start * 2 + 9)
        )
        return Candidate(
            key=f"p{number}",
            name=f"P {number}",
            timezone=chance.choice(zones),
            grid=WeeklyGrid(cells, frozenset(sorted(cells)[::2])),
            languages=frozenset({"en"}),
            topics=frozenset(chance.sample("abcdefgh", 3)),
            department=chance.choice("xyz"),
        )

    circles = []
    for number in range(2000):
        members = tuple(anyone(number * 6 + index) for index in range(chance.choice([5, 6, 6, 6])))
        cell = chance.choice(sorted(members[0].grid.can))
        when = meets(cell // 48, cell % 48 // 2, members[0].timezone, weeks=12)
        slot = WeeklyTime(cell // 48, time(cell % 48 // 2), members[0].timezone)
        circles.append(Standing(f"c{number}", f"c{number}", members, when, slot))
    rules = Rules(first_day=MONDAY, size_min=4, target=5, size_max=6, slots=1)
    late = anyone(-1)
    small = replace(circles[0], key="small", members=circles[0].members[:3])
    given = Situation((*circles, small), (late,), rules)
    taken = {}
    for name, work in {
        "person": lambda: for_person(given, late.key),
        "small": lambda: for_small(given, "small"),
    }.items():
        began = clock.process_time()
        assert work().proposals
        taken[name] = clock.process_time() - began
    full = tuple(one for one in circles if len(one.members) == 6 or not covers(late, one))
    crowded = Situation(full, (late,), rules)
    began = clock.process_time()
    assert {one.kind for one in for_person(crowded, late.key).proposals} == {"chain"}
    taken["crowded"] = clock.process_time() - began
    assert max(taken.values()) < 1, taken


def covers(person: Candidate, circle: Standing) -> bool:
    return Judge(Situation((), (person,), RULES)).free(person, circle.meets[:1], person.grid.can)
