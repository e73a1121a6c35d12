"""The clock of a running session: whose turn, how long still, how late; never by reading a clock itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.agenda import TimedStep, timed
from guides.content.values import Practice, Step, StepKind, Week, Who
from guides.live_clock import (
    CLOSES_AFTER,
    Course,
    Moment,
    Phase,
    add_time,
    begin,
    by_the_clock,
    go_to,
    moment,
    next_speaker,
    pause,
    phase_of,
    resume,
)

START = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)
END = START + timedelta(minutes=60)


def step(minutes: int, each: int | None = None) -> Step:
    return Step("s", "S", StepKind.TALK, Who.EACH if each else Who.EVERYONE, minutes, each, "Talk.", None)


#: A round of two minutes each with two minutes to spare, a talk, and a round that fills its step.
WEEK = Week(1, "T", (), (), (step(10, 120), step(40), step(10, 150)), Practice("", "", "", "", "", ""), "", (), (), "")
PEOPLE = 4
AGENDA = timed(WEEK, minutes=60, people=PEOPLE, planned_for=PEOPLE)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def at(course: Course, seconds: float) -> Moment:
    return moment(AGENDA, course, PEOPLE, now=after(seconds))


@pytest.mark.parametrize(
    ("minute", "phase"),
    [
        (-15.1, Phase.EARLY),
        (-15, Phase.READY),
        (-0.1, Phase.READY),
        (0, Phase.BY_CLOCK),
        (59.9, Phase.BY_CLOCK),
        (60, Phase.OVER),
    ],
)
def test_a_session_nobody_started_opens_runs_and_ends_by_the_clock(minute: float, phase: Phase) -> None:
    assert phase_of(START, END, None, finished=False, now=after(minute * 60)) is phase


def test_a_started_session_runs_over_its_end_but_not_for_ever() -> None:
    course = begin(AGENDA, now=START)
    assert phase_of(START, END, course, finished=False, now=END + timedelta(minutes=10)) is Phase.RUNNING
    assert phase_of(START, END, pause(course, now=START), finished=False, now=after(60)) is Phase.PAUSED
    assert phase_of(START, END, course, finished=True, now=after(60)) is Phase.OVER
    assert phase_of(START, END, course, finished=False, now=END + CLOSES_AFTER) is Phase.OVER


def test_a_round_begins_with_its_first_speaker() -> None:
    now = at(begin(AGENDA, now=START), 48)
    assert (now.speaker, now.spoken, now.left, now.whole) == (0, 0, 72, 120)
    assert (now.elapsed, now.in_step, now.late) == (48, 48, 0)


def test_the_word_goes_round_and_then_belongs_to_all() -> None:
    course = begin(AGENDA, now=START)
    for turn in range(1, PEOPLE + 1):
        course = next_speaker(course, PEOPLE, now=after(turn * 100))
        assert at(course, turn * 100).spoken == turn
    now = at(course, 410)
    assert now.speaker is None
    assert now.everyone_spoke
    assert (now.left, now.whole) == (190, 600)
    with pytest.raises(ValueError, match="word"):
        next_speaker(course, PEOPLE, now=after(420))


def test_a_step_for_everyone_has_no_speaker_and_its_own_clock() -> None:
    course = go_to(begin(AGENDA, now=START), AGENDA, 1, now=after(500))
    now = at(course, 560)
    assert (now.speaker, now.spoken, now.everyone_spoke) == (None, 0, False)
    assert (now.left, now.whole) == (40 * 60 - 60, 40 * 60)
    with pytest.raises(ValueError, match="word"):
        next_speaker(course, PEOPLE, now=after(561))


def test_who_goes_on_early_is_ahead_and_who_stays_is_behind() -> None:
    early = go_to(begin(AGENDA, now=START), AGENDA, 1, now=after(480))
    assert at(early, 500).late == -120
    assert at(begin(AGENDA, now=START), 600).late == 0
    assert at(begin(AGENDA, now=START), 690).late == 90


def test_what_is_over_falls_below_zero() -> None:
    assert at(begin(AGENDA, now=START), 140).left == -20


def test_a_pause_holds_the_clock_but_not_the_hour() -> None:
    held = pause(begin(AGENDA, now=START), now=after(30))
    assert at(held, 30).left == at(held, 90).left == 90
    assert at(held, 90).elapsed == 90
    assert at(held, 90).late == 60
    assert pause(held, now=after(50)) == held
    going = resume(held, now=after(90))
    assert at(going, 100).left == 80
    assert resume(going, now=after(95)) == going


def test_moving_on_ends_a_pause() -> None:
    held = pause(begin(AGENDA, now=START), now=after(30))
    assert next_speaker(held, PEOPLE, now=after(90)).paused_at is None
    assert next_speaker(held, PEOPLE, now=after(90)).step_began_at == after(60)
    assert go_to(held, AGENDA, 1, now=after(90)).paused_at is None


def test_a_minute_more_is_for_the_clock_that_runs() -> None:
    course = add_time(begin(AGENDA, now=START), 60)
    assert at(course, 0).left == 180
    assert at(course, 0).late == 0
    assert at(next_speaker(course, PEOPLE, now=after(10)), 10).left == 120
    talk = add_time(go_to(course, AGENDA, 1, now=after(600)), 60)
    assert at(talk, 600).left == 41 * 60
    assert at(talk, 600).late == 60


def test_there_is_no_step_outside_the_agenda() -> None:
    course = begin(AGENDA, now=START)
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match="no step"):
            go_to(course, AGENDA, wrong, now=START)


@pytest.mark.parametrize(
    ("seconds", "where"),
    [
        (0, (0, 0, 0)),
        (130, (0, 1, 1)),
        (485, (0, None, 4)),
        (600, (1, None, 0)),
        (3160, (2, 1, 1)),
        (9000, (2, None, 4)),
    ],
)
def test_without_a_press_the_plan_says_where_it_would_be(seconds: int, where: tuple[int, int | None, int]) -> None:
    now = at(by_the_clock(AGENDA, PEOPLE, START, now=after(seconds)), seconds)
    assert (now.step, now.speaker, now.spoken) == where


@given(seconds=st.integers(min_value=0, max_value=3599))
def test_by_the_clock_a_session_is_never_late_and_never_over(seconds: int) -> None:
    now = at(by_the_clock(AGENDA, PEOPLE, START, now=after(seconds)), seconds)
    assert now.late == 0
    assert 0 < now.left <= now.whole
    timed_step: TimedStep = AGENDA[now.step]
    assert timed_step.start * 60 + now.in_step == seconds


@given(
    before=st.integers(0, 500),
    held=st.integers(0, 3000),
    later=st.integers(0, 500),
    extra=st.sampled_from([0, 60, 120]),
)
def test_a_pause_of_any_length_costs_nobody_a_second(before: int, held: int, later: int, extra: int) -> None:
    course = add_time(begin(AGENDA, now=START), extra)
    paused = resume(pause(course, now=after(before)), now=after(before + held))
    with_pause, without = at(paused, before + held + later), at(course, before + later)
    assert with_pause.left == without.left
    assert with_pause.in_step == without.in_step
    assert with_pause.elapsed == without.elapsed + held


@given(
    presses=st.lists(st.tuples(st.sampled_from(["speaker", "step", "pause", "resume", "more"]), st.integers(0, 400)))
)
def test_no_order_of_presses_leads_off_the_agenda(presses: list[tuple[str, int]]) -> None:
    course, seconds = begin(AGENDA, now=START), 0
    for name, wait in presses:
        seconds += wait
        now = after(seconds)
        if name == "speaker" and course.speaker is not None and course.speaker < PEOPLE:
            course = next_speaker(course, PEOPLE, now=now)
        elif name == "step" and course.step + 1 < len(AGENDA):
            course = go_to(course, AGENDA, course.step + 1, now=now)
        elif name in ("pause", "resume"):
            course = (pause if name == "pause" else resume)(course, now=now)
        elif name == "more":
            course = add_time(course, 60)
        shown = at(course, seconds)
        assert 0 <= shown.spoken <= PEOPLE
        assert shown.in_step <= shown.elapsed
        assert shown.left <= shown.whole
        assert shown.speaker is None or shown.speaker == shown.spoken


def test_a_reading_before_the_start_counts_nothing() -> None:
    now = moment(AGENDA, begin(AGENDA, now=START), PEOPLE, now=START - timedelta(seconds=5))
    assert (now.left, now.elapsed, now.in_step) == (120, 0, 0)
