"""What a rearrangement of running circles proposes: who goes where, and each circle before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from circles.matching.proposal import CircleScore
from circles.matching.standing import WeeklyTime

#: The key of a circle that does not exist yet.
NEW = "new"


@dataclass(frozen=True, slots=True)
class Step:
    """One person goes from a circle (None: from waiting) into another."""

    person: str
    source: str | None
    target: str


@dataclass(frozen=True, slots=True)
class Regrouped:
    """One circle before and after, people by key. An empty `after` ends it; a `time` replaces its weekly time."""

    key: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    score_before: CircleScore | None
    score_after: CircleScore | None
    time: WeeklyTime | None = None

    @property
    def gain(self) -> float:
        """What is added to people times score; a circle that breaks a firm rule, such as its size, counts nothing."""
        was = len(self.before) * self.score_before.score if self.score_before else 0.0
        return (len(self.after) * self.score_after.score if self.score_after else 0.0) - was


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """One proposal. `kind` is "place", "new_circle", "fill", "transfer", "merge", "chain", "swap" or "split"."""

    kind: str
    steps: tuple[Step, ...]
    circles: tuple[Regrouped, ...]

    @property
    def moved(self) -> int:
        """How many people leave one circle for another."""
        return sum(step.source is not None for step in self.steps)

    @property
    def placed(self) -> int:
        """How many people who waited get a circle."""
        return sum(step.source is None for step in self.steps)

    @property
    def times_changed(self) -> int:
        """How many weekly times change or are new."""
        return sum(circle.time is not None for circle in self.circles)

    @property
    def gain(self) -> float:
        """What is added to people times score."""
        return sum(circle.gain for circle in self.circles)

    @property
    def rank(self) -> tuple[int, int, float, str]:
        """Smaller is better."""
        names = " ".join(f"{step.person}>{step.target}" for step in self.steps)
        return self.moved, self.times_changed, -round(self.gain, 6), names


@dataclass(frozen=True, slots=True)
class Outcome:
    """Proposals, best first, and why circles could not take part: how many for each reason of `Bench.refusal`."""

    proposals: tuple[Rearrangement, ...]
    refusals: Mapping[str, int]
    looked_at: int
