"""The parts of a circle's score: the one place to change what a part means.

The compiled search reads the same figures through `PairTable`, so a change here reaches it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from circles.matching.candidates import Candidate, Rules, Weights

DEPARTMENT, LOCATION, LEVEL = 0.4, 0.3, 0.3
#: Topics two people must share for the full value.
ENOUGH_TOPICS = 2


def difference(departments_differ: bool, locations_differ: bool, levels_differ: bool) -> float:
    """How mixed two people are, 0 to 1."""
    return DEPARTMENT * departments_differ + LOCATION * locations_differ + LEVEL * levels_differ


def common_ground(shared_topics: int) -> float:
    """How much two people share to talk about, 0 to 1."""
    return min(1.0, shared_topics / ENOUGH_TOPICS)


def size_part(size: int, rules: Rules) -> float:
    """How close a circle's size is to the target, 0 to 1."""
    reach = max(rules.size_max - rules.target, rules.target - rules.size_min, 1)
    return max(0.0, 1 - abs(size - rules.target) / reach)


@dataclass(frozen=True, slots=True)
class PairCounts:
    """What the pairs of a circle have in common, summed."""

    pairs: int
    difference: float
    ground: float
    sharing: int
    met: tuple[tuple[str, str], ...]


def count_pairs(members: Sequence[Candidate], met: frozenset[frozenset[str]]) -> PairCounts:
    """Sums over the pairs of a circle."""
    different = ground = 0.0
    sharing = 0
    known: list[tuple[str, str]] = []
    for one, other in combinations(members, 2):
        different += difference(
            one.department != other.department, one.location != other.location, one.level != other.level
        )
        shared = len(one.topics & other.topics)
        ground += common_ground(shared)
        sharing += shared > 0
        if frozenset((one.key, other.key)) in met:
            known.append((one.key, other.key))
    size = len(members)
    return PairCounts(size * (size - 1) // 2, different, ground, sharing, tuple(known))


def points(parts: dict[str, float], weights: Weights) -> float:
    """The score of parts, 0 to 100."""
    return float(100 * sum(getattr(weights, name) * value for name, value in parts.items()) / weights.total)
