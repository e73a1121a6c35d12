"""Turns people and rules into the integer arrays that the compiled search reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from circles.matching.candidates import Candidate, Lock, Rules
from circles.matching.hours import UTC, Cells, cells_of, listed, span_of, touched, week_flags
from circles.matching.parts import TREATMENTS, Treatment, common_ground, difference, size_part
from circles.matching.units import find_units
from circles.windows.ranking import checked_length

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WORDS_A_WEEK = 6
#: Pair values are whole thousandths of a point; circle values have this many units in one.
UNITS = lcm(*range(1, 12))
#: Units of a circle's value (size × score) in one point.
POINT = 1000 * UNITS

FORBIDDEN, MET = 1, 2
NOBODY = -1


class Population(NamedTuple):
    """People by position. C anchors (zones whose weeks are alike count once), weeks as 6 words of 64 starts.

    `near` lists, per person, others with a relation (FORBIDDEN, MET) and `near_sign` hashes them into one word for a
    quick no; `wish` likewise. `units` lists the members of each unit, most of which have one.
    """

    open: Words  # (n, C, 6): starts at which one is free in every week
    liked: Words  # (n, C, 6): starts whose whole window one prefers
    anchors: Words  # (n,): bits of the anchors one brings (own zone and UTC)
    languages: Words  # (n, LW)
    topics: Words  # (n, TW)
    department: Ints
    location: Ints
    level: Ints
    traits: Ints  # (n, A): answers by attribute that counts, NOBODY for none
    host: Bytes
    near_start: Ints
    near: Ints
    near_kind: Bytes
    near_sign: Words
    wish_start: Ints
    wish: Ints
    wish_sign: Words
    named: Ints  # (n,): the unit whose name one's circle takes, or NOBODY; two of them never share a circle
    unit_of: Ints
    unit_start: Ints
    unit: Ints


class Terms(NamedTuple):
    """Rules and weights as whole numbers; arrays by size have `size_max + 1` entries, those by attribute A."""

    size_min: int
    size_max: int
    slots: int
    cells: int
    mixed: Longs  # (8,): value of a pair by department | location << 1 | level << 2 differing
    ground: Longs  # (3,): value of a pair by shared topics, 2 and more alike
    new: int  # value of a pair that has not met
    same: Longs  # (A,): value of a pair with the same answer
    differ: Longs  # (A,): likewise with different ones
    blank: Longs  # (A,): likewise without two answers
    dream: int  # the most that a pair can be worth
    alone: Longs  # (A,): what one member who is alone with an answer takes from the circle value
    mean: Longs  # factor that turns a sum over pairs into circle value
    host: Longs  # circle value of having a host
    happy: int  # circle value of one member preferring the window
    wish: int  # circle value of one member with no unmet wish
    size: Longs  # circle value of the size part, and of nobody being alone
    floor: Longs  # circle value below which a circle is weak
    press: int  # how many times what a circle lacks to `floor` is taken off its value in the search


def encode_terms(rules: Rules) -> Terms:
    """Rules for the compiled search."""
    weights = rules.weights
    thousandths = 100_000 / sum(rules.points.values())
    sizes = range(rules.size_max + 1)
    mixed = [difference(bool(bits & 1), bool(bits & 2), bool(bits & 4)) for bits in range(8)]
    new = round(thousandths * weights.novelty)
    ways = [(round(thousandths * one.weight), TREATMENTS[one.treat]) for one in rules.counted]
    alone = [0 if way.alone is None else round(points * (1 - way.alone)) * UNITS for points, way in ways]
    pairs = [(0, 0, 0) if way.alone is not None else _shares(points, way) for points, way in ways]
    same, differ, blank = np.array(pairs, dtype=np.int64).reshape(-1, 3).T.copy()
    dream = round(thousandths * weights.diversity) + round(thousandths * weights.goals) + new
    return Terms(
        size_min=rules.size_min,
        size_max=rules.size_max,
        slots=rules.slots,
        cells=cells_of(rules),
        mixed=np.array([round(thousandths * weights.diversity * value) for value in mixed], dtype=np.int64),
        ground=np.array(
            [round(thousandths * weights.goals * common_ground(shared)) for shared in range(3)], dtype=np.int64
        ),
        new=new,
        same=same,
        differ=differ,
        blank=blank,
        dream=dream + int(np.maximum(np.maximum(same, differ), blank).sum()),
        alone=np.array(alone, dtype=np.int64),
        mean=np.array([2 * UNITS // (size - 1) if size > 1 else 0 for size in sizes], dtype=np.int64),
        host=np.array([round(thousandths * weights.facilitator) * UNITS * size for size in sizes], dtype=np.int64),
        happy=round(thousandths * weights.hours) * UNITS,
        wish=round(thousandths * weights.wishes) * UNITS,
        size=np.array(
            [
                round(thousandths * weights.size * size_part(size, rules)) * UNITS * size
                + sum(points * UNITS * size for points, way in ways if way.alone is not None)
                for size in sizes
            ],
            dtype=np.int64,
        ),
        floor=np.zeros(rules.size_max + 1, dtype=np.int64),
        press=0,
    )


def _shares(points: int, way: Treatment) -> tuple[int, int, int]:
    """What a pair is worth with the same answer, with different ones, and without two."""
    return round(points * way.same), round(points * way.differ), points


def encode_people(
    people: Sequence[Candidate], rules: Rules, met: frozenset[frozenset[str]], locks: Sequence[Lock] = ()
) -> Population:
    """People for the compiled search. Open `locks` join their members."""
    place = {person.key: index for index, person in enumerate(people)}
    opens, liked, anchors = _weeks(people, rules)
    near = _relations(people, place, met)
    near_start, near_list, near_sign = _lists([sorted(one) for one in near])
    wish_start, wish_list, wish_sign = _lists([_wishes(person, place) for person in people])
    units = find_units(people, locks)
    unit_of = np.zeros(len(people), dtype=np.int32)
    named = np.full(len(people), NOBODY, dtype=np.int32)
    for index, unit in enumerate(units):
        unit_of[list(unit.members)] = index
        if unit.name is not None:
            named[list(unit.members)] = index
    unit_start, unit_list, _ = _lists([list(unit.members) for unit in units])
    kinds = [one[other] for one in near for other in sorted(one)]
    return Population(
        open=opens,
        liked=liked,
        anchors=anchors,
        languages=_tags([person.languages for person in people]),
        topics=_tags([person.topics for person in people]),
        department=_codes(person.department for person in people),
        location=_codes(person.location for person in people),
        level=_codes(person.level for person in people),
        traits=_traits(people, rules),
        host=np.array([person.facilitator for person in people], dtype=np.uint8),
        near_start=near_start,
        near=near_list,
        near_kind=np.array(kinds, dtype=np.uint8),
        near_sign=near_sign,
        wish_start=wish_start,
        wish=wish_list,
        wish_sign=wish_sign,
        named=named,
        unit_of=unit_of,
        unit_start=unit_start,
        unit=unit_list,
    )


def pack(flags: Flags) -> Words:
    """Flags over the last axis (336 starts) as 6 words, start 0 in the lowest bit of the first."""
    padded = np.zeros((*flags.shape[:-1], WORDS_A_WEEK * 64), dtype=np.bool_)
    padded[..., : flags.shape[-1]] = flags
    packed = np.packbits(padded, axis=-1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


def _weeks(people: Sequence[Candidate], rules: Rules) -> tuple[Words, Words, Words]:
    """Open and liked starts under each anchor that differs, and the anchors that each person brings."""
    zones = sorted({person.timezone for person in people})
    names = [UTC, *(zone for zone in zones if zone != UTC)]
    rows = {zone: [row for row, person in enumerate(people) if person.timezone == zone] for zone in zones}
    can = week_flags([person.grid.can for person in people])
    likes = week_flags([person.grid.prefer for person in people])
    useful = {zone: np.logical_or.reduce(can[members]) for zone, members in rows.items()}
    kinds: dict[bytes, int] = {}
    opens: list[Words] = []
    liked: list[Words] = []
    brings: dict[str, int] = {}
    length, span = checked_length(rules.minutes), span_of(rules)
    for anchor in names:
        maps = {zone: touched(zone, anchor, length, span) for zone in zones}
        shape = _shape(maps, useful)
        if shape not in kinds:
            kinds[shape] = len(opens)
            listing = {zone: listed(zone, anchor, length, span) for zone in zones}
            opens.append(_starts(can, rows, listing))
            liked.append(_starts(likes, rows, listing))
        brings[anchor] = kinds[shape]
    if len(opens) > 64:
        raise ValueError("The people live by more than 64 different sets of clock changes.")
    bits = [1 << brings[person.timezone] | 1 << brings[UTC] for person in people]
    return np.stack(opens, axis=1), np.stack(liked, axis=1), np.array(bits, dtype=np.uint64)


def _shape(maps: dict[str, Flags], useful: dict[str, Flags]) -> bytes:
    """What an anchor's week means to everybody, whichever hour it begins at: alike for anchors that are the same.

    Only starts that somebody could use count. The week is turned so that the result does not depend on the offset.
    """
    columns = []
    for zone, cells in maps.items():
        usable = np.logical_not((cells & ~useful[zone]).any(axis=1))
        columns.append(cells & usable.reshape(-1, 1))
    table = np.concatenate(columns, axis=1)
    rows = [np.flatnonzero(row).astype(np.int32).tobytes() for row in table]
    turn = min(range(len(rows)), key=lambda start: rows[start:] + rows[:start])
    return b"|".join(rows[turn:] + rows[:turn])


def _starts(cells: Flags, rows: dict[str, list[int]], maps: dict[str, Cells]) -> Words:
    result = np.zeros((len(cells), 336), dtype=np.bool_)
    for zone, members in rows.items():
        own = np.ascontiguousarray(cells[members].T)
        result[members] = np.logical_and.reduce([own[touching] for touching in maps[zone]]).T
    return pack(result)


def _tags(sets: Sequence[frozenset[str]]) -> Words:
    """Sets as bit masks. A tag that one person alone has can never be shared, so it gets no bit."""
    counts = Counter(tag for tags in sets for tag in tags)
    shared = {tag: bit for bit, tag in enumerate(sorted(tag for tag, count in counts.items() if count > 1))}
    masks = np.zeros((len(sets), max(1, -(-len(shared) // 64))), dtype=np.uint64)
    for row, tags in enumerate(sets):
        for tag in tags & shared.keys():
            masks[row, shared[tag] // 64] |= np.uint64(1 << shared[tag] % 64)
    return masks


def _codes(values: Iterable[str]) -> Ints:
    listed = list(values)
    codes = {value: code for code, value in enumerate(sorted(set(listed)))}
    return np.array([codes[value] for value in listed], dtype=np.int32)


def _traits(people: Sequence[Candidate], rules: Rules) -> Ints:
    """Answers by person and attribute that counts; NOBODY for a blank one."""
    table = np.full((len(people), len(rules.counted)), NOBODY, dtype=np.int32)
    for column, attribute in enumerate(rules.counted):
        answers = [person.answer(attribute.key) for person in people]
        codes = {answer: code for code, answer in enumerate(sorted({answer for answer in answers if answer}))}
        table[:, column] = [codes.get(answer, NOBODY) for answer in answers]
    return table


def _relations(
    people: Sequence[Candidate], place: dict[str, int], met: frozenset[frozenset[str]]
) -> list[dict[int, int]]:
    near: list[dict[int, int]] = [{} for _ in people]

    def relate(one: int, other: int, kind: int) -> None:
        near[one][other] = near[one].get(other, 0) | kind
        near[other][one] = near[other].get(one, 0) | kind

    for index, person in enumerate(people):
        for key in person.avoid | ({person.manager} if person.manager else frozenset()):
            if key in place:
                relate(index, place[key], FORBIDDEN)
    for pair in met:
        found = [place[key] for key in pair if key in place]
        if len(found) == 2:
            relate(found[0], found[1], MET)
    return near


def _wishes(person: Candidate, place: dict[str, int]) -> list[int]:
    """Who is wished for; NOBODY when there are wishes but none that can be met."""
    known = sorted(place[key] for key in person.wishes if key in place)
    return known or [NOBODY] * bool(person.wishes)


def _lists(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints, Words]:
    """Lists end to end with where each begins, and each hashed into one word."""
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    starts[1:] = np.cumsum([len(row) for row in rows])
    flat = np.array([value for row in rows for value in row], dtype=np.int32)
    signs = np.zeros(len(rows), dtype=np.uint64)
    for index, row in enumerate(rows):
        for value in row:
            signs[index] |= np.uint64(1 << value % 64)
    return starts, flat, signs
