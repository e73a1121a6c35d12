"""Contradictions in the input, found before the search and named with the people involved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from circles.matching.candidates import Candidate, Lock, Rules, among_themselves
from circles.matching.hours import UTC, cells_of, openings, span_of, unlike, week_flags
from circles.matching.proposal import Problem
from circles.matching.scoring import score_circle
from circles.matching.units import find_units
from circles.windows import most_disjoint
from circles.windows.ranking import checked_length


def find_problems(candidates: Sequence[Candidate], rules: Rules, locks: Sequence[Lock] = ()) -> tuple[Problem, ...]:
    """Everything about the input that stands in the way of a match, gravest for most people first.

    Fatal codes (their people stay unplaced): "too_few_people" {people, needed}; "unknown_zone" {zone}; "no_hours" and
    "few_hours" {windows, needed}, for one person alone; "no_language"; for people who belong together "group_too_large"
    {size, largest}, "group_kept_apart", "group_manager" {manager}, "group_avoid" {pairs}, "group_language",
    "group_hours" {windows, needed}, "group_incomplete" {name} and "group_locked" {name, circle} where one of them
    cannot come. Others: "lonely_language" {languages} (nobody else speaks any of theirs), "unknown_name" {field, name},
    and for a closed lock "lock_broken" {circle, rule}. Raises ValueError for a key that comes twice, a person in two
    locks, or a lock on somebody unknown.
    """
    check_keys(candidates, locks)
    known = among_themselves(tuple(candidates))
    if len(known) < rules.size_min:
        values = {"people": len(known), "needed": rules.size_min}
        return (Problem("too_few_people", tuple(person.key for person in known), values, True),)
    closed = {key: lock.name for lock in locks if not lock.open for key in lock.members}
    found = [*_personal(known, rules), *_unknown_names(candidates)]
    lost = {key for problem in found if problem.fatal for key in problem.people}
    for unit in find_units(known, [lock for lock in locks if lock.open]):
        if len(unit.members) > 1:
            found += _of_group([known[index] for index in unit.members], lost, closed, rules)
    found += _of_locks(known, rules, locks)
    return tuple(found)


def check_keys(candidates: Sequence[Candidate], locks: Sequence[Lock]) -> None:
    """Raise ValueError, naming the key, when somebody comes twice or a lock names nobody known."""
    counts = Counter(person.key for person in candidates)
    for key, count in counts.items():
        if count > 1:
            raise ValueError(f"{key} comes {count} times.")
    locked = Counter(key for lock in locks for key in lock.members)
    for key, count in locked.items():
        if count > 1:
            raise ValueError(f"{key} is in {count} locked circles.")
        if key not in counts:
            raise ValueError(f"{key} is in a locked circle but not among the people.")


def known_zone(zone: str) -> bool:
    """Whether a time zone can be loaded."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _personal(people: Sequence[Candidate], rules: Rules) -> Iterator[Problem]:
    speakers = Counter(language for person in people for language in person.languages)
    zones = {person.timezone: known_zone(person.timezone) for person in people}
    anchors = frozenset({UTC, *(zone for zone, known in zones.items() if known)})

    def differing(zone: str) -> tuple[str, ...]:
        return unlike(anchors, frozenset({zone}), checked_length(rules.minutes), span_of(rules))

    plenty = _plenty(people, rules)
    for person, enough in zip(people, plenty, strict=True):
        key = (person.key,)
        if not zones[person.timezone]:
            yield Problem("unknown_zone", key, {"zone": person.timezone}, True)
            continue
        if not person.grid.can:
            yield Problem("no_hours", key, {}, True)
        elif not enough and (windows := _windows_alone(person, differing(person.timezone), rules)) < rules.slots:
            yield Problem("few_hours", key, {"windows": windows, "needed": rules.slots}, True)
        if not person.languages:
            yield Problem("no_language", key, {}, True)
        elif all(speakers[language] == 1 for language in person.languages):
            yield Problem("lonely_language", key, {"languages": ", ".join(sorted(person.languages))}, False)


def _plenty(people: Sequence[Candidate], rules: Rules) -> list[bool]:
    """Who is sure to have the windows needed: so many starts on the own clock that clock changes cannot take them."""
    can = week_flags([person.grid.can for person in people])
    cells = cells_of(rules)
    starts = np.logical_and.reduce([np.roll(can, -step, axis=1) for step in range(cells)])
    return [int(count) >= (rules.slots + 8) * cells for count in np.count_nonzero(starts, axis=1)]


def _windows_alone(person: Candidate, anchors: Sequence[str], rules: Rules) -> int:
    """Disjoint weekly windows of one person, under whichever anchor of the population gives most."""
    return max(
        most_disjoint(np.flatnonzero(openings(person, anchor, rules)).tolist(), cells_of(rules)) for anchor in anchors
    )


def _unknown_names(people: Sequence[Candidate]) -> Iterator[Problem]:
    keys = {person.key for person in people}
    for person in people:
        for field, names in (("together", person.together), ("avoid", person.avoid), ("wishes", person.wishes)):
            for name in sorted(names - keys):
                yield Problem("unknown_name", (person.key,), {"field": field, "name": name}, False)


def _of_group(
    people: Sequence[Candidate], lost: Collection[str], closed: Mapping[str, str], rules: Rules
) -> Iterator[Problem]:
    """What keeps people who belong together from one circle. They are all concerned."""
    keys = tuple(person.key for person in people)
    apart = [key for key in keys if key in closed]
    if apart:
        if len({closed.get(key) for key in keys}) > 1:
            rest = tuple(key for key in keys if key not in closed)
            yield Problem("group_locked", rest, {"name": apart[0], "circle": closed[apart[0]]}, True)
        return
    missing = [key for key in keys if key in lost]
    if missing:
        yield Problem("group_incomplete", tuple(key for key in keys if key not in lost), {"name": missing[0]}, True)
        return
    if len(people) > rules.size_max:
        yield Problem("group_too_large", keys, {"size": len(people), "largest": rules.size_max}, True)
    if len({person.kept for person in people if person.kept}) > 1:
        yield Problem("group_kept_apart", keys, {}, True)
    for broken in score_circle(people, rules).broken:
        if broken.rule in ("language", "hours", "manager", "avoid"):
            yield Problem(f"group_{broken.rule}", keys, broken.values, True)


def _of_locks(people: Sequence[Candidate], rules: Rules, locks: Sequence[Lock]) -> Iterator[Problem]:
    by_key = {person.key: person for person in people}
    for lock in locks:
        if not lock.open:
            for broken in score_circle([by_key[key] for key in lock.members], rules).broken:
                yield Problem("lock_broken", broken.people, {"circle": lock.name, "rule": broken.rule}, False)
