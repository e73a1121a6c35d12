"""The geometry of the drawn figures: numbers in, coordinates and path texts out, the same for pages and PDFs.

Lengths are CSS pixels in the coordinates of the figure's own view box; angles run clockwise from the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from typing import NamedTuple

TEXT_FROM = 160
INITIALS_FROM = 90
_NARROWEST_NAME = 11.0
_LEVELS = 5


class Point(NamedTuple):
    """A place in a figure."""

    x: float
    y: float


class RingMember(NamedTuple):
    """One bead of a circle's ring. `state` is a key of the ring's legend, such as "coming" or "no_answer"."""

    name: str
    initials: str
    state: str = "plain"


def _at(center: float, radius: float, turn: float) -> Point:
    angle = 2 * pi * turn
    return Point(round(center + radius * sin(angle), 2), round(center - radius * cos(angle), 2))


def arc(center: float, radius: float, start: float, end: float) -> str:
    """The path of an arc from `start` to `end`, both in turns (0 = top, 0.25 = right), less than one turn long."""
    first, last = _at(center, radius, start), _at(center, radius, end)
    large = int(end - start > 0.5)
    return f"M{first.x:g} {first.y:g}A{radius:g} {radius:g} 0 {large} 1 {last.x:g} {last.y:g}"


def pie(center: float, radius: float, share: float) -> str:
    """The path of a slice from the top, `share` of a turn, less than one."""
    first, last = _at(center, radius, 0), _at(center, radius, share)
    large = int(share > 0.5)
    return f"M{center:g} {center:g}L{first.x:g} {first.y:g}A{radius:g} {radius:g} 0 {large} 1 {last.x:g} {last.y:g}Z"


class Segment(NamedTuple):
    """One week of a ring: its path, its state (held, now, missed, ahead) and its stroke."""

    path: str
    state: str
    stroke: float


def ring_segments(states: Sequence[str], center: float, radius: float, stroke: float) -> list[Segment]:
    """One arc for each week, from the top, with a gap between neighbours; a missed week is half as thick."""
    if not states:
        return []
    step = 1 / len(states)
    gap = min((stroke * 0.35 + 2.6) / (2 * pi * radius), step * 0.4)
    return [
        Segment(
            arc(center, radius, index * step + gap / 2, (index + 1) * step - gap / 2),
            state,
            round(stroke / 2, 2) if state == "missed" else stroke,
        )
        for index, state in enumerate(states)
    ]


@dataclass(frozen=True, slots=True)
class ProgressRing:
    """A ring of weeks with, when it is large enough, a number in the middle."""

    size: int
    segments: list[Segment]
    number_size: float
    number_y: float


def progress_ring(states: Sequence[str], size: int) -> ProgressRing:
    """The ring of a season's weeks in a square of `size`."""
    stroke = 5.0 if size >= 64 else 3.0
    center = size / 2
    number = round(size * 0.31, 1)
    segments = ring_segments(states, center, center - stroke / 2 - 1, stroke)
    return ProgressRing(size, segments, number, round(center + number * 0.36, 2))


class Bead(NamedTuple):
    """A person's place on a ring."""

    x: float
    y: float
    radius: float
    text_size: float
    text_y: float


@dataclass(frozen=True, slots=True)
class MemberRing:
    """A circle's ring: beads, the line through them, the ring of weeks inside, and where the words stand."""

    size: int
    center: float
    radius: float
    beads: list[Bead]
    segments: list[Segment]
    shows_text: bool
    shows_initials: bool
    name: str
    name_size: float
    name_y: float
    subtitle_size: float
    subtitle_y: float


def bead(x: float, y: float, radius: float) -> Bead:
    """A bead around a point, with the size and baseline of its initials."""
    text = round(min(18.0, radius * 0.7), 1)
    return Bead(round(x, 2), round(y, 2), round(radius, 2), text, round(y + text * 0.36, 2))


