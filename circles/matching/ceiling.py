"""The most that a seating could be worth, worked out beside the search: proved for some hundred people, else estimated.

It has a thread of its own, so that the first circles do not wait for it. With a budget of moves its work is counted in
steps, and the outcome does not depend on time.
"""

from __future__ import annotations

from threading import Thread

from circles.matching.bound import compatible
from circles.matching.encode import Population, Terms
from circles.matching.estimate import estimate
from circles.matching.pricing import Patience, price_out
from circles.matching.proposal import BoundKind
from circles.matching.search import Budget

#: Up to this many people a bound is proved.
PROVED = 240
#: No estimate goes on after this share of the time (a tenth of two cores' work) or so many seconds, no proof after that
#: share. With fewer seconds than SHORTEST an estimate would come to nothing, so there is none.
ESTIMATED_BY, SHORTEST, LONGEST, PROVED_BY = 0.2, 2.0, 20.0, 0.95
#: Steps for each move of the search, and the moves from which there is an estimate.
STEPS_A_MOVE, ESTIMATED_FROM = 20, 2_000_000


class Ceiling:
    """The lowest bound so far in points (None: none yet), and its kind."""

    def __init__(self, people: Population, terms: Terms, budget: Budget, seed: int) -> None:
        self.points: float | None = None
        self.kind: BoundKind | None = None
        self.proved = len(people.host) <= PROVED
        self.patience = _patience(budget, self.proved)
        self.thread = Thread(target=self._work, args=(people, terms, seed), daemon=True)

    def begin(self) -> None:
        """Start the work unless it has been."""
        if self.thread.ident is None:
            self.thread.start()

    def settle(self, *, stopped: bool) -> None:
        """End the work: at once when there is a time or the search was stopped, else when it is done."""
        if self.thread.ident is None:
            return
        if stopped or self.patience.until is not None:
            self.patience.end()
        self.thread.join()

    def _work(self, people: Population, terms: Terms, seed: int) -> None:
        if self.proved:
            price_out(people, terms, compatible(people, terms), self.patience, seen=self._proves)
        elif self.patience.steps >= STEPS_A_MOVE * ESTIMATED_FROM and self.patience.left >= SHORTEST:
            estimate(people, terms, self.patience, seed=seed, seen=self._estimates)

    def _proves(self, points: float) -> None:
        self.points, self.kind = points, "lp"

    def _estimates(self, points: float) -> None:
        self.points, self.kind = points, "estimate"


def _patience(budget: Budget, proved: bool) -> Patience:
    if budget.seconds is None:
        return Patience(steps=STEPS_A_MOVE * (budget.moves or 0))
    share = PROVED_BY if proved else ESTIMATED_BY
    return Patience(until=budget.began + (budget.seconds * share if proved else min(budget.seconds * share, LONGEST)))
