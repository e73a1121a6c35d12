"""A match draft as a value: circles, people left over, and the hand moves a lead makes (pure).

The document is what `MatchDraft.document` stores; people are named by their enrollment's id as text.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from app.errors import N_, DomainError

Document = dict[str, Any]
#: Scores the members of one circle: {"score", "quality", "parts", "facts", "remarks", "slots", "valid"}.
Scorer = Callable[[Sequence[str]], dict[str, Any]]


def circle_named(document: Document, name: str) -> dict[str, Any]:
    """One circle of a draft. Raises DomainError when there is none of that name."""
    for circle in document["circles"]:
        if circle["name"] == name:
            return circle  # type: ignore[no-any-return]
    raise DomainError(N_("There is no circle %(name)s in this draft any more."), name=name)


def place_of(document: Document, person: str) -> str | None:
    """The name of the circle someone is in, None when left over. Raises DomainError for strangers."""
    for circle in document["circles"]:
        if person in circle["members"]:
            return str(circle["name"])
    if any(entry["enrollment"] == person for entry in document["unplaced"]):
        return None
    raise DomainError(N_("This person is not in the draft any more."))


def move(document: Document, person: str, to: str | None, *, score: Scorer, largest: int) -> Document:
    """The draft with one person in another circle, or among the unplaced (`to` None); both circles scored anew.

    Raises DomainError for a locked or full circle. A circle left empty disappears.
    """
    changed = copy.deepcopy(document)
    origin = place_of(changed, person)
    if origin == to:
        return changed
    if origin is not None:
        source = circle_named(changed, origin)
        _unlocked(source)
        source["members"].remove(person)
        source["moved"] = True
    else:
        changed["unplaced"] = [entry for entry in changed["unplaced"] if entry["enrollment"] != person]
    if to is None:
        changed["unplaced"].append(
            {"enrollment": person, "code": "by_hand", "values": {}, "people": [], "change": None}
        )
    else:
        target = circle_named(changed, to)
        _unlocked(target)
        if len(target["members"]) >= largest:
            raise DomainError(N_("%(circle)s is full: a circle has up to %(most)d people."), circle=to, most=largest)
        target["members"].append(person)
        target["moved"] = True
    changed["circles"] = [circle for circle in changed["circles"] if circle["members"]]
    for circle in changed["circles"]:
        if circle["name"] in (origin, to):
            circle.update(score(circle["members"]))
    return with_total(changed)


def lock(document: Document, name: str, *, locked: bool) -> Document:
    """The draft with a circle kept as it is in later searches, or free again."""
    changed = copy.deepcopy(document)
    circle_named(changed, name)["locked"] = locked
    return changed


def exclude(document: Document, person: str, *, excluded: bool) -> Document:
    """The draft with someone left out of later searches, or back in; only people without a circle."""
    changed = copy.deepcopy(document)
    for entry in changed["unplaced"]:
        if entry["enrollment"] == person:
            entry["excluded"] = excluded
            return changed
    raise DomainError(N_("Take this person out of the circle first."))


def with_total(document: Document) -> Document:
    """The draft with its score worked out again: size × score over all people, unplaced ones counting 0."""
    placed = sum(len(circle["members"]) for circle in document["circles"])
    people = placed + len(document["unplaced"])
    total = sum(len(circle["members"]) * circle["score"] for circle in document["circles"])
    document["score"] = round(total / people, 2) if people else 0.0
    return document


def placed_count(document: Document) -> int:
    """How many people have a circle."""
    return sum(len(circle["members"]) for circle in document["circles"])


def _unlocked(circle: dict[str, Any]) -> None:
    if circle.get("locked"):
        raise DomainError(N_("%(circle)s is kept as it is. Unlock it first."), circle=circle["name"])
