"""Values of circles, compiled: windows, pairs, hours, wishes, and what breaking a firm rule costs in the search.

Everything here is deterministic: no floats. The parts themselves are defined in `circles/matching/parts.py`; this reads
the tables made from them.
"""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from circles.matching.compiled.options import compiled, inlined
from circles.matching.encode import POINT, Ints, Population, Terms, Words

ONE = np.uint64(1)
ZERO = np.uint64(0)
LOW_SIX = np.uint64(63)
#: Value of a circle that breaks a firm rule: a share of its own, less these.
INVALID_SHARE = 35
INVALID_COST = 20 * POINT
SHORT_COST = 15 * POINT
MISSING_COST = 10 * POINT
NEVER = -(1 << 60)
FORBIDDEN_PAIR = -1


def _build_trailing_zeros(context: Any, value: Any) -> Any:
    """The place of the lowest bit of a word that is not 0."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), build


def _build_ones(context: Any, value: Any) -> Any:
    """How many bits of a word are set."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), build


trailing_zeros: Any = intrinsic(_build_trailing_zeros)
ones: Any = intrinsic(_build_ones)


@compiled
def _windows_from(words: Words, row: int, start: int, limit: int, cells: int, enough: int) -> int:
    """Disjoint windows at set starts from `start` on, the last of which ends by `limit`; at most `enough`."""
    count = 0
    position = start
    while position < 336:
        place = position >> 6
        bits = words[row, place] >> (np.uint64(position) & LOW_SIX)
        if bits != ZERO:
            position += np.int64(trailing_zeros(bits))
        else:
            place += 1
            while place < 6 and words[row, place] == ZERO:
                place += 1
            if place == 6:
                break
            position = place * 64 + np.int64(trailing_zeros(words[row, place]))
        if position + cells > limit:
            break
        count += 1
        if count >= enough:
            break
        position += cells
    return count


@compiled
def count_windows(words: Words, row: int, cells: int, enough: int) -> int:
    """The most disjoint windows on the circle of the week, at most `enough`; `words[row]` holds the set starts."""
    place = 0
    while place < 6 and words[row, place] == ZERO:
        place += 1
    if place == 6:
        return 0
    first = place * 64 + np.int64(trailing_zeros(words[row, place]))
    best = _windows_from(words, row, first, first + 336, cells, enough)
    if best >= enough:
        return best
    # The first window of an optimum can be taken among the starts before the earliest window ends.
    for start in range(first + 1, min(first + cells, 336)):
        if (words[row, start >> 6] >> (np.uint64(start) & LOW_SIX)) & ONE:
            best = max(best, _windows_from(words, row, start, start + 336, cells, enough))
            if best >= enough:
                break
    return max(best, 1)


@compiled
def pair_value(people: Population, terms: Terms, one: int, other: int) -> int:
    """What a pair adds to the sum over pairs, or FORBIDDEN_PAIR."""
    value = terms.new
    if people.named[one] >= 0 and people.named[other] >= 0 and people.named[one] != people.named[other]:
        return FORBIDDEN_PAIR
    if people.near_sign[one] >> (np.uint64(other) & LOW_SIX) & ONE:
        for index in range(people.near_start[one], people.near_start[one + 1]):
            if people.near[index] == other:
                if people.near_kind[index] & 1:
                    return FORBIDDEN_PAIR
                value = 0
                break
    differ = (
        (people.department[one] != people.department[other])
        + 2 * (people.location[one] != people.location[other])
        + 4 * (people.level[one] != people.level[other])
    )
    shared = ZERO
    for word in range(people.topics.shape[1]):
        shared += ones(people.topics[one, word] & people.topics[other, word])
    value += terms.mixed[differ] + terms.ground[min(np.int64(shared), 2)]
    for trait in range(people.traits.shape[1]):
        here, there = people.traits[one, trait], people.traits[other, trait]
        if here < 0 or there < 0:
            value += terms.blank[trait]
        elif here == there:
            value += terms.same[trait]
        else:
            value += terms.differ[trait]
    return value


@compiled
def fill_table(people: Population, terms: Terms, table: Ints) -> None:
    """The values of all pairs."""
    for one in range(table.shape[0]):
        for other in range(one):
            table[one, other] = table[other, one] = pair_value(people, terms, one, other)


@compiled
def wishes_met(people: Population, members: Ints, row: int, size: int) -> int:
    """Members of `members[row]` with no wish, or one wish among the members."""
    sign = ZERO
    for seat in range(size):
        sign |= ONE << (np.uint64(members[row, seat]) & LOW_SIX)
    met = 0
    for seat in range(size):
        person = members[row, seat]
        start, end = people.wish_start[person], people.wish_start[person + 1]
        found = start == end
        if not found and people.wish_sign[person] & sign:
            for index in range(start, end):
                for other in range(size):
                    if members[row, other] == people.wish[index]:
                        found = True
        met += found
    return met


