"""Which one person, moved in or out, would help a circle most: what a draft's board suggests (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from circles.matching import Candidate, CircleScore, Rules, score_circle

#: Circles scored for one circle's suggestions, so that they take a fraction of a second.
MOST_SCORED = 60
#: A circle must gain so many points for a suggestion to be worth a word.
LEAST_GAIN = 1.0
#: What cures a remark may cost the other circle so many points, even where all together gain nothing.
MOST_LOST = 6.0


@dataclass(frozen=True, slots=True)
class Group:
    """A circle that may give or take somebody: its members, and its score as the draft has it."""

    name: str
    members: Sequence[Candidate]
    score: float
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One move, with the scores of both circles before and after. `gain` is what all their people gain together.

    `cures` are the codes of remarks that the circle in question loses by it.
    """

    person: str
    origin: str
    target: str
    origin_scores: tuple[float, float]
    target_scores: tuple[float, float]
    gain: float
    cures: tuple[str, ...] = ()


def suggest(
    circle: Group,
    others: Sequence[Group],
    rules: Rules,
    met: frozenset[frozenset[str]],
    *,
    concerned: Collection[str] = (),
    most: int = 2,
) -> tuple[Suggestion, ...]:
    """The best moves into or out of a circle that keep every firm rule, best first.

    They gain more than they cost, or cure what is remarked of the circle and cost the other one little. `concerned` are
    members whom a remark is about; they are the ones who may go. Locked circles neither give nor take.
    """
    if circle.locked or not circle.members:
        return ()
    found: list[Suggestion] = []
    left = MOST_SCORED
    before = score_circle(circle.members, rules, met)
    for person, origin, target in _moves(circle, others, rules, concerned):
        if left < 2:
            break
        joined = score_circle([*target.members, person], rules, met)
        left -= 1
        if not joined.valid:
            continue
        rest = score_circle([one for one in origin.members if one.key != person.key], rules, met)
        left -= 1
        gain = _gain(target, joined) + _gain(origin, rest)
        comes = target is circle
        after, loss = (joined, origin.score - rest.score) if comes else (rest, target.score - joined.score)
        cures = _cured(before, after)
        if rest.valid and after.score - before.score >= LEAST_GAIN and (gain > 0 or (cures and loss <= MOST_LOST)):
            found.append(
                Suggestion(
                    person.key,
                    origin.name,
                    target.name,
                    (origin.score, rest.score),
                    (target.score, joined.score),
                    gain,
                    cures,
                )
            )
    best = sorted(found, key=lambda one: (not one.cures, -one.gain, one.person))
    return tuple(best[:most])


def _moves(
    circle: Group, others: Sequence[Group], rules: Rules, concerned: Collection[str]
) -> Iterator[tuple[Candidate, Group, Group]]:
    """Moves worth scoring, the most promising first: who brings what is missing, then who might suit."""
    free = [one for one in others if not one.locked]
    # Where someone is missing, anybody will do; a host comes after that.
    enough = len(circle.members) >= rules.size_min
    needs_host = enough and not any(person.facilitator for person in circle.members)
    arrivals = []
    if len(circle.members) < rules.size_max:
        arrivals = [
            (_unlike(person, circle), person, other, circle)
            for other in free
            if len(other.members) > rules.size_min
            for person in other.members
            if _could_sit(person, circle) and (not needs_host or _spare_host(person, other))
        ]
    departures = []
    if len(circle.members) > rules.size_min:
        departures = [
            (_unlike(person, other), person, circle, other)
            for other in free
            if len(other.members) < rules.size_max
            for person in circle.members
            if person.key in concerned and _could_sit(person, other)
        ]
    for _rank, person, origin, target in sorted(
        [*arrivals, *departures], key=lambda move: (move[0], move[1].key, move[3].name)
    ):
        yield person, origin, target


def _spare_host(person: Candidate, group: Group) -> bool:
    return person.facilitator and sum(one.facilitator for one in group.members) > 1


def _could_sit(person: Candidate, group: Group) -> bool:
    """What can be told without looking at hours: a language in common, and nobody to keep apart from."""
    languages = person.languages.intersection(*(one.languages for one in group.members))
    keys = {one.key for one in group.members}
    apart = person.avoid & keys or any(person.key in one.avoid for one in group.members)
    return bool(languages) and not apart and not person.together - keys and person.kept is None


def _unlike(person: Candidate, group: Group) -> float:
    """How little of their week someone shares with a circle, by the hours on their own clocks; 0 = all of it."""
    zones = sum(one.timezone != person.timezone for one in group.members)
    shared = sum(len(one.grid.can & person.grid.can) for one in group.members)
    return zones - shared / (1 + len(person.grid.can) * len(group.members))


def _gain(group: Group, after: CircleScore) -> float:
    """What a circle's people gain together, members × score; the sizes differ by the one who moves."""
    size = len(group.members)
    joined = size + 1 if after.facts["size"].values["size"] > size else size - 1
    return joined * after.score - size * group.score


def _cured(before: CircleScore, after: CircleScore) -> tuple[str, ...]:
    had: Mapping[str, bool] = {
        "no_host": not before.facts["facilitator"].values["hosts"],
        "hours": bool(before.facts["hours"].people),
        "size": before.parts["size"] < 1,
        **{f"broken_{one.rule}": True for one in before.broken},
    }
    has: Mapping[str, bool] = {
        "no_host": not after.facts["facilitator"].values["hosts"],
        "hours": bool(after.facts["hours"].people),
        "size": after.parts["size"] < 1,
        **{f"broken_{one.rule}": True for one in after.broken},
    }
    return tuple(code for code, true in had.items() if true and not has.get(code))
