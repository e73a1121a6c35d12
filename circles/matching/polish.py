"""Improves a seating a few circles at a time: their people are seated anew in the best way there is."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter

import numpy as np

from circles.matching.bound import list_circles_of, prove, relax
from circles.matching.encode import POINT, Bytes, Population, Terms
from circles.matching.seating import Found, Seating

#: People seated anew at a time, and the most circles they may form.
TOGETHER, MOST_CIRCLES = 44, 60_000
#: Seconds for one try when the budget is time.
PATIENCE = 3.0


def polish(
    found: Found,
    people: Population,
    terms: Terms,
    fits: Bytes,
    *,
    seed: int,
    until: float | None,
    tries: int,
    watch: Callable[[Found], bool],
) -> Found:
    """The same seating or a better one, by solving random parts of it exactly.

    Goes on `until` a `perf_counter` reading, or without one for so many `tries`. Those left over take part in every
    try. `watch` returns False to stop early.
    """
    rng = random.Random(f"polish {seed}")
    done = 0
    while (done < tries) if until is None else (perf_counter() < until):
        done += 1
        chosen = _choose(found.valid, rng)
        if len(chosen) < 2:
            break
        patience = None if until is None else min(until, perf_counter() + PATIENCE)
        found = _solve_part(found, frozenset(chosen), people, terms, fits, patience)
        if not watch(found):
            break
    return found


def _choose(circles: Seating, rng: random.Random) -> list[int]:
    """Random circles that together hold about TOGETHER people."""
    order = list(range(len(circles)))
    rng.shuffle(order)
    chosen: list[int] = []
    seats = TOGETHER
    for circle in order:
        if len(circles[circle]) <= seats:
            chosen.append(circle)
            seats -= len(circles[circle])
    return chosen


def _solve_part(
    found: Found, chosen: frozenset[int], people: Population, terms: Terms, fits: Bytes, until: float | None
) -> Found:
    rest = tuple(circle for index, circle in enumerate(found.valid) if index not in chosen)
    seated = {person for circle in rest for person in circle}
    units = sorted({int(people.unit_of[person]) for person in range(len(people.host)) if person not in seated})
    listing = list_circles_of(people, terms, fits, np.array(units, dtype=np.int32), MOST_CIRCLES, until)
    relaxation = relax(listing, until) if listing is not None else None
    if listing is None or relaxation is None:
        return found
    old = tuple(circle for index, circle in enumerate(found.valid) if index in chosen)
    part = Found(old, (), listing.value_of(old))
    if relaxation.value <= part.value / POINT + 1e-6:
        return found
    better = prove(listing, relaxation, part, until).found
    if better.value <= part.value:
        return found
    return Found(tuple(sorted((*rest, *better.valid))), (), found.value - part.value + better.value)
