"""Keeps time free for what comes after a search: names, slots and explanations, measured on some circles as it runs."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from circles.matching.case import Case
from circles.matching.explaining import propose
from circles.matching.search import Budget
from circles.matching.seating import Best, Seating
from circles.matching.unplaced import MOST_CIRCLES

#: Circles put into words for one measurement, and the share of the time between two of them.
SAMPLE, APART = 12, 0.08
#: What is kept beyond what was measured: a factor, and a share of the whole time.
MARGIN, OVER = 1.1, 0.004
#: How much a new measurement counts when it is lower and when it is higher: the first ones still fill tables.
LOWER, HIGHER = 0.8, 0.5
#: Somebody left over is compared with many circles, which takes this share of putting as many into words; more people
#: than these are usually placed in the end.
COMPARING, LEFT_OVER = 0.7, 2


@dataclass(slots=True)
class Ending:
    """What a proposal of this case takes, with the words or without."""

    case: Case
    budget: Budget
    explain: bool
    rate: float | None = None
    due: float = 0.0

    def look(self, best: Best) -> None:
        """Measure some circles of a seating when that is due again, and keep what all of them will take."""
        if self.budget.asked is None or self.budget.share() < self.due:
            return
        seating = best.valid
        if not seating:
            return
        if self.rate is None:
            # The first few fill the tables of time zones and would seem slow.
            self._measure(seating, 1)
        rate = self._measure(seating, 2 + round(self.due / APART))
        before = rate if self.rate is None else self.rate
        self.rate = before + (LOWER if rate < before else HIGHER) * (rate - before)
        self.due = self.budget.share() + APART
        circles = len(seating) + len(self.case.closed)
        if self.explain:
            left = min(LEFT_OVER, len(self.case.free) - best.placed)
            circles += round(COMPARING * left * min(len(seating), MOST_CIRCLES))
        self.budget.reserve.seconds = MARGIN * self.rate * circles + OVER * self.budget.asked

    def _measure(self, seating: Seating, number: int) -> float:
        """Seconds a circle, other circles each time."""
        step = max(1, len(seating) // SAMPLE)
        rows = seating[number % step :: step][:SAMPLE]
        named = [("", [self.case.free[index] for index in row], False) for row in rows]
        began = perf_counter()
        propose(self.case, named, explain=self.explain)
        return (perf_counter() - began) / len(rows)
