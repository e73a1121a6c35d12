"""Chooses among listed circles so that the lowest scores are as high as they can be, exactly, level by level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from circles.matching.bound import Listing
from circles.matching.encode import UNITS

Floats = npt.NDArray[np.float64]


def raise_levels(listing: Listing, placed: int) -> list[int] | None:
    """Disjoint circles that place so many people at least; None when there are none or the solver gives up.

    As few people as can be have a score of the lowest level or below, then of the next, and so on; among equals more
    people win, then a higher total.
    """
    packing = _Packing(listing, placed)
    scores = listing.units * (UNITS // listing.sizes.astype(np.int64))
    levels = np.unique(scores)
    low, counted = 0, 0
    while low < len(levels) and counted < placed:
        low = _first_needed(packing, [packing.up_to(scores <= level) for level in levels], low, counted)
        if low == len(levels):
            break
        if low:
            packing.limits.append((packing.up_to(scores <= levels[low - 1]), counted))
        upto = packing.up_to(scores <= levels[low])
        chosen = packing.solve(upto)
        if chosen is None:
            return None
        counted = round(float(upto[chosen].sum()))
        packing.limits.append((upto, counted))
        low += 1
    most = packing.solve(-listing.sizes.astype(np.float64))
    if most is None:
        return None
    packing.placed = int(listing.sizes[most].sum())
    return packing.solve(-listing.values)


def _first_needed(packing: _Packing, weights: list[Floats], low: int, counted: int) -> int:
    """The first level from `low` on up to which more people than those counted must be."""
    high = len(weights)
    while low < high:
        middle = (low + high) // 2
        chosen = packing.solve(weights[middle])
        if chosen is not None and round(float(weights[middle][chosen].sum())) <= counted:
            low = middle + 1
        else:
            high = middle
    return low


class _Packing:
    """Disjoint circles, with limits on how many people some of them may have."""

    def __init__(self, listing: Listing, placed: int) -> None:
        self.listing, self.placed = listing, placed
        self.limits: list[tuple[Floats, int]] = []
        self.disjoint = LinearConstraint(listing.matrix(np.arange(len(listing.units))), -np.inf, 1)

    def up_to(self, chosen: npt.NDArray[np.bool_]) -> Floats:
        """The sizes of some circles, 0 for the others."""
        return np.where(chosen, self.listing.sizes, 0).astype(np.float64)

    def solve(self, cost: Floats) -> list[int] | None:
        """The circles of least cost that keep the limits."""
        sizes = self.listing.sizes.astype(np.float64)
        limits = [LinearConstraint(weights.reshape(1, -1), -np.inf, most) for weights, most in self.limits]
        enough = LinearConstraint(sizes.reshape(1, -1), self.placed, np.inf)
        solved = milp(
            cost,
            integrality=np.ones(len(cost)),
            bounds=Bounds(0, 1),
            constraints=[self.disjoint, enough, *limits],
            options={"mip_rel_gap": 0},
        )
        return None if solved.x is None else np.flatnonzero(solved.x > 0.5).tolist()
