"""How good a seating could be at most, and a better one where it can be found exactly.

For few people every valid circle is listed. Which of them to take is a set packing problem: one 0/1 variable for each
circle, everybody in at most one. Its linear relaxation, solved over a growing choice of circles priced by the duals,
is a bound; circles whose reduced cost is worse than the gap to the best known seating can be left out of the
whole-number problem without changing its optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from circles.matching.compiled.listing import list_circles, mark_compatible
from circles.matching.encode import POINT, Bytes, Ints, Longs, Population, Terms
from circles.matching.proposal import BoundKind
from circles.matching.seating import Found, Seating

#: The most circles kept when those of a whole population are listed.
MOST_CIRCLES = 2_500_000
#: Circles in a whole-number problem: with more it would hardly be solved in time; the most promising are tried first.
ALL_THAT_MATTER, PROMISING = 30_000, 2_500
#: Branching steps when the budget is moves, so that the outcome does not depend on time.
MOST_NODES = 60
TINY = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listing:
    """Every valid circle: members (padded with -1) and value in points."""

    people: int
    circles: Ints
    units: Longs
    values: Floats
    sizes: Ints

    def matrix(self, chosen: npt.NDArray[np.intp]) -> csc_array:
        """Who sits in which of the chosen circles: (people, chosen)."""
        members = self.circles[chosen]
        rows = members[members >= 0]
        columns = np.repeat(np.arange(len(chosen)), self.sizes[chosen])
        return csc_array((np.ones(len(rows)), (rows, columns)), shape=(self.people, len(chosen)))

    def value_of(self, circles: Seating) -> int:
        """The value of some of the listed circles, in units."""
        wanted = {frozenset(circle) for circle in circles}
        first = {min(circle) for circle in circles}
        near = np.flatnonzero(np.isin(np.where(self.circles < 0, 1 << 30, self.circles).min(axis=1), list(first)))
        return sum(int(self.units[one]) for one in near if frozenset(self.circles[one].tolist()) - {-1} in wanted)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The linear problem's optimum in points, and how much each circle falls short of being worth its members."""

    value: float
    reduced: Floats


@dataclass(frozen=True, slots=True)
class Limit:
    """The best seating known, the most there can be in points (None: not known), and what kind of bound that is."""

    found: Found
    bound: float | None = None
    kind: BoundKind | None = None


def compatible(people: Population, terms: Terms) -> Bytes:
    """Which units could share a circle as far as the two of them go: (units, units)."""
    units = len(people.unit_start) - 1
    fits = np.zeros((units, units), dtype=np.uint8)
    mark_compatible(people, terms, fits, np.zeros(people.open.shape[1:], dtype=np.uint64))
    return fits


def list_circles_of(
    people: Population, terms: Terms, fits: Bytes, units: Ints, most: int, until: float | None = None
) -> Listing | None:
    """Every valid circle of these units; None when there are more than `most` or the time (`perf_counter`) is over."""
    count = len(people.host)
    within = np.zeros(len(fits), dtype=np.uint8)
    within[units] = 1
    fits = fits * within[:, None] * within[None, :]
    circles = np.empty((most, terms.size_max), dtype=np.int32)
    values = np.empty(most, dtype=np.int64)
    found = 0
    for first in units:
        found = list_circles(people, terms, fits, np.array([first], dtype=np.int32), circles, values, found)
        if found < 0 or (until is not None and perf_counter() > until):
            return None
    circles, values = circles[:found].copy(), values[:found].copy()
    return Listing(count, circles, values, values / POINT, np.count_nonzero(circles >= 0, axis=1).astype(np.int32))


def relax(listing: Listing, until: float | None = None) -> Relaxation | None:
    """The linear relaxation over all circles, by column generation; None when there is no time for it.

    Source: Gilmore and Gomory's method for cutting stock, with all columns at hand for pricing.
    """
    if not len(listing.values):
        return Relaxation(0.0, np.zeros(0))
    chosen = _first_choice(listing)
    while True:
        value, duals = _linear(listing, np.flatnonzero(chosen))
        padded = np.append(duals, 0.0)
        reduced = listing.values - padded[listing.circles].sum(axis=1)
        if reduced.max() < TINY:
            return Relaxation(value, reduced)
        if until is not None and perf_counter() > until:
            return None
        _add_best(listing, chosen, reduced)


