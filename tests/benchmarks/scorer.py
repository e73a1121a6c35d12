"""A second reading of the matching rules, slow and plain, to check the engine and to score other engines alike.

Shares no code with the engine: windows are found minute by minute with zoneinfo, parts are computed from the issue's
words. Only the input values (people and rules) are the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import combinations
from zoneinfo import ZoneInfo

from circles.matching import Candidate, Rules

CELL = timedelta(minutes=30)
PLAIN = ("diversity", "goals", "novelty", "facilitator", "hours", "wishes", "size")


@dataclass(frozen=True)
class Audit:
    """What a seating is worth, and every rule it breaks in words."""

    score: float
    placed: int
    violations: tuple[str, ...]
    circles: tuple[dict[str, float], ...]


def audit(
    people: Sequence[Candidate], rules: Rules, met: Sequence[tuple[str, str]], circles: Sequence[Sequence[str]]
) -> Audit:
    """Score circles given by keys; circles that break a rule and people left over count 0."""
    by_key = {person.key: person for person in people}
    seen: list[str] = [key for circle in circles for key in circle]
    violations = (
        [f"{key} sits twice" for key in sorted(set(seen)) if seen.count(key) > 1] if len(seen) > len(set(seen)) else []
    )
    pairs = {frozenset(pair) for pair in met}
    where = {key: index for index, circle in enumerate(circles) for key in circle}
    bonds = _bonds(people)
    total, placed, parts = 0.0, 0, []
    for index, circle in enumerate(circles):
        members = [by_key[key] for key in circle]
        broken = circle_violations(members, rules)
        for person in members:
            missing = sorted(other for other in bonds[person.key] if where.get(other) != index)
            broken += [f"{person.key} without {other}" for other in missing]
        found = circle_parts(members, rules, pairs)
        parts.append(found)
        violations += broken
        if not broken:
            total += len(members) * weighted(found, rules)
            placed += len(members)
    return Audit(total / len(people), placed, tuple(violations), tuple(parts))


def _bonds(people: Sequence[Candidate]) -> dict[str, set[str]]:
    """By person, who must share their circle: either said together, or both come from the same kept circle."""
    bonds: dict[str, set[str]] = {person.key: set() for person in people}
    kept: dict[str, list[str]] = {}
    for person in people:
        for other in person.together & bonds.keys() - {person.key}:
            bonds[person.key].add(other)
            bonds[other].add(person.key)
        if person.kept:
            kept.setdefault(person.kept, []).append(person.key)
    for group in kept.values():
        for key in group:
            bonds[key] |= set(group) - {key}
    return bonds


def weighted(parts: dict[str, float], rules: Rules) -> float:
    """Parts put together by their weights, 0 to 100."""
    weights = {name: getattr(rules.weights, name) for name in PLAIN}
    weights |= {f"attribute:{one.key}": one.weight for one in rules.attributes if one.treat != "ignore"}
    return 100 * sum(weights[name] * value for name, value in parts.items()) / sum(weights.values())


def circle_violations(members: Sequence[Candidate], rules: Rules) -> list[str]:
    keys = ", ".join(person.key for person in members)
    broken = []
    if not rules.size_min <= len(members) <= rules.size_max:
        broken.append(f"size {len(members)}: {keys}")
    if (
        max((disjoint(starts, rules.minutes) for starts in anchored_starts(members, rules).values()), default=0)
        < rules.slots
    ):
        broken.append(f"hours: {keys}")
    spoken = [person.languages for person in members]
    if not any(all(language in one for one in spoken) for language in spoken[0]):
        broken.append(f"language: {keys}")
    for one, other in combinations(members, 2):
        if other.key == one.manager or one.key == other.manager:
            broken.append(f"manager: {one.key}, {other.key}")
        if other.key in one.avoid or one.key in other.avoid:
            broken.append(f"avoid: {one.key}, {other.key}")
        if one.kept and other.kept and one.kept != other.kept:
            broken.append(f"kept apart: {one.key}, {other.key}")
    return broken


def circle_parts(members: Sequence[Candidate], rules: Rules, met: set[frozenset[str]]) -> dict[str, float]:
    size, pairs = len(members), list(combinations(members, 2))
    count = max(1, len(pairs))
    diversity = sum(
        (0.4 if one.department != other.department else 0)
        + (0.3 if one.location != other.location else 0)
        + (0.3 if one.level != other.level else 0)
        for one, other in pairs
    )
    goals = sum(min(1, len(one.topics & other.topics) / 2) for one, other in pairs)
    old = sum(frozenset((one.key, other.key)) in met for one, other in pairs)
    keys = {person.key for person in members}
    granted = sum(not person.wishes or bool(person.wishes & keys) for person in members)
    asked = {f"attribute:{one.key}": attribute(members, one.key, one.treat) for one in rules.attributes}
    spread = max(rules.size_max - rules.target, rules.target - rules.size_min, 1)
    return {
        "diversity": diversity / count,
        "goals": goals / count,
        "novelty": 1 - old / count,
        "facilitator": 1.0 if any(person.facilitator for person in members) else 0.0,
        "hours": _happiest(members, rules) / size,
        "wishes": granted / size,
        "size": max(0.0, 1 - abs(size - rules.target) / spread),
        **{name: part for name, part in asked.items() if part is not None},
    }


def attribute(members: Sequence[Candidate], key: str, treat: str) -> float | None:
    """How far a circle mixes answers, has them alike, or leaves nobody alone with theirs; None when ignored.

    A blank answer goes with every other.
    """
    if key in ("department", "location", "level"):
        answers = [getattr(person, key).strip() for person in members]
    else:
        answers = [dict(person.attributes).get(key, "").strip() for person in members]
    pairs = list(combinations(answers, 2))
    if treat == "mix":
        return sum(one != other or not one for one, other in pairs) / len(pairs) if pairs else 1.0
    if treat == "alike":
        return sum(one == other or not one or not other for one, other in pairs) / len(pairs) if pairs else 1.0
    if treat == "not_alone":
        return 1 - sum(bool(answer) and answers.count(answer) == 1 for answer in answers) / len(answers)
    return None


def _happiest(members: Sequence[Candidate], rules: Rules) -> int:
    anchored = anchored_starts(members, rules)
    counts = {anchor: disjoint(starts, rules.minutes) for anchor, starts in anchored.items()}
    best = 0
    for anchor, starts in anchored.items():
        if starts and counts[anchor] >= min(rules.slots, max(counts.values())):
            for start in starts:
                happy = sum(cells(person.timezone, anchor, start, rules) <= person.grid.prefer for person in members)
                best = max(best, happy)
    return best


def anchored_starts(members: Sequence[Candidate], rules: Rules) -> dict[str, list[int]]:
    """By anchor zone, the half hours of its week at which everybody is free in every week."""
    anchors = sorted({person.timezone for person in members} | {"UTC"})
    return {
        anchor: [
            start
            for start in range(336)
            if all(cells(person.timezone, anchor, start, rules) <= person.grid.can for person in members)
        ]
        for anchor in anchors
    }


def disjoint(starts: Sequence[int], minutes: int) -> int:
    """The most windows that do not overlap, by trying every first one."""
    length = -(-minutes // 30)
    best = 0
    for first in starts:
        turned = sorted((start - first) % 336 for start in starts)
        count, clear = 0, 0
        for start in turned:
            if start >= clear and start + length <= 336:
                count, clear = count + 1, start + length
        best = max(best, count)
    if length > 336:
        return 0
    return best


@cache
def cells(zone: str, anchor: str, start: int, rules: Rules) -> frozenset[int]:
    """Local half hours of `zone` that a weekly meeting from `start` on the clock of `anchor` touches in any week."""
    day, half = divmod(start, 48)
    first = rules.first_day + timedelta(days=(day - rules.first_day.weekday()) % 7)
    wall = datetime.combine(first, time(half // 2, half % 2 * 30))
    found = set()
    for week in range(0, rules.weeks, rules.cadence_weeks):
        begin = (wall + timedelta(weeks=week)).replace(tzinfo=ZoneInfo(anchor)).astimezone(UTC)
        for minute in range(0, rules.minutes, 5):
            local = (begin + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
            found.add(local.weekday() * 48 + local.hour * 2 + local.minute // 30)
    return frozenset(found)
