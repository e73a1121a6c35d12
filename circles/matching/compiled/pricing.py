"""Finds the circles worth most beyond what their members' places cost, compiled: depth first, branch and bound.

A circle's profit is its value less its members' prices. Groups grow in the order of their first unit; a group is left
as soon as the most that anybody could still add does not reach the profit to beat. Hours, language and forbidden pairs
never come back by adding somebody, so a group that fails them is left at once. Whole numbers only, so that a bound made
from what is found here holds exactly.
"""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circles.matching.compiled.listing import push
from circles.matching.compiled.options import compiled
from circles.matching.compiled.values import FORBIDDEN_PAIR, NEVER, ONE, ZERO, evaluate, most_happy
from circles.matching.encode import Bytes, Ints, Longs, Population, Terms, Words


class Market(NamedTuple):
    """What the search for profit reads. Units are numbered in the order in which they come first."""

    unit: Ints  # (U,): the population's number of each unit
    size: Ints  # (U,)
    own: Longs  # (U,): sum over the pairs within a unit
    pair: Ints  # (U, U): sum over the pairs between two units
    fits: Bytes  # (U, U): whether two units could share a circle
    hosts: Bytes  # (U,)
    wished: Words  # (n, NW): whom each person wishes for, as bits of people; none for those without wishes
    members: Words  # (U, NW): the people of each unit as bits
    extra: Longs  # (size_max + 1,): the most that all but pairs could bring a circle of that size


class Stack(NamedTuple):
    """Buffers of one search: by depth the group so far, what may follow it and what that could bring."""

    group: Ints  # (1, people)
    ends: Ints
    words: Words  # (depths * C, 6)
    spoken: Words
    choice: Ints  # (depths, U): units that may follow, best first
    shared: Longs  # (depths, U): sum over their pairs with the group
    gain: Longs  # (depths, U): the most that each could add to the profit
    count: Ints
    at: Ints
    pairs: Longs  # (depths,): sum over the group's pairs
    price: Longs
    hosts: Ints
    whole: Words
    room: Longs  # (depths,): the most that the group itself is worth, less its price
    best: Longs  # (size_max,): buffer
    around: Words  # (NW,): buffer
    stop: Bytes  # (1,): set from outside to end the search


class Kept(NamedTuple):
    """The most profitable circles so far, in no order."""

    circles: Ints  # (K, size_max): members, filled up with -1
    value: Longs
    profit: Longs


@compiled
def fill_market(people: Population, terms: Terms, table: Ints, market: Market) -> None:
    """The sums over pairs within and between units, from the values of all pairs; whoever cannot be in a circle fits
    nobody."""
    units = len(market.unit)
    for one in range(units):
        first, last = people.unit_start[market.unit[one]], people.unit_start[market.unit[one] + 1]
        for index in range(first, last):
            person = people.unit[index]
            market.hosts[one] |= people.host[person]
            market.members[one, person >> 6] |= ONE << np.uint64(person & 63)
            for wish in range(people.wish_start[person], people.wish_start[person + 1]):
                if people.wish[wish] >= 0:
                    market.wished[person, people.wish[wish] >> 6] |= ONE << np.uint64(people.wish[wish] & 63)
            for index2 in range(first, index):
                value = table[person, people.unit[index2]]
                if value == FORBIDDEN_PAIR:
                    for other in range(units):
                        market.fits[one, other] = market.fits[other, one] = 0
                market.own[one] += value
        for other in range(one):
            total = 0
            for index in range(first, last):
                start, end = people.unit_start[market.unit[other]], people.unit_start[market.unit[other] + 1]
                for index2 in range(start, end):
                    total += table[people.unit[index], people.unit[index2]]
            market.pair[one, other] = market.pair[other, one] = total


@compiled
def _unmet(people: Population, market: Market, around: Words, person: int) -> bool:
    """Whether somebody has wishes of which none is among the people in `around`."""
    if people.wish_start[person] == people.wish_start[person + 1]:
        return False
    met = ZERO
    for word in range(len(around)):
        met |= market.wished[person, word] & around[word]
    return met == ZERO


