"""What goes into a match: people, rules, weights and locks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal

from circles.availability import WeeklyGrid

Treatment = Literal["mix", "alike", "not_alone", "ignore"]
Objective = Literal["total", "weakest"]
#: Attributes that are a person's own fields; any other is looked up among their `attributes`.
OWN_FIELDS = ("department", "location", "level")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person to be matched. People are named by `key`, an e-mail address in lower case.

    `together`, `avoid` and `wishes` hold keys; those that name nobody in the population have no effect. People with
    the same `kept` name stay in one circle of that name, people with different names stay apart. An empty department,
    location or level is a value like any other when people are compared. `attributes` are answers by the key of an
    attribute; one that is blank or missing says nothing.
    """

    key: str
    name: str
    timezone: str
    grid: WeeklyGrid
    languages: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    department: str = ""
    location: str = ""
    level: str = ""
    manager: str | None = None
    facilitator: bool = False
    together: frozenset[str] = frozenset()
    avoid: frozenset[str] = frozenset()
    wishes: frozenset[str] = frozenset()
    kept: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    def answer(self, key: str) -> str:
        """The value of an attribute, "" when nothing is said."""
        if key in OWN_FIELDS:
            return str(getattr(self, key)).strip()
        return dict(self.attributes).get(key, "").strip()


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something asked of people or known of them, and how circles should treat it; see `parts.TREATMENTS`.

    `key` names the answer in `Candidate.attributes`, or one of OWN_FIELDS. `weight` is in points as in Weights.
    """

    key: str
    name: str
    treat: Treatment
    weight: float = 10.0

    def __post_init__(self) -> None:
        if self.treat not in ("mix", "alike", "not_alone", "ignore"):
            raise ValueError(f"{self.name}: an attribute is mixed, alike, not alone or ignored.")
        if not 0 <= self.weight <= 1000:
            raise ValueError(f"{self.name}: a weight must be from 0 to 1000.")

    @property
    def part(self) -> str:
        """The name of its score part, different from that of any other part."""
        return f"attribute:{self.key}"


@dataclass(frozen=True, slots=True)
class Weights:
    """Points that each part of a circle's score can bring; with the defaults they add up to 100."""

    diversity: float = 25
    goals: float = 25
    novelty: float = 15
    facilitator: float = 10
    hours: float = 10
    wishes: float = 10
    size: float = 5

    def __post_init__(self) -> None:
        values = [getattr(self, part.name) for part in fields(self)]
        if any(not 0 <= value <= 1000 for value in values) or not sum(values):
            raise ValueError("Weights must be from 0 to 1000, and one of them above 0.")

    @property
    def total(self) -> float:
        """The sum of the weights; scores are given out of 100 whatever it is."""
        return float(sum(getattr(self, part.name) for part in fields(self)))


@dataclass(frozen=True, slots=True)
class Rules:
    """Sizes, weekly windows and weights. Windows hold in every `cadence_weeks`-th of `weeks` weeks from `first_day`.

    `attributes` bring score parts of their own. The `objective` is the best score of all people together ("total"), or
    the weakest circle first ("weakest"): as many people as for the total, then the lowest score as high as can be, then
    as few people as can be with it, then the next.
    """

    first_day: date
    size_min: int = 4
    size_max: int = 6
    target: int = 5
    minutes: int = 60
    slots: int = 2
    weeks: int = 12
    cadence_weeks: int = 1
    weights: Weights = field(default_factory=Weights)
    attributes: tuple[Attribute, ...] = ()
    objective: Objective = "total"

    def __post_init__(self) -> None:
        if not 2 <= self.size_min <= self.target <= self.size_max <= 12:
            raise ValueError("Sizes must be 2 ≤ smallest ≤ target ≤ largest ≤ 12.")
        if not 15 <= self.minutes <= 480:
            raise ValueError("A session takes from 15 to 480 minutes.")
        if not 1 <= self.slots <= 14:
            raise ValueError("A circle needs from 1 to 14 weekly times in common.")
        if not 1 <= self.weeks <= 260 or not 1 <= self.cadence_weeks <= 52:
            raise ValueError("A program takes from 1 to 260 weeks, in steps of 1 to 52.")
        if len({attribute.key for attribute in self.attributes}) < len(self.attributes):
            raise ValueError("An attribute comes twice.")
        if self.objective not in ("total", "weakest"):
            raise ValueError("The objective is the total or the weakest circle.")

    @property
    def counted(self) -> tuple[Attribute, ...]:
        """The attributes that bring a score part."""
        return tuple(one for one in self.attributes if one.treat != "ignore")

    @property
    def points(self) -> dict[str, float]:
        """The weight of every score part by its name."""
        own = {part.name: float(getattr(self.weights, part.name)) for part in fields(self.weights)}
        return own | {attribute.part: float(attribute.weight) for attribute in self.counted}


@dataclass(frozen=True, slots=True)
class Lock:
    """A circle that a lead keeps: exactly these members, or with `open` at least these."""

    name: str
    members: tuple[str, ...]
    open: bool = False


def among_themselves(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The same people, with every mention of somebody who is not among them dropped."""
    known = frozenset(person.key for person in candidates)
    return tuple(_among(person, known) for person in candidates)


def _among(person: Candidate, known: frozenset[str]) -> Candidate:
    """The person as they are where nothing has to be dropped, which is usual and quick."""
    manager = person.manager if person.manager in known else None
    named = [(names & known) - {person.key} for names in (person.together, person.avoid, person.wishes)]
    if manager == person.manager and named == [person.together, person.avoid, person.wishes]:
        return person
    together, avoid, wishes = named
    return replace(person, manager=manager, together=together, avoid=avoid, wishes=wishes)
