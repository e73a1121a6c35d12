"""Seatings: who sits where, the first of them, and how one is improved at a temperature."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from circles.matching.compiled.moves import anneal, seat_circle
from circles.matching.compiled.start import availability_order, find_mates, seat_greedily
from circles.matching.compiled.state import Scratch, State
from circles.matching.compiled.values import NEVER, evaluate, fill_table
from circles.matching.curve import CURVE
from circles.matching.encode import POINT, Bytes, Ints, Population, Terms

WORKERS = 2
#: Circles a search begins with, as a share of people / target; small populations try the counts around it too.
MORE_CIRCLES = 1.05
SPREAD = 0.16
MATES = 32
#: Above this many people, mates are chosen among so many drawn at random.
ALL_MATES, SOME_MATES = 3000, 900
#: Waiting people looked at for one seat of the first seating, and with more than ALL_MATES people.
GREEDY_LOOKS, FEWER_LOOKS = 600, 120
#: Up to this many people, the values of all pairs are kept in a table.
TABLE_PEOPLE = 2500

Seating = tuple[tuple[int, ...], ...]


class Best(Protocol):
    """The best seating so far as a watcher sees it; `valid` may take a moment."""

    @property
    def value(self) -> int:
        """The value of the circles that keep every firm rule."""

    @property
    def placed(self) -> int:
        """People in circles that keep every firm rule."""

    @property
    def valid(self) -> Seating:
        """The circles that keep every firm rule."""


@dataclass(frozen=True, slots=True)
class Found:
    """A seating: circles that keep every firm rule, those that do not, and the value of the former."""

    valid: Seating
    broken: Seating
    value: int

    @property
    def placed(self) -> int:
        """People in circles that keep every rule."""
        return sum(len(circle) for circle in self.valid)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of a state's seats, put into circles when asked for: cheap to take with many people."""

    member: Ints
    size: Ints
    kept: Bytes
    value: int

    @classmethod
    def of(cls, state: State) -> Snapshot:
        """The seats as they are now."""
        value = int((state.value * state.valid).sum())
        return cls(state.member.copy(), state.size.copy(), state.valid.copy(), value)

    @property
    def placed(self) -> int:
        """People in circles that keep every rule."""
        return int((self.size * self.kept).sum())

    @property
    def valid(self) -> Seating:
        """The circles that keep every rule."""
        return self.found().valid

    def found(self) -> Found:
        """The same as a seating."""
        valid: list[tuple[int, ...]] = []
        broken: list[tuple[int, ...]] = []
        for circle in np.flatnonzero(self.size).tolist():
            members = tuple(sorted(self.member[circle, : self.size[circle]].tolist()))
            (valid if self.kept[circle] else broken).append(members)
        return Found(tuple(sorted(valid)), tuple(sorted(broken)), self.value)


