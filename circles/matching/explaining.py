"""Puts found circles into a proposal: names, slots, scores with the facts behind them, and reasons for those left."""

from __future__ import annotations

from collections.abc import Sequence

from circles.matching.candidates import Candidate
from circles.matching.case import Case
from circles.matching.facts import circle_remarks
from circles.matching.hours import MOST_SLOTS, slots_of
from circles.matching.names import circle_names
from circles.matching.proposal import ProposedCircle, Unplaced
from circles.matching.scoring import score_circle
from circles.matching.unplaced import explain_unplaced

#: A circle's name, members and whether a lead keeps it as it is.
Named = tuple[str, list[Candidate], bool]


def name_circles(case: Case, seating: Sequence[Sequence[int]], seed: int) -> list[Named]:
    """Locked circles, then those of a seating of the free people, each with a name."""
    by_key = {person.key: person for person in case.people}
    circles: list[Named] = [(lock.name, [by_key[key] for key in lock.members], True) for lock in case.closed]
    own = {index: unit.name for unit in case.units if unit.name for index in unit.members}
    kept = [next((own[index] for index in circle if index in own), None) for circle in seating]
    taken = [*(lock.name for lock in case.locks), *(name for name in kept if name)]
    names = iter(circle_names(len(kept), seed, taken))
    for circle, name in zip(seating, kept, strict=True):
        circles.append((name or next(names), [case.free[index] for index in circle], False))
    return circles


def propose(case: Case, circles: Sequence[Named], *, explain: bool) -> tuple[ProposedCircle, ...]:
    """The circles as they are proposed, members in the order of the input."""
    order = {person.key: index for index, person in enumerate(case.people)}
    return tuple(
        _propose(case, name, sorted(members, key=lambda one: order[one.key]), locked, explain)
        for name, members, locked in circles
    )


def _propose(case: Case, name: str, members: Sequence[Candidate], locked: bool, explain: bool) -> ProposedCircle:
    rules = case.rules
    score = score_circle(members, rules, case.met)
    return ProposedCircle(
        name,
        tuple(person.key for person in members),
        slots_of(members, rules)[:MOST_SLOTS] if explain else (),
        score.score,
        score.parts,
        score.facts if explain else {},
        circle_remarks(score.broken, score.facts, score.windows, rules) if explain else (),
        locked,
    )


def leave_over(case: Case, circles: Sequence[Named], *, explain: bool) -> tuple[Unplaced, ...]:
    """Everybody in none of the circles, in the order of the input, with the reason."""
    placed = {person.key for _, members, _ in circles for person in members}
    left = [person for person in case.people if person.key not in placed]
    if not explain:
        return tuple(Unplaced(person.key, "", "", (), {}, None) for person in left)
    free = case.free
    groups = {free[index].key: [free[one] for one in unit.members] for unit in case.units for index in unit.members}
    grown = [(name, members) for name, members, kept in circles if not kept]
    return tuple(
        explain_unplaced(person, case.lost.get(person.key), grown, groups.get(person.key, [person]), case.rules)
        for person in left
    )
