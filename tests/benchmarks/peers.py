"""Seatings by other means, for the benchmark: dealt by chance, our first seating alone, and a plain CP-SAT model."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from circles.matching import Candidate, Rules, match
from tests.benchmarks.scorer import cells

Met = list[tuple[str, str]]
Circles = list[list[str]]


def by_chance(people: list[Candidate], rules: Rules, met: Met, seconds: float) -> Circles:
    """The people dealt at random into circles of the target size."""
    keys = [person.key for person in people]
    random.Random(1).shuffle(keys)
    count = max(1, len(keys) // rules.target)
    return [keys[start::count] for start in range(count)]


def greedily(people: list[Candidate], rules: Rules, met: Met, seconds: float) -> Circles:
    """Our engine's first seating, mended but with no move tried."""
    proposal = match(people, rules, met, seconds=seconds, progress=lambda progress: False, explain=False)
    return [list(circle.members) for circle in proposal.circles]


def by_cp_sat(people: list[Candidate], rules: Rules, met: Met, seconds: float) -> Circles:
    """The best that OR-Tools finds in one model: who sits in which circle, which pairs share one, when each meets.

    Circles of the target size, people / target of them. Windows begin on the half hour in UTC, so people's zones must
    keep one offset for this to be the whole rule. No circles when it finds no solution.
    """
    cp_model = importlib.import_module("ortools.sat.python.cp_model")
    model: Any = cp_model.CpModel()
    count = len(people) // rules.target
    sits = [[model.new_bool_var("") for _ in range(count)] for _ in people]
    for row in sits:
        model.add_exactly_one(row)
    for circle in range(count):
        column = [row[circle] for row in sits]
        model.add_linear_constraint(sum(column), rules.size_min, rules.size_max)
        _one_language(model, people, column)
        _windows(model, people, rules, column)
    gains = []
    known = {frozenset(pair) for pair in met}
    for one, other in combinations(range(len(people)), 2):
        first, second = people[one], people[other]
        if _apart(first, second):
            for circle in range(count):
                model.add_at_most_one(sits[one][circle], sits[other][circle])
        elif _bound(first, second):
            for circle in range(count):
                model.add(sits[one][circle] == sits[other][circle])
        elif worth := _worth(first, second, rules, known):
            both = model.new_bool_var("")
            for circle in range(count):
                model.add_bool_or([~both, ~sits[one][circle], sits[other][circle]])
            gains.append(worth * both)
    model.maximize(sum(gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return []
    return [
        [people[index].key for index, row in enumerate(sits) if solver.value(row[circle])] for circle in range(count)
    ]


def _one_language(model: Any, people: Sequence[Candidate], column: Sequence[Any]) -> None:
    spoken = {language: model.new_bool_var("") for language in sorted({one for p in people for one in p.languages})}
    model.add_bool_or(list(spoken.values()))
    for language, chosen in spoken.items():
        for person, sits in zip(people, column, strict=True):
            if language not in person.languages:
                model.add_implication(sits, ~chosen)


def _windows(model: Any, people: Sequence[Candidate], rules: Rules, column: Sequence[Any]) -> None:
    """As many windows that do not overlap as the rules ask for, at starts open to everybody in the circle."""
    length = -(-rules.minutes // 30)
    free = [
        [cells(person.timezone, "UTC", start, rules) <= person.grid.can for start in range(336)] for person in people
    ]
    useful = [start for start in range(336) if sum(row[start] for row in free) >= rules.size_min]
    meets = {start: model.new_bool_var("") for start in useful}
    model.add(sum(meets.values()) >= rules.slots)
    for start in useful:
        close = [meets[later % 336] for later in range(start + 1, start + length) if later % 336 in meets]
        for other in close:
            model.add_at_most_one(meets[start], other)
        for row, sits in zip(free, column, strict=True):
            if not row[start]:
                model.add_implication(sits, ~meets[start])


def _apart(one: Candidate, other: Candidate) -> bool:
    reports = one.manager == other.key or other.manager == one.key
    avoid = other.key in one.avoid or one.key in other.avoid
    return reports or avoid or bool(one.kept and other.kept and one.kept != other.kept)


def _bound(one: Candidate, other: Candidate) -> bool:
    said = other.key in one.together or one.key in other.together
    return said or bool(one.kept and one.kept == other.kept)


def _worth(one: Candidate, other: Candidate, rules: Rules, met: Iterable[frozenset[str]]) -> int:
    """A pair's part of diversity, goals and novelty, in whole numbers."""
    weights = rules.weights
    mixed = 0.4 * (one.department != other.department)
    mixed += 0.3 * (one.location != other.location) + 0.3 * (one.level != other.level)
    shared = min(1.0, len(one.topics & other.topics) / 2)
    new = frozenset((one.key, other.key)) not in met
    return round(100 * (weights.diversity * mixed + weights.goals * shared + weights.novelty * new))
