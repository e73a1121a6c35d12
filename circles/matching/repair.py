"""Mends what a search left over: circles that break a rule give up the people who block them, who go elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from circles.matching.compiled.values import NEVER, evaluate
from circles.matching.encode import Population, Terms
from circles.matching.seating import Found

Circle = tuple[int, ...]


def repair(found: Found, people: Population, terms: Terms) -> Found:
    """The same seating with every broken circle mended or dissolved and as many people placed as can be."""
    bench = Bench(people, terms)
    circles = list(found.valid)
    left: list[int] = []
    for broken in found.broken:
        kept = bench.largest_valid(broken)
        if kept:
            circles.append(kept)
        left += bench.units_of(set(broken) - set(kept))
    seated = {person for circle in circles for person in circle} | set(bench.people_of(left))
    left += bench.units_of(set(range(len(people.host))) - seated)
    left = sorted(set(left))
    moved = True
    while moved and left:
        moved = any(_place(bench, circles, left, unit) for unit in list(left))
        moved = _found_circle(bench, circles, left) or moved
    value = sum(bench.value(circle) for circle in circles)
    return Found(tuple(sorted(circles)), (), value)


@dataclass(slots=True)
class Bench:
    """Values of circles named by their members' positions."""

    people: Population
    terms: Terms

    def value(self, members: Sequence[int]) -> int:
        """NEVER when a firm rule is broken."""
        size = len(members)
        if not self.terms.size_min <= size <= self.terms.size_max:
            return NEVER
        words = np.zeros(self.people.open.shape[1:], dtype=np.uint64)
        value, valid = evaluate(self.people, self.terms, np.array([members], dtype=np.int32), 0, size, words)
        return int(value) if valid else NEVER

    def members(self, unit: int) -> Circle:
        start, end = self.people.unit_start[unit], self.people.unit_start[unit + 1]
        return tuple(self.people.unit[start:end].tolist())

    def people_of(self, units: Sequence[int]) -> Circle:
        return tuple(person for unit in units for person in self.members(unit))

    def units_of(self, members: set[int]) -> list[int]:
        return sorted({int(self.people.unit_of[person]) for person in members})

    def largest_valid(self, members: Circle) -> Circle:
        """The best valid circle among a few people with as few units dropped as can be; () when there is none."""
        units = self.units_of(set(members))
        for dropped in range(1, len(units)):
            best: int = NEVER
            chosen: Circle = ()
            for kept in combinations(units, len(units) - dropped):
                circle = tuple(sorted(self.people_of(kept)))
                if (value := self.value(circle)) > best:
                    best, chosen = value, circle
            if chosen:
                return chosen
        return ()


def _place(bench: Bench, circles: list[Circle], left: list[int], unit: int) -> bool:
    """Seat a unit in a circle with room, else in the place of somebody who can go elsewhere."""
    if _seat(bench, circles, unit):
        left.remove(unit)
        return True
    for index, circle in enumerate(circles):
        for leaving in bench.units_of(set(circle)):
            gone = bench.members(leaving)
            changed = tuple(sorted(set(circle) - set(gone) | set(bench.members(unit))))
            if bench.value(changed) == NEVER:
                continue
            others = circles[:index] + circles[index + 1 :]
            if _seat(bench, others, leaving):
                circles[:] = [*others, changed]
                left.remove(unit)
                return True
    return False


def _seat(bench: Bench, circles: list[Circle], unit: int) -> bool:
    """Add a unit to the circle that gains most by it."""
    best: int = NEVER
    at = -1
    grown: Circle = ()
    for index, circle in enumerate(circles):
        joined = tuple(sorted(circle + bench.members(unit)))
        value = bench.value(joined)
        if value != NEVER and value - bench.value(circle) > best:
            best, at, grown = value - bench.value(circle), index, joined
    if at < 0:
        return False
    circles[at] = grown
    return True


def _found_circle(bench: Bench, circles: list[Circle], left: list[int]) -> bool:
    """A new circle from those left over and, where needed, people that larger circles can spare."""
    for unit in left:
        members = bench.members(unit)
        for other in left:
            if other != unit and len(members) < bench.terms.size_min:
                joined = members + bench.members(other)
                if _hopeful(bench, joined):
                    members = joined
        taken: list[tuple[int, Circle]] = []
        for index, spare in _spare(bench, circles):
            if len(members) >= bench.terms.size_min:
                break
            if index not in {at for at, _ in taken} and _hopeful(bench, (*members, *spare)):
                members = (*members, *spare)
                taken.append((index, spare))
        if bench.value(tuple(sorted(members))) == NEVER:
            continue
        for index, spare in taken:
            circles[index] = tuple(person for person in circles[index] if person not in spare)
        circles.append(tuple(sorted(members)))
        left[:] = [one for one in left if not set(bench.members(one)) <= set(members)]
        return True
    return False


def _hopeful(bench: Bench, members: Circle) -> bool:
    """Whether a few people could meet at all, their number left aside."""
    terms = bench.terms._replace(size_min=1)
    return len(members) <= terms.size_max and Bench(bench.people, terms).value(members) != NEVER


def _spare(bench: Bench, circles: Sequence[Circle]) -> Iterator[tuple[int, Circle]]:
    """Single people whose circle stays valid without them, with the circle's place."""
    for index, circle in enumerate(circles):
        for unit in bench.units_of(set(circle)):
            gone = bench.members(unit)
            if len(gone) == 1 and bench.value(tuple(person for person in circle if person not in gone)) != NEVER:
                yield index, gone
