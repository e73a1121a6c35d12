"""Lists every circle that keeps the firm rules, compiled: depth first, cut as soon as no larger circle can fit.

Hours, language and forbidden pairs never come back by adding somebody, so a group that fails them is left at once.
"""
# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="no-any-return,call-overload,assignment,return-value,arg-type"

from __future__ import annotations

import numpy as np

from circles.matching.compiled.options import compiled, making
from circles.matching.compiled.values import FORBIDDEN_PAIR, ZERO, count_windows, evaluate, pair_value
from circles.matching.encode import Bytes, Ints, Longs, Population, Terms, Words


@compiled
def _meet(terms: Terms, words: Words, row: int, anchors: int) -> bool:
    """Whether the starts in some row from `row` on (each a possible anchor) hold enough windows."""
    most = 0
    for anchor in range(anchors):
        most = max(most, count_windows(words, row + anchor, terms.cells, terms.slots))
    return most >= terms.slots


@compiled
def mark_compatible(people: Population, terms: Terms, fits: Bytes, words: Words) -> None:
    """Which units could share a circle as far as the two of them go; `fits` is (units, units), `words` (C, 6)."""
    count = len(people.unit_start) - 1
    anchors = people.open.shape[1]
    for one in range(count):
        for other in range(one):
            fits[one, other] = fits[other, one] = 1
            for anchor in range(anchors):
                for place in range(6):
                    bits = ~ZERO
                    for unit in (one, other):
                        for index in range(people.unit_start[unit], people.unit_start[unit + 1]):
                            bits &= people.open[people.unit[index], anchor, place]
                    words[anchor, place] = bits
            ok = _meet(terms, words, 0, anchors)
            for index in range(people.unit_start[one], people.unit_start[one + 1]):
                for index2 in range(people.unit_start[other], people.unit_start[other + 1]):
                    ok &= pair_value(people, terms, people.unit[index], people.unit[index2]) != FORBIDDEN_PAIR
            if not ok:
                fits[one, other] = fits[other, one] = 0


@compiled
def push(
    people: Population, terms: Terms, depth: int, unit: int, members: Ints, ends: Ints, words: Words, spoken: Words
) -> bool:
    """Put a unit on the stack at `depth`; False when the group does not fit."""
    anchors, tongues = people.open.shape[1], people.languages.shape[1]
    start, end = people.unit_start[unit], people.unit_start[unit + 1]
    size = ends[depth]
    if size + end - start > terms.size_max:
        return False
    for index in range(start, end):
        members[0, size + index - start] = people.unit[index]
    ends[depth + 1] = size + end - start
    language = False
    for word in range(tongues):
        bits = spoken[depth, word]
        for index in range(start, end):
            bits &= people.languages[people.unit[index], word]
        spoken[depth + 1, word] = bits
        language |= bits != ZERO
    if not language:
        return False
    for anchor in range(anchors):
        for place in range(6):
            bits = words[depth * anchors + anchor, place]
            for index in range(start, end):
                bits &= people.open[people.unit[index], anchor, place]
            words[(depth + 1) * anchors + anchor, place] = bits
    return _meet(terms, words, (depth + 1) * anchors, anchors)


@compiled
def _options(fits: Bytes, options: Ints, count: Ints, at: Ints, depth: int, unit: int) -> None:
    """What may follow `unit`, chosen at `depth`: later options that fit it."""
    kept = 0
    if depth == 0:
        for other in range(unit + 1, len(fits)):
            if fits[unit, other]:
                options[1, kept] = other
                kept += 1
    else:
        for index in range(at[depth], count[depth]):
            other = options[depth, index]
            if fits[unit, other]:
                options[depth + 1, kept] = other
                kept += 1
    count[depth + 1], at[depth + 1] = kept, 0


@making
def list_circles(
    people: Population, terms: Terms, fits: Bytes, firsts: Ints, circles: Ints, values: Longs, found: int
) -> int:
    """Every valid circle whose first unit is among `firsts`, into `circles` (filled up with -1) from `found` on.

    Gives how many there are now, or -1 when there is no room.
    """
    anchors = people.open.shape[1]
    depths = terms.size_max + 2
    members = np.zeros((1, 2 * terms.size_max + 2), dtype=np.int32)
    ends, at, count = (
        np.zeros(depths, dtype=np.int32),
        np.zeros(depths, dtype=np.int32),
        np.zeros(depths, dtype=np.int32),
    )
    options = np.zeros((depths, len(fits)), dtype=np.int32)
    words = np.zeros((depths * anchors, 6), dtype=np.uint64)
    spoken = np.zeros((depths, people.languages.shape[1]), dtype=np.uint64)
    whole = np.zeros((anchors, 6), dtype=np.uint64)
    words[:anchors] = ~ZERO
    spoken[0] = ~ZERO
    for first in firsts:
        options[0, 0], count[0], at[0] = first, 1, 0
        depth = 0
        while depth >= 0:
            if at[depth] == count[depth]:
                depth -= 1
                continue
            unit = options[depth, at[depth]]
            at[depth] += 1
            if not push(people, terms, depth, unit, members, ends, words, spoken):
                continue
            size = ends[depth + 1]
            value, valid = evaluate(people, terms, members, 0, size, whole)
            if valid:
                if found == len(values):
                    return -1
                for seat in range(terms.size_max):
                    circles[found, seat] = members[0, seat] if seat < size else -1
                values[found] = value
                found += 1
            if size < terms.size_max:
                _options(fits, options, count, at, depth, unit)
                depth += 1
    return found
