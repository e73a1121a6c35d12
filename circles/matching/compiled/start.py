"""Compiled preparation of a search: good mates for everybody, and a greedy first seating."""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

import numpy as np

from circles.matching.compiled.moves import draw, seat_circle, value_of
from circles.matching.compiled.options import compiled, making
from circles.matching.compiled.state import Scratch, State
from circles.matching.compiled.values import FORBIDDEN_PAIR, NEVER, ZERO, count_windows, evaluate, judge, ones
from circles.matching.encode import Ints, Population, Terms, Words

#: What one more shared start is worth when mates are ranked, in thousandths of a point, and how many count.
OVERLAP_VALUE = 300
OVERLAP_MOST = 24


@compiled
def _compatible(people: Population, terms: Terms, one: int, other: int, words: Words) -> int:
    """How many starts two people share (-1: fewer windows than needed, or no language)."""
    spoken = ZERO
    for word in range(people.languages.shape[1]):
        spoken |= people.languages[one, word] & people.languages[other, word]
    if spoken == ZERO:
        return -1
    anchors = people.anchors[one] | people.anchors[other]
    best = -1
    for anchor in range(words.shape[0]):
        if not (anchors >> np.uint64(anchor)) & np.uint64(1):
            continue
        starts = ZERO
        for place in range(6):
            words[anchor, place] = people.open[one, anchor, place] & people.open[other, anchor, place]
            starts += ones(words[anchor, place])
        if np.int64(starts) > best and count_windows(words, anchor, terms.cells, terms.slots) >= terms.slots:
            best = np.int64(starts)
    return best


@making
def find_mates(
    people: Population, terms: Terms, table: Ints, mates: Ints, first: int, last: int, tries: int, s: Scratch
) -> None:
    """Fill `mates` for the people from `first` up to `last` with those who would do best in a circle with them.

    Everybody is looked at when `tries` is at least their number, else that many drawn at random. People without any
    fitting mate get random ones.
    """
    count, keep = mates.shape
    rank = np.empty(keep, dtype=np.int64)
    for person in range(first, last):
        found = 0
        for index in range(min(tries, count)):
            other = index if tries >= count else draw(s, count)
            if people.unit_of[other] == people.unit_of[person]:
                continue
            value = value_of(people, terms, table, person, other)
            if value == FORBIDDEN_PAIR:
                continue
            overlap = _compatible(people, terms, person, other, s.whole)
            if overlap < 0:
                continue
            value += OVERLAP_VALUE * min(overlap, OVERLAP_MOST)
            for wish in range(people.wish_start[person], people.wish_start[person + 1]):
                if people.wish[wish] == other:
                    value += 50_000
            if found == keep and value <= rank[keep - 1]:
                continue
            place = min(found, keep - 1)
            while place > 0 and rank[place - 1] < value:
                rank[place] = rank[place - 1]
                mates[person, place] = mates[person, place - 1]
                place -= 1
            rank[place] = value
            mates[person, place] = other
            found = min(found + 1, keep)
        for place in range(found, keep):
            mates[person, place] = mates[person, draw(s, found)] if found else draw(s, count)


@compiled
def _with_unit(people: Population, terms: Terms, size: int, unit: int, most: int, s: Scratch) -> int:
    """Value of the first `size` members in `after[0]` with a unit added to them, however few they are.

    NEVER if that breaks another firm rule or the circle would be larger than `most`.
    """
    many = people.unit_start[unit + 1] - people.unit_start[unit]
    if size + many > most:
        return NEVER
    for index in range(many):
        s.after[0, size + index] = people.unit[people.unit_start[unit] + index]
    value, fits, _ = judge(people, terms, s.after, 0, size + many, s.whole)
    return value if fits else NEVER


@making
def seat_greedily(
    people: Population,
    terms: Terms,
    table: Ints,
    state: State,
    order: Ints,
    row: int,
    quota: Ints,
    tries: int,
    s: Scratch,
) -> None:
    """Fill circles one by one up to their quota: the next unit in `order`, then whoever keeps the value highest.

    The circles are those from `row` on. At most `tries` waiting units are looked at for one seat. Units that fit
    nowhere are put where no pair is forbidden, so the result may break rules on hours, language or smallest size, which
    the search mends.
    """
    waiting = order.copy()
    count = len(waiting)
    for circle in range(len(quota)):
        if count == 0:
            break
        size = 0
        unit, at = waiting[0], 0
        while unit >= 0:
            for index in range(people.unit_start[unit], people.unit_start[unit + 1]):
                s.after[0, size] = people.unit[index]
                size += 1
            for index in range(at, count - 1):
                waiting[index] = waiting[index + 1]
            count -= 1
            unit, best = -1, NEVER
            for look in range(min(count, tries)):
                index = look if count <= tries else draw(s, count)
                value = _with_unit(people, terms, size, waiting[index], quota[circle], s)
                if value > best:
                    best, unit, at = value, waiting[index], index
        seat_circle(people, terms, table, state, row + circle, 0, size, s)
    for index in range(count):
        _seat_anywhere(people, terms, table, state, waiting[index], s)


@compiled
def _seat_anywhere(people: Population, terms: Terms, table: Ints, state: State, unit: int, s: Scratch) -> None:
    """Add a unit to the circle where it costs least; an empty one takes it when no other can."""
    chosen, best = -1, NEVER
    many = people.unit_start[unit + 1] - people.unit_start[unit]
    for circle in range(len(state.size)):
        size = state.size[circle]
        if size + many > terms.size_max or (size == 0 and chosen >= 0):
            continue
        for seat in range(size):
            s.after[0, seat] = state.member[circle, seat]
        for index in range(many):
            s.after[0, size + index] = people.unit[people.unit_start[unit] + index]
        value, _ = evaluate(people, terms, s.after, 0, size + many, s.whole)
        if value != NEVER and value - state.value[circle] > best:
            chosen, best = circle, value - state.value[circle]
    for seat in range(state.size[chosen]):
        s.after[0, seat] = state.member[chosen, seat]
    for index in range(many):
        s.after[0, state.size[chosen] + index] = people.unit[people.unit_start[unit] + index]
    seat_circle(people, terms, table, state, chosen, 0, state.size[chosen] + many, s)


def availability_order(people: Population, named: frozenset[int]) -> Ints:
    """Units in the order in which they are seated: those with a name, larger ones, then the least available."""
    starts = np.bitwise_count(people.open).sum(axis=2).max(axis=1)
    order = []
    for unit in range(len(people.unit_start) - 1):
        members = people.unit[people.unit_start[unit] : people.unit_start[unit + 1]]
        order.append((unit not in named, -len(members), int(starts[members].min()), unit))
    return np.array([unit for *_, unit in sorted(order)], dtype=np.int32)
