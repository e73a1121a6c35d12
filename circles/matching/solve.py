"""One population from arrays to a seating with its bound: listing, search, mending and proof share the time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circles.matching.bound import MOST_CIRCLES, Limit, compatible, list_circles_of, prove, relax
from circles.matching.ceiling import Ceiling
from circles.matching.encode import POINT, Population, Terms
from circles.matching.polish import polish
from circles.matching.proposal import BoundKind
from circles.matching.repair import repair
from circles.matching.search import Budget, search
from circles.matching.seating import Best, Found, Seating

Watch = Callable[[float, Best, float | None, BoundKind | None], bool]

#: Populations whose valid circles are listed for a bound, and those whose seating is polished.
LISTED, POLISHED = 130, 300
#: Share of the time by which the circles must be listed and the linear problem solved, if at all.
LISTED_BY = 0.35
#: Up to this many people the optimum is usually proved, so that most of the time goes there.
PROVABLE = 60
#: Share of the time after which the search makes way for polish and proof: provable, polished and larger populations.
SEARCHED_BY = (0.35, 0.6, 1.0)
#: Tries of the polish when the budget is moves: one for so many moves.
MOST_TRIES, MOVES_A_TRY = 12, 1_000_000


def solve(
    people: Population,
    terms: Terms,
    target: int,
    named: frozenset[int],
    *,
    seed: int,
    budget: Budget,
    watch: Watch,
    start: Seating | None = None,
    bounded: bool = True,
) -> Limit:
    """The best seating found within the budget, none of its circles breaking a firm rule, and what bounds it.

    `watch(share, best, bound, kind)` returns False to stop early. `named` are the units that lend a circle their name;
    `start` is a seating to go on from. Unless it is to be `bounded`, no time goes into a bound beyond what the search
    itself brings.
    """
    count = len(people.host)
    fits = compatible(people, terms) if count <= POLISHED else None
    until = budget.began + LISTED_BY * budget.seconds if budget.seconds is not None else None
    listing = relaxation = None
    if fits is not None and count <= LISTED:
        listing = list_circles_of(people, terms, fits, np.arange(len(fits), dtype=np.int32), MOST_CIRCLES, until)
        relaxation = relax(listing, until) if listing is not None else None
    ceiling = Ceiling(people, terms, budget, seed)
    if relaxation is not None:
        ceiling.points, ceiling.kind = relaxation.value, "lp"
    stopped = False

    def look(share: float, found: Best) -> bool:
        nonlocal stopped
        stopped = stopped or not watch(budget.whole(share), found, ceiling.points, ceiling.kind)
        if bounded and relaxation is None and not stopped:
            ceiling.begin()
        return not stopped

    def polished(found: Found) -> bool:
        return look(budget.share() if budget.seconds else 1.0, found)

    def searched(share: float, found: Best) -> bool:
        return look(share * (by if budget.seconds is not None else 1), found)

    by = SEARCHED_BY[(count > PROVABLE) + (count > POLISHED)]
    part = budget.part(by)
    found = search(people, terms, target, named, seed=seed, budget=part, watch=searched, start=start)
    found = repair(found, people, terms)
    end = budget.began + budget.seconds if budget.seconds is not None else None
    if listing is not None and relaxation is not None and count <= PROVABLE and not stopped:
        return prove(listing, relaxation, found, end)
    if fits is not None and not stopped:
        tries = min(MOST_TRIES, (budget.moves or 0) // MOVES_A_TRY)
        found = polish(found, people, terms, fits, seed=seed, until=end, tries=tries, watch=polished)
    ceiling.settle(stopped=stopped)
    if ceiling.points is None:
        return Limit(found)
    return Limit(found, max(ceiling.points, found.value / POINT), ceiling.kind)