def _fitted(name: str, size: float, width: float) -> tuple[str, float]:
    """A name and its type size so that it fits into `width`; the end of a very long one is cut."""
    wide = 0.54
    if len(name) * wide * size <= width:
        return name, round(size, 1)
    size = max(_NARROWEST_NAME, width / (len(name) * wide))
    room = max(1, int(width / (wide * size)))
    return (name if len(name) <= room else name[: room - 1].rstrip() + "…"), round(size, 1)


def member_ring(count: int, name: str, size: int, weeks: Sequence[str] = (), *, subtitle: bool = False) -> MemberRing:
    """Lay `count` people clockwise from the top on a ring in a square of `size`, around the circle's name.

    The ring keeps its radius whatever the number of people; the beads shrink until they stand apart.
    """
    center = size / 2
    widest = size * (0.086 if weeks else 0.128)
    radius = center - widest - 1.5
    crowded = max(0, count - 5) * 0.005 * size
    apart = radius * sin(pi / count) - 1.2 if count > 1 else widest
    bead_radius = max(4.0, min(widest, widest - (0 if weeks else crowded), apart))
    beads = [bead(*_at(center, radius, index / count), bead_radius) for index in range(count)]
    inner = size * 0.284
    stroke = round(max(3.0, size * 0.019), 2)
    segments = ring_segments(weeks, center, inner, stroke)
    width = 2 * (inner - stroke - 4 if weeks else radius - bead_radius - 2)
    shown, name_size = _fitted(name, min(28.0, max(17.0, size * 0.0875)), width)
    subtitle_size = round(min(15.0, max(11.0, size * 0.056)), 1)
    name_y = center + (name_size * 0.04 if subtitle else name_size * 0.33)
    return MemberRing(
        size=size,
        center=center,
        radius=round(radius, 2),
        beads=beads,
        segments=segments,
        shows_text=size >= TEXT_FROM,
        shows_initials=size >= INITIALS_FROM,
        name=shown,
        name_size=name_size,
        name_y=round(name_y, 2),
        subtitle_size=subtitle_size,
        subtitle_y=round(name_y + subtitle_size * 1.8, 2),
    )


class CoursePoint(NamedTuple):
    """A check-in: when (in the unit of the chart's length), how often (0 to 4), and whether one was missed before."""

    position: float
    level: int
    after_gap: bool = False


class CourseMark(NamedTuple):
    """A date under the large chart. `follow_up` marks get an upright line."""

    position: float
    label: str
    note: str = ""
    follow_up: bool = False


class Line(NamedTuple):
    """A straight stroke."""

    x1: float
    y1: float
    x2: float
    y2: float
    dashed: bool = False


