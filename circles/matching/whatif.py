"""What each lock, rule, weight and wish of a match costs: how much better the rest could be without it.

For few people both sides are solved to the proved optimum. For more, what concerns a few people is solved exactly over
their circles and some others, all else staying; what concerns everybody is searched for on both sides, from the same
seating with the same budget and the same chance, several times.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from time import perf_counter

import numpy as np

from circles.matching.bound import compatible, list_circles_of, prove, relax
from circles.matching.candidates import Candidate, Lock, Rules, among_themselves
from circles.matching.case import Case, sort_out
from circles.matching.compiled.values import evaluate
from circles.matching.encode import POINT, UNITS, Population, Terms, encode_people, encode_terms
from circles.matching.parts import size_part
from circles.matching.proposal import Keys, Value
from circles.matching.repair import repair
from circles.matching.scoring import score_circle
from circles.matching.search import Budget, search
from circles.matching.seating import Found, Seating
from circles.matching.solve import PROVABLE
from circles.matching.variants import CostKind, Demands, Variant, variants_of

#: People seated anew to see what a demand of a few of them costs, the most circles to choose from, and tries.
TOGETHER, MOST_CIRCLES, TRIES = 40, 500_000, 2
#: Searches on either side for a demand that concerns everybody, and how much of a whole search each repeats the end of.
REPEATS, DONE = 3, 0.6
#: Costs below this many points of the score are not told from none.
LEAST = 0.005
#: Seconds for everything, and for one proof over a part, when nothing is said.
SECONDS, PATIENCE = 60.0, 5.0
#: Seconds that the proof for a few people gets at least, so that some are finished; gaps that are none.
PROOF, TINY = 10.0, 1e-6

Report = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one demand costs, in points of the population's score (0 to 100), and how many more would have a place.

    Without a wish or a weight, only what the rest gains counts. `exact` says that both sides are proved optima;
    otherwise the figure is what was found, true but for `uncertainty` points. Kinds and codes: "lock" and "kept" with
    the circle's name; "rule" with "slots", "size_max", "size_min" {now, then}, "language", "manager" {pairs}; "avoid"
    with "all" {pairs}; "together" with "pair"; "weight" with the part's name {weight}; "wish" with "any" {met}.
    """

    kind: CostKind
    code: str
    people: tuple[str, ...]
    values: Mapping[str, Value]
    points: float
    placed: int
    exact: bool
    uncertainty: float = 0.0

    @property
    def measurable(self) -> bool:
        """Whether this is more than nothing, as far as can be told."""
        return self.placed > 0 or self.points > max(self.uncertainty, LEAST)


def what_if(
    candidates: Sequence[Candidate],
    rules: Rules,
    met: Collection[tuple[str, str]] = (),
    *,
    seating: Sequence[Sequence[str]],
    locked: Sequence[Lock] = (),
    seed: int = 1,
    seconds: float | None = None,
    iterations: int | None = None,
    progress: Report | None = None,
) -> tuple[Cost, ...]:
    """The costs that could be worked out, dearest first.

    `seating` are the members' keys of the circles there are, closed locks included. The most promising demands come
    first; with `seconds` (60 when nothing is said) the rest is left out when time is up, with `iterations` (moves of
    each search) all are worked out, alike on any machine. `progress(done, total)` returns False to end with what there
    is. Raises ValueError as `match` does.
    """
    began = perf_counter()
    until = None if iterations is not None else began + (SECONDS if seconds is None else seconds)
    demands = Demands(among_themselves(tuple(candidates)), rules, tuple(locked))
    ground = Setting.of(demands, demands.rules, met)
    by_key = {person.key: person for person in demands.people}
    scores = {
        key: score_circle([by_key[one] for one in row], rules, ground.case.met).score for row in seating for key in row
    }
    variants = variants_of(demands, scores)
    study = Study(demands, met, ground, tuple(tuple(row) for row in seating), seed, until, iterations)
    given = SECONDS if seconds is None else seconds
    study.settle(given / 5)
    costs: list[Cost] = []
    for place, variant in enumerate(variants):
        if (until is not None and perf_counter() > until) or (progress and not progress(place, len(variants))):
            break
        left = given if until is None else until - perf_counter()
        cost = study.cost(variant, left / (len(variants) - place))
        if cost is not None:
            costs.append(cost)
    return tuple(sorted(costs, key=lambda cost: (-max(0, cost.placed), -cost.points)))


