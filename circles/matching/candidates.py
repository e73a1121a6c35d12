"""What goes into a match: people, rules, weights and locks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date

from circles.availability import WeeklyGrid


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person to be matched. People are named by `key`, an e-mail address in lower case.

    `together`, `avoid` and `wishes` hold keys; those that name nobody in the population have no effect. People with
    the same `kept` name stay in one circle of that name, people with different names stay apart. An empty department,
    location or level is a value like any other when people are compared.
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
    """Sizes, weekly windows and weights. Windows hold in every `cadence_weeks`-th of `weeks` weeks from `first_day`."""

    first_day: date
    size_min: int = 4
    size_max: int = 6
    target: int = 5
    minutes: int = 60
    slots: int = 2
    weeks: int = 12
    cadence_weeks: int = 1
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        if not 2 <= self.size_min <= self.target <= self.size_max <= 12:
            raise ValueError("Sizes must be 2 ≤ smallest ≤ target ≤ largest ≤ 12.")
        if not 15 <= self.minutes <= 480:
            raise ValueError("A session takes from 15 to 480 minutes.")
        if not 1 <= self.slots <= 14:
            raise ValueError("A circle needs from 1 to 14 weekly times in common.")
        if not 1 <= self.weeks <= 260 or not 1 <= self.cadence_weeks <= 52:
            raise ValueError("A program takes from 1 to 260 weeks, in steps of 1 to 52.")


@dataclass(frozen=True, slots=True)
class Lock:
    """A circle that a lead keeps: exactly these members, or with `open` at least these."""

    name: str
    members: tuple[str, ...]
    open: bool = False


def among_themselves(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The same people, with every mention of somebody who is not among them dropped."""
    known = frozenset(person.key for person in candidates)
    return tuple(
        replace(
            person,
            manager=person.manager if person.manager in known else None,
            together=(person.together & known) - {person.key},
            avoid=(person.avoid & known) - {person.key},
            wishes=(person.wishes & known) - {person.key},
        )
        for person in candidates
    )
