"""Matches a population: problems first, then the search, then names, slots and explanations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import perf_counter

from circles.matching.bound import Limit
from circles.matching.candidates import Candidate, Lock, Rules
from circles.matching.case import Case, sort_out
from circles.matching.encode import encode_people, encode_terms
from circles.matching.ending import Ending
from circles.matching.explaining import leave_over, name_circles, propose
from circles.matching.objective import reach
from circles.matching.proposal import BoundKind, Keys, Progress, Proposal
from circles.matching.scoring import score_circle
from circles.matching.search import Budget
from circles.matching.seating import Best, Found, score_of

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
    resume: Sequence[Sequence[str]] | None = None,
    done: float = 0.0,
    explain: bool = True,
) -> Proposal:
    """Circles for these people, none of which breaks a firm rule, and everybody left over with the reason.

    The same people (in any order), rules, seed and `iterations` (moves tried) give the same circles on any machine.
    With `seconds` the search uses that much time instead; with neither, a number of moves by the number of people.
    Where the weakest circle counts first, so many moves again go there, or half of the time.
    `locked` circles are kept as they are (or grown, when open); one that breaks a rule is kept too, scored 0, and says
    so. `progress` is called now and then; returning False ends the search with the best found.

    `resume` (circles of keys, such as `Progress.best`) and `done` (its share) go on with a search that was cut off: the
    rest of the budget is used, at the temperatures that fit it. Keys that are not among the people are passed over, and
    people in none of the circles are seated anew. Without `explain` the facts, remarks, slots and reasons are left
    empty, for a proposal that is only looked at in passing.

    Raises ValueError for a key that comes twice, for locks that overlap or name somebody unknown, and for a share that
    is none.
    """
    began = perf_counter()
    if not 0 <= done <= 1:
        raise ValueError("The share done must be from 0 to 1.")
    case = sort_out(candidates, rules, met, locked)
    budget = _budget(began, case, seconds, iterations, done)
    limit = Limit(Found((), (), 0), 0.0, "exact")
    watch = _Watch.of(case, progress, Ending(case, budget, explain))
    if len(case.free) >= rules.size_min:
        population = encode_people(case.free, rules, case.met, case.open_locks)
        named = frozenset(index for index, unit in enumerate(case.units) if unit.name)
        start = None if resume is None else case.seating(resume)
        terms, aim = encode_terms(rules), rules.objective
        limit = reach(population, terms, rules.target, named, aim, seed=seed, budget=budget, watch=watch, start=start)
    circles = name_circles(case, limit.found.valid, seed)
    proposed = propose(case, circles, explain=explain)
    unplaced = leave_over(case, circles, explain=explain)
    people = max(len(case.people), 1)
    score = sum(circle.score * len(circle.members) for circle in proposed) / people
    bound = score if limit.kind == "exact" else None
    if bound is None and limit.bound is not None:
        bound = max(score, (watch.fixed + limit.bound) / people)
    return Proposal(proposed, unplaced, score, bound, limit.kind, seed, perf_counter() - began, case.problems)


def _budget(began: float, case: Case, seconds: float | None, iterations: int | None, done: float) -> Budget:
    """What the search may use, what follows it included."""
    if seconds is None:
        moves = usual_moves(len(case.free)) if iterations is None else iterations
        return Budget(began, None, round(moves * (1 - done)), done)
    return Budget(began, seconds * (1 - done), None, done)


def usual_moves(people: int) -> int:
    """Moves for a population when nothing is said: a few seconds of two cores."""
    return max(2_000_000, min(200_000, 20_000 + 100 * people) * 100)


@dataclass(slots=True)
class _Watch:
    """Turns what the search reports into Progress, with what is fixed beside it; the share never goes back."""

    case: Case
    progress: Watcher | None
    ending: Ending
    fixed: float
    share: float = 0.0

    @classmethod
    def of(cls, case: Case, progress: Watcher | None, ending: Ending) -> _Watch:
        """The points that closed circles bring are counted once."""
        by_key = {person.key: person for person in case.people}
        circles = [[by_key[key] for key in lock.members] for lock in case.closed]
        fixed = sum(score_circle(members, case.rules, case.met).score * len(members) for members in circles)
        return cls(case, progress, ending, fixed)

    def __call__(self, share: float, best: Best, bound: float | None, kind: BoundKind | None) -> bool:
        self.ending.look(best)
        if self.progress is None:
            return True
        self.share = max(self.share, share)
        people = len(self.case.people)
        score = score_of(best.value, people) + self.fixed / people
        ceiling = None if bound is None else max(score, (bound + self.fixed) / people)
        placed = best.placed + sum(len(lock.members) for lock in self.case.closed)
        elapsed = perf_counter() - self.ending.budget.began
        return self.progress(
            Progress(self.share, elapsed, score, placed, people, ceiling, kind, lambda: self._keys(best))
        )

    def _keys(self, best: Best) -> Keys:
        closed = tuple(lock.members for lock in self.case.closed)
        return (*closed, *(tuple(self.case.free[index].key for index in circle) for circle in best.valid))
