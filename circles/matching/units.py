"""People who must not be parted: joined by together, by a kept circle, or by an open lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from circles.matching.candidates import Candidate, Lock


@dataclass(frozen=True, slots=True)
class Unit:
    """Positions of people that move as one, in order, and the circle name that goes with them."""

    members: tuple[int, ...]
    name: str | None = None


class _Forest:
    """Union-find whose roots are the smallest positions."""

    def __init__(self, size: int) -> None:
        self.root = list(range(size))

    def find(self, index: int) -> int:
        while self.root[index] != index:
            self.root[index] = self.root[self.root[index]]
            index = self.root[index]
        return index

    def join(self, members: Sequence[int]) -> None:
        roots = {self.find(index) for index in members}
        for root in roots:
            self.root[root] = min(roots)


def find_units(candidates: Sequence[Candidate], locks: Sequence[Lock] = ()) -> tuple[Unit, ...]:
    """The population as units, in the order of their first member. Locks join their members and name them."""
    place = {person.key: index for index, person in enumerate(candidates)}
    forest = _Forest(len(candidates))
    named: dict[str, list[int]] = {}
    for index, person in enumerate(candidates):
        forest.join([index, *(place[key] for key in person.together if key in place)])
        if person.kept:
            named.setdefault(person.kept, []).append(index)
    locked = {lock.name: [place[key] for key in lock.members if key in place] for lock in locks}
    groups = [*locked.items(), *named.items()]
    for _, members in groups:
        forest.join(members)
    names: dict[int, str] = {}
    for name, members in groups:
        if members:
            names.setdefault(forest.find(members[0]), name)
    units: dict[int, list[int]] = {}
    for index in range(len(candidates)):
        units.setdefault(forest.find(index), []).append(index)
    return tuple(Unit(tuple(members), names.get(root)) for root, members in units.items())