@dataclass(frozen=True, slots=True)
class Setting:
    """One side of a comparison, ready to be solved. Values are in units, as in the search."""

    case: Case
    population: Population | None
    terms: Terms
    named: frozenset[int]
    closed: Keys

    @classmethod
    def of(cls, demands: Demands, scored: Rules, met: Collection[tuple[str, str]]) -> Setting:
        """`scored` are the rules by which sizes are judged, whatever sizes are allowed."""
        case = sort_out(demands.people, demands.rules, met, demands.locks)
        terms = encode_terms(demands.rules)
        terms = terms._replace(size=terms.size + _judged_by(scored, demands.rules))
        population = None
        if len(case.free) >= demands.rules.size_min:
            population = encode_people(case.free, demands.rules, case.met, case.open_locks)
        named = frozenset(index for index, unit in enumerate(case.units) if unit.name)
        return cls(case, population, terms, named, tuple(lock.members for lock in case.closed))

    def places(self, circles: Sequence[Sequence[str]]) -> Seating:
        """Circles of keys as positions, those of closed locks left out."""
        return self.case.seating(circles)

    def keys(self, found: Found) -> Keys:
        """The circles found, and those of closed locks, as keys."""
        return (*self.closed, *(tuple(self.case.free[index].key for index in row) for row in found.valid))

    def worth(self, circles: Sequence[Sequence[str]]) -> tuple[float, int]:
        """Points of some circles, closed locks among them, and the people in those that break no firm rule."""
        locks = {frozenset(row) for row in self.closed}
        by_key = {person.key: person for person in self.case.people}
        points, placed = 0.0, 0
        for row in circles:
            if frozenset(row) in locks:
                points += score_circle([by_key[key] for key in row], self.case.rules, self.case.met).score * len(row)
                placed += len(row)
        value, seated = self._value(self.places([row for row in circles if frozenset(row) not in locks]))
        return points + value / POINT, placed + seated

    def _value(self, seating: Seating) -> tuple[int, int]:
        if self.population is None:
            return 0, 0
        words = np.zeros(self.population.open.shape[1:], dtype=np.uint64)
        total, placed = 0, 0
        for row in seating:
            if len(row) <= self.terms.size_max:
                members = np.array([row], dtype=np.int32)
                value, valid = evaluate(self.population, self.terms, members, 0, len(row), words)
                total += int(value) if valid else 0
                placed += len(row) if valid else 0
        return total, placed


def _judged_by(scored: Rules, rules: Rules) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What to add to the value of the size part by size, so that sizes count as under the rules `scored`."""
    unit = 100_000 * rules.weights.size / sum(rules.points.values())
    sizes = range(rules.size_max + 1)
    return np.array(
        [
            (round(unit * size_part(size, scored)) - round(unit * size_part(size, rules))) * UNITS * size
            for size in sizes
        ],
        dtype=np.int64,
    )


@dataclass(frozen=True, slots=True)
class Solved:
    """Circles as keys, and how many points better ones there could be at most."""

    circles: Keys
    gap: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What a variant brings, in points of circle value; `doubt` are points by which it may be off."""

    points: float
    placed: int
    doubt: float = 0.0


