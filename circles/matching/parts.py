"""The parts of a circle's score: the one place to change what a part means.

`circle_parts` has every part of a circle. What a pair or a size is worth is a small function above it, and the compiled
search reads the same functions through tables (`encode_terms`), so a change to one of them reaches it too: nothing else
has to be changed. The same goes for how an attribute is treated: a new treatment is a line in TREATMENTS (and in the
type in candidates.py), for any mean over pairs of people with the same or different answers, or share of people who are
not the only one with theirs. Only a part that counts something else (as hours and wishes do) must be counted in
compiled/values.py as well, where `judge` has them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from circles.matching.candidates import Attribute, Candidate, Rules
from circles.matching.proposal import PARTS

DEPARTMENT, LOCATION, LEVEL = 0.4, 0.3, 0.3
#: Topics two people must share for the full value.
ENOUGH_TOPICS = 2


@dataclass(frozen=True, slots=True)
class Treatment:
    """What answers bring, 0 to 1: a pair with the `same` and one with different ones; or a person `alone` with theirs.

    A pair part is the mean over the pairs; otherwise the part is the mean over the people, 1 for those not alone.
    Somebody who says nothing goes with everybody: a pair without two answers has the full value, and nobody without an
    answer is alone. Nobody gains or loses a place by a blank.
    """

    same: float = 1.0
    differ: float = 1.0
    alone: float | None = None


TREATMENTS = {
    "mix": Treatment(same=0.0),
    "alike": Treatment(differ=0.0),
    "not_alone": Treatment(alone=0.0),
}


def difference(departments_differ: bool, locations_differ: bool, levels_differ: bool) -> float:
    """How mixed two people are, 0 to 1."""
    return DEPARTMENT * departments_differ + LOCATION * locations_differ + LEVEL * levels_differ


def common_ground(shared_topics: int) -> float:
    """How much two people share to talk about, 0 to 1."""
    return min(1.0, shared_topics / ENOUGH_TOPICS)


def size_part(size: int, rules: Rules) -> float:
    """How close a circle's size is to the target, 0 to 1: nothing is left as far from it as a circle may be."""
    reach = max(rules.size_max - rules.target, rules.target - rules.size_min, 1)
    return max(0.0, 1 - abs(size - rules.target) / reach)


def attribute_part(members: Sequence[Candidate], attribute: Attribute) -> float:
    """How far a circle is as an attribute should be, 0 to 1."""
    treatment = TREATMENTS[attribute.treat]
    answers = [person.answer(attribute.key) for person in members]
    if treatment.alone is not None:
        counts = Counter(answer for answer in answers if answer)
        lost = (1 - treatment.alone) * sum(count == 1 for count in counts.values())
        return 1 - lost / max(len(members), 1)
    pairs = list(combinations(answers, 2))
    known = [treatment.same if one == other else treatment.differ for one, other in pairs if one and other]
    return (sum(known) + len(pairs) - len(known)) / len(pairs) if pairs else 1.0


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


def circle_parts(members: Sequence[Candidate], pairs: PairCounts, comfortable: int, rules: Rules) -> dict[str, float]:
    """Every part of a circle by its name, 0 to 1; `comfortable` members prefer the whole of the best window."""
    attributes = {attribute.part: attribute for attribute in rules.counted}
    if not members:
        return dict.fromkeys((*PARTS, *attributes), 0.0)
    size, keys = len(members), {person.key for person in members}
    content = sum(not person.wishes or not person.wishes.isdisjoint(keys) for person in members)
    return {
        "diversity": pairs.difference / max(pairs.pairs, 1),
        "goals": pairs.ground / max(pairs.pairs, 1),
        "novelty": 1 - len(pairs.met) / max(pairs.pairs, 1),
        "facilitator": float(any(person.facilitator for person in members)),
        "hours": comfortable / size,
        "wishes": content / size,
        "size": size_part(size, rules),
        **{part: attribute_part(members, attribute) for part, attribute in attributes.items()},
    }


def points(parts: dict[str, float], rules: Rules) -> float:
    """The score of parts, 0 to 100 whatever the weights add up to."""
    weights = rules.points
    return float(100 * sum(weights[name] * value for name, value in parts.items()) / sum(weights.values()))
