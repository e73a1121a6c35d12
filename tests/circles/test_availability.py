"""Weekly grids from text, back to text, and what they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circles.availability import CELLS_PER_WEEK, GridError, WeeklyGrid, format_cells, parse_cells


def test_spells_become_half_hour_cells_of_the_local_week():
    grid = WeeklyGrid.parse("Mon 09:00-10:00 23:30-24:00; Sun 00:00-00:30", "Mon 09:30-10:00")
    assert grid.can == {18, 19, 47, 288}
    assert grid.prefer == {19}
    assert (grid.hours, grid.preferred_hours) == (2, 0.5)


def test_preferred_times_count_as_available():
    assert WeeklyGrid.parse("", "Tue 08:00-09:00").can == {64, 65}


def test_both_texts_come_back_in_one_form():
    grid = WeeklyGrid.parse("tuesday 9:00-9:30, 09:30-10:30;; MON: 13:00–14:00;", "Tue 10:00-10:30")
    assert grid.available_text == "Mon 13:00-14:00; Tue 09:00-10:30"
    assert grid.preferred_text == "Tue 10:00-10:30"
    assert WeeklyGrid.parse("").available_text == ""


@given(st.frozensets(st.integers(0, CELLS_PER_WEEK - 1)))
def test_any_week_survives_the_round_trip(cells):
    assert parse_cells(format_cells(cells)) == cells


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Moon 09:00-10:00", "Moon"),
        ("Mon", "Mon"),
        ("Mon 09:00-10:15", "09:00-10:15"),
        ("Mon 10:00-09:00", "10:00-09:00"),
        ("Mon 10:00-10:00", "10:00-10:00"),
        ("Mon 23:00-24:30", "23:00-24:30"),
        ("Mon 09:70-10:00", "09:70-10:00"),
        ("Mon 9-10", "9-10"),
        ("Mon 09:00-10:00x", "09:00-10:00x"),
        ("Mon 09:00-10:00 and 11:00-12:00", "and"),
    ],
)
def test_a_wrong_piece_is_named(text, named):
    with pytest.raises(GridError, match=f"“{named}”"):
        WeeklyGrid.parse(text)


def test_a_grid_refuses_impossible_cells():
    with pytest.raises(GridError, match="0 to 335"):
        WeeklyGrid(frozenset({336}))
    with pytest.raises(GridError, match="among the available"):
        WeeklyGrid(frozenset({1}), frozenset({2}))


def test_copying_a_day_replaces_the_others():
    grid = WeeklyGrid.parse("Mon 09:00-10:00; Tue 15:00-16:00; Sat 08:00-09:00", "Mon 09:00-09:30")
    copied = grid.copy_day(0, [1, 2])
    assert copied.available_text == "Mon 09:00-10:00; Tue 09:00-10:00; Wed 09:00-10:00; Sat 08:00-09:00"
    assert copied.preferred_text == "Mon 09:00-09:30; Tue 09:00-09:30; Wed 09:00-09:30"


def test_starts_cross_midnight_and_the_weeks_end():
    assert WeeklyGrid.parse("Mon 09:00-11:00").starts() == 3
    assert WeeklyGrid.parse("Sun 23:30-24:00; Mon 00:00-00:30").starts() == 1
    assert WeeklyGrid.parse("Mon 09:00-09:30").starts() == 0
    assert WeeklyGrid.parse("Mon 09:00-11:00").starts(90) == 2