@dataclass(frozen=True, slots=True)
class Ground:
    """What every search of one population stands on."""

    people: Population
    terms: Terms
    target: int
    table: Ints
    mates: Ints
    order: Ints

    @classmethod
    def prepare(
        cls, people: Population, terms: Terms, target: int, named: frozenset[int], rng: random.Random
    ) -> Ground:
        """Pair values, good mates and the order of seating. `named` are the units that lend a circle their name."""
        count = len(people.host)
        table = np.zeros((count, count) if count <= TABLE_PEOPLE else (0, 0), dtype=np.int32)
        fill_table(people, terms, table)
        mates = np.zeros((count, MATES), dtype=np.int32)
        tries = count if count <= ALL_MATES else SOME_MATES
        ends = [count * worker // WORKERS for worker in range(WORKERS + 1)]
        with ThreadPoolExecutor(WORKERS) as pool:
            jobs = [
                pool.submit(
                    find_mates, people, terms, table, mates, first, last, tries, new_scratch(people, terms, rng)
                )
                for first, last in pairwise(ends)
            ]
            for job in jobs:
                job.result()
        return cls(people, terms, target, table, mates, availability_order(people, named))

    def counts(self) -> list[int]:
        """Numbers of circles worth beginning with, the most promising first."""
        people, terms = len(self.people.host), self.terms
        least = max(1, -(-people // terms.size_max))
        most = max(least, people // terms.size_min)
        likely = min(max(round(MORE_CIRCLES * people / self.target), least), most)
        around = range(least, most + 1)
        near = [count for count in around if abs(count - likely) <= max(1, SPREAD * likely)]
        return sorted(near, key=lambda count: (abs(count - likely), -count))

    def begin(self, circles: int, rng: random.Random) -> State:
        """A first seating in about so many circles."""
        # In the worst case nobody goes with anybody, and each unit gets a row of its own.
        state = new_state(self.people, self.terms, circles + len(self.order))
        self._seat(state, self.order, 0, circles, rng)
        return state

    def resume(self, seating: Sequence[Sequence[int]], rng: random.Random) -> State:
        """A state that begins with these circles; units that are not whole in one of them are seated anew."""
        people, terms = self.people, self.terms
        state = new_state(people, terms, len(seating) + 2 * len(self.order))
        scratch = new_scratch(people, terms, rng)
        seated = np.zeros(len(people.host), dtype=np.bool_)
        row = 0
        for circle in seating:
            members = self._whole_units([person for person in circle if not seated[person]])
            if not members:
                continue
            scratch.after[0, : len(members)] = members
            if evaluate(people, terms, scratch.after, 0, len(members), scratch.whole)[0] != NEVER:
                seat_circle(people, terms, self.table, state, row, 0, len(members), scratch)
                seated[members] = True
                row += 1
        left = np.array(
            [unit for unit in self.order if not seated[people.unit[people.unit_start[unit]]]], dtype=np.int32
        )
        self._seat(state, left, row, max(1, int((~seated).sum()) // self.target) if len(left) else 0, rng)
        return state

    def _whole_units(self, members: Sequence[int]) -> list[int]:
        """Those of a few people whose whole unit is among them, as far as a circle has room."""
        people, present = self.people, set(members)
        kept: list[int] = []
        for unit in dict.fromkeys(int(people.unit_of[person]) for person in members):
            own = people.unit[people.unit_start[unit] : people.unit_start[unit + 1]].tolist()
            if present.issuperset(own) and len(kept) + len(own) <= self.terms.size_max:
                kept += own
        return kept

    def _seat(self, state: State, order: Ints, first: int, circles: int, rng: random.Random) -> None:
        """Seat units in so many circles of about the same size, from row `first` on."""
        total = int(np.diff(self.people.unit_start)[order].sum())
        quota = [total * (row + 1) // circles - total * row // circles for row in range(circles)]
        seats, scratch = np.array(quota, dtype=np.int32), new_scratch(self.people, self.terms, rng)
        looks = GREEDY_LOOKS if len(self.people.host) <= ALL_MATES else FEWER_LOOKS
        seat_greedily(self.people, self.terms, self.table, state, order, first, seats, looks, scratch)


class Chain:
    """One seating being improved, with the random states and buffers of its workers.

    With a `pool` the circles are dealt to two workers anew at every temperature.
    """

    def __init__(
        self, ground: Ground, state: State, rng: random.Random, pool: ThreadPoolExecutor | None = None
    ) -> None:
        self.ground, self.state, self.rng, self.pool = ground, state, rng, pool
        self.scratch = [new_scratch(ground.people, ground.terms, rng) for _ in range(WORKERS)]
        self.live: Ints = np.flatnonzero(state.size).astype(np.int32)
        self.best = Snapshot.of(state)

    def heat(self, temperature: float, moves: int) -> None:
        """Try this many moves at one temperature, shared out over the workers."""
        heat = round(temperature * POINT)
        owner = np.zeros(len(self.state.size), dtype=np.uint8)
        if self.pool is None or len(self.live) < 4:
            self._run(self.live, owner, heat, moves, self.scratch[0])
            return
        lots = np.frombuffer(self.rng.randbytes(8 * len(self.live)), dtype="<u8")
        dealt = self.live[np.argsort(lots, kind="stable")]
        half = len(dealt) // 2
        owner[dealt[half:]] = 1
        parts = [np.sort(part) for part in (dealt[:half], dealt[half:])]
        jobs = [
            self.pool.submit(self._run, part, owner, heat, moves // WORKERS, scratch)
            for part, scratch in zip(parts, self.scratch, strict=True)
        ]
        for job in jobs:
            job.result()

    def _run(self, circles: Ints, owner: Bytes, heat: int, moves: int, scratch: Scratch) -> None:
        own = self.ground
        anneal(own.people, own.terms, own.table, self.state, own.mates, circles, owner, heat, CURVE, moves, scratch)

    def note(self) -> None:
        """Remember the seating when it is the best so far."""
        if int((self.state.value * self.state.valid).sum()) > self.best.value:
            self.best = Snapshot.of(self.state)


def new_state(people: Population, terms: Terms, rows: int) -> State:
    """No circle yet."""
    count, anchors, words = people.open.shape
    seats, languages = terms.size_max, people.languages.shape[1]
    every = ~np.uint64(0)
    return State(
        member=np.zeros((rows, seats), dtype=np.int32),
        size=np.zeros(rows, dtype=np.int32),
        circle=np.full(count, -1, dtype=np.int32),
        value=np.zeros(rows, dtype=np.int64),
        valid=np.ones(rows, dtype=np.uint8),
        pairs=np.zeros(rows, dtype=np.int64),
        share=np.zeros((rows, seats + 1), dtype=np.int64),
        hosts=np.zeros(rows, dtype=np.int32),
        without=np.full((rows, seats + 1, anchors, words), every),
        speak=np.full((rows, seats + 1, languages), every),
        bring=np.zeros((rows, seats + 1), dtype=np.uint64),
    )


def new_scratch(people: Population, terms: Terms, rng: random.Random) -> Scratch:
    """Buffers and a random state of their own for one worker."""
    anchors, words = people.open.shape[1:]
    return Scratch(
        random=np.array([rng.getrandbits(64) | 1], dtype=np.uint64),
        whole=np.zeros((anchors, words), dtype=np.uint64),
        words=np.zeros((2 * anchors, words), dtype=np.uint64),
        after=np.zeros((2, 2 * terms.size_max + 2), dtype=np.int32),
    )


def score_of(value: int, people: int) -> float:
    """A value of circles as a score, 0 to 100, over this many people."""
    return value / POINT / people if people else 0.0
