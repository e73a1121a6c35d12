"""The geometry: what is drawn where."""

from __future__ import annotations

import re
from itertools import pairwise
from math import dist, hypot, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import figures

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@given(st.integers(3, 12), st.sampled_from([64, 96, 160, 200, 320]), st.booleans())
def test_beads_stand_apart_inside_the_square_and_start_at_the_top(count: int, size: int, weeks: bool) -> None:
    ring = figures.member_ring(count, "Juniper", size, ["held"] * 12 if weeks else [])
    assert isclose(ring.beads[0].x, size / 2)
    assert ring.beads[0].y < size / 2
    for bead in ring.beads:
        assert bead.radius <= bead.x <= size - bead.radius
        assert bead.radius <= bead.y <= size - bead.radius
    for one, other in pairwise([*ring.beads, ring.beads[0]]):
        assert dist((one.x, one.y), (other.x, other.y)) >= one.radius + other.radius


def test_beads_run_clockwise() -> None:
    right = figures.member_ring(4, "Hazel", 160).beads[1]
    assert right.x > 80
    assert isclose(right.y, 80)


def test_more_people_shrink_the_beads_and_not_the_ring() -> None:
    few, many = figures.member_ring(3, "Hazel", 200), figures.member_ring(12, "Linden", 200)
    assert few.radius == many.radius
    assert few.beads[0].radius > many.beads[0].radius


@pytest.mark.parametrize(("size", "text", "initials"), [(320, True, True), (159, False, True), (89, False, False)])
def test_small_rings_drop_their_words(size: int, text: bool, initials: bool) -> None:
    ring = figures.member_ring(5, "Juniper", size)
    assert (ring.shows_text, ring.shows_initials) == (text, initials)


@given(st.text(min_size=1, max_size=80), st.integers(160, 320))
def test_a_long_name_never_reaches_the_beads(name: str, size: int) -> None:
    ring = figures.member_ring(5, name, size)
    assert len(ring.name) * 0.54 * ring.name_size <= 2 * (ring.radius - ring.beads[0].radius) + 1
    assert ring.name_size >= 11 - 0.05


def test_one_person_and_nobody_can_be_drawn() -> None:
    assert len(figures.member_ring(1, "Hazel", 160).beads) == 1
    assert figures.member_ring(0, "Hazel", 160).beads == []


@given(st.lists(st.sampled_from(["held", "now", "missed", "ahead"]), min_size=1, max_size=60))
def test_every_week_is_one_arc_on_the_ring(states: list[str]) -> None:
    ring = figures.progress_ring(states, 72)
    assert [segment.state for segment in ring.segments] == states
    for segment in ring.segments:
        x, y, radius, *_rest = map(float, NUMBER.findall(segment.path))
        assert isclose(hypot(x - 36, y - 36), radius, abs_tol=0.02)


def test_a_missed_week_is_half_as_thick() -> None:
    held, missed = figures.progress_ring(["held", "missed"], 44).segments
    assert missed.stroke == held.stroke / 2


def test_a_ring_of_one_week_goes_almost_round() -> None:
    assert "A32.5 32.5 0 1 1" in figures.progress_ring(["held"], 72).segments[0].path


def test_a_course_rises_with_the_level_and_leaves_the_time_left_empty() -> None:
    points = [figures.CoursePoint(2, 1), figures.CoursePoint(3, 2), figures.CoursePoint(5, 3, after_gap=True)]
    shape = figures.course(points, 12)
    assert [point.y for point in shape.points] == [shape.staff[3], shape.staff[2], shape.staff[1]]
    assert [line.dashed for line in shape.lines] == [False, True]
    assert shape.points[-1].x < shape.width / 2


@given(st.integers(1, 52), st.data())
def test_a_course_stays_on_its_staff(weeks: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, weeks))
    (point,) = figures.course([figures.CoursePoint(position, 4)], weeks).points
    assert 0 <= point.x <= 216


def test_a_level_outside_the_five_words_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 4, not 5"):
        figures.course([figures.CoursePoint(1, 5)], 12)


def test_dates_that_would_touch_stand_on_two_lines() -> None:
    marks = [figures.CourseMark(0, "24 Sep"), figures.CourseMark(2, "26 Sep"), figures.CourseMark(90, "23 Dec")]
    shape = figures.course_large([figures.CoursePoint(0, 1)], marks)
    first, second, third = shape.marks
    assert second.label_y > first.label_y == third.label_y
    assert shape.height > second.label_y


def test_a_large_course_without_anything_is_an_empty_staff() -> None:
    shape = figures.course_large([], [])
    assert (shape.points, shape.marks, len(shape.staff)) == ([], [], 5)


def test_bars_stand_on_the_base_in_proportion() -> None:
    shape = figures.bars([40, 20, 0], 40)
    assert [bar.height for bar in shape.bars] == [112, 56, 0]
    assert {bar.y + bar.height for bar in shape.bars} == {shape.base}


def test_bars_of_nothing_have_no_height() -> None:
    assert [bar.height for bar in figures.bars([0, 0], 0).bars] == [0, 0]


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=6).filter(any))
def test_shares_fill_the_bar_and_never_overlap(values: list[int]) -> None:
    shown = [bar for bar in figures.stacked(values) if bar.width]
    assert len(shown) == sum(1 for value in values if value)
    assert isclose(shown[-1].x + shown[-1].width, 680, abs_tol=0.1)
    for one, other in pairwise(shown):
        assert one.x + one.width < other.x


def test_dots_grow_by_area() -> None:
    small, large, none = figures.dots([21, 84, 0], 84)
    assert isclose(large.radius, 2 * small.radius, abs_tol=0.01)
    assert (large.inside, small.inside, none.radius) == (True, False, 0)


@pytest.mark.parametrize(("share", "filled"), [(0, 0), (0.09, 0), (0.1, 1), (0.5, 3), (0.69, 3), (1, 5), (1.7, 5)])
def test_strokes_are_fifths_rounded(share: float, filled: int) -> None:
    assert figures.strokes(share) == filled
