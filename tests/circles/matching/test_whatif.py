"""What demands cost: exact for a few people by trying everything, and nothing sold as a cost that is not one."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import pytest

from circles.matching import Candidate, Lock, Rules, match
from circles.matching import whatif as module
from circles.matching.whatif import Cost, what_if
from tests.benchmarks.people_file import DATA, read_population
from tests.benchmarks.scorer import audit
from tests.circles.matching.strategies import AUTUMN
from tests.circles.matching.test_match import best_by_trying

RULES = Rules(first_day=AUTUMN)
#: Few enough ways to seat ten people that all can be tried.
SMALL = Rules(first_day=AUTUMN, size_min=2, target=3, size_max=3)


def some(count: int) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """The first people of a made-up population, with wishes among themselves."""
    people, met = read_population(DATA / "normal-50")
    kept = [replace(one, kept=None, together=frozenset()) for one in people[:count]]
    keys = [one.key for one in kept]
    wishing = [
        replace(one, wishes=frozenset({keys[(3 * place + 1) % count]} - {one.key}) if place % 3 == 0 else frozenset())
        for place, one in enumerate(kept)
    ]
    inside = set(keys)
    return wishing, [pair for pair in met if set(pair) <= inside]


def costs_of(
    people: list[Candidate], rules: Rules, met: list[tuple[str, str]], locked: list[Lock] | None = None
) -> tuple[Cost, ...]:
    proposal = match(people, rules, met, iterations=20_000, locked=locked or [])
    seating = [circle.members for circle in proposal.circles]
    return what_if(people, rules, met, seating=seating, locked=locked or [], iterations=20_000)


def test_costs_are_those_found_by_trying_everything():
    people, met = some(9)
    costs = {(cost.kind, cost.code, cost.people): cost for cost in costs_of(people, SMALL, met)}
    best = best_by_trying(people, SMALL, met)
    fewer = replace(SMALL, slots=1)
    assert costs["rule", "slots", ()].exact
    assert costs["rule", "slots", ()].points == pytest.approx(best_by_trying(people, fewer, met) - best, abs=1e-6)
    free = [replace(one, manager=None) for one in people]
    assert costs["rule", "manager", ()].points == pytest.approx(best_by_trying(free, SMALL, met) - best, abs=1e-6)


def test_a_lock_that_parts_better_circles_costs_what_it_takes():
    people, met = some(9)
    best = best_by_trying(people, SMALL, met)
    proposal = match(people, SMALL, met, iterations=20_000)
    chosen = [circle.members for circle in proposal.circles]
    mixed = (chosen[0][0], chosen[1][0])
    lock = Lock("Oak", mixed)
    (cost,) = [one for one in costs_of(people, SMALL, met, [lock]) if one.kind == "lock"]
    held = match(people, SMALL, met, iterations=20_000, locked=[lock])
    assert (cost.code, set(cost.people), cost.exact) == ("Oak", set(mixed), True)
    assert cost.points == pytest.approx(best - held.score, abs=1e-6)
    assert cost.measurable == (best > held.score + 0.005)


def test_a_wish_costs_what_the_others_would_gain_and_says_whether_it_is_met():
    people, met = some(9)
    proposal = match(people, SMALL, met, iterations=20_000)
    circles = [circle.members for circle in proposal.circles]
    costs = [cost for cost in costs_of(people, SMALL, met) if cost.kind == "wish"]
    assert {cost.people[0] for cost in costs} == {one.key for one in people if one.wishes}
    for cost in costs:
        content = [replace(one, wishes=frozenset()) if one.key == cost.people[0] else one for one in people]
        gain = best_by_trying(content, SMALL, met) - audit(content, SMALL, met, circles).score
        assert cost.points == pytest.approx(max(0.0, gain), abs=1e-6)


def test_avoiding_names_nobody():
    people, met = some(9)
    avoiding = [replace(people[0], avoid=frozenset({people[1].key})), *people[1:]]
    (cost,) = [one for one in costs_of(avoiding, SMALL, met) if one.kind == "avoid"]
    assert (cost.code, cost.people, dict(cost.values)) == ("all", (), {"pairs": 1})


def test_a_weight_costs_what_the_other_parts_would_gain():
    people, met = some(9)
    weights = SMALL.weights
    light = replace(SMALL, weights=replace(weights, goals=0.0))
    proposal = match(people, SMALL, met, iterations=20_000)
    circles = [circle.members for circle in proposal.circles]
    (cost,) = [one for one in costs_of(people, SMALL, met) if (one.kind, one.code) == ("weight", "goals")]
    gain = best_by_trying(people, light, met) - audit(people, light, met, circles).score
    assert cost.points == pytest.approx(max(0.0, gain) * (1 - weights.goals / weights.total), abs=1e-3)


def test_costs_of_many_people_are_the_same_for_the_same_moves_and_state_their_doubt():
    people, met = read_population(DATA / "normal-200")
    part = people[:80]
    proposal = match(part, RULES, met, iterations=100_000, explain=False)
    seating = [circle.members for circle in proposal.circles]
    asked: list[tuple[int, int]] = []

    def first(done: int, total: int) -> bool:
        asked.append((done, total))
        return done < 4

    one, two = (
        what_if(part, RULES, met, seating=seating, iterations=10_000, progress=watch)
        for watch in (first, lambda done, total: done < 4)
    )
    assert one == two
    assert [done for done, _ in asked] == list(range(5))
    assert all(not cost.exact and cost.points >= 0 for cost in one)


def test_when_time_is_up_the_most_promising_are_there_and_the_rest_is_left_out(monkeypatch):
    people, met = some(9)
    proposal = match(people, SMALL, met, iterations=20_000)
    seating = [circle.members for circle in proposal.circles]
    every: list[int] = []
    skipped = 0.0

    def watch(done: int, total: int) -> bool:
        nonlocal skipped
        every.append(total)
        skipped = 10_000.0 if done == 2 else 0.0
        return True

    monkeypatch.setattr(module, "perf_counter", lambda: perf_counter() + skipped)
    costs = what_if(people, SMALL, met, seating=seating, seconds=9_000, progress=watch)
    assert len(every) == 3 < every[0]
    assert 1 <= len(costs) <= 3
    assert all(cost.kind != "wish" for cost in costs)
