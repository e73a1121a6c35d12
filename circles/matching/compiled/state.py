"""What the compiled search works on: a state of seats, one worker's buffers, and a move."""

from __future__ import annotations

from typing import NamedTuple

from circles.matching.encode import Bytes, Ints, Longs, Words


class State(NamedTuple):
    """Who sits where, and what is worth remembering about each circle. Rows are circles; an empty one is allowed."""

    member: Ints  # (G, size_max)
    size: Ints
    circle: Ints  # (n,): -1 for nobody's
    value: Longs
    valid: Bytes
    pairs: Longs  # sum over the pairs
    share: Longs  # (G, size_max + 1): each member's part of `pairs`, counted with every other member; last 0
    hosts: Ints
    without: Words  # (G, size_max + 1, C, 6): open starts of all but the member at a seat; last of all
    speak: Words  # (G, size_max + 1, LW): likewise languages
    bring: Words  # (G, size_max + 1): likewise anchors


class Scratch(NamedTuple):
    """Working memory of one worker: its random state and buffers for the two circles of a move."""

    random: Words  # (1,)
    whole: Words  # (C, 6)
    words: Words  # (2 C, 6): open starts after the move, first those of the first circle
    after: Ints  # (2, 2 * size_max + 2): members after the move


class Move(NamedTuple):
    """People who change sides: the one at `seat` of `one` goes to `other`, in place of the one at `place` if any."""

    one: int
    seat: int
    other: int
    place: int  # size_max: nobody comes back
