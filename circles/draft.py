"""A match draft as a value: circles, people left over, and the hand moves a lead makes (pure).

The document is what `MatchDraft.document` stores; people are named by their enrollment's id as text.
"""

from __future__ import annotations

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

    Raises DomainError for a locked or full circle. A circle left empty disappears. The given draft stays as it is.
    """
    origin = place_of(document, person)
    if origin == to:
        return document
    changed = {**document, "circles": list(document["circles"]), "unplaced": list(document["unplaced"])}
    if origin is None:
        changed["unplaced"] = [entry for entry in document["unplaced"] if entry["enrollment"] != person]
    else:
        source = circle_named(document, origin)
        _unlocked(source)
        _put(changed, source, [member for member in source["members"] if member != person], score)
    if to is None:
        changed["unplaced"].append(
            {"enrollment": person, "code": "by_hand", "values": {}, "people": [], "change": None}
        )
    else:
        target = circle_named(document, to)
        _unlocked(target)
        if len(target["members"]) >= largest:
            raise DomainError(N_("%(circle)s is full: a circle has up to %(most)d people."), circle=to, most=largest)
        _put(changed, target, [*target["members"], person], score)
    return with_total(changed)


def lock(document: Document, name: str, *, locked: bool) -> Document:
    """The draft with a circle kept as it is in later searches, or free again."""
    circle = circle_named(document, name)
    return {**document, "circles": _with(document["circles"], circle, {**circle, "locked": locked})}


def exclude(document: Document, person: str, *, excluded: bool) -> Document:
    """The draft with someone left out of later searches, or back in; only people without a circle."""
    for entry in document["unplaced"]:
        if entry["enrollment"] == person:
            changed = {**entry, "excluded": excluded}
            return {**document, "unplaced": _with(document["unplaced"], entry, changed)}
    raise DomainError(N_("Take this person out of the circle first."))


def with_total(document: Document) -> Document:
    """The draft, given its score worked out again: size × score over all people, unplaced ones counting 0."""
    placed = sum(len(circle["members"]) for circle in document["circles"])
    people = placed + len(document["unplaced"])
    total = sum(len(circle["members"]) * circle["score"] for circle in document["circles"])
    document["score"] = round(total / people, 2) if people else 0.0
    return document


def placed_count(document: Document) -> int:
    """How many people have a circle."""
    return sum(len(circle["members"]) for circle in document["circles"])


def _put(changed: Document, circle: dict[str, Any], members: list[str], score: Scorer) -> None:
    """Give one circle of a changing draft other members, scored anew; without any it disappears."""
    if members:
        replaced = {**circle, "members": members, "moved": True, **score(members)}
        changed["circles"] = _with(changed["circles"], circle, replaced)
    else:
        changed["circles"] = [other for other in changed["circles"] if other is not circle]


def _with(entries: Sequence[dict[str, Any]], old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    return [new if entry is old else entry for entry in entries]


def _unlocked(circle: dict[str, Any]) -> None:
    if circle.get("locked"):
        raise DomainError(N_("%(circle)s is kept as it is. Unlock it first."), circle=circle["name"])
