"""Scores one circle and names the firm rules it breaks: what the review board asks after every hand move."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np

from circles.matching.candidates import Candidate, Rules
from circles.matching.facts import circle_facts
from circles.matching.hours import anchors_of, cells_of, openings
from circles.matching.parts import circle_parts, count_pairs, points
from circles.matching.proposal import Broken, CircleScore
from circles.windows import most_disjoint

Pairs = Collection[tuple[str, str]]


def met_pairs(met: Pairs) -> frozenset[frozenset[str]]:
    """Pairs without order, for asking."""
    return frozenset(frozenset(pair) for pair in met)


def score_circle(
    members: Sequence[Candidate], rules: Rules, met: Pairs | frozenset[frozenset[str]] = ()
) -> CircleScore:
    """The score of these people as one circle, its parts with the facts behind them, and every firm rule broken.

    Whether `together` and `kept` people are missing is judged by the members' own answers, so those should name people
    of the population only.
    """
    return score_with_hours(members, rules, met, *_hours(members, rules))


def score_with_hours(
    members: Sequence[Candidate],
    rules: Rules,
    met: Pairs | frozenset[frozenset[str]],
    windows: int,
    comfortable: frozenset[str],
) -> CircleScore:
    """The same for a circle whose hours are known: how many windows it has, and who prefers the one that counts."""
    known = met if isinstance(met, frozenset) else met_pairs(met)
    broken = (*_size(members, rules), *_windows(members, windows, rules), *_language(members), *_pairs(members))
    pairs = count_pairs(members, known)
    facts = circle_facts(members, pairs, comfortable, rules)
    parts = circle_parts(members, pairs, len(comfortable), rules)
    quality = points(parts, rules)
    return CircleScore(not broken, broken, 0.0 if broken else quality, quality, parts, facts, windows)


def _hours(members: Sequence[Candidate], rules: Rules) -> tuple[int, frozenset[str]]:
    """The most disjoint windows of any one anchor, and who prefers the whole of the best window."""
    counts: list[int] = []
    best: list[frozenset[str]] = []
    for anchor in anchors_of(members, rules) if members else ():
        free = np.logical_and.reduce([openings(person, anchor, rules) for person in members])
        starts = np.flatnonzero(free).tolist()
        counts.append(most_disjoint(starts, cells_of(rules)))
        happy: frozenset[str] = frozenset()
        if starts:
            liked = np.stack([openings(person, anchor, rules, preferred=True) for person in members]) & free
            start = int(liked.sum(axis=0).argmax())
            happy = frozenset(person.key for person, likes in zip(members, liked[:, start], strict=True) if likes)
        best.append(happy)
    if not counts:
        return 0, frozenset()
    most = max(counts)
    fitting = [happy for count, happy in zip(counts, best, strict=True) if count >= min(most, rules.slots)]
    return most, max(fitting, key=len)


def _keys(members: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(person.key for person in members)


def _size(members: Sequence[Candidate], rules: Rules) -> tuple[Broken, ...]:
    if rules.size_min <= len(members) <= rules.size_max:
        return ()
    values = {"size": len(members), "smallest": rules.size_min, "largest": rules.size_max}
    return (Broken("size", _keys(members), values),)


def _windows(members: Sequence[Candidate], windows: int, rules: Rules) -> tuple[Broken, ...]:
    if windows >= rules.slots or not members:
        return ()
    return (Broken("hours", _keys(members), {"windows": windows, "needed": rules.slots}),)


def _language(members: Sequence[Candidate]) -> tuple[Broken, ...]:
    if not members or frozenset.intersection(*(person.languages for person in members)):
        return ()
    return (Broken("language", _keys(members), {}),)


def _pairs(members: Sequence[Candidate]) -> tuple[Broken, ...]:
    keys = frozenset(_keys(members))
    broken = []
    avoiding = 0
    for one, other in combinations(members, 2):
        pair = (one.key, other.key)
        if one.manager == other.key or other.manager == one.key:
            broken.append(Broken("manager", pair, {"manager": other.key if one.manager == other.key else one.key}))
        avoiding += other.key in one.avoid or one.key in other.avoid
        if one.kept and other.kept and one.kept != other.kept:
            broken.append(Broken("kept", pair, {"one": one.kept, "other": other.kept}))
    if avoiding:
        broken.append(Broken("avoid", (), {"pairs": avoiding}))
    for person in members:
        missing = tuple(sorted(person.together - keys))
        if missing:
            broken.append(Broken("together", (person.key, *missing), {}))
    return tuple(broken)
