"""The compiled inner loop: values of circles, greedy start and annealing moves, on whole numbers only.

Everything here is deterministic: no floats, an own random generator, and a tabulated acceptance curve.
"""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from circles.matching.encode import POINT, Bytes, Ints, Longs, Population, Terms, Words

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


class State(NamedTuple):
    """Who sits where, and what is worth remembering about each circle. Rows are circles; an empty one is allowed."""

    member: Ints  # (G, size_max)
    size: Ints
    circle: Ints  # (n,): -1 for nobody's
    seat: Ints  # (n,)
    value: Longs
    valid: Bytes
    pairs: Longs  # sum over the pairs
    share: Longs  # (G, size_max): each member's part of `pairs`, counted with every other member
    hosts: Ints
    without: Words  # (G, size_max + 1, C, 6): open starts of all but the member at a seat; last of all
    speak: Words  # (G, size_max + 1, LW): likewise languages
    bring: Words  # (G, size_max + 1): likewise anchors


class Scratch(NamedTuple):
    """Working memory of one worker: its random state and buffers."""

    random: Words  # (1,)
    words: Words  # (C, 6)
    words2: Words
    left: Ints  # (2 * size_max,)
    right: Ints


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


@njit(cache=True, nogil=True)
def draw(scratch: Scratch, below: int) -> int:
    """A random whole number from 0 up to but not including `below` (xorshift64*, high bits, multiply and shift)."""
    x = scratch.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    scratch.random[0] = x
    high = (x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(32)
    return np.int64((high * np.uint64(below)) >> np.uint64(32))


@njit(cache=True, nogil=True)
def _windows_from(words: Words, start: int, limit: int, cells: int, enough: int) -> int:
    """Disjoint windows at set starts from `start` on, the last of which ends by `limit`; at most `enough`."""
    count = 0
    position = start
    while position < 336:
        place = position >> 6
        bits = words[place] >> (np.uint64(position) & LOW_SIX)
        if bits != ZERO:
            position += np.int64(trailing_zeros(bits))
        else:
            place += 1
            while place < 6 and words[place] == ZERO:
                place += 1
            if place == 6:
                break
            position = place * 64 + np.int64(trailing_zeros(words[place]))
        if position + cells > limit:
            break
        count += 1
        if count >= enough:
            break
        position += cells
    return count


@njit(cache=True, nogil=True)
def count_windows(words: Words, cells: int, enough: int) -> int:
    """The most disjoint windows on the circle of the week, at most `enough`; `words` are the set starts."""
    place = 0
    while place < 6 and words[place] == ZERO:
        place += 1
    if place == 6:
        return 0
    first = place * 64 + np.int64(trailing_zeros(words[place]))
    best = _windows_from(words, first, first + 336, cells, enough)
    if best >= enough:
        return best
    for start in range(first + 1, min(first + cells, 336)):
        if (words[start >> 6] >> (np.uint64(start) & LOW_SIX)) & ONE:
            best = max(best, _windows_from(words, start, start + 336, cells, enough))
            if best >= enough:
                break
    return max(best, 1)


@njit(cache=True, nogil=True)
def pair_value(people: Population, terms: Terms, one: int, other: int) -> int:
    """What a pair adds to the sum over pairs, or FORBIDDEN_PAIR."""
    value = terms.new
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
    return value + terms.mixed[differ] + terms.ground[min(np.int64(shared), 2)]


@njit(cache=True, nogil=True)
def _wishes_met(people: Population, members: Ints, size: int) -> int:
    """Members with no wish, or one wish among the members."""
    sign = ZERO
    for seat in range(size):
        sign |= ONE << (np.uint64(members[seat]) & LOW_SIX)
    met = 0
    for seat in range(size):
        person = members[seat]
        start, end = people.wish_start[person], people.wish_start[person + 1]
        found = start == end
        if not found and people.wish_sign[person] & sign:
            for index in range(start, end):
                for other in range(size):
                    if members[other] == people.wish[index]:
                        found = True
        met += found
    return met


@njit(cache=True, nogil=True)
def _most_happy(people: Population, members: Ints, size: int, words: Words, anchor: int) -> int:
    """The most members who like one of the starts in `words`."""
    best = 0
    for place in range(6):
        starts = words[place]
        if starts == ZERO:
            continue
        p0 = p1 = p2 = p3 = ZERO
        for seat in range(size):
            carry = people.liked[members[seat], anchor, place] & starts
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


@njit(cache=True, nogil=True)
def _hours(people: Population, terms: Terms, members: Ints, size: int, anchors: Any, words: Words) -> tuple[int, int]:
    """Disjoint windows (at most `slots`) and the most happy members, over the anchors with enough windows if any.

    `words[c]` are the starts open to all under each anchor of `anchors`.
    """
    most, happy = 0, 0
    for anchor in range(words.shape[0]):
        if not (anchors >> np.uint64(anchor)) & ONE:
            continue
        count = count_windows(words[anchor], terms.cells, terms.slots)
        if count == 0 or count < most:
            continue
        if count > most:
            most, happy = count, 0
        happy = max(happy, _most_happy(people, members, size, words[anchor], anchor))
    return most, happy


@njit(cache=True, nogil=True)
def _worth(
    terms: Terms, size: int, pairs: int, hosts: int, happy: int, wishes: int, windows: int, language: bool
) -> tuple[int, bool]:
    """A circle's value in the search, and whether it keeps every firm rule."""
    value = pairs * terms.mean[size] + terms.size[size] + happy * terms.happy + wishes * terms.wish
    if hosts > 0:
        value += terms.host[size]
    if language and windows >= terms.slots and size >= terms.size_min:
        return value, True
    missing = max(0, terms.size_min - size)
    lacking = (terms.slots - windows) + (0 if language else terms.slots)
    return value * INVALID_SHARE // 100 - INVALID_COST - lacking * SHORT_COST - missing * MISSING_COST, False


@njit(cache=True, nogil=True)
def judge(people: Population, terms: Terms, members: Ints, size: int, words: Words) -> tuple[int, bool, bool]:
    """Value of a circle from scratch, whether it has hours and a language, and whether it keeps every firm rule.

    NEVER for a forbidden pair. An empty circle is worth 0.
    """
    if size == 0:
        return 0, True, True
    pairs, hosts = 0, 0
    anchors = ZERO
    words[:] = ~ZERO
    language = False
    for seat in range(size):
        person = members[seat]
        hosts += people.host[person]
        anchors |= people.anchors[person]
        words &= people.open[person]
        for other in range(seat):
            value = pair_value(people, terms, person, members[other])
            if value == FORBIDDEN_PAIR:
                return NEVER, False, False
            pairs += value
    for word in range(people.languages.shape[1]):
        spoken = ~ZERO
        for seat in range(size):
            spoken &= people.languages[members[seat], word]
        language |= spoken != ZERO
    windows, happy = _hours(people, terms, members, size, anchors, words)
    wishes = _wishes_met(people, members, size)
    value, valid = _worth(terms, size, pairs, hosts, happy, wishes, windows, language)
    return value, language and windows >= terms.slots, valid


@njit(cache=True, nogil=True)
def evaluate(people: Population, terms: Terms, members: Ints, size: int, words: Words) -> tuple[int, bool]:
    """Value of a circle from scratch and whether it keeps every firm rule; see `judge`."""
    value, _, valid = judge(people, terms, members, size, words)
    return value, valid


@njit(cache=True, nogil=True)
def seat_circle(
    people: Population, terms: Terms, state: State, circle: int, members: Ints, size: int, words: Words
) -> None:
    """Make these the members of a circle and bring what is remembered about it up to date."""
    state.size[circle] = size
    state.hosts[circle] = 0
    state.pairs[circle] = 0
    for seat in range(size):
        person = members[seat]
        state.member[circle, seat] = person
        state.circle[person] = circle
        state.seat[person] = seat
        state.hosts[circle] += people.host[person]
        state.share[circle, seat] = 0
    for seat in range(size):
        for other in range(seat):
            value = pair_value(people, terms, members[seat], members[other])
            state.pairs[circle] += value
            state.share[circle, seat] += value
            state.share[circle, other] += value
    for seat in range(size + 1):
        row = seat if seat < size else terms.size_max
        state.without[circle, row] = ~ZERO
        state.speak[circle, row] = ~ZERO
        state.bring[circle, row] = ZERO
        for other in range(size):
            if other != seat:
                person = members[other]
                state.without[circle, row] &= people.open[person]
                state.speak[circle, row] &= people.languages[person]
                state.bring[circle, row] |= people.anchors[person]
    value, valid = evaluate(people, terms, members, size, words)
    state.value[circle] = value
    state.valid[circle] = valid


@njit(cache=True, nogil=True)
def _fit(
    people: Population, terms: Terms, state: State, circle: int, row: int, joining: int, words: Words
) -> tuple[int, bool]:
    """Windows (at most `slots`) and whether a language is left when `joining` joins the members behind `row`.

    Leaves the open starts under each relevant anchor in `words`.
    """
    anchors = state.bring[circle, row] | people.anchors[joining]
    windows = 0
    for anchor in range(words.shape[0]):
        if not (anchors >> np.uint64(anchor)) & ONE:
            continue
        some = ZERO
        for place in range(6):
            bits = state.without[circle, row, anchor, place] & people.open[joining, anchor, place]
            words[anchor, place] = bits
            some |= bits
        if some != ZERO:
            windows = max(windows, count_windows(words[anchor], terms.cells, terms.slots))
    language = False
    for word in range(people.languages.shape[1]):
        language |= (state.speak[circle, row, word] & people.languages[joining, word]) != ZERO
    return windows, language


@njit(cache=True, nogil=True)
def _join(
    people: Population, terms: Terms, state: State, circle: int, leaving: int, joining: int, members: Ints
) -> tuple[int, int]:
    """Sum over the pairs and hosts once `joining` has taken seat `leaving` (-1: a new one); fills `members`."""
    pairs, hosts = state.pairs[circle], state.hosts[circle] + people.host[joining]
    if leaving >= 0:
        pairs -= state.share[circle, leaving]
        hosts -= people.host[state.member[circle, leaving]]
    kept = 0
    for seat in range(state.size[circle]):
        if seat != leaving:
            person = state.member[circle, seat]
            members[kept] = person
            kept += 1
            value = pair_value(people, terms, joining, person)
            if value == FORBIDDEN_PAIR:
                return FORBIDDEN_PAIR, hosts
            pairs += value
    members[kept] = joining
    return pairs, hosts


@njit(cache=True, nogil=True)
def _best_hours(
    people: Population, terms: Terms, anchors: Any, members: Ints, size: int, windows: int, words: Words
) -> int:
    """The most happy members over the anchors that have `windows` windows in `words`."""
    happy = 0
    if windows == 0:
        return 0
    for anchor in range(words.shape[0]):
        if (anchors >> np.uint64(anchor)) & ONE and (
            words.shape[0] == 1 or count_windows(words[anchor], terms.cells, terms.slots) == windows
        ):
            happy = max(happy, _most_happy(people, members, size, words[anchor], anchor))
    return happy


@njit(cache=True, nogil=True)
def _joined(
    people: Population,
    terms: Terms,
    state: State,
    circle: int,
    leaving: int,
    joining: int,
    fit: tuple[int, bool],
    joint: tuple[int, int],
    members: Ints,
    words: Words,
) -> int:
    """The exact value once `joining` has joined, given what `_fit` and `_join` found."""
    size = state.size[circle] + (leaving < 0)
    row = leaving if leaving >= 0 else terms.size_max
    anchors = state.bring[circle, row] | people.anchors[joining]
    happy = _best_hours(people, terms, anchors, members, size, fit[0], words)
    wishes = _wishes_met(people, members, size)
    return _worth(terms, size, joint[0], joint[1], happy, wishes, fit[0], fit[1])[0]


@njit(cache=True, nogil=True)
def swap_value(
    people: Population, terms: Terms, state: State, one: int, seat: int, other: int, place: int, room: int, s: Scratch
) -> int:
    """Value of two circles together after their members at `seat` and `place` change sides; NEVER if below `room`.

    The cheapest tests come first: windows and language of both, then pairs, then hours and wishes.
    """
    first, second = state.member[one, seat], state.member[other, place]
    size, size2 = state.size[one], state.size[other]
    dream = terms.mixed[7] + terms.ground[2] + terms.new
    fit = _fit(people, terms, state, one, seat, second, s.words)
    hope = state.pairs[one] - state.share[one, seat] + (size - 1) * dream
    best = _worth(terms, size, hope, 1, size, size, fit[0], fit[1])[0]
    hope = state.pairs[other] - state.share[other, place] + (size2 - 1) * dream
    best2 = _worth(terms, size2, hope, 1, size2, size2, terms.slots, True)[0]
    if best + best2 < room:
        return NEVER
    fit2 = _fit(people, terms, state, other, place, first, s.words2)
    best2 = _worth(terms, size2, hope, 1, size2, size2, fit2[0], fit2[1])[0]
    if best + best2 < room:
        return NEVER
    joint = _join(people, terms, state, one, seat, second, s.left)
    if joint[0] == FORBIDDEN_PAIR:
        return NEVER
    best = _worth(terms, size, joint[0], joint[1], size, size, fit[0], fit[1])[0]
    if best + best2 < room:
        return NEVER
    joint2 = _join(people, terms, state, other, place, first, s.right)
    if joint2[0] == FORBIDDEN_PAIR:
        return NEVER
    best2 = _worth(terms, size2, joint2[0], joint2[1], size2, size2, fit2[0], fit2[1])[0]
    if best + best2 < room:
        return NEVER
    exact = _joined(people, terms, state, one, seat, second, fit, joint, s.left, s.words)
    if exact + best2 < room:
        return NEVER
    exact += _joined(people, terms, state, other, place, first, fit2, joint2, s.right, s.words2)
    return exact if exact >= room else NEVER


@njit(cache=True, nogil=True)
def insert_value(
    people: Population, terms: Terms, state: State, one: int, seat: int, other: int, room: int, s: Scratch
) -> int:
    """Value of two circles together after the member of `one` at `seat` joins `other`; NEVER if below `room`."""
    person = state.member[one, seat]
    size, size2 = state.size[one] - 1, state.size[other] + 1
    fit = _fit(people, terms, state, other, terms.size_max, person, s.words2)
    hope = state.pairs[one] - state.share[one, seat]
    best = 0
    if size > 0:
        best = _worth(terms, size, hope, 1, size, size, terms.slots, True)[0]
    dream = (size2 - 1) * (terms.mixed[7] + terms.ground[2] + terms.new)
    best2 = _worth(terms, size2, state.pairs[other] + dream, 1, size2, size2, fit[0], fit[1])[0]
    if best + best2 < room:
        return NEVER
    joint = _join(people, terms, state, other, -1, person, s.right)
    if joint[0] == FORBIDDEN_PAIR:
        return NEVER
    best2 = _joined(people, terms, state, other, -1, person, fit, joint, s.right, s.words2)
    if best + best2 < room:
        return NEVER
    kept = 0
    for index in range(size + 1):
        if index != seat:
            s.left[kept] = state.member[one, index]
            kept += 1
    exact = evaluate(people, terms, s.left, size, s.words)[0] + best2
    return exact if exact >= room else NEVER


@njit(cache=True, nogil=True)
def _gather(people: Population, state: State, circle: int, unit: int, members: Ints) -> int:
    """The members of a circle that do not belong to `unit`, into `members`; how many."""
    kept = 0
    for seat in range(state.size[circle]):
        person = state.member[circle, seat]
        if people.unit_of[person] != unit:
            members[kept] = person
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _try_unit(
    people: Population, terms: Terms, state: State, one: int, unit: int, other: int, drop: int, s: Scratch
) -> bool:
    """Move a whole unit from `one` to `other`, and others back to make room; accepted within `drop` of the value."""
    size = _gather(people, state, one, unit, s.left)
    size2 = _gather(people, state, other, -1, s.right)
    many = people.unit_start[unit + 1] - people.unit_start[unit]
    back = draw(s, many + 1)
    while back > 0 or size2 + many > terms.size_max:
        if size2 == 0:
            return False
        leaving = people.unit_of[s.right[draw(s, size2)]]
        kept = 0
        for index in range(size2):
            person = s.right[index]
            if people.unit_of[person] == leaving:
                if size == terms.size_max:
                    return False
                s.left[size] = person
                size += 1
                back -= 1
            else:
                s.right[kept] = person
                kept += 1
        size2 = kept
    for index in range(people.unit_start[unit], people.unit_start[unit + 1]):
        s.right[size2] = people.unit[index]
        size2 += 1
    value, _ = evaluate(people, terms, s.left, size, s.words)
    if value == NEVER:
        return False
    value2, _ = evaluate(people, terms, s.right, size2, s.words)
    if value2 == NEVER or value + value2 < state.value[one] + state.value[other] - drop:
        return False
    seat_circle(people, terms, state, one, s.left, size, s.words)
    seat_circle(people, terms, state, other, s.right, size2, s.words)
    return True


@njit(cache=True, nogil=True)
def anneal(
    people: Population,
    terms: Terms,
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
        dice = draw(s, 1024)
        if dice < 922:
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
            accepted += _try_unit(people, terms, state, one, unit, other, drop, s)
            continue
        room = state.value[one] + state.value[other] - drop
        size2 = state.size[other]
        place = draw(s, size2 + 1)
        if place == size2:
            if size2 == terms.size_max:
                continue
            if insert_value(people, terms, state, one, seat, other, room, s) == NEVER:
                continue
            size, size2 = state.size[one] - 1, size2 + 1
        else:
            second = state.member[other, place]
            unit = people.unit_of[second]
            if second == mate or people.unit_start[unit + 1] - people.unit_start[unit] > 1:
                continue
            if swap_value(people, terms, state, one, seat, other, place, room, s) == NEVER:
                continue
            size = state.size[one]
        seat_circle(people, terms, state, one, s.left, size, s.words)
        seat_circle(people, terms, state, other, s.right, size2, s.words)
        accepted += 1
    return accepted
