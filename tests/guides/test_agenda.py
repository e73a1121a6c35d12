"""Agendas fitted to other lengths and circles always add up."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.agenda import step_at, timed
from guides.content.values import Practice, Step, StepKind, Week, Who


def step(minutes: int, each: int | None = None) -> Step:
    who = Who.EACH if each else Who.EVERYONE
    return Step("s", "S", StepKind.TALK, who, minutes, each, "Talk.", None)


def week(*steps: Step) -> Week:
    return Week(5, "Ask earlier", (), (), steps, Practice("", "", "", "", "", ""), "", (), (), "")


#: The hour of week 5: check in, summary, the question, talk, one thing to try, roles.
HOUR = week(step(10, 120), step(3), step(25, 300), step(10), step(10, 120), step(2))


def agenda(minutes: int, people: int) -> list[tuple[int, int, int | None]]:
    return [(s.start, s.minutes, s.each_seconds) for s in timed(HOUR, minutes=minutes, people=people, planned_for=5)]


def test_the_planned_hour_is_as_its_author_wrote_it():
    assert agenda(60, 5) == [
        (0, 10, 120),
        (10, 3, None),
        (13, 25, 300),
        (38, 10, None),
        (48, 10, 120),
        (58, 2, None),
    ]


def test_six_people_share_the_same_hour():
    found = agenda(60, 6)
    assert sum(minutes for _, minutes, _ in found) == 60
    assert found[0][2] is not None
    assert 90 <= found[0][2] < 120
    assert found[2][2] is not None
    assert 240 <= found[2][2] < 300


def test_three_people_get_longer_turns():
    found = agenda(60, 3)
    assert sum(minutes for _, minutes, _ in found) == 60
    assert all(box > planned for (_, _, box), planned in zip(found, (120, 0, 300, 0, 120, 0), strict=True) if box)


def test_time_that_is_not_part_of_a_turn_stays_with_the_circle():
    round_ = week(step(20, 180), step(10))
    assert [s.each_seconds for s in timed(round_, minutes=30, people=5, planned_for=5)] == [180, None]


def test_a_short_step_keeps_one_minute():
    uneven = week(step(1), step(58), step(1))
    assert [s.minutes for s in timed(uneven, minutes=10, people=4, planned_for=4)] == [1, 8, 1]
    assert [s.minutes for s in timed(uneven, minutes=3, people=4, planned_for=4)] == [1, 1, 1]


@given(
    st.lists(
        st.integers(1, 60).flatmap(
            lambda minutes: st.tuples(st.just(minutes), st.none() | st.integers(1, minutes * 60 // 5))
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 12),
    st.integers(0, 240),
)
def test_any_agenda_adds_up(plan: list[tuple[int, int | None]], people: int, extra: int):
    steps = [step(minutes, each) for minutes, each in plan]
    minutes = len(steps) + extra
    found = timed(week(*steps), minutes=minutes, people=people, planned_for=5)
    assert [s.step for s in found] == steps
    assert found[0].start == 0
    assert found[-1].end == minutes
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    for timed_step in found:
        assert timed_step.minutes >= 1
        assert (timed_step.each_seconds is None) == (timed_step.step.each_seconds is None)
        if timed_step.each_seconds is not None:
            assert timed_step.each_seconds * people <= timed_step.minutes * 60


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=12))
def test_the_plan_itself_is_never_changed(plan: list[tuple[int, bool]]):
    steps = [step(minutes, minutes * 12 if round_ else None) for minutes, round_ in plan]
    total = sum(minutes for minutes, _ in plan)
    found = timed(week(*steps), minutes=total, people=5, planned_for=5)
    assert [s.minutes for s in found] == [s.minutes for s in steps]


def test_impossible_sessions_are_refused():
    with pytest.raises(ValueError, match="6 steps do not fit into 5 minutes"):
        timed(HOUR, minutes=5, people=5, planned_for=5)
    with pytest.raises(ValueError, match="at least one person"):
        timed(HOUR, minutes=60, people=0, planned_for=5)


def test_the_step_at_a_minute():
    steps = timed(HOUR, minutes=60, people=5, planned_for=5)
    assert [step_at(steps, minute).start for minute in (0, 9, 10, 37, 38, 59, 75)] == [0, 0, 10, 13, 38, 58, 58]
    with pytest.raises(ValueError, match="no step"):
        step_at(steps, -1)
