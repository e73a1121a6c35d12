"""Raises the weakest circle first: the other objective a lead can choose.

A seating is better when it places as many people as the best total does and its people's scores, from the lowest up,
are higher at the first place where they differ. The search begins from the best total and presses on circles below a
floor that follows the weakest ones: what a circle lacks to it counts several times. When few circles are possible at
all, the best of them are chosen exactly, level by level.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from circles.matching.bound import compatible, list_circles_of
from circles.matching.curve import FROZEN
from circles.matching.encode import POINT, UNITS, Longs, Population, Terms
from circles.matching.levels import raise_levels
from circles.matching.repair import Bench, repair
from circles.matching.search import STRIDE, TICK, Budget, Watch
from circles.matching.seating import WORKERS, Chain, Found, Ground, Snapshot

#: How many times what a circle lacks to the floor counts on top.
PRESS = 12
#: The floor is the score below which this share of the circles lies, and so many points above the weakest at least.
WEAK, LIFT = 0.25, 2.0
#: Temperatures in points of circle value, and how often they run from first to last.
HOT, COLD, LAPS = 12.0, 1.0, 3
#: Temperature steps when the budget is moves.
ROUNDS = 240
#: Up to this many people and possible circles the levels are raised exactly.
FEW_PEOPLE, FEW_CIRCLES = 40, 3000


def raise_weakest(
    found: Found,
    people: Population,
    terms: Terms,
    target: int,
    named: frozenset[int],
    *,
    seed: int,
    budget: Budget,
    watch: Watch,
) -> Found:
    """The best total `found` or a seating whose weakest circle is stronger, placing no fewer people."""
    if len(found.valid) < 2:
        return found
    exact = _exactly(found, people, terms)
    if exact is not None:
        return exact
    rng = random.Random(f"weakest {seed}")
    ground = Ground.prepare(people, terms, target, named, rng)
    kept = _Kept(found.placed, _scores_of(found, people, terms), None)
    with ThreadPoolExecutor(WORKERS) as pool:
        chain = Chain(ground, ground.resume(found.valid, rng), rng, pool)
        _press(chain, kept, budget, watch)
    if kept.snapshot is None:
        return found
    mended = repair(kept.snapshot.found(), people, terms)
    return mended if kept.beats(mended.placed, _scores_of(mended, people, terms)) else kept.snapshot.found()


def _press(chain: Chain, kept: _Kept, budget: Budget, watch: Watch) -> None:
    """Search under a floor that follows the weakest circles, keeping the best seating that comes by."""
    plain, begun, shown, step = chain.ground.terms, budget.share(), perf_counter(), 0
    while True:
        share = step / ROUNDS if budget.seconds is None else (budget.share() - begun) / max(1 - begun, 1e-9)
        if share >= 1:
            return
        scores = _scores(chain.state.value, chain.state.size, chain.state.valid)
        chain.ground = replace(chain.ground, terms=_pressing(plain, kept.scores, scores))
        moves = STRIDE * WORKERS if budget.moves is None else max(1, budget.moves // ROUNDS)
        chain.heat(_heat(share), moves)
        kept.look(chain)
        step += 1
        if perf_counter() >= shown + TICK or budget.seconds is None:
            shown = perf_counter()
            if kept.snapshot is not None and not watch(share, kept.snapshot):
                return


def _heat(share: float) -> float:
    """A few laps from hot to cold; the last part of each runs frozen."""
    lap = share * LAPS % 1
    return FROZEN if lap > 0.85 else float(HOT * (COLD / HOT) ** (lap / 0.85))


def _pressing(terms: Terms, best: Longs, now: Longs) -> Terms:
    """The terms with a floor somewhat above the weakest circles."""
    weakest = int(best[0]) // UNITS if len(best) else 0
    floor = max(weakest + round(LIFT * POINT), int(np.quantile(now, WEAK)) // UNITS if len(now) else 0)
    return terms._replace(floor=floor * np.arange(terms.size_max + 1, dtype=np.int64), press=PRESS)


@dataclass(slots=True)
class _Kept:
    """The best seating so far: everybody's score from the lowest up (see `_scores`), and where it can be found."""

    least: int
    scores: Longs
    snapshot: Snapshot | None

    def beats(self, placed: int, scores: Longs) -> bool:
        """Whether other scores are better."""
        if placed < self.least:
            return False
        here, there = self.scores[: self.least], scores[: self.least]
        differing = np.flatnonzero(here != there)
        if len(differing):
            return bool(there[differing[0]] > here[differing[0]])
        return (len(scores), int(scores.sum())) > (len(self.scores), int(self.scores.sum()))

    def look(self, chain: Chain) -> None:
        """Keep the state of a chain when it is better."""
        scores = _scores(chain.state.value, chain.state.size, chain.state.valid)
        if self.beats(len(scores), scores):
            self.scores, self.snapshot = scores, Snapshot.of(chain.state)


def _scores(values: Longs, sizes: npt.NDArray[np.int32], valid: npt.NDArray[np.uint8]) -> Longs:
    """Units of value × UNITS a person, from the lowest up, of everybody in a circle that keeps every firm rule."""
    chosen = np.flatnonzero(valid & (sizes > 0))
    return np.sort(np.repeat(values[chosen] * (UNITS // sizes[chosen].astype(np.int64)), sizes[chosen]))


def _scores_of(found: Found, people: Population, terms: Terms) -> Longs:
    bench = Bench(people, terms)
    values = np.array([bench.value(circle) for circle in found.valid], dtype=np.int64)
    sizes = np.array([len(circle) for circle in found.valid], dtype=np.int32)
    return _scores(values, sizes, np.ones(len(values), dtype=np.uint8))


def _exactly(found: Found, people: Population, terms: Terms) -> Found | None:
    """The best seating there is, when few circles are possible; None when they are too many."""
    if len(people.host) > FEW_PEOPLE:
        return None
    fits = compatible(people, terms)
    listing = list_circles_of(people, terms, fits, np.arange(len(fits), dtype=np.int32), FEW_CIRCLES)
    if listing is None or not len(listing.units):
        return None
    chosen = raise_levels(listing, found.placed)
    if chosen is None:
        return None
    circles = [tuple(sorted(member for member in listing.circles[one].tolist() if member >= 0)) for one in chosen]
    return Found(tuple(sorted(circles)), (), int(listing.units[list(chosen)].sum()))
