"""Matches a population: problems first, then the search, then names, slots and explanations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from time import perf_counter

from circles.matching.candidates import Candidate, Lock, Rules, among_themselves
from circles.matching.facts import circle_remarks
from circles.matching.hours import MOST_SLOTS, slots_of
from circles.matching.names import circle_names
from circles.matching.problems import check_keys, find_problems
from circles.matching.proposal import Problem, Progress, Proposal, ProposedCircle, Unplaced
from circles.matching.scoring import met_pairs, score_circle
from circles.matching.units import find_units

Watcher = Callable[[Progress], bool]


def match(
    candidates: Sequence[Candidate],
    rules: Rules,
    met: Collection[tuple[str, str]] = (),
    *,
    seed: int = 1,
    seconds: float | None = None,
    iterations: int | None = None,
    locked: Sequence[Lock] = (),
    progress: Watcher | None = None,
) -> Proposal:
    """Circles for these people, none of which breaks a firm rule, and everybody left over with the reason.

    The same people, rules, seed and `iterations` give the same circles on any machine. With `seconds` the search uses
    that much time instead; with neither it takes a budget by the number of people. `locked` circles are kept as they
    are (or grown, when open). `progress` is called now and then; returning False ends the search with the best found.
    Raises ValueError for a key that comes twice and for locks that overlap or name somebody unknown.
    """
    began = perf_counter()
    check_keys(candidates, locked)
    people = among_themselves(tuple(candidates))
    known = met_pairs(met)
    problems = find_problems(candidates, rules, locked)
    lost = {key: problem for problem in reversed(problems) if problem.fatal for key in problem.people}
    closed = [lock for lock in locked if not lock.open]
    taken = {key for lock in closed for key in lock.members}
    free = [person for person in people if person.key not in lost and person.key not in taken]
    groups = _greedy(free, rules, known, [lock for lock in locked if lock.open])
    by_key = {person.key: person for person in people}
    circles = [(lock.name, [by_key[key] for key in lock.members], True) for lock in closed]
    names = iter(circle_names(len(groups), seed, [lock.name for lock in locked]))
    circles += [(name or next(names), members, False) for name, members in groups]
    proposed = tuple(_propose(name, members, rules, known, closed) for name, members, closed in circles)
    placed = {key for circle in proposed for key in circle.members}
    unplaced = tuple(_unplaced(person, lost.get(person.key)) for person in people if person.key not in placed)
    score = sum(circle.score * len(circle.members) for circle in proposed) / max(len(people), 1)
    return Proposal(proposed, unplaced, score, None, None, seed, perf_counter() - began, problems)


def _greedy(
    people: Sequence[Candidate], rules: Rules, met: frozenset[frozenset[str]], locks: Sequence[Lock]
) -> list[tuple[str | None, list[Candidate]]]:
    """Fill circles one by one: the least available first, then whoever keeps the circle's score highest."""
    units = [(unit.name, [people[index] for index in unit.members]) for unit in find_units(people, locks)]
    units.sort(key=lambda unit: (unit[0] is None, len(unit[1]) == 1, min(len(one.grid.can) for one in unit[1])))
    circles: list[tuple[str | None, list[Candidate]]] = []
    while units:
        name, members = units.pop(0)
        left = list(units)
        while len(members) < rules.target:
            options = []
            for index, (other_name, others) in enumerate(left):
                if (name and other_name) or len(members) + len(others) > rules.size_max:
                    continue
                score = score_circle([*members, *others], rules, met)
                if all(broken.rule in ("size",) for broken in score.broken):
                    options.append((score.quality, -index))
            if not options:
                break
            other_name, others = left.pop(-max(options)[1])
            members, name = [*members, *others], name or other_name
        if len(members) >= rules.size_min:
            circles.append((name, members))
            units = left
    return circles


def _propose(
    name: str, members: Sequence[Candidate], rules: Rules, met: frozenset[frozenset[str]], locked: bool
) -> ProposedCircle:
    score = score_circle(members, rules, met)
    return ProposedCircle(
        name,
        tuple(person.key for person in members),
        slots_of(members, rules)[:MOST_SLOTS],
        score.score,
        score.parts,
        score.facts,
        circle_remarks(score.broken, score.facts, score.windows, rules),
        locked,
    )


def _unplaced(person: Candidate, problem: Problem | None) -> Unplaced:
    if problem:
        return Unplaced(person.key, problem.code, problem.code, problem.people, problem.values, None)
    return Unplaced(person.key, "no_circle", "No circle has room and shares enough hours.", (), {}, None)
