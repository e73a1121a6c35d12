"""An estimate of the best possible score of many people, from what is proved of some of them.

The more people, the better each can be placed. Samples of a population are small enough to be bounded by the linear
program over all their circles; how that bound rises from the smaller samples to the larger is carried on to the whole.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from statistics import fmean, stdev

import numpy as np

from circles.matching.bound import compatible
from circles.matching.encode import NOBODY, POINT, Ints, Longs, Population, Terms, Words
from circles.matching.pricing import Patience, price_out

Seen = Callable[[float], object]

#: People of the larger samples; the smaller are their halves.
SAMPLE = 100
#: Samples at most.
SAMPLES = 6
#: The bound rises with people as `top - fall * people ** -POWER`; a lower power carries on further. Measured, see
#: docs/matching.md.
POWER = 0.4
#: The fields of a population that do not have one entry for each person, or that name others.
LISTS = frozenset(
    ("near_start", "near", "near_kind", "near_sign", "wish_start", "wish", "wish_sign")  # by relation
) | frozenset(("named", "unit_of", "unit_start", "unit"))
#: Points a person by which a sample's bound may miss the linear program's.
CLOSE = 0.05


def estimate(
    people: Population, terms: Terms, patience: Patience, *, seed: int, seen: Seen, samples: int = SAMPLES
) -> None:
    """Tell `seen` the best possible value in points as it is estimated after each sample, two at the least.

    What chance there is in the samples is added (one standard error), so that the estimate is sooner too high than too
    low. Ends after so many samples.
    """
    order = draw_order(people, random.Random(f"estimate {seed}"))
    count = len(people.host)
    ends: list[float] = []
    for start in range(0, min(len(order) - SAMPLE, SAMPLE * (samples - 1)) + 1, SAMPLE):
        units = order[start : start + SAMPLE]
        whole = _bound(people, terms, units, patience)
        halves = [_bound(people, terms, half, patience) for half in (units[: SAMPLE // 2], units[SAMPLE // 2 :])]
        if whole is None or None in halves:
            return
        rise = whole - sum(half for half in halves if half is not None) / 2
        ends.append(whole + rise * _further(count))
        if len(ends) > 1:
            top = fmean(ends) + stdev(ends) / len(ends) ** 0.5
            seen(min(max(top, 0.0), 100.0) * count)


def _further(people: int) -> float:
    """How many times the rise from half a sample to a sample still lies ahead up to so many people."""
    small, large, whole = ((SAMPLE / 2) ** -POWER, SAMPLE**-POWER, max(people, SAMPLE) ** -POWER)
    return float((large - whole) / (small - large))


def _bound(people: Population, terms: Terms, units: Ints, patience: Patience) -> float | None:
    """The bound of some units alone, in points a person; None when there was no time."""
    sample = sample_of(people, units)
    prices = price_out(sample, terms, compatible(sample, terms), patience, close=CLOSE)
    return prices.bound / POINT / len(sample.host) if prices.closed and prices.bound is not None else None


def draw_order(people: Population, rng: random.Random) -> Ints:
    """All units by chance, each followed by those its people wish for: a stretch of them has wishes to meet as well."""
    order = list(range(len(people.unit_start) - 1))
    rng.shuffle(order)
    drawn: dict[int, None] = {}
    while order:
        waiting = deque([order.pop()])
        while waiting:
            unit = waiting.popleft()
            if unit in drawn:
                continue
            drawn[unit] = None
            for person in people.unit[people.unit_start[unit] : people.unit_start[unit + 1]]:
                wishes = people.wish[people.wish_start[person] : people.wish_start[person + 1]]
                waiting.extend(int(people.unit_of[other]) for other in wishes if other >= 0)
    return np.array(list(drawn), dtype=np.int32)


def sample_of(people: Population, units: Ints) -> Population:
    """Some units of a population as one of their own; who wishes only for people outside counts as without wishes."""
    units = np.sort(units)
    members = np.concatenate([people.unit[people.unit_start[unit] : people.unit_start[unit + 1]] for unit in units])
    members = np.sort(members)
    place = np.full(len(people.host), -1, dtype=np.int32)
    place[members] = np.arange(len(members))
    unit_place = np.full(len(people.unit_start) - 1, -1, dtype=np.int32)
    unit_place[units] = np.arange(len(units))
    near_start, near, near_sign, kept_near = _lists_of(people.near_start, people.near, members, place)
    wish_start, wish, wish_sign, _ = _lists_of(people.wish_start, people.wish, members, place)
    listed = [place[people.unit[people.unit_start[unit] : people.unit_start[unit + 1]]] for unit in units]
    starts: Longs = np.cumsum([0, *(len(one) for one in listed)])
    named = people.named[members]
    kept = {name: getattr(people, name)[members] for name in people._fields if name not in LISTS}
    return people._replace(
        **kept,
        near_start=near_start,
        near=near,
        near_kind=people.near_kind[kept_near],
        near_sign=near_sign,
        wish_start=wish_start,
        wish=wish,
        wish_sign=wish_sign,
        named=np.where(named >= 0, unit_place[np.maximum(named, 0)], named).astype(np.int32),
        unit_of=unit_place[people.unit_of[members]],
        unit_start=starts.astype(np.int32),
        unit=np.concatenate(listed).astype(np.int32),
    )


def _lists_of(starts: Ints, flat: Ints, members: Ints, place: Ints) -> tuple[Ints, Ints, Words, Longs]:
    """The lists of some members without who is not among them, hashed words, and where the entries kept stood.

    A wish for nobody stays one.
    """
    kept: list[int] = []
    ends = np.zeros(len(members) + 1, dtype=np.int32)
    signs = np.zeros(len(members), dtype=np.uint64)
    renamed: list[int] = []
    for row, member in enumerate(members):
        for index in range(starts[member], starts[member + 1]):
            other = int(flat[index])
            inside = NOBODY if other == NOBODY else int(place[other])
            if inside != NOBODY or other == NOBODY:
                kept.append(index)
                renamed.append(inside)
                signs[row] |= np.uint64(1 << inside % 64)
        ends[row + 1] = len(kept)
    return ends, np.array(renamed, dtype=np.int32), signs, np.array(kept, dtype=np.int64)
