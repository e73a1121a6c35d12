"""What there is to match once contradictions, locks and people who belong together are sorted out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from circles.matching.candidates import Candidate, Lock, Rules, among_themselves
from circles.matching.problems import check_keys, find_problems
from circles.matching.proposal import Problem
from circles.matching.scoring import met_pairs
from circles.matching.units import Unit, find_units

Pairs = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Case:
    """One match: `free` are the people to be searched for, by key; `lost` those who cannot be placed, with the reason.

    `units` and `open_locks` are among the free; `closed` locks hold the rest.
    """

    people: tuple[Candidate, ...]
    rules: Rules
    met: frozenset[frozenset[str]]
    problems: tuple[Problem, ...]
    lost: Mapping[str, Problem]
    locks: tuple[Lock, ...]
    free: tuple[Candidate, ...]
    open_locks: tuple[Lock, ...]
    units: tuple[Unit, ...]

    @property
    def closed(self) -> tuple[Lock, ...]:
        """Circles that stay as they are."""
        return tuple(lock for lock in self.locks if not lock.open)

    def seating(self, circles: Sequence[Sequence[str]]) -> tuple[tuple[int, ...], ...]:
        """Circles of keys as positions among the free; other keys are passed over."""
        place = {person.key: index for index, person in enumerate(self.free)}
        rows = (tuple(place[key] for key in circle if key in place) for circle in circles)
        return tuple(row for row in rows if row)


def sort_out(candidates: Sequence[Candidate], rules: Rules, met: Pairs, locks: Sequence[Lock]) -> Case:
    """The case that these people and rules make. Raises ValueError as `check_keys` does."""
    check_keys(candidates, locks)
    people = among_themselves(tuple(candidates))
    problems = find_problems(candidates, rules, locks)
    lost = {key: problem for problem in reversed(problems) if problem.fatal for key in problem.people}
    taken = {key for lock in locks if not lock.open for key in lock.members}
    free = tuple(
        sorted((one for one in people if one.key not in lost and one.key not in taken), key=lambda one: one.key)
    )
    open_locks = tuple(
        Lock(lock.name, tuple(key for key in lock.members if key not in lost), lock.open) for lock in locks if lock.open
    )
    units = find_units(free, open_locks)
    return Case(people, rules, met_pairs(met), problems, lost, tuple(locks), free, open_locks, units)