@dataclass(slots=True)
class Study:
    """Compares the match as it is with each variant."""

    demands: Demands
    met: Collection[tuple[str, str]]
    ground: Setting
    seating: Keys
    seed: int
    until: float | None
    moves: int | None
    doubt: float = 0.0
    again: dict[int, Keys] = field(default_factory=dict)

    def settle(self, seconds: float) -> None:
        """Bring the seating there is to where the same effort without a change would bring it."""
        solved = self._exactly(self.ground, self.seating, seconds) if self._few(self.ground) else None
        if solved is not None:
            self.seating, self.doubt = solved.circles, solved.gap
        else:
            self.seating = self._searched(self.ground, 0, seconds)

    def cost(self, variant: Variant, seconds: float) -> Cost | None:
        """What a variant brings within some seconds; None when it could not be worked out."""
        if variant.local and not self._few(self.ground):
            gains = [gain for one in range(TRIES) if (gain := self._gain_around(variant, one)) is not None]
            return self._cost(variant, max(gains, key=lambda gain: gain.points), gains, False) if gains else None
        other = Setting.of(variant.demands, self.demands.rules, self.met)
        if self._few(self.ground) and self._few(other):
            gain = self._proved_gain(other, max(seconds, PROOF))
            return None if gain is None else self._cost(variant, gain, [gain], gain.doubt < TINY)
        gains = [self._searched_gain(other, one, 2 * seconds / REPEATS) for one in range(REPEATS)]
        mean = Gain(fmean(gain.points for gain in gains), min(gain.placed for gain in gains), 0.0)
        return self._cost(variant, mean, gains, False)

    def _cost(self, variant: Variant, gain: Gain, gains: Sequence[Gain], exact: bool) -> Cost:
        """A gain in points of the score; how far those of several tries lie apart is what it may be off by."""
        point = variant.share / max(len(self.demands.people), 1)
        spread = max(one.points for one in gains) - min(one.points for one in gains)
        doubt = 0.0 if exact else max(spread, gain.doubt)
        values = dict(variant.values)
        if variant.kind == "wish":
            values["met"] = self._met(variant.people[0])
        points = max(0.0, gain.points * point)
        return Cost(variant.kind, variant.code, variant.people, values, points, gain.placed, exact, doubt * point)

    def _few(self, setting: Setting) -> bool:
        return len(setting.case.free) <= PROVABLE

    def _met(self, key: str) -> int:
        person = next(one for one in self.demands.people if one.key == key)
        return int(any(key in row and not person.wishes.isdisjoint(row) for row in self.seating))

    def _proved_gain(self, other: Setting, seconds: float) -> Gain | None:
        solved = self._exactly(other, self.seating, seconds)
        return None if solved is None else self._gain(other, solved, Solved(self.seating, self.doubt))

    def _searched(self, setting: Setting, repeat: int, seconds: float) -> Keys:
        """Where the end of a search leads from the seating there is."""
        if setting.population is None:
            return setting.closed
        budget = Budget(perf_counter(), None if self.until is None else seconds, self.moves, DONE)
        found = search(
            setting.population,
            setting.terms,
            setting.case.rules.target,
            setting.named,
            seed=self.seed + repeat,
            budget=budget,
            watch=lambda share, best: True,
            start=setting.places(self.seating),
        )
        return setting.keys(repair(found, setting.population, setting.terms))

    def _searched_gain(self, other: Setting, repeat: int, seconds: float) -> Gain:
        half = seconds / 2
        if repeat not in self.again:
            self.again[repeat] = self._searched(self.ground, 1 + repeat, half)
        after = Solved(self._searched(other, 1 + repeat, half), 0.0)
        return self._gain(other, after, Solved(self.again[repeat], 0.0))

    def _gain(self, other: Setting, after: Solved, before: Solved) -> Gain:
        """What circles under other demands are worth more than those under the demands there are."""
        points, placed = other.worth(after.circles)
        points_before, placed_before = other.worth(before.circles)
        return Gain(points - points_before, placed - placed_before, after.gap + before.gap)

    def _gain_around(self, variant: Variant, repeat: int) -> Gain | None:
        """What seating the people concerned and some others anew brings, both sides solved exactly."""
        rng = random.Random(f"what if {self.seed} {repeat}")
        near = [row for row in self.seating if not set(row).isdisjoint(variant.people)]
        rest = [row for row in self.seating if set(row).isdisjoint(variant.people)]
        rng.shuffle(rest)
        for row in rest:
            if sum(map(len, near)) + len(row) <= TOGETHER:
                near.append(row)
        keys = frozenset(key for row in near for key in row) | frozenset(variant.people)
        met = [pair for pair in self.met if set(pair) <= keys]
        ground, other = (
            Setting.of(demands.among(keys), self.demands.rules, met) for demands in (self.demands, variant.demands)
        )
        before, after = self._exactly(ground, near, PATIENCE), self._exactly(other, near, PATIENCE)
        return None if before is None or after is None else self._gain(other, after, before)

    def _exactly(self, setting: Setting, circles: Sequence[tuple[str, ...]], seconds: float) -> Solved | None:
        """The best circles, begun from those there are; None when there are too many to choose from."""
        people, terms = setting.population, setting.terms
        if people is None:
            return Solved(setting.closed, 0.0)
        until = None if self.until is None else min(self.until, perf_counter() + seconds)
        fits = compatible(people, terms)
        every = np.arange(len(fits), dtype=np.int32)
        listing = list_circles_of(people, terms, fits, every, MOST_CIRCLES, until)
        relaxation = relax(listing, until) if listing is not None else None
        if listing is None or relaxation is None:
            return None
        seats = setting.places(circles)
        limit = prove(listing, relaxation, Found(seats, (), listing.value_of(seats)), until)
        return Solved(setting.keys(limit.found), max(0.0, (limit.bound or 0.0) - limit.found.value / POINT))
