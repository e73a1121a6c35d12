"""The annealing loop, compiled: moves between two circles, cheapest tests first, accepted by a tabulated curve."""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

import numpy as np

from circles.matching.compiled.options import compiled, inlined
from circles.matching.compiled.state import Move, Scratch, State
from circles.matching.compiled.values import (
    FORBIDDEN_PAIR,
    NEVER,
    ONE,
    ZERO,
    count_windows,
    evaluate,
    lost_alone,
    most_happy,
    pair_value,
    pressed,
    wishes_met,
    worth,
)
from circles.matching.encode import Bytes, Ints, Longs, Population, Terms, Words

#: Of 1024 moves, how many bring somebody to a good mate instead of anywhere.
DIRECTED = 922


@compiled
def draw(scratch: Scratch, below: int) -> int:
    """A random whole number from 0 up to but not including `below` (xorshift64*, high bits, multiply and shift)."""
    x = scratch.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    scratch.random[0] = x
    high = (x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(32)
    return np.int64((high * np.uint64(below)) >> np.uint64(32))


@compiled
def seat_circle(
    people: Population, terms: Terms, table: Ints, state: State, circle: int, side: int, size: int, s: Scratch
) -> None:
    """Make the first `size` of `after[side]` the members of a circle and bring what is known about it up to date."""
    after = s.after
    pairs, hosts = 0, 0
    for seat in range(size):
        person = after[side, seat]
        state.member[circle, seat] = person
        state.circle[person] = circle
        hosts += people.host[person]
        state.share[circle, seat] = 0
        for other in range(seat):
            value = value_of(people, terms, table, person, after[side, other])
            pairs += value
            state.share[circle, seat] += value
            state.share[circle, other] += value
    state.size[circle], state.pairs[circle], state.hosts[circle] = size, pairs, hosts
    _remember(people, terms, state, circle, after, side, size)
    value, valid = evaluate(people, terms, after, side, size, s.whole)
    state.value[circle] = value
    state.valid[circle] = valid


@compiled
def _remember(people: Population, terms: Terms, state: State, circle: int, after: Ints, side: int, size: int) -> None:
    """What the members of a circle have in common, all of them and without each one."""
    for seat in range(size + 1):
        row = seat if seat < size else terms.size_max
        bring = ZERO
        for other in range(size):
            if other != seat:
                bring |= people.anchors[after[side, other]]
        state.bring[circle, row] = bring
        for word in range(people.languages.shape[1]):
            bits = ~ZERO
            for other in range(size):
                if other != seat:
                    bits &= people.languages[after[side, other], word]
            state.speak[circle, row, word] = bits
        for anchor in range(people.open.shape[1]):
            for word in range(6):
                bits = ~ZERO
                for other in range(size):
                    if other != seat:
                        bits &= people.open[after[side, other], anchor, word]
                state.without[circle, row, anchor, word] = bits


@inlined
def value_of(people: Population, terms: Terms, table: Ints, one: int, other: int) -> int:
    """The value of a pair, from the table of all pairs when there is one."""
    if table.shape[0] > 0:
        return table[one, other]
    return pair_value(people, terms, one, other)


@inlined
def _fit(
    people: Population, terms: Terms, state: State, circle: int, row: int, joining: int, side: int, s: Scratch
) -> int:
    """Windows (at most `slots`) when `joining` joins those behind `row`; leaves the open starts in `words[side]`."""
    anchors = state.bring[circle, row]
    if joining >= 0:
        anchors |= people.anchors[joining]
    windows = 0
    count = people.open.shape[1]
    for anchor in range(count):
        if not (anchors >> np.uint64(anchor)) & ONE:
            continue
        some = ZERO
        for word in range(6):
            bits = state.without[circle, row, anchor, word]
            if joining >= 0:
                bits &= people.open[joining, anchor, word]
            s.words[side * count + anchor, word] = bits
            some |= bits
        if some != ZERO:
            windows = max(windows, count_windows(s.words, side * count + anchor, terms.cells, terms.slots))
    return windows


@inlined
def _speaks(people: Population, state: State, circle: int, row: int, joining: int) -> bool:
    """Whether `joining` shares a language with those behind `row`."""
    spoken = ZERO
    for word in range(people.languages.shape[1]):
        bits = state.speak[circle, row, word]
        if joining >= 0:
            bits &= people.languages[joining, word]
        spoken |= bits
    return spoken != ZERO


@inlined
def _pairs(
    people: Population,
    terms: Terms,
    table: Ints,
    state: State,
    circle: int,
    row: int,
    joining: int,
    side: int,
    s: Scratch,
) -> int:
    """The sum over pairs when `joining` joins those behind `row`, or FORBIDDEN_PAIR; lists them in `after[side]`."""
    pairs = state.pairs[circle] - state.share[circle, row]
    kept = 0
    for seat in range(state.size[circle]):
        if seat == row:
            continue
        person = state.member[circle, seat]
        s.after[side, kept] = person
        kept += 1
        if joining >= 0:
            value = value_of(people, terms, table, joining, person)
            if value == FORBIDDEN_PAIR:
                return FORBIDDEN_PAIR
            pairs += value
    if joining >= 0:
        s.after[side, kept] = joining
    return pairs


@compiled
def _happy(people: Population, terms: Terms, after: Ints, side: int, size: int, windows: int, words: Words) -> int:
    """The most happy members of `after[side]` over the anchors that have `windows` windows, where that is not 0."""
    happy = 0
    count = people.open.shape[1]
    if windows > 0:
        anchors = ZERO
        for seat in range(size):
            anchors |= people.anchors[after[side, seat]]
        for anchor in range(count):
            row = side * count + anchor
            if (anchors >> np.uint64(anchor)) & ONE and (
                count == 1 or count_windows(words, row, terms.cells, terms.slots) == windows
            ):
                happy = max(happy, most_happy(people.liked, after, side, size, words, row, anchor))
    return happy


@inlined
def _most(terms: Terms, size: int, pairs: int, hosts: int, windows: int, language: bool) -> int:
    """The most that a circle can be worth as far as it is known."""
    value, _ = worth(terms, size, pairs, hosts, size, size, windows, language)
    return pressed(terms, size, value)


@compiled
def _exactly(
    people: Population,
    terms: Terms,
    s: Scratch,
    side: int,
    size: int,
    pairs: int,
    hosts: int,
    windows: int,
    language: bool,
) -> int:
    """What the circle in `after[side]` is worth."""
    happy = _happy(people, terms, s.after, side, size, windows, s.words)
    wishes, lost = wishes_met(people, s.after, side, size), lost_alone(people, terms, s.after, side, size)
    value, _ = worth(terms, size, pairs, hosts, happy, wishes, windows, language, lost)
    return pressed(terms, size, value)


@inlined
def weigh(people: Population, terms: Terms, table: Ints, state: State, move: Move, room: int, s: Scratch) -> int:
    """The (pressed) value of the two circles together after a move; NEVER if it is below `room`.

    The cheapest tests come first, each with the most that the rest could bring: windows and languages of both, then
    pairs, then hours and wishes. Leaves the members in `after`.
    """
    one, other, nobody = move.one, move.other, terms.size_max
    first = state.member[one, move.seat]
    second = state.member[other, move.place] if move.place < nobody else -1
    size, size2 = state.size[one] - (second < 0), state.size[other] + (second < 0)
    hosts, hosts2 = state.hosts[one] - people.host[first], state.hosts[other] + people.host[first]
    pairs = state.pairs[one] - state.share[one, move.seat]
    pairs2 = state.pairs[other] - state.share[other, move.place]
    if second >= 0:
        hosts += people.host[second]
        hosts2 -= people.host[second]
        pairs += terms.dream * (size - 1)
    pairs2 += terms.dream * (size2 - 1)
    best, windows, spoken = 0, 0, True
    if size > 0:
        windows = _fit(people, terms, state, one, move.seat, second, 0, s)
        spoken = _speaks(people, state, one, move.seat, second)
        best = _most(terms, size, pairs, hosts, windows, spoken)
    if best + _most(terms, size2, pairs2, hosts2, terms.slots, True) < room:
        return NEVER
    windows2 = _fit(people, terms, state, other, move.place, first, 1, s)
    spoken2 = _speaks(people, state, other, move.place, first)
    best2 = _most(terms, size2, pairs2, hosts2, windows2, spoken2)
    if best + best2 < room:
        return NEVER
    if size > 0:
        pairs = _pairs(people, terms, table, state, one, move.seat, second, 0, s)
        if pairs == FORBIDDEN_PAIR:
            return NEVER
        best = _most(terms, size, pairs, hosts, windows, spoken)
        if best + best2 < room:
            return NEVER
    pairs2 = _pairs(people, terms, table, state, other, move.place, first, 1, s)
    if pairs2 == FORBIDDEN_PAIR:
        return NEVER
    best2 = _most(terms, size2, pairs2, hosts2, windows2, spoken2)
    if best + best2 < room:
        return NEVER
    if size > 0:
        best = _exactly(people, terms, s, 0, size, pairs, hosts, windows, spoken)
        if best + best2 < room:
            return NEVER
    best2 = _exactly(people, terms, s, 1, size2, pairs2, hosts2, windows2, spoken2)
    return best + best2 if best + best2 >= room else NEVER


@compiled
def _gather(people: Population, state: State, circle: int, unit: int, after: Ints, side: int) -> int:
    """The members of a circle that do not belong to `unit`, into `after[side]`; how many."""
    kept = 0
    for seat in range(state.size[circle]):
        person = state.member[circle, seat]
        if people.unit_of[person] != unit:
            after[side, kept] = person
            kept += 1
    return kept


@compiled
def _try_unit(
    people: Population, terms: Terms, table: Ints, state: State, one: int, unit: int, other: int, drop: int, s: Scratch
) -> bool:
    """Move a whole unit from `one` to `other`, and others back to make room; accepted within `drop` of the value."""
    size = _gather(people, state, one, unit, s.after, 0)
    size2 = _gather(people, state, other, -1, s.after, 1)
    many = people.unit_start[unit + 1] - people.unit_start[unit]
    back = draw(s, many + 1)
    while back > 0 or size2 + many > terms.size_max:
        if size2 == 0:
            return False
        leaving = people.unit_of[s.after[1, draw(s, size2)]]
        kept = 0
        for index in range(size2):
            person = s.after[1, index]
            if people.unit_of[person] == leaving:
                if size == terms.size_max:
                    return False
                s.after[0, size] = person
                size += 1
                back -= 1
            else:
                s.after[1, kept] = person
                kept += 1
        size2 = kept
    for index in range(people.unit_start[unit], people.unit_start[unit + 1]):
        s.after[1, size2] = people.unit[index]
        size2 += 1
    value, _ = evaluate(people, terms, s.after, 0, size, s.whole)
    if value == NEVER:
        return False
    value2, _ = evaluate(people, terms, s.after, 1, size2, s.whole)
    if value2 == NEVER:
        return False
    before = pressed(terms, state.size[one], state.value[one]) + pressed(terms, state.size[other], state.value[other])
    if pressed(terms, size, value) + pressed(terms, size2, value2) < before - drop:
        return False
    seat_circle(people, terms, table, state, one, 0, size, s)
    seat_circle(people, terms, table, state, other, 1, size2, s)
    return True


@compiled
def anneal(
    people: Population,
    terms: Terms,
    table: Ints,
    state: State,
    mates: Ints,
    circles: Ints,
    owner: Bytes,
    heat: int,
    curve: Longs,
    steps: int,
    s: Scratch,
) -> int:
    """Try `steps` moves among `circles` (those with the same `owner` mark), accepting by Metropolis; how many passed.

    `curve` holds -ln of evenly spread chances in 1/65536; `heat` is the temperature in units of value.
    """
    accepted = 0
    mine = owner[circles[0]]
    for _ in range(steps):
        one = circles[draw(s, len(circles))]
        if state.size[one] == 0:
            continue
        seat = draw(s, state.size[one])
        person = state.member[one, seat]
        mate = -1
        if draw(s, 1024) < DIRECTED:
            mate = mates[person, draw(s, mates.shape[1])]
            other = state.circle[mate]
            if other < 0 or owner[other] != mine:
                continue
        else:
            other = circles[draw(s, len(circles))]
        if other == one:
            continue
        drop = (heat * curve[draw(s, len(curve))]) >> 16
        unit = people.unit_of[person]
        if people.unit_start[unit + 1] - people.unit_start[unit] > 1:
            accepted += _try_unit(people, terms, table, state, one, unit, other, drop, s)
            continue
        size, size2 = state.size[one], state.size[other]
        place = draw(s, size2 + 1)
        if place == size2:
            if size2 == terms.size_max:
                continue
            place = terms.size_max
            size, size2 = size - 1, size2 + 1
        else:
            second = state.member[other, place]
            unit = people.unit_of[second]
            if second == mate or people.unit_start[unit + 1] - people.unit_start[unit] > 1:
                continue
        room = pressed(terms, state.size[one], state.value[one])
        room += pressed(terms, state.size[other], state.value[other]) - drop
        if weigh(people, terms, table, state, Move(one, seat, other, place), room, s) == NEVER:
            continue
        seat_circle(people, terms, table, state, one, 0, size, s)
        seat_circle(people, terms, table, state, other, 1, size2, s)
        accepted += 1
    return accepted
