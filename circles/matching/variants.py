"""What could be left out of a match, one at a time: locks, kept circles, rules, weights, what people asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from circles.matching.candidates import Candidate, Lock, Rules
from circles.matching.proposal import Value

CostKind = Literal["lock", "kept", "rule", "weight", "together", "avoid", "wish"]
#: Wishes and pairs that are looked at, at most.
MOST_WISHES, MOST_PAIRS = 40, 20
#: A language that everybody is given when a common one is not asked for.
ANY = "*"


@dataclass(frozen=True, slots=True)
class Demands:
    """People, rules and locks of a match."""

    people: tuple[Candidate, ...]
    rules: Rules
    locks: tuple[Lock, ...]

    def among(self, keys: Collection[str]) -> Demands:
        """The same for some people, with the locks that lie among them."""
        people = tuple(person for person in self.people if person.key in keys)
        return Demands(people, self.rules, tuple(lock for lock in self.locks if not set(lock.members) - set(keys)))


@dataclass(frozen=True, slots=True)
class Variant:
    """A match without one demand; `share` of a point of it is a point of the whole.

    `people` are those that the demand is about, and the first to be seated otherwise.
    """

    kind: CostKind
    code: str
    demands: Demands
    people: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    share: float = 1.0

    @property
    def local(self) -> bool:
        """Whether it is about a few people, so that seating them and some others anew shows what it costs."""
        return self.kind in ("lock", "kept", "together", "wish")


def variants_of(demands: Demands, circle_scores: Mapping[str, float]) -> list[Variant]:
    """Everything that could be left out, the most promising first.

    `circle_scores` gives the score of everybody's circle; of wishes, those in weak circles come first. Who would rather
    not meet whom is private, so all of that is left out together and names nobody.
    """
    return [
        *_locks(demands),
        *_kept(demands),
        *_limits(demands),
        *_bonds(demands),
        *_together(demands),
        *_weights(demands),
        *_wishes(demands, circle_scores),
    ]


def _locks(demands: Demands) -> Iterator[Variant]:
    for lock in demands.locks:
        rest = tuple(one for one in demands.locks if one is not lock)
        yield Variant("lock", lock.name, replace(demands, locks=rest), lock.members, {"people": len(lock.members)})


def _kept(demands: Demands) -> Iterator[Variant]:
    for name in sorted({person.kept for person in demands.people if person.kept}):
        members = tuple(person.key for person in demands.people if person.kept == name)
        freed = [replace(one, kept=None) if one.kept == name else one for one in demands.people]
        yield Variant("kept", name, replace(demands, people=tuple(freed)), members, {"people": len(members)})


def _limits(demands: Demands) -> Iterator[Variant]:
    """Rules that one step would relax."""
    rules = demands.rules
    if rules.slots > 1:
        yield _relaxed(demands, "slots", slots=rules.slots - 1)
    if rules.size_max < 12:
        yield _relaxed(demands, "size_max", size_max=rules.size_max + 1)
    if rules.size_min > 2:
        yield _relaxed(demands, "size_min", size_min=rules.size_min - 1)


def _relaxed(demands: Demands, code: str, **changed: int) -> Variant:
    rules = replace(demands.rules, **changed)  # type: ignore[arg-type]
    values: dict[str, Value] = {"now": getattr(demands.rules, code), "then": changed[code]}
    return Variant("rule", code, replace(demands, rules=rules), (), values)


def _bonds(demands: Demands) -> Iterator[Variant]:
    """Rules between people."""
    people = demands.people
    if not frozenset.intersection(*(person.languages for person in people)):
        spoken = tuple(replace(one, languages=one.languages | {ANY}) for one in people)
        yield Variant("rule", "language", replace(demands, people=spoken))
    reports = sum(person.manager is not None for person in people)
    if reports:
        free = tuple(replace(one, manager=None) for one in people)
        yield Variant("rule", "manager", replace(demands, people=free), (), {"pairs": reports})
    pairs = {frozenset((one.key, other)) for one in people for other in one.avoid}
    if pairs:
        met = tuple(replace(one, avoid=frozenset()) for one in people)
        yield Variant("avoid", "all", replace(demands, people=met), (), {"pairs": len(pairs)})


def _together(demands: Demands) -> Iterator[Variant]:
    pairs = sorted({tuple(sorted((one.key, other))) for one in demands.people for other in one.together})
    for pair in pairs[:MOST_PAIRS]:
        parted = [replace(one, together=one.together - set(pair)) if one.key in pair else one for one in demands.people]
        yield Variant("together", "pair", replace(demands, people=tuple(parted)), pair)


def _weights(demands: Demands) -> Iterator[Variant]:
    rules = demands.rules
    total = sum(rules.points.values())
    for name in (part.name for part in fields(rules.weights)):
        weight = float(getattr(rules.weights, name))
        if 0 < weight < rules.weights.total:
            other = replace(rules, weights=replace(rules.weights, **{name: 0.0}))
            yield _light(replace(demands, rules=other), name, weight, total)
    for attribute in rules.counted:
        if attribute.weight > 0:
            rest = tuple(replace(one, weight=0.0) if one is attribute else one for one in rules.attributes)
            other = replace(rules, attributes=rest)
            yield _light(replace(demands, rules=other), attribute.part, attribute.weight, total)


def _light(demands: Demands, code: str, weight: float, total: float) -> Variant:
    return Variant("weight", code, demands, (), {"weight": weight}, 1 - weight / total)


def _wishes(demands: Demands, circle_scores: Mapping[str, float]) -> Iterator[Variant]:
    wishing = [place for place, person in enumerate(demands.people) if person.wishes]
    wishing.sort(key=lambda place: circle_scores.get(demands.people[place].key, 0.0))
    for place in wishing[:MOST_WISHES]:
        content = replace(demands.people[place], wishes=frozenset())
        people = (*demands.people[:place], content, *demands.people[place + 1 :])
        yield Variant("wish", "any", replace(demands, people=people), (content.key,))
