"""Why somebody has no circle, and the smallest change that would give them one.

Reasons, beside the fatal codes of `problems.py`: "no_people" {needed} (no circle formed); "language" {languages}
(no circle shares one); "hours" {hours, needed} (none shares enough times); "pairs" (in each that suits is somebody they
must not sit with); "room" {largest} (each that suits is full), and "group_room" for people who belong together.

Changes: "add_hours" {half_hours, day0, part0, day1, …} with weekdays Monday = 0 and part "morning" (before 12:00),
"afternoon" (before 17:00) or "evening", and the circle {circle}; "speak" {language}; "larger_circle" {circle, size}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from circles.matching.candidates import Candidate, Rules
from circles.matching.hours import anchors_of, cells_of, openings, span_of, touched
from circles.matching.proposal import Change, Problem, Unplaced, Value
from circles.matching.scoring import score_circle
from circles.windows import most_disjoint
from circles.windows.ranking import checked_length

#: Circles looked at for one person's smallest change; more would not make the advice better.
MOST_CIRCLES = 150
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class _Option:
    """A circle that a person could join after a change, and how large the change is."""

    cost: tuple[int, ...]
    change: Change


def explain_unplaced(
    person: Candidate,
    problem: Problem | None,
    circles: Sequence[tuple[str, Sequence[Candidate]]],
    group: Sequence[Candidate],
    rules: Rules,
) -> Unplaced:
    """The reason for one person left over. `group` are those who must sit with them, themselves included."""
    if problem is not None:
        values = dict(problem.values)
        return Unplaced(person.key, problem.code, _sentence(problem.code, values), problem.people, values, None)
    seen = circles[:MOST_CIRCLES]
    broken = [{one.rule for one in score_circle([*members, *group], rules).broken} for _, members in seen]
    options = [option for name, members in seen for option in _options(name, members, group, rules)]
    change = min(options, key=lambda option: option.cost).change if options else None
    code, values = _reason(broken, person, group, rules)
    people = tuple(one.key for one in group) if len(group) > 1 else ()
    return Unplaced(person.key, code, _sentence(code, values), people, values, change)


def _reason(
    broken: Sequence[set[str]], person: Candidate, group: Sequence[Candidate], rules: Rules
) -> tuple[str, dict[str, Value]]:
    spoken = [one for one in broken if "language" not in one]
    suiting = [one for one in spoken if "hours" not in one]
    if not broken:
        return "no_people", {"needed": rules.size_min}
    if not spoken:
        return "language", {"languages": ", ".join(sorted(person.languages))}
    if not suiting:
        return "hours", {"hours": person.grid.hours, "needed": rules.slots}
    if all(one - {"size"} for one in suiting):
        return "pairs", {}
    return ("group_room" if len(group) > 1 else "room"), {"largest": rules.size_max}


def _options(name: str, members: Sequence[Candidate], group: Sequence[Candidate], rules: Rules) -> Iterator[_Option]:
    """What would let a group into one circle, when one change is enough."""
    joined = [*members, *group]
    broken = {one.rule for one in score_circle(joined, rules).broken}
    if broken == {"size"} and len(joined) > rules.size_max:
        yield _Option((1, len(joined)), Change("larger_circle", {"circle": name, "size": len(joined)}))
    if broken == {"language"} and len(group) == 1:
        spoken = frozenset.intersection(*(one.languages for one in members))
        for language in sorted(spoken)[:1]:
            yield _Option((2, 0), Change("speak", {"circle": name, "language": language}))
    if broken == {"hours"} and len(group) == 1:
        cells = _missing(members, group[0], rules)
        if cells:
            values: dict[str, Value] = {"circle": name, "half_hours": len(cells)}
            parts = dict.fromkeys((cell // 48, _part(cell)) for cell in sorted(cells))
            for index, (day, part) in enumerate(parts):
                values |= {f"day{index}": day, f"part{index}": part}
            yield _Option((0, len(cells)), Change("add_hours", values))


def _part(cell: int) -> str:
    hour = cell % 48 / 2
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def _missing(members: Sequence[Candidate], person: Candidate, rules: Rules) -> frozenset[int]:
    """The fewest local half hours that, added to a person's week, give the circle its windows with them."""
    best: frozenset[int] = frozenset()
    length, span = checked_length(rules.minutes), span_of(rules)
    for anchor in anchors_of([*members, person], rules):
        free = np.logical_and.reduce([openings(one, anchor, rules) for one in members])
        starts = np.flatnonzero(free).tolist()
        if most_disjoint(starts, cells_of(rules)) < rules.slots:
            continue
        cells = touched(person.timezone, anchor, length, span)
        lacking = {start: frozenset(np.flatnonzero(cells[start]).tolist()) - person.grid.can for start in starts}
        cheap = sorted(starts, key=lambda start: (len(lacking[start]), start))[:24]
        for chosen in combinations(cheap, rules.slots):
            if most_disjoint(chosen, cells_of(rules)) == rules.slots:
                added = frozenset().union(*(lacking[start] for start in chosen))
                if not best or len(added) < len(best):
                    best = added
    return best


def _sentence(code: str, values: Mapping[str, Value]) -> str:
    """The reason in plain English, for the command line; pages put the code in the reader's words."""
    return _SENTENCES[code].format(**values)


def change_sentence(change: Change) -> str:
    """The smallest change in plain English, for the command line."""
    values = change.values
    if change.code == "speak":
        return f"A place in {values['circle']} opens with {values['language']}."
    if change.code == "larger_circle":
        return f"{values['circle']} would suit if it could have {values['size']} members."
    parts: list[str] = []
    while f"day{len(parts)}" in values:
        parts.append(f"{DAYS[int(values[f'day{len(parts)}'])]} {values[f'part{len(parts)}']}")
    hours = float(values["half_hours"]) / 2
    return f"A place in {values['circle']} opens with {hours:g} more hours: {', '.join(parts)}."


_SENTENCES = {
    "too_few_people": "There are {people} people, and a circle needs {needed}.",
    "unknown_zone": "The time zone {zone} is not known.",
    "no_hours": "No available hours are given.",
    "few_hours": "The hours given hold {windows} weekly times, and a circle needs {needed}.",
    "no_language": "No language is given.",
    "group_too_large": "{size} people belong together, and a circle has at most {largest}.",
    "group_kept_apart": "People who belong together are in different kept circles.",
    "group_manager": "People who belong together are manager and report.",
    "group_avoid": "People who belong together asked to be kept apart.",
    "group_language": "People who belong together share no language.",
    "group_incomplete": "They belong together with {name}, who cannot be placed.",
    "group_locked": "They belong together with {name}, who stays in {circle}.",
    "group_hours": "People who belong together share {windows} weekly times, and a circle needs {needed}.",
    "no_people": "No circle could be formed; one needs {needed} people who can meet.",
    "language": "No circle shares a language with them ({languages}).",
    "hours": "No circle shares {needed} weekly times with their {hours:g} hours.",
    "pairs": "Every circle whose times suit has somebody they must not sit with.",
    "room": "Every circle that suits is full.",
    "group_room": "No circle that suits has room for people who belong together.",
}
