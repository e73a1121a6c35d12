"""Matches a population: problems first, then the search, then names, slots and explanations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import perf_counter

from circles.matching.bound import Limit
from circles.matching.candidates import Candidate, Lock, Rules, among_themselves
from circles.matching.encode import encode_people, encode_terms
from circles.matching.facts import circle_remarks
from circles.matching.hours import MOST_SLOTS, slots_of
from circles.matching.names import circle_names
from circles.matching.problems import check_keys, find_problems
from circles.matching.proposal import BoundKind, Progress, Proposal, ProposedCircle
from circles.matching.scoring import met_pairs, score_circle
from circles.matching.search import Budget
from circles.matching.seating import Found, score_of
from circles.matching.solve import solve
from circles.matching.units import Unit, find_units
from circles.matching.unplaced import explain_unplaced

Watcher = Callable[[Progress], bool]
Circle = tuple[str, list[Candidate], bool]

#: Of a time budget, this share and so many seconds a circle are kept for mending, slots and explanations.
AFTERWARDS, A_CIRCLE = 0.03, 0.003


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

    The same people (in any order), rules, seed and `iterations` (moves tried) give the same circles on any machine.
    With `seconds` the search uses that much time instead; with neither, a number of moves by the number of people.
    `locked` circles are kept as they are (or grown, when open); one that breaks a rule is kept too, scored 0, and says
    so. `progress` is called now and then; returning False ends the search with the best found. Raises ValueError for a
    key that comes twice and for locks that overlap or name somebody unknown.
    """
    began = perf_counter()
    check_keys(candidates, locked)
    people = among_themselves(tuple(candidates))
    known = met_pairs(met)
    problems = find_problems(candidates, rules, locked)
    lost = {key: problem for problem in reversed(problems) if problem.fatal for key in problem.people}
    closed = [lock for lock in locked if not lock.open]
    taken = {key for lock in closed for key in lock.members}
    free = tuple(
        sorted((one for one in people if one.key not in lost and one.key not in taken), key=lambda one: one.key)
    )
    order = {person.key: index for index, person in enumerate(people)}
    open_locks = [_without(lock, lost) for lock in locked if lock.open]
    budget = _budget(began, len(free), rules, seconds, iterations)
    by_key = {person.key: person for person in people}
    circles: list[Circle] = [(lock.name, [by_key[key] for key in lock.members], True) for lock in closed]
    fixed = sum(score_circle(members, rules, known).score * len(members) for _, members, _ in circles)
    watch = _Watch(progress, began, fixed, len(taken), len(people))
    units = find_units(free, open_locks)
    bound: float | None = fixed
    kind: BoundKind | None = "exact"
    if len(free) >= rules.size_min:
        problem = _Problem(free, units, rules, known, open_locks, [lock.name for lock in locked])
        formed, limit = problem.solve(seed, budget, watch)
        circles += formed
        bound, kind = None if limit.bound is None else fixed + limit.bound, limit.kind
    proposed = tuple(
        _propose(name, sorted(members, key=lambda one: order[one.key]), rules, known, kept)
        for name, members, kept in circles
    )
    placed = {key for circle in proposed for key in circle.members}
    groups = {free[index].key: [free[one] for one in unit.members] for unit in units for index in unit.members}
    grown = [(name, members) for name, members, kept in circles if not kept]
    unplaced = tuple(
        explain_unplaced(person, lost.get(person.key), grown, groups.get(person.key, [person]), rules)
        for person in people
        if person.key not in placed
    )
    score = sum(circle.score * len(circle.members) for circle in proposed) / max(len(people), 1)
    ceiling = None if bound is None else score if kind == "exact" else max(score, bound / max(len(people), 1))
    return Proposal(proposed, unplaced, score, ceiling, kind, seed, perf_counter() - began, problems)


def _budget(began: float, people: int, rules: Rules, seconds: float | None, iterations: int | None) -> Budget:
    """What the search may use, so that mending and explaining still fit into `seconds`."""
    if seconds is None:
        return Budget(began, None, usual_moves(people) if iterations is None else iterations)
    afterwards = A_CIRCLE * people / rules.target
    return Budget(began, max(seconds / 5, seconds * (1 - AFTERWARDS) - afterwards), iterations)


def usual_moves(people: int) -> int:
    """Moves for a population when nothing is said: a few seconds of two cores."""
    return max(2_000_000, min(200_000, 20_000 + 100 * people) * 100)


class _Watch:
    """Turns what the search reports into Progress, with what is fixed beside it."""

    def __init__(self, progress: Watcher | None, began: float, fixed: float, seated: int, people: int) -> None:
        self.progress, self.began, self.fixed, self.seated, self.people = progress, began, fixed, seated, people

    def __call__(self, share: float, found: Found, bound: float | None) -> bool:
        if self.progress is None:
            return True
        score = score_of(found.value, self.people) + self.fixed / self.people
        ceiling = None if bound is None else max(score, (bound + self.fixed) / self.people)
        elapsed = perf_counter() - self.began
        return self.progress(Progress(share, elapsed, score, found.placed + self.seated, self.people, ceiling))


def _without(lock: Lock, lost: Collection[str]) -> Lock:
    return Lock(lock.name, tuple(key for key in lock.members if key not in lost), lock.open)


@dataclass(frozen=True, slots=True)
class _Problem:
    """The people to be searched for, without those in closed circles and those who cannot be placed."""

    people: tuple[Candidate, ...]
    units: Sequence[Unit]
    rules: Rules
    met: frozenset[frozenset[str]]
    locks: Sequence[Lock]
    taken: Sequence[str]

    def solve(self, seed: int, budget: Budget, watch: _Watch) -> tuple[list[Circle], Limit]:
        """Named circles, and what bounds them."""
        terms = encode_terms(self.rules)
        population = encode_people(self.people, self.rules, self.met, self.locks)
        named = frozenset(index for index, unit in enumerate(self.units) if unit.name)
        target = self.rules.target
        limit = solve(population, terms, target, named, seed=seed, budget=budget, watch=watch)
        own = {index: unit.name for unit in self.units if unit.name for index in unit.members}
        kept = [next((own[index] for index in circle if index in own), None) for circle in limit.found.valid]
        names = iter(circle_names(len(kept), seed, [*self.taken, *(name for name in kept if name)]))
        formed = [
            (name or next(names), [self.people[index] for index in circle], False)
            for circle, name in zip(limit.found.valid, kept, strict=True)
        ]
        return formed, limit


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
