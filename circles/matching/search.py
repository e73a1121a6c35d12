"""Searches within a budget: one long search for many people, many short ones for few."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Event
from time import perf_counter

from circles.matching.curve import MENDED, long_temperature, temperature
from circles.matching.encode import Population, Terms
from circles.matching.repair import repair
from circles.matching.seating import WORKERS, Best, Chain, Found, Ground, Seating, Snapshot

#: Up to this many people, many short searches beat one long one.
SMALL = 250
#: Moves of a short search, per square of the number of people.
SHORT = 900
#: Temperature steps of one search when the budget is a number of moves.
ROUNDS = 150
#: Moves in one compiled call when the budget is time; the time left is looked at between calls.
STRIDE = 20_000
#: In a long search so many for each person, where that is more.
STRIDE_A_PERSON = 5
#: Moves a second of one worker until it is measured.
SPEED = 5e6
#: The least share of the time asked for that is for the search, whatever follows.
LEAST = 0.1
#: Seconds between two looks of the watcher when the budget is time.
TICK = 0.05

Watch = Callable[[float, Best], bool]


@dataclass(slots=True)
class Reserve:
    """Seconds of the time asked for that are kept for what follows; they are set anew while the search runs."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: within `asked` seconds from `began` on (a `perf_counter` reading), or a number of moves.

    `done` is the share of a longer search that is over already, when this one goes on from there. `portion` is the part
    of the time that this search may use.
    """

    began: float
    asked: float | None = None
    moves: int | None = None
    done: float = 0.0
    reserve: Reserve = field(default_factory=Reserve)
    portion: float = 1.0

    @property
    def seconds(self) -> float | None:
        """Seconds from `began` on without those kept for what follows; None when the budget is moves."""
        if self.asked is None:
            return None
        return max(LEAST * self.asked, self.asked - self.reserve.seconds) * self.portion

    def share(self) -> float:
        """How much of the time is used; 0 when the budget is moves."""
        seconds = self.seconds
        return 0.0 if seconds is None else min(1.0, (perf_counter() - self.began) / max(seconds, 1e-9))

    def part(self, share: float) -> Budget:
        """The first part of the time; moves are not shared."""
        return replace(self, portion=self.portion * share)

    def whole(self, share: float) -> float:
        """A share of this search as one of the whole search, what was done before included."""
        return self.done + (1 - self.done) * min(1.0, share)


def search(
    people: Population,
    terms: Terms,
    target: int,
    named: frozenset[int],
    *,
    seed: int,
    budget: Budget,
    watch: Watch,
    start: Seating | None = None,
) -> Found:
    """The best seating found within the budget; `watch(share, best)` returns False to stop early.

    `named` are the units that lend a circle their name; `start` is a seating to go on from. Two workers are used
    whatever the number of cores, and with a budget of moves their work does not depend on time, so the result is the
    same everywhere.
    """
    rng = random.Random(f"matching {seed}")
    ground = Ground.prepare(people, terms, target, named, rng)
    counts = ground.counts()
    state = ground.begin(counts[0], rng) if start is None else ground.resume(start, rng)
    first = Snapshot.of(state)
    if not watch(0.0, first) or int((first.size > 0).sum()) < 2:
        return first.found()
    with ThreadPoolExecutor(WORKERS) as pool:
        if len(people.host) > SMALL:
            return _Long(ground, Chain(ground, state, rng, pool), rng, pool).run(budget, watch)
        series = [_Series(ground, counts, worker, seed, [first]) for worker in range(WORKERS)]
        return _many_short(series, budget, watch, pool)


@dataclass(slots=True)
class _Long:
    """One search in which the circles are dealt to the two workers anew at every temperature.

    Before it settles its broken circles are mended: those who block them go elsewhere, and what that costs can still be
    made up for.
    """

    ground: Ground
    chain: Chain
    rng: random.Random
    pool: ThreadPoolExecutor
    mended: bool = False

    def run(self, budget: Budget, watch: Watch) -> Found:
        """Search until the budget is used or the watcher stops it."""
        if budget.moves is not None:
            rounds = max(1, round(ROUNDS * (1 - budget.done)))
            for step in range(rounds):
                self._heat(budget.whole(step / max(rounds - 1, 1)), budget.moves // rounds)
                if not watch((step + 1) / rounds, self.chain.best):
                    break
            return self.chain.best.found()
        begun, shown = budget.share(), perf_counter()
        moves = WORKERS * max(STRIDE, STRIDE_A_PERSON * len(self.ground.people.host))
        while (share := budget.share()) < 1:
            self._heat(budget.whole((share - begun) / max(1 - begun, 1e-9)), moves)
            if perf_counter() >= shown + TICK:
                shown = perf_counter()
                if not watch(share, self.chain.best):
                    break
        return self.chain.best.found()

    def _heat(self, share: float, moves: int) -> None:
        if share >= MENDED and not self.mended:
            self._mend()
        self.chain.heat(long_temperature(share), moves)
        self.chain.note()

    def _mend(self) -> None:
        """Go on from the best seating with everybody placed who can be; what it was worth before does not count."""
        self.mended = True
        found = self.chain.best.found()
        if found.placed < len(self.ground.people.host):
            better = repair(found, self.ground.people, self.ground.terms)
            if better.placed > found.placed:
                state = self.ground.resume(better.valid, self.rng)
                self.chain = Chain(self.ground, state, self.rng, self.pool)


@dataclass(slots=True)
class _Series:
    """The short searches of one worker: every likely number of circles once, then mostly those that did best."""

    ground: Ground
    counts: list[int]
    worker: int
    seed: int
    bests: list[Snapshot]
    tried: dict[int, int] = field(default_factory=dict)
    speed: float = SPEED
    made: int = 0

    def run(self, budget: Budget, stop: Event) -> None:
        """Search until the budget is used or `stop` is set."""
        for number, steps in enumerate(self._searches(budget)):
            count = self._pick(number)
            rng = random.Random(f"matching {self.seed} {self.worker} {number}")
            chain = Chain(self.ground, self.ground.begin(count, rng), rng)
            self.bests.append(chain.best)
            for share, moves in steps:
                if stop.is_set():
                    return
                chain.heat(temperature(share), moves)
                chain.note()
                self.made += moves
                self.bests[-1] = chain.best
            self.tried[count] = max(self.tried.get(count, 0), chain.best.value)
            self.bests = [max(self.bests, key=lambda found: found.value)]

    def _pick(self, number: int) -> int:
        place = number * WORKERS + self.worker
        if place < len(self.counts) + WORKERS - 1:
            return self.counts[place % len(self.counts)]
        ranked = sorted(self.tried, key=lambda count: (-self.tried[count], count))
        return ranked[number % min(2, len(ranked))]

    def _searches(self, budget: Budget) -> Iterator[Iterator[tuple[float, int]]]:
        """The searches, each as its (share done, moves) steps."""
        moves = SHORT * len(self.ground.people.host) ** 2
        if budget.moves is not None:
            own = budget.moves // WORKERS
            rounds = max(1, round(own / moves))
            for _ in range(rounds):
                yield ((step / (ROUNDS - 1), max(1, own // rounds // ROUNDS)) for step in range(ROUNDS))
            return
        while (share := budget.share()) < 1:
            left = (1 - share) * (budget.seconds or 0)
            rounds = max(1, round(left * self.speed / moves))
            yield self._timed(left / rounds)

    def _timed(self, seconds: float) -> Iterator[tuple[float, int]]:
        began, done = perf_counter(), 0
        while (passed := perf_counter() - began) < seconds:
            yield passed / seconds, STRIDE
            done += STRIDE
        self.speed = max(done / passed, 1.0)


def _many_short(series: list[_Series], budget: Budget, watch: Watch, pool: ThreadPoolExecutor) -> Found:
    """Two workers, each with a series of searches of its own; the best of all."""
    stop = Event()

    def best() -> Snapshot:
        """The first of equals, in an order that does not depend on which worker was faster."""
        return max((found for one in series for found in one.bests), key=lambda found: found.value)

    jobs = [pool.submit(one.run, budget, stop) for one in series]
    done = 0.0
    while wait(jobs, timeout=0.05).not_done:
        share = budget.share() if budget.moves is None else sum(one.made for one in series) / max(budget.moves, 1)
        if share >= done + 0.01:
            done = share
            if not watch(share, best()):
                stop.set()
    for job in jobs:
        job.result()
    return best().found()