@compiled
def _partners(market: Market, stack: Stack, depth: int, index: int, seats: int) -> int:
    """The most that pairs with others of the options could add up to for one of them, or -1 with too few of them."""
    unit = stack.choice[depth, index]
    for place in range(seats):
        stack.best[place] = -1
    for at in range(stack.count[depth]):
        other = stack.choice[depth, at]
        if not market.fits[unit, other]:
            continue
        value = -(-market.pair[unit, other] // market.size[other])
        for _ in range(market.size[other]):
            if value <= stack.best[seats - 1]:
                break
            place = seats - 1
            while place > 0 and stack.best[place - 1] < value:
                stack.best[place] = stack.best[place - 1]
                place -= 1
            stack.best[place] = value
    total = 0
    for place in range(seats):
        if stack.best[place] < 0:
            return -1
        total += stack.best[place]
    return total


@compiled
def _gather_around(market: Market, stack: Stack, depth: int) -> None:
    """Everybody in the group or among its options, as bits, into `around`."""
    for word in range(len(stack.around)):
        stack.around[word] = ZERO
    for index in range(stack.ends[depth]):
        person = stack.group[0, index]
        stack.around[person >> 6] |= ONE << np.uint64(person & 63)
    for index in range(stack.count[depth]):
        for word in range(len(stack.around)):
            stack.around[word] |= market.members[stack.choice[depth, index], word]


@compiled
def _gain(
    people: Population, terms: Terms, market: Market, stack: Stack, depth: int, index: int, size: int, prices: Longs
) -> int:
    """The most that an option could add to the profit of a circle of `size`, per person; NEVER when it cannot."""
    left, unit = size - stack.ends[depth], stack.choice[depth, index]
    many, partners = market.size[unit], 0
    if many < left:
        partners = _partners(market, stack, depth, index, left - many)
    if many > left or partners < 0:
        return NEVER
    unmet = 0
    for at in range(people.unit_start[market.unit[unit]], people.unit_start[market.unit[unit] + 1]):
        unmet += _unmet(people, market, stack.around, people.unit[at])
    pairs = stack.shared[depth, index] + market.own[unit]
    # Of a pair among those added, half is counted with each of the two.
    value = terms.mean[size] * pairs - (-terms.mean[size] * partners) // 2 - unmet * terms.wish - prices[unit]
    return -(-value // many)


@compiled
def _weigh_options(
    people: Population, terms: Terms, market: Market, stack: Stack, depth: int, size: int, prices: Longs
) -> None:
    """Sort what may follow the group by what it could add per person, and drop what cannot."""
    for index in range(stack.count[depth]):
        stack.gain[depth, index] = _gain(people, terms, market, stack, depth, index, size, prices)
    kept = 0
    for index in range(stack.count[depth]):
        gain, unit, shared = stack.gain[depth, index], stack.choice[depth, index], stack.shared[depth, index]
        if gain == NEVER:
            continue
        place = kept
        while place > 0 and stack.gain[depth, place - 1] < gain:
            stack.gain[depth, place] = stack.gain[depth, place - 1]
            stack.choice[depth, place] = stack.choice[depth, place - 1]
            stack.shared[depth, place] = stack.shared[depth, place - 1]
            place -= 1
        stack.gain[depth, place], stack.choice[depth, place], stack.shared[depth, place] = gain, unit, shared
        kept += 1
    stack.count[depth] = kept


@compiled
def _reach(market: Market, stack: Stack, depth: int, index: int, left: int) -> int:
    """The most that `left` people from the option at `index` on could add; far below 0 with too few of them."""
    total = 0
    while left > 0:
        if index == stack.count[depth]:
            return NEVER
        many = min(left, market.size[stack.choice[depth, index]])
        total += many * stack.gain[depth, index]
        left -= many
        index += 1
    return total


@compiled
def _happy_at_most(people: Population, stack: Stack, depth: int) -> int:
    """The most of the group who like a start open to all of it."""
    anchors, happy = people.open.shape[1], 0
    for anchor in range(anchors):
        row = depth * anchors + anchor
        happy = max(happy, most_happy(people.liked, stack.group, 0, stack.ends[depth], stack.words, row, anchor))
    return happy


@compiled
def _follow(market: Market, stack: Stack, depth: int, index: int) -> None:
    """What may follow the group once it has the option at `index`: later options that fit it."""
    unit, kept = stack.choice[depth, index], 0
    for later in range(index + 1, stack.count[depth]):
        other = stack.choice[depth, later]
        if market.fits[unit, other]:
            stack.choice[depth + 1, kept] = other
            stack.shared[depth + 1, kept] = stack.shared[depth, later] + market.pair[unit, other]
            kept += 1
    stack.count[depth + 1] = kept


@compiled
def _least(kept: Kept) -> int:
    """The profit to beat."""
    least = kept.profit[0]
    for place in range(len(kept.profit)):
        least = min(least, kept.profit[place])
    return least


@compiled
def _keep(stack: Stack, size: int, value: int, profit: int, kept: Kept) -> None:
    """Put a circle in the place of the least profitable one kept."""
    at = 0
    for place in range(len(kept.profit)):
        if kept.profit[place] < kept.profit[at]:
            at = place
    for seat in range(kept.circles.shape[1]):
        kept.circles[at, seat] = stack.group[0, seat] if seat < size else -1
    kept.value[at], kept.profit[at] = value, profit


@compiled
def _open(people: Population, terms: Terms, market: Market, prices: Longs, stack: Stack, depth: int, size: int) -> None:
    """Weigh what may follow a new group, and the most that it is worth itself in a circle of this size."""
    _gather_around(market, stack, depth)
    _weigh_options(people, terms, market, stack, depth, size, prices)
    unmet = 0
    for index in range(stack.ends[depth]):
        unmet += _unmet(people, market, stack.around, stack.group[0, index])
    happy = _happy_at_most(people, stack, depth)
    hosts = stack.hosts[depth]
    for index in range(stack.count[depth]):
        hosts += market.hosts[stack.choice[depth, index]]
    room = terms.mean[size] * stack.pairs[depth] + market.extra[size] - stack.price[depth]
    room -= unmet * terms.wish + (stack.ends[depth] - happy) * terms.happy
    stack.room[depth] = room if hosts > 0 else room - terms.host[size]
    stack.at[depth] = 0


@compiled
def _grow(
    people: Population, terms: Terms, market: Market, prices: Longs, stack: Stack, size: int, kept: Kept, steps: int
) -> int:
    """Go through the groups of up to `size` people that begin with the one at depth 1.

    Keeps circles with more profit than the least of those kept. Gives what is left of `steps`,
    below 0 when it stopped early.
    """
    depth = 1
    _open(people, terms, market, prices, stack, depth, size)
    least = _least(kept)
    while depth > 0 and steps >= 0:
        index, left = stack.at[depth], size - stack.ends[depth]
        if index == stack.count[depth] or stack.room[depth] + _reach(market, stack, depth, index, left) <= least:
            depth -= 1
            continue
        stack.at[depth] += 1
        steps -= 1
        if stack.stop[0]:
            return -1
        unit = stack.choice[depth, index]
        if not push(people, terms, depth, market.unit[unit], stack.group, stack.ends, stack.words, stack.spoken):
            continue
        price = stack.price[depth] + prices[unit]
        if stack.ends[depth + 1] == size:
            value, valid = evaluate(people, terms, stack.group, 0, size, stack.whole)
            if valid and value - price > least:
                _keep(stack, size, value, value - price, kept)
                least = _least(kept)
            continue
        _follow(market, stack, depth, index)
        stack.pairs[depth + 1] = stack.pairs[depth] + stack.shared[depth, index] + market.own[unit]
        stack.price[depth + 1] = price
        stack.hosts[depth + 1] = stack.hosts[depth] + market.hosts[unit]
        depth += 1
        _open(people, terms, market, prices, stack, depth, size)
    return steps


@compiled
def find_profit(
    people: Population, terms: Terms, market: Market, prices: Longs, first: int, stack: Stack, kept: Kept, steps: int
) -> int:
    """The most profitable circles in which `first` is the first unit, into `kept`; gives what is left of `steps`.

    Of circles that do not make the list none has more profit than the least one there, unless the steps ran out
    (below 0).
    """
    anchors = people.open.shape[1]
    for anchor in range(anchors):
        for word in range(6):
            stack.words[anchor, word] = ~ZERO
    for word in range(people.languages.shape[1]):
        stack.spoken[0, word] = ~ZERO
    stack.ends[0] = 0
    if not push(people, terms, 0, market.unit[first], stack.group, stack.ends, stack.words, stack.spoken):
        return steps
    many = stack.ends[1]
    for size in range(max(terms.size_min, many), terms.size_max + 1):
        stack.pairs[1], stack.price[1], stack.hosts[1] = market.own[first], prices[first], market.hosts[first]
        if many == size:
            value, valid = evaluate(people, terms, stack.group, 0, size, stack.whole)
            if valid and value - prices[first] > _least(kept):
                _keep(stack, size, value, value - prices[first], kept)
            continue
        count = 0
        for other in range(first + 1, len(market.unit)):
            if market.fits[first, other]:
                stack.choice[1, count] = other
                stack.shared[1, count] = market.pair[first, other]
                count += 1
        stack.count[1] = count
        steps = _grow(people, terms, market, prices, stack, size, kept, steps)
        if steps < 0:
            break
    return steps
