"""What comes out of a match: circles with their scores, people left over with reasons, progress on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from circles.windows import Window

BoundKind = Literal["exact", "lp", "estimate"]
Value = str | int | float
#: Circles as their members' keys.
Keys = tuple[tuple[str, ...], ...]
PARTS = ("diversity", "goals", "novelty", "facilitator", "hours", "wishes", "size")


@dataclass(frozen=True, slots=True)
class Fact:
    """What stands behind one score part: counts by name and the people it concerns (see `facts.py` for the names)."""

    values: Mapping[str, int]
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A firm rule that a circle breaks, with the people concerned.

    `rule` is one of "size", "hours", "language", "manager", "avoid", "together", "kept". Who avoids whom is private, so
    "avoid" names nobody and counts the pairs.
    """

    rule: str
    people: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a circle that a lead should look at, to be put in words; see `facts.py` for the codes."""

    code: str
    people: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CircleScore:
    """One circle's score. `parts` are 0 to 1 before weights; `score` is 0 to 100, and 0 when a firm rule is broken.

    `quality` is the score the parts add up to, whatever rules are broken.
    """

    valid: bool
    broken: tuple[Broken, ...]
    score: float
    quality: float
    parts: Mapping[str, float]
    facts: Mapping[str, Fact]
    windows: int

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Broken rules as remarks."""
        return tuple(Remark(f"broken_{one.rule}", one.people, one.values) for one in self.broken)


@dataclass(frozen=True, slots=True)
class ProposedCircle:
    """A circle of a proposal: members in the order of the input, slots best first (at most six)."""

    name: str
    members: tuple[str, ...]
    slots: tuple[Window, ...]
    score: float
    parts: Mapping[str, float]
    facts: Mapping[str, Fact]
    remarks: tuple[Remark, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change that would place somebody, as facts: see `unplaced.py` for the codes."""

    code: str
    values: Mapping[str, Value]
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A person without a circle: the blocking reason as a code with facts, and the same in a plain English sentence."""

    key: str
    code: str
    reason: str
    people: tuple[str, ...]
    values: Mapping[str, Value]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Input that contradicts itself, found before the search, with the people concerned.

    `fatal` problems leave their people unplaced; the others are worth a warning.
    """

    code: str
    people: tuple[str, ...]
    values: Mapping[str, Value]
    fatal: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: `share` of the budget from 0 to 1, and the best found so far.

    `seconds` are those of this call. `seats` makes `best` when it is asked for, so that a tick costs little.
    """

    share: float
    seconds: float
    score: float
    placed: int
    people: int
    bound: float | None
    bound_kind: BoundKind | None = None
    seats: Callable[[], Keys] = field(default=tuple, repr=False, compare=False)

    @property
    def best(self) -> Keys:
        """The members' keys of every circle of the best seating that keeps all firm rules, closed locks first.

        With `share` it is what `match` needs to go on from here; it may be asked for later and from another thread.
        """
        return self.seats()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Circles for a population, locked ones first, and everybody left over in the order of the input.

    `score` is the sum of size × score over the people, 0 to 100. `bound` is what no proposal can exceed: the "exact"
    optimum, the "lp" bound, or an honest "estimate".
    """

    circles: tuple[ProposedCircle, ...]
    unplaced: tuple[Unplaced, ...]
    score: float
    bound: float | None
    bound_kind: BoundKind | None
    seed: int
    seconds: float
    problems: tuple[Problem, ...] = ()
