"""Which seating a match is after: the best total, or the strongest weakest circle."""

from __future__ import annotations

from circles.matching.bound import Limit
from circles.matching.candidates import Objective
from circles.matching.encode import Population, Terms
from circles.matching.proposal import BoundKind
from circles.matching.search import Budget
from circles.matching.seating import Best, Seating
from circles.matching.solve import Watch, solve
from circles.matching.weakest import raise_weakest

#: Share of the time for the best total when the weakest circle counts first.
TOTAL_SHARE = 0.5


def reach(
    people: Population,
    terms: Terms,
    target: int,
    named: frozenset[int],
    objective: Objective,
    *,
    seed: int,
    budget: Budget,
    watch: Watch,
    start: Seating | None = None,
) -> Limit:
    """The best seating for an objective, and what bounds its total; see `solve`.

    The weakest circle is raised from the seating that `solve` finds, so it is never weaker than there. What bounds the
    total says little then, so there is no bound.
    """
    if objective == "total":
        return solve(people, terms, target, named, seed=seed, budget=budget, watch=watch, start=start)
    stopped = False

    def first(share: float, best: Best, bound: float | None, kind: BoundKind | None) -> bool:
        nonlocal stopped
        stopped = not watch(budget.done + (share - budget.done) * TOTAL_SHARE, best, None, None)
        return not stopped

    def then(share: float, best: Best) -> bool:
        return watch(budget.whole(TOTAL_SHARE + (1 - TOTAL_SHARE) * share), best, None, None)

    part = budget.part(TOTAL_SHARE)
    found = solve(people, terms, target, named, seed=seed, budget=part, watch=first, start=start, bounded=False).found
    if stopped:
        return Limit(found)
    return Limit(raise_weakest(found, people, terms, target, named, seed=seed, budget=budget, watch=then))
