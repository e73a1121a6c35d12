"""The acceptance curve and the temperatures of the search."""

from __future__ import annotations

import math

import numpy as np

from circles.matching.encode import Longs

#: Temperatures in points of circle value (size × score), from first to last; then the rest runs cold.
HOT, COLD, FROZEN = 15.0, 1.5, 0.05
COLD_SHARE = 0.96

#: -ln of 4096 evenly spread chances, in 1/65536: tabulated so that every machine accepts alike.
CURVE: Longs = np.array([round(-math.log((k + 0.5) / 4096) * 65536) for k in range(4096)], dtype=np.int64)

#: A long search cools to COLD by MENDED, is mended there, settles to CALM by COLD_SHARE, and then runs frozen.
MENDED, CALM = 0.86, 0.5


def long_temperature(share: float) -> float:
    """Geometric cooling of a long search: from HOT to COLD, from COLD to CALM once it is mended, then FROZEN."""
    if share < MENDED:
        return HOT * math.exp(math.log(COLD / HOT) * share / MENDED)
    if share >= COLD_SHARE:
        return FROZEN
    return COLD * math.exp(math.log(CALM / COLD) * (share - MENDED) / (COLD_SHARE - MENDED))


def temperature(share: float) -> float:
    """Geometric cooling from HOT to COLD, then FROZEN."""
    if share >= COLD_SHARE:
        return FROZEN
    return HOT * math.exp(math.log(COLD / HOT) * share / COLD_SHARE)