class PlacedMark(NamedTuple):
    """A date with its place; `label_y` is lower where the neighbour's words would touch it."""

    x: float
    label_y: float
    label: str
    note: str
    follow_up: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a change on five staff lines, from "not at all" (lowest) to "nearly always"."""

    width: float
    height: float
    left: float
    staff: list[float]
    lines: list[Line]
    points: list[Point]
    marks: list[PlacedMark]


def course(points: Sequence[CoursePoint], length: float, *, width: float = 216, row: float = 10) -> Course:
    """The small chart over a whole season of `length` weeks; a point at position p stands in the middle of week p."""
    top = 8.0
    slot = width / (length + 1)
    placed = [Point(round((p.position + 0.5) * slot, 2), _staff_y(p.level, top, row)) for p in points]
    return Course(width, top * 2 + row * (_LEVELS - 1), 0, _staff(top, row), _joined(points, placed), placed, marks=[])


def course_large(
    points: Sequence[CoursePoint],
    marks: Sequence[CourseMark],
    *,
    width: float = 680,
    left: float = 112,
    row: float = 49,
) -> Course:
    """The large chart; positions are days or any other unit, scaled so that every point and mark fits."""
    top, inset = 14.0, 14.0
    places = [*(p.position for p in points), *(m.position for m in marks)] or [0.0]
    first, last = min(places), max(places)
    scale = (width - left - inset - 44) / (last - first or 1)

    def x(position: float) -> float:
        return round(left + inset + (position - first) * scale, 2)

    placed = [Point(x(p.position), _staff_y(p.level, top, row)) for p in points]
    bottom = top + row * (_LEVELS - 1)
    under, ends = [], [-1e9, -1e9]
    for mark in sorted(marks):
        wide = 7.2 * max(len(mark.label), len(mark.note))
        tier = 0 if x(mark.position) - wide / 2 >= ends[0] + 8 else 1
        ends[tier] = x(mark.position) + wide / 2
        under.append(PlacedMark(x(mark.position), bottom + 24 + 38 * tier, mark.label, mark.note, mark.follow_up))
    height = max([bottom + 48, *(mark.label_y + 24 for mark in under)])
    return Course(width, height, left, _staff(top, row), _joined(points, placed), placed, under)


def _staff(top: float, row: float) -> list[float]:
    return [top + row * index for index in range(_LEVELS)]


def _staff_y(level: int, top: float, row: float) -> float:
    if not 0 <= level < _LEVELS:
        raise ValueError(f"a level is 0 to {_LEVELS - 1}, not {level}")
    return top + row * (_LEVELS - 1 - level)


def _joined(points: Sequence[CoursePoint], placed: Sequence[Point]) -> list[Line]:
    pairs = zip(placed, placed[1:], points[1:], strict=False)
    return [Line(a.x, a.y, b.x, b.y, point.after_gap) for a, b, point in pairs]


class Bar(NamedTuple):
    """An upright or lying bar and where its figure stands."""

    x: float
    y: float
    width: float
    height: float
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Upright bars on a base line."""

    width: float
    height: float
    base: float
    top: float
    bars: list[Bar]


def bars(values: Sequence[float], most: float, *, width: float = 320, height: float = 112) -> Bars:
    """Upright bars for `values` on a scale from 0 to `most`, with room for a figure above each and a word below."""
    top, count = 22.0, max(1, len(values))
    slot = width / max(count, 5)
    wide = min(36.0, slot * 0.6)
    drawn = []
    for index, value in enumerate(values):
        tall = round(height * value / most, 2) if most > 0 else 0.0
        middle = slot * (index + 0.5)
        drawn.append(
            Bar(round(middle - wide / 2, 2), top + height - tall, round(wide, 2), tall, round(middle, 2),
                top + height - tall - 6)
        )  # fmt: skip
    return Bars(width, top + height + 24, top + height, top, drawn)


def stacked(values: Sequence[float], *, width: float = 680, height: float = 38, gap: float = 3) -> list[Bar]:
    """One bar cut into shares, left to right; a part of nothing has no width, a small one stays at least 3 wide."""
    total = sum(values)
    shown = sum(1 for value in values if value > 0)
    room = width - gap * max(0, shown - 1)
    widths = [max(3.0, room * value / total) if value > 0 else 0.0 for value in values]
    excess = sum(widths) - room
    if shown and excess > 0:
        widest = max(range(len(widths)), key=widths.__getitem__)
        widths[widest] -= excess
    drawn, x = [], 0.0
    for wide in widths:
        drawn.append(Bar(round(x, 2), 0, round(wide, 2), height, round(x + 12, 2), round(height / 2 + 5, 2)))
        x += wide + gap if wide else 0
    return drawn


class Dot(NamedTuple):
    """A number drawn as an area; the figure stands inside it when there is room, else above to the right."""

    x: float
    radius: float
    inside: bool


def dots(values: Sequence[float], most: float, *, left: float = 144, width: float = 680) -> list[Dot]:
    """One dot for each value, its area in proportion, the largest of all rows (`most`) 28 in radius."""
    slot = (width - left) / max(1, len(values))
    drawn = []
    for index, value in enumerate(values):
        radius = round(28 * sqrt(value / most), 2) if most > 0 and value > 0 else 0.0
        drawn.append(Dot(round(left + slot * (index + 0.5), 2), radius, radius >= 15))
    return drawn


def strokes(share: float) -> int:
    """How many of five strokes a part between 0 and 1 fills, rounded half up."""
    return max(0, min(5, int(share * 5 + 0.5)))
