"""Prices for everybody's place, and what they prove: no seating is worth more than all prices together.

Every circle worth more than its members' prices asks for higher ones. The master problem, a linear program over the
circles found so far, sets prices anew; the search for profit (compiled) finds the circles that speak against them. At
any time the prices together, and the highest profit of the circles that each unit comes first in, bound every seating.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csc_array

from circles.matching.compiled.pricing import Kept, Market, Stack, fill_market, find_profit
from circles.matching.compiled.values import fill_table, worth
from circles.matching.encode import POINT, Bytes, Ints, Longs, Population, Terms

Floats = npt.NDArray[np.float64]

#: Circles kept for each first unit in one round of prices.
A_UNIT = 12
#: Rounds of prices at most, and the points a person by which a bound may miss the linear program's.
ROUNDS, CLOSE = 60, 0.004
#: For halves, which only give first prices, this much.
NEAR = 0.15
#: How much of the best prices so far goes into the next, against swinging to and fro: while far from the end, and near.
STEADY, LOOSE, FAR = 0.5, 0.15, 0.5
#: Fewer units than twice this are priced at once, more from the prices of their halves, which are that much too low.
AT_ONCE, RISE = 40, 1.03
#: The price of a place before anything is known, in points.
FIRST_PRICE = 80
#: Groups looked at in one round of prices at most, from one first unit on.
STEPS = 3_000_000

Seen = Callable[[float], object]


@dataclass(slots=True)
class Patience:
    """What may still be spent: time until a `perf_counter` reading, and steps."""

    until: float | None = None
    steps: int = 1 << 60
    stop: Bytes = field(default_factory=lambda: np.zeros(1, dtype=np.uint8))

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return bool(self.stop[0]) or self.steps < 0 or self.left <= 0

    @property
    def left(self) -> float:
        """Seconds left."""
        return float("inf") if self.until is None else self.until - perf_counter()

    def end(self) -> None:
        """Stop whatever goes on, from another thread."""
        self.stop[0] = 1


def _nobody(points: float) -> None:
    """Hears of bounds that nobody waits for."""


@dataclass(slots=True)
class Prices:
    """What is known of some units: a price for everybody, the bound it proves in units of value, and circles.

    `bound` is None as long as nothing is proved. `closed` says that no lower one follows from a linear program.
    """

    price: Longs
    bound: int | None
    circles: Ints
    values: Longs
    closed: bool = False


def make_market(people: Population, terms: Terms, fits: Bytes) -> Market:
    """What the search for profit reads; those with whom the fewest go come first."""
    count, units = len(people.host), len(fits)
    order = np.argsort(fits.sum(axis=1), kind="stable").astype(np.int32)
    table = np.zeros((count, count), dtype=np.int32)
    fill_table(people, terms, table)
    words = -(-count // 64)
    extra = [0] + [worth(terms, size, 0, 1, size, size, terms.slots, True)[0] for size in range(1, terms.size_max + 1)]
    market = Market(
        unit=order,
        size=np.diff(people.unit_start)[order].astype(np.int32),
        own=np.zeros(units, dtype=np.int64),
        pair=np.zeros((units, units), dtype=np.int32),
        fits=np.ascontiguousarray(fits[np.ix_(order, order)]),
        hosts=np.zeros(units, dtype=np.uint8),
        wished=np.zeros((count, words), dtype=np.uint64),
        members=np.zeros((units, words), dtype=np.uint64),
        extra=np.array(extra, dtype=np.int64),
    )
    fill_market(people, terms, table, market)
    return market


def new_stack(people: Population, terms: Terms, stop: Bytes) -> Stack:
    """Buffers for one search."""
    count, anchors, words = people.open.shape
    units, depths = len(people.unit_start) - 1, terms.size_max + 2
    return Stack(
        group=np.zeros((1, 2 * terms.size_max + 2), dtype=np.int32),
        ends=np.zeros(depths, dtype=np.int32),
        words=np.zeros((depths * anchors, words), dtype=np.uint64),
        spoken=np.zeros((depths, people.languages.shape[1]), dtype=np.uint64),
        choice=np.zeros((depths, units), dtype=np.int32),
        shared=np.zeros((depths, units), dtype=np.int64),
        gain=np.zeros((depths, units), dtype=np.int64),
        count=np.zeros(depths, dtype=np.int32),
        at=np.zeros(depths, dtype=np.int32),
        pairs=np.zeros(depths, dtype=np.int64),
        price=np.zeros(depths, dtype=np.int64),
        hosts=np.zeros(depths, dtype=np.int32),
        whole=np.zeros((anchors, words), dtype=np.uint64),
        room=np.zeros(depths, dtype=np.int64),
        best=np.zeros(terms.size_max + 1, dtype=np.int64),
        around=np.zeros(-(-count // 64), dtype=np.uint64),
        stop=stop,
    )


def price_out(
    people: Population, terms: Terms, fits: Bytes, patience: Patience, *, close: float = CLOSE, seen: Seen = _nobody
) -> Prices:
    """A bound on the value of every seating, as low as the linear program over all valid circles when there is time.

    `close` is the points a person by which it may miss the linear program's bound. `seen` hears of every lower bound,
    in points.
    """
    return _from_halves(people, terms, make_market(people, terms, fits), patience, seen, close)


def _from_halves(
    people: Population, terms: Terms, market: Market, patience: Patience, seen: Seen, close: float
) -> Prices:
    """Prices of a market, begun from those of its two halves when it is large."""
    count = len(market.unit)
    price = np.zeros(len(people.host), dtype=np.int64)
    circles, values = np.zeros((0, terms.size_max), dtype=np.int32), np.zeros(0, dtype=np.int64)
    if count < 2 * AT_ONCE:
        price[_people_of(people, market)] = round(FIRST_PRICE * POINT)
    else:
        halves = [
            _from_halves(people, terms, part_of(market, np.arange(half, count, 2)), patience, _nobody, NEAR)
            for half in (0, 1)
        ]
        price = np.round(RISE * (halves[0].price + halves[1].price)).astype(np.int64)
        circles = np.concatenate([half.circles for half in halves])
        values = np.concatenate([half.values for half in halves])
    return _lower(people, terms, market, Prices(price, None, circles, values), patience, seen, close)


def part_of(market: Market, chosen: npt.NDArray[np.intp]) -> Market:
    """The market of some of its units only."""
    both = np.ix_(chosen, chosen)
    return market._replace(
        unit=market.unit[chosen],
        size=market.size[chosen],
        own=market.own[chosen],
        pair=np.ascontiguousarray(market.pair[both]),
        fits=np.ascontiguousarray(market.fits[both]),
        hosts=market.hosts[chosen],
        members=np.ascontiguousarray(market.members[chosen]),
    )


def _people_of(people: Population, market: Market) -> Ints:
    return np.flatnonzero(np.isin(people.unit_of, market.unit)).astype(np.int32)


def _lower(
    people: Population, terms: Terms, market: Market, known: Prices, patience: Patience, seen: Seen, close: float
) -> Prices:
    """Lower the bound round by round, until it is that of the linear program over all circles or time is up.

    Source: column generation with Lagrangian bounds; prices smoothed as by Wentges.
    """
    mine, stack = _people_of(people, market), new_stack(people, terms, patience.stop)
    price = known.price
    for _ in range(ROUNDS):
        found = _round(people, terms, market, price, stack, patience)
        if found is None:
            break
        bound, circles, values = found
        if known.bound is None or bound < known.bound:
            known.bound, known.price = bound, price
            seen(bound / POINT)
        known.circles = np.concatenate([known.circles, circles])
        known.values = np.concatenate([known.values, values])
        solved = _master(known, mine, len(people.host), patience)
        if solved is None:
            break
        value, duals = solved
        short = (known.bound / POINT - value) / len(mine)
        if short < close:
            known.closed = True
            break
        steady = STEADY if short > FAR else LOOSE
        price = np.round(steady * known.price + (1 - steady) * POINT * np.maximum(duals, 0)).astype(np.int64)
    return known


def _round(
    people: Population, terms: Terms, market: Market, price: Longs, stack: Stack, patience: Patience
) -> tuple[int, Ints, Longs] | None:
    """The bound that these prices prove, and circles worth more than they say; None when time or steps ran out."""
    firsts = [people.unit[people.unit_start[unit] : people.unit_start[unit + 1]] for unit in market.unit]
    prices = np.array([price[members].sum() for members in firsts], dtype=np.int64)
    bound = int(prices.sum())
    circles: list[Ints] = []
    values: list[Longs] = []
    for first in range(len(market.unit)):
        if patience.over:
            return None
        kept = Kept(
            np.full((A_UNIT, terms.size_max), -1, dtype=np.int32),
            np.zeros(A_UNIT, dtype=np.int64),
            np.zeros(A_UNIT, dtype=np.int64),
        )
        left = find_profit(people, terms, market, prices, first, stack, kept, STEPS)
        patience.steps -= STEPS - left
        if left < 0:
            return None
        bound += int(kept.profit.max())
        rising = kept.profit > 0
        circles.append(kept.circles[rising])
        values.append(kept.value[rising])
    return bound, np.concatenate(circles), np.concatenate(values)


def _master(known: Prices, mine: Ints, people: int, patience: Patience) -> tuple[float, Floats] | None:
    """The optimum of the linear program over the circles known, in points, and the price it puts on everybody.

    None when there was no time.
    """
    duals = np.zeros(people)
    if not len(known.values):
        return 0.0, duals
    sizes = np.count_nonzero(known.circles >= 0, axis=1)
    row_of = np.zeros(people, dtype=np.int64)
    row_of[mine] = np.arange(len(mine))
    rows = row_of[known.circles[known.circles >= 0]]
    columns = np.repeat(np.arange(len(sizes)), sizes)
    matrix = csc_array((np.ones(len(rows)), (rows, columns)), shape=(len(mine), len(sizes)))
    solved = linprog(
        -known.values / POINT,
        A_ub=matrix,
        b_ub=np.ones(len(mine)),
        bounds=(0, None),
        method="highs",
        options={"time_limit": max(patience.left, 0.01)},
    )
    if solved.status != 0:
        return None
    duals[mine] = -np.asarray(solved.ineqlin.marginals, dtype=np.float64)
    return -float(solved.fun), duals
