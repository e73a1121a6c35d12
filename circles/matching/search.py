"""Runs the compiled search within a budget: starts, temperatures, two workers, the best seating found."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter

import numpy as np

from circles.matching.encode import POINT, Bytes, Ints, Longs, Population, Terms
from circles.matching.kernel import Scratch, State, anneal
from circles.matching.start import availability_order, find_mates, seat_greedily

WORKERS = 2
#: Up to this many people, many short searches beat one long one.
SMALL = 250
#: Circles a search begins with, as a share of people / target.
MORE_CIRCLES = 1.05
MATES = 32
#: Above this many people, mates are chosen among so many drawn at random.
ALL_MATES, SOME_MATES = 3000, 900
GREEDY_LOOKS = 600
#: Temperatures in points of circle value (size × score), from first to last; then the rest runs cold.
HOT, COLD, FROZEN = 15.0, 1.5, 0.05
COLD_SHARE = 0.96
#: Temperature steps of one search when the budget is a number of moves.
ROUNDS = 150
#: Moves in one compiled call when the budget is time; the time left is looked at between calls.
STRIDE = 20_000

CURVE: Longs = np.array([round(-math.log((k + 0.5) / 4096) * 65536) for k in range(4096)], dtype=np.int64)

Seating = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best seating so far: circles that keep every firm rule, those that do not, and the value of the former."""

    valid: Seating
    broken: Seating
    value: int

    @property
    def placed(self) -> int:
        """People in circles that keep every rule."""
        return sum(len(circle) for circle in self.valid)


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: seconds from `began` on (a `perf_counter` reading), or a number of moves."""

    began: float
    seconds: float | None = None
    moves: int | None = None

    def share(self) -> float:
        """How much of the time is used; 0 when the budget is moves."""
        if self.seconds is None:
            return 0.0
        return min(1.0, (perf_counter() - self.began) / max(self.seconds, 1e-9))


Watch = Callable[[float, Found], bool]


@dataclass(slots=True)
class Chain:
    """One seating being improved, with the random state and buffers of its workers."""

    people: Population
    terms: Terms
    mates: Ints
    state: State
    scratch: list[Scratch]
    best: Found
    rng: random.Random
    pool: ThreadPoolExecutor | None = None
    live: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def heat(self, temperature: float, moves: int) -> None:
        """Try this many moves at one temperature, shared out over the workers."""
        heat = round(temperature * POINT)
        owner = np.zeros(len(self.state.size), dtype=np.uint8)
        if self.pool is None or len(self.live) < 4:
            self._run(self.live, owner, heat, moves, self.scratch[0])
            return
        dealt = self.live.tolist()
        self.rng.shuffle(dealt)
        half = len(dealt) // 2
        owner[dealt[half:]] = 1
        parts = [np.array(sorted(part), dtype=np.int32) for part in (dealt[:half], dealt[half:])]
        jobs = [
            self.pool.submit(self._run, part, owner, heat, moves // WORKERS, scratch)
            for part, scratch in zip(parts, self.scratch, strict=True)
        ]
        for job in jobs:
            job.result()

    def _run(self, circles: Ints, owner: Bytes, heat: int, moves: int, scratch: Scratch) -> None:
        anneal(self.people, self.terms, self.state, self.mates, circles, owner, heat, CURVE, moves, scratch)

    def note(self) -> None:
        """Remember the seating when it is the best so far."""
        if int((self.state.value * self.state.valid).sum()) > self.best.value:
            self.best = found_in(self.state)


def found_in(state: State) -> Found:
    """The circles of a state."""
    valid: list[tuple[int, ...]] = []
    broken: list[tuple[int, ...]] = []
    for circle in np.flatnonzero(state.size):
        members = tuple(sorted(state.member[circle, : state.size[circle]].tolist()))
        (valid if state.valid[circle] else broken).append(members)
    return Found(tuple(sorted(valid)), tuple(sorted(broken)), int((state.value * state.valid).sum()))


def search(
    people: Population,
    terms: Terms,
    target: int,
    named: frozenset[int],
    *,
    seed: int,
    budget: Budget,
    watch: Watch,
) -> Found:
    """The best seating found within the budget; `watch(share, best)` returns False to stop early.

    `named` are the units that lend a circle their name. Two workers are used whatever the number of cores, and with a
    budget of moves their work does not depend on time, so the result is the same everywhere.
    """
    count = len(people.host)
    rng = random.Random(f"matching {seed}")
    scratch = new_scratch(people, terms, rng)
    mates = np.zeros((count, MATES), dtype=np.int32)
    find_mates(people, terms, mates, 0, count, count if count <= ALL_MATES else SOME_MATES, scratch)
    order = availability_order(people, named)
    seats = quotas(count, target, terms.size_max)
    # In the worst case nobody goes with anybody, and each unit gets a row of its own.
    state = new_state(people, terms, len(seats) + len(order))
    seat_greedily(people, terms, state, order, seats, GREEDY_LOOKS, scratch)
    first = found_in(state)
    if not watch(0.0, first) or len(first.valid) + len(first.broken) < 2:
        return first

    def chain(start: State, number: int, pool: ThreadPoolExecutor | None) -> Chain:
        own = random.Random(f"chain {seed} {number}")
        buffers = [new_scratch(people, terms, own) for _ in range(WORKERS)]
        live = np.flatnonzero(start.size).astype(np.int32)
        return Chain(people, terms, mates, start, buffers, first, own, pool, live)

    with ThreadPoolExecutor(WORKERS) as pool:
        if count <= SMALL:
            return _many_short(lambda number: chain(copy_state(state), number, None), first, count, budget, watch, pool)
        return _one_long(chain(state, 0, pool), budget, watch)


def temperature(share: float) -> float:
    """Geometric cooling from HOT to COLD, then FROZEN."""
    if share >= COLD_SHARE:
        return FROZEN
    return HOT * math.exp(math.log(COLD / HOT) * share / COLD_SHARE)


def _one_long(chain: Chain, budget: Budget, watch: Watch) -> Found:
    """One search in which the circles are dealt to the two workers anew at every temperature."""
    if budget.moves is not None:
        for step in range(ROUNDS):
            chain.heat(temperature(step / (ROUNDS - 1)), budget.moves // ROUNDS)
            chain.note()
            if not watch((step + 1) / ROUNDS, chain.best):
                break
        return chain.best
    begun = budget.share()
    while (share := budget.share()) < 1:
        chain.heat(temperature((share - begun) / max(1 - begun, 1e-9)), STRIDE * WORKERS)
        chain.note()
        if not watch(share, chain.best):
            break
    return chain.best


def _many_short(
    make: Callable[[int], Chain], first: Found, count: int, budget: Budget, watch: Watch, pool: ThreadPoolExecutor
) -> Found:
    """Two workers, each with a series of searches of its own; the best of all."""
    moves = 900 * count * count
    stop = Event()
    bests: list[list[Found]] = [[first] for _ in range(WORKERS)]

    def best() -> Found:
        """The first of equals, in an order that does not depend on which worker was faster."""
        return max((found for one in bests for found in one), key=lambda found: found.value)

    def work(worker: int) -> None:
        for round_, length in enumerate(_lengths(moves, budget)):
            chain = make(1 + worker + WORKERS * round_)
            bests[worker].append(chain.best)
            for share, stride in length:
                if stop.is_set():
                    return
                chain.heat(temperature(share), stride)
                chain.note()
                bests[worker][-1] = chain.best

    jobs = [pool.submit(work, worker) for worker in range(WORKERS)]
    done = 0.0
    while wait(jobs, timeout=0.05).not_done:
        share = budget.share()
        if share >= done + 0.02:
            done = share
            if not watch(share, best()):
                stop.set()
    for job in jobs:
        job.result()
    return best()


def _lengths(moves: int, budget: Budget) -> Iterator[Iterator[tuple[float, int]]]:
    """The searches of one worker, each as its (share done, moves) steps, until the budget is used."""
    if budget.moves is not None:
        left = budget.moves // WORKERS
        rounds = max(1, round(left / moves))
        for _ in range(rounds):
            yield ((step / (ROUNDS - 1), max(1, left // rounds // ROUNDS)) for step in range(ROUNDS))
        return
    assert budget.seconds is not None  # noqa: S101 - one of the two is given
    end = budget.began + budget.seconds
    planned = moves / 3e6
    while (now := perf_counter()) < end:
        left_seconds = end - now
        rounds = max(1, round(left_seconds / planned))
        began = perf_counter()
        yield _timed(now, now + left_seconds / rounds)
        planned = max(planned, 0.8 * (perf_counter() - began)) if rounds == 1 else planned


def _timed(began: float, end: float) -> Iterator[tuple[float, int]]:
    while (now := perf_counter()) < end:
        yield (now - began) / (end - began), STRIDE


def quotas(count: int, target: int, most: int) -> Ints:
    """Seats to fill in each circle at the start: as even as can be."""
    wanted = max(1, round(MORE_CIRCLES * count / target), -(-count // most))
    return np.array([count * (row + 1) // wanted - count * row // wanted for row in range(wanted)], dtype=np.int32)


def new_state(people: Population, terms: Terms, rows: int) -> State:
    """No circle yet."""
    count, anchors, words = people.open.shape
    seats, languages = terms.size_max, people.languages.shape[1]
    every = ~np.uint64(0)
    return State(
        member=np.zeros((rows, seats), dtype=np.int32),
        size=np.zeros(rows, dtype=np.int32),
        circle=np.full(count, -1, dtype=np.int32),
        seat=np.zeros(count, dtype=np.int32),
        value=np.zeros(rows, dtype=np.int64),
        valid=np.ones(rows, dtype=np.uint8),
        pairs=np.zeros(rows, dtype=np.int64),
        share=np.zeros((rows, seats), dtype=np.int64),
        hosts=np.zeros(rows, dtype=np.int32),
        without=np.full((rows, seats + 1, anchors, words), every),
        speak=np.full((rows, seats + 1, languages), every),
        bring=np.zeros((rows, seats + 1), dtype=np.uint64),
    )


def copy_state(state: State) -> State:
    """An independent copy."""
    return State._make(array.copy() for array in state)


def new_scratch(people: Population, terms: Terms, rng: random.Random) -> Scratch:
    """Buffers and a random state of their own for one worker."""
    anchors, words = people.open.shape[1:]
    return Scratch(
        random=np.array([rng.getrandbits(64) | 1], dtype=np.uint64),
        words=np.zeros((anchors, words), dtype=np.uint64),
        words2=np.zeros((anchors, words), dtype=np.uint64),
        left=np.zeros(2 * terms.size_max + 2, dtype=np.int32),
        right=np.zeros(2 * terms.size_max + 2, dtype=np.int32),
    )


def score_of(value: int, people: int) -> float:
    """A value of circles as a score, 0 to 100, over this many people."""
    return value / POINT / people if people else 0.0


def members_of(circles: Sequence[Sequence[int]]) -> frozenset[int]:
    """Everybody in these circles."""
    return frozenset(index for circle in circles for index in circle)
