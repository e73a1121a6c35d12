"""A match draft as values: its circles, people left over, figures, and the hand moves a lead makes (pure).

A circle's entry is {"name", "members", "locked", "moved", "score", "quality", "parts", "facts", "remarks", "slots",
"valid"}, a person's {"enrollment", "code", "reason", "values", "people", "change", "excluded"}; people are named by
their enrollment's id as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.errors import N_, DomainError

Entry = dict[str, Any]
#: Scores the members of one circle: {"score", "quality", "parts", "facts", "remarks", "slots", "valid"}.
Scorer = Callable[[Sequence[str]], Entry]

#: Below this score a circle is worth a look whatever is remarked.
LOW = 50
#: Remarks that a score part or the time says already: they are no reason to look at a circle.
MILD = frozenset({"no_spare_slot", "wishes_unmet"})


@dataclass(frozen=True, slots=True)
class Figures:
    """What a board counts: circles, people in them and left over, circles of each kind, and Σ size × score."""

    circles: int = 0
    placed: int = 0
    unplaced: int = 0
    look: int = 0
    moved: int = 0
    broken: int = 0
    points: float = 0.0
    #: How many circles there are of each size, the size as text.
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """Everyone the draft is about."""
        return self.placed + self.unplaced

    @property
    def score(self) -> float:
        """The draft's score, 0 to 100: size × score over all people, those left over counting 0."""
        return round(self.points / self.people, 2) if self.people else 0.0

    def stored(self) -> dict[str, Any]:
        """The figures as a draft stores them."""
        return asdict(self)

    def changed(self, *, gone: Iterable[Entry] = (), come: Iterable[Entry] = (), left: int = 0) -> Figures:
        """The figures once some circles are gone, others come, and so many more people are left over."""
        result = self
        for sign, entries in ((-1, gone), (1, come)):
            for entry in entries:
                result = result._with(entry, sign)
        return Figures(**{**asdict(result), "unplaced": result.unplaced + left})

    def _with(self, entry: Entry, sign: int) -> Figures:
        size = len(entry["members"])
        sizes = {**self.sizes, str(size): self.sizes.get(str(size), 0) + sign}
        return Figures(
            circles=self.circles + sign,
            placed=self.placed + sign * size,
            unplaced=self.unplaced,
            look=self.look + sign * worth_a_look(entry),
            moved=self.moved + sign * bool(entry.get("moved")),
            broken=self.broken + sign * (not publishable(entry)),
            points=round(self.points + sign * size * entry["score"], 4),
            sizes={known: count for known, count in sizes.items() if count},
        )


@dataclass(frozen=True, slots=True)
class Move:
    """What moving one person does: circles before and after (None = gone), and their entry among those left over.

    `left` is the entry they have no longer, `leaves` the one they have now.
    """

    circles: tuple[tuple[Entry, Entry | None], ...]
    left: Entry | None = None
    leaves: Entry | None = None

    def figures(self, before: Figures) -> Figures:
        """The draft's figures afterwards."""
        return before.changed(
            gone=[old for old, _new in self.circles],
            come=[new for _old, new in self.circles if new is not None],
            left=(self.leaves is not None) - (self.left is not None),
        )


def figures_of(circles: Iterable[Entry], unplaced: int) -> Figures:
    """The figures of a whole draft."""
    return Figures(unplaced=unplaced).changed(come=circles)


def move(
    person: str,
    origin: Entry | None,
    target: Entry | None,
    *,
    left: Entry | None = None,
    score: Scorer,
    largest: int,
) -> Move:
    """Take one person out of a circle (or from those left over, with their entry) into another, or out altogether.

    Both circles are scored anew; one left empty disappears. Raises DomainError for a locked or full circle.
    """
    changes: list[tuple[Entry, Entry | None]] = []
    if origin is not None:
        _unlocked(origin)
        rest = [member for member in origin["members"] if member != person]
        changes.append((origin, _rescored(origin, rest, score) if rest else None))
    if target is not None:
        _unlocked(target)
        if len(target["members"]) >= largest:
            raise DomainError(
                N_("%(circle)s is full: a circle has up to %(most)d people."), circle=target["name"], most=largest
            )
        changes.append((target, _rescored(target, [*target["members"], person], score)))
        return Move(tuple(changes), left=left)
    leaves: Entry = {
        "enrollment": person,
        "code": "by_hand",
        "values": {},
        "people": [],
        "change": None,
        "excluded": False,
    }
    return Move(tuple(changes), left=left, leaves=leaves)


def worth_a_look(circle: Mapping[str, Any]) -> bool:
    """Whether a lead should look at a circle of a draft before publishing."""
    return bool(circle["score"] < LOW or any(remark["code"] not in MILD for remark in circle["remarks"]))


def publishable(circle: Mapping[str, Any]) -> bool:
    """Whether a circle keeps every firm rule and has a weekly hour."""
    return bool(circle["valid"] and circle["slots"])


def _rescored(circle: Entry, members: list[str], score: Scorer) -> Entry:
    return {**circle, "members": members, "moved": True, **score(members)}


def _unlocked(circle: Entry) -> None:
    if circle.get("locked"):
        raise DomainError(N_("%(circle)s is kept as it is. Unlock it first."), circle=circle["name"])