def _first_choice(listing: Listing) -> npt.NDArray[np.bool_]:
    """The best circles by value for each member, and those of each person's best."""
    chosen = np.zeros(len(listing.values), dtype=np.bool_)
    best = np.argsort(-listing.values / listing.sizes, kind="stable")
    chosen[best[:2000]] = True
    _add_best(listing, chosen, listing.values)
    return chosen


def _add_best(listing: Listing, chosen: npt.NDArray[np.bool_], reduced: Floats) -> None:
    """Choose circles that would raise the value most, and for everybody a few of their own."""
    rising = np.flatnonzero(reduced > TINY)
    rising = rising[np.argsort(-reduced[rising], kind="stable")[:3000]]
    chosen[rising[:400]] = True
    seen = np.zeros(listing.people + 1, dtype=np.int64)
    for circle in rising:
        members = listing.circles[circle]
        if seen[members[members >= 0]].min() < 8:
            chosen[circle] = True
            seen[members] += 1


def _linear(listing: Listing, chosen: npt.NDArray[np.intp]) -> tuple[float, Floats]:
    """Optimum and duals (how much a place for each person is worth) over the chosen circles."""
    solved = linprog(
        -listing.values[chosen],
        A_ub=listing.matrix(chosen),
        b_ub=np.ones(listing.people),
        bounds=(0, None),
        method="highs",
    )
    return -float(solved.fun), -np.asarray(solved.ineqlin.marginals, dtype=np.float64)


def prove(listing: Listing, relaxation: Relaxation, found: Found, until: float | None) -> Limit:
    """Look for a better seating among the circles that could be in one; the bound is exact when none is left to find.

    `until` is a `perf_counter` reading; without it the proof is left out where it could take long. The seating found is
    kept unless a better one turns up.
    """
    ceiling = relaxation.value
    if until is not None and len(_that_matter(relaxation, found)) > 2 * PROMISING:
        promising = np.sort(np.argsort(-relaxation.reduced, kind="stable")[:PROMISING])
        found = _whole(listing, promising, found, (perf_counter() + until) / 2).found
    matter = _that_matter(relaxation, found)
    if not len(matter):
        return Limit(found, found.value / POINT, "exact")
    most = PROMISING if until is None else ALL_THAT_MATTER
    if len(matter) > most or (until is not None and perf_counter() > until):
        return Limit(found, max(ceiling, found.value / POINT), "lp")
    solved = _whole(listing, matter, found, until)
    known = solved.found.value / POINT
    if solved.kind == "exact":
        return Limit(solved.found, known, "exact")
    return Limit(solved.found, max(min(ceiling, solved.bound or ceiling), known), "lp")


def _that_matter(relaxation: Relaxation, found: Found) -> npt.NDArray[np.intp]:
    """Circles that a better seating than the one found could hold."""
    gap = relaxation.value - found.value / POINT
    return np.flatnonzero(relaxation.reduced >= -gap + TINY)


def _whole(listing: Listing, chosen: npt.NDArray[np.intp], found: Found, until: float | None) -> Limit:
    """The whole-number problem over the chosen circles, and its own bound, "exact" when solved to the end."""
    options: dict[str, float | int] = {"mip_rel_gap": 0}
    options |= {"node_limit": MOST_NODES} if until is None else {"time_limit": max(0.1, until - perf_counter())}
    solved = milp(
        -listing.values[chosen],
        integrality=np.ones(len(chosen)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(listing.matrix(chosen), -np.inf, 1),
        options=options,
    )
    if solved.x is not None:
        found = _better(listing, chosen[np.flatnonzero(solved.x > 0.5)], found)
    dual = None if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    return Limit(found, dual, "exact" if solved.status == 0 else "lp")


def _better(listing: Listing, chosen: npt.NDArray[np.intp], found: Found) -> Found:
    """The chosen circles as a seating when they are disjoint and worth more than the one found."""
    circles = [tuple(sorted(member for member in listing.circles[one].tolist() if member >= 0)) for one in chosen]
    seated = [member for circle in circles for member in circle]
    value = int(listing.units[chosen].sum())
    if value <= found.value or len(set(seated)) < len(seated):
        return found
    return Found(tuple(sorted(circles)), (), value)