@compiled
def lost_alone(people: Population, terms: Terms, members: Ints, row: int, size: int) -> int:
    """What the members of `members[row]` who are alone with an answer take from the circle's value."""
    lost = 0
    for trait in range(people.traits.shape[1]):
        if terms.alone[trait] == 0:
            continue
        for seat in range(size):
            answer = people.traits[members[row, seat], trait]
            alone = answer >= 0
            for other in range(size):
                if other != seat and people.traits[members[row, other], trait] == answer:
                    alone = False
                    break
            if alone:
                lost += terms.alone[trait]
    return lost


@compiled
def most_happy(liked: Words, members: Ints, row: int, size: int, words: Words, line: int, anchor: int) -> int:
    """The most members of `members[row]` who like one of the starts in `words[line]`, counted under `anchor`."""
    best = 0
    for place in range(6):
        starts = words[line, place]
        if starts == ZERO:
            continue
        p0 = p1 = p2 = p3 = ZERO
        for seat in range(size):
            carry = liked[members[row, seat], anchor, place] & starts
            p0, carry = p0 ^ carry, p0 & carry
            p1, carry = p1 ^ carry, p1 & carry
            p2, carry = p2 ^ carry, p2 & carry
            p3 ^= carry
        count = 0
        if starts & p3:
            starts &= p3
            count += 8
        if starts & p2:
            starts &= p2
            count += 4
        if starts & p1:
            starts &= p1
            count += 2
        if starts & p0:
            count += 1
        best = max(best, count)
        if best == size:
            break
    return best


@inlined
def worth(
    terms: Terms,
    size: int,
    pairs: int,
    hosts: int,
    happy: int,
    wishes: int,
    windows: int,
    language: bool,
    lost: int = 0,
) -> tuple[int, bool]:
    """A circle's value in the search, and whether it keeps every firm rule; `lost` is taken by those who are alone."""
    value = pairs * terms.mean[size] + terms.size[size] + happy * terms.happy + wishes * terms.wish - lost
    if hosts > 0:
        value += terms.host[size]
    if language and windows >= terms.slots and size >= terms.size_min:
        return value, True
    missing = max(0, terms.size_min - size)
    lacking = (terms.slots - windows) + (0 if language else terms.slots)
    return value * INVALID_SHARE // 100 - INVALID_COST - lacking * SHORT_COST - missing * MISSING_COST, False


@inlined
def pressed(terms: Terms, size: int, value: int) -> int:
    """A circle's value as moves are judged by: what it lacks to the floor counts more."""
    if value >= terms.floor[size]:
        return value
    return value - terms.press * (terms.floor[size] - value)


@compiled
def hours_of(
    people: Population, terms: Terms, members: Ints, row: int, size: int, anchors: Any, words: Words
) -> tuple[int, int]:
    """Disjoint windows (at most `slots`) and the most happy members, over the anchors with enough windows if any.

    `words[c]` are the starts open to all under each anchor of `anchors`.
    """
    most, happy = 0, 0
    for anchor in range(words.shape[0]):
        if not (anchors >> np.uint64(anchor)) & ONE:
            continue
        count = count_windows(words, anchor, terms.cells, terms.slots)
        if count == 0 or count < most:
            continue
        if count > most:
            most, happy = count, 0
        happy = max(happy, most_happy(people.liked, members, row, size, words, anchor, anchor))
    return most, happy


@compiled
def judge(people: Population, terms: Terms, members: Ints, row: int, size: int, words: Words) -> tuple[int, bool, bool]:
    """Value of a circle from scratch, whether it has hours and a language, and whether it keeps every firm rule.

    NEVER for a forbidden pair. An empty circle is worth 0. `words` is a buffer.
    """
    if size == 0:
        return 0, True, True
    pairs, hosts = 0, 0
    anchors = ZERO
    for seat in range(size):
        person = members[row, seat]
        hosts += people.host[person]
        anchors |= people.anchors[person]
        for other in range(seat):
            value = pair_value(people, terms, person, members[row, other])
            if value == FORBIDDEN_PAIR:
                return NEVER, False, False
            pairs += value
    for anchor in range(words.shape[0]):
        for place in range(6):
            bits = ~ZERO
            for seat in range(size):
                bits &= people.open[members[row, seat], anchor, place]
            words[anchor, place] = bits
    language = False
    for word in range(people.languages.shape[1]):
        spoken = ~ZERO
        for seat in range(size):
            spoken &= people.languages[members[row, seat], word]
        language |= spoken != ZERO
    windows, happy = hours_of(people, terms, members, row, size, anchors, words)
    wishes = wishes_met(people, members, row, size)
    lost = lost_alone(people, terms, members, row, size)
    value, valid = worth(terms, size, pairs, hosts, happy, wishes, windows, language, lost)
    return value, language and windows >= terms.slots, valid


@compiled
def evaluate(people: Population, terms: Terms, members: Ints, row: int, size: int, words: Words) -> tuple[int, bool]:
    """Value of a circle from scratch and whether it keeps every firm rule; see `judge`."""
    value, _, valid = judge(people, terms, members, row, size, words)
    return value, valid
