"""The course of a change: points, gaps, words, and what is asked after the last session."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from practices.course import (
    CheckInRow,
    FollowUpRow,
    Mark,
    awaits_answer,
    course,
    follow_ups,
    next_follow_ups,
)
from practices.models import Status
from practices.statuses import COUNTED_WORDS, FREQUENCIES, STATUSES, Counted, counted, frequency_word, said

SESSIONS = [date(2026, 9, 24) + timedelta(days=7 * week) for week in range(11)]
LAST = SESSIONS[-1]


def test_every_stored_status_has_its_words() -> None:
    assert set(STATUSES) == {status.value for status in Status}
    assert set(COUNTED_WORDS) == set(Counted)


@pytest.mark.parametrize(
    ("status", "words", "state"),
    [
        ("planned", "Planned", Counted.NOT_YET),
        ("trying", "Trying", Counted.NOT_YET),
        ("partly", "In part", Counted.IN_PART),
        ("fully", "Part of how I work", Counted.IN_USE),
        ("dropped", "Let go", Counted.LET_GO),
        ("replaced", "Replaced", None),
    ],
)
def test_stored_said_counted(status: str, words: str, state: Counted | None) -> None:
    assert said(status) == words
    assert counted(status) == state
    assert counted(status, awaits_answer=True) == (None if state is None else Counted.NO_ANSWER)


def test_an_unknown_status_or_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no status is called 'done'"):
        said("done")
    with pytest.raises(ValueError, match="a frequency is 0 to 4, not 5"):
        frequency_word(5)
    assert [frequency_word(level) for level in range(5)] == list(FREQUENCIES)


def test_the_baseline_is_the_start_and_the_words_go_from_it() -> None:
    drawn = course([CheckInRow(SESSIONS[1], 3)], begun_on=SESSIONS[0], sessions=SESSIONS, baseline=1)
    assert [(point.position, point.level, point.after_gap) for point in drawn.points] == [(0, 1, False), (1, 3, False)]
    assert drawn.words == ("Rarely", "Often")
    assert (drawn.start, drawn.latest, drawn.weeks) == (1, 3, 11)


def test_a_check_in_on_the_first_day_comes_before_the_baseline() -> None:
    drawn = course([CheckInRow(SESSIONS[0], 2)], begun_on=SESSIONS[0], sessions=SESSIONS, baseline=0)
    assert drawn.words == ("Sometimes",)
    assert drawn.latest is None


def test_a_session_that_passed_without_a_check_in_is_a_gap() -> None:
    rows = [CheckInRow(SESSIONS[1], 2), CheckInRow(date(2026, 10, 14), 3)]
    drawn = course(rows, begun_on=SESSIONS[0], sessions=SESSIONS, baseline=1)
    assert [point.after_gap for point in drawn.points] == [False, False, True]
    assert drawn.points[2].position == pytest.approx(2 + 6 / 7, abs=0.001)


def test_a_late_check_in_is_for_the_session_it_names_or_the_days_after_it() -> None:
    late = [CheckInRow(SESSIONS[0], 1), CheckInRow(SESSIONS[1] + timedelta(days=2), 2)]
    named = [CheckInRow(SESSIONS[0], 1), CheckInRow(SESSIONS[1] + timedelta(days=6), 2, session_on=SESSIONS[1])]
    for rows in (late, named):
        drawn = course(rows, begun_on=SESSIONS[0], sessions=SESSIONS)
        assert not drawn.points[1].after_gap


def test_a_line_without_a_frequency_is_a_check_in_but_no_point() -> None:
    rows = [CheckInRow(SESSIONS[0], 1), CheckInRow(SESSIONS[1], None, "Away."), CheckInRow(SESSIONS[2], 2)]
    drawn = course(rows, begun_on=SESSIONS[0], sessions=SESSIONS)
    assert [point.after_gap for point in drawn.points] == [False, False]


def test_nothing_recorded_is_an_empty_course() -> None:
    drawn = course([], begun_on=SESSIONS[0], sessions=SESSIONS)
    assert drawn.points == ()
    assert drawn.words == ()


def test_the_time_after_the_last_session_fits_into_one_more_week() -> None:
    rows = [CheckInRow(LAST + timedelta(days=days), 4) for days in (0, 45, 90, 400)]
    drawn = course(rows, begun_on=SESSIONS[0], sessions=SESSIONS)
    assert [point.position for point in drawn.points] == [10, 10.5, 11, 11]


def test_without_sessions_weeks_count_from_the_start() -> None:
    rows = [CheckInRow(SESSIONS[0], 0), CheckInRow(SESSIONS[0] + timedelta(days=14), 2)]
    drawn = course(rows, begun_on=SESSIONS[0], sessions=[])
    assert drawn.weeks == 3
    assert [point.position for point in drawn.points] == [0, 2]
    assert [mark.kind for mark in drawn.marks] == ["start", "now"]


def test_marks_name_the_start_the_latest_the_last_session_and_the_follow_ups() -> None:
    rows = [CheckInRow(SESSIONS[0], 1), CheckInRow(SESSIONS[2], 3)]
    drawn = course(rows, begun_on=SESSIONS[0], sessions=SESSIONS, today=SESSIONS[2])
    assert drawn.marks == (
        Mark(SESSIONS[0], "start"),
        Mark(SESSIONS[2], "now"),
        Mark(LAST, "last_session"),
        Mark(LAST + timedelta(days=30), "day_30"),
        Mark(LAST + timedelta(days=60), "day_60"),
        Mark(LAST + timedelta(days=90), "day_90"),
    )


def test_the_latest_follow_up_that_is_due_decides_whether_there_is_no_answer() -> None:
    first, second, third = follow_ups(LAST)
    day = second.due_on
    assert not awaits_answer([], day)
    assert not awaits_answer([first], first.due_on - timedelta(days=1))
    assert awaits_answer([first], first.due_on)
    assert not awaits_answer([first, second._replace(answered=True), third], day)
    assert awaits_answer([first._replace(answered=True), second, third], day)


def test_what_is_asked_next_leaves_out_what_was_answered_or_passed_by() -> None:
    rows = follow_ups(LAST)
    between = rows[1].due_on + timedelta(days=1)
    assert next_follow_ups(rows, LAST) == rows
    assert next_follow_ups(rows, between) == rows[1:]
    answered = [rows[0], FollowUpRow("day_60", rows[1].due_on, True), rows[2]]
    assert next_follow_ups(answered, between) == rows[2:]
