"""Which sessions of one person overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.conflicts import overlaps

NOON = datetime(2026, 9, 24, 12, tzinfo=UTC)


def meeting(key: str, start: int, minutes: int = 60) -> tuple[str, datetime, datetime]:
    begins = NOON + timedelta(minutes=start)
    return key, begins, begins + timedelta(minutes=minutes)


def test_sessions_that_share_a_minute_overlap() -> None:
    assert overlaps([meeting("a", 0), meeting("b", 59)]) == {"a": ["b"], "b": ["a"]}


def test_one_that_begins_when_another_ends_does_not() -> None:
    assert overlaps([meeting("a", 0), meeting("b", 60)]) == {}


def test_a_long_session_overlaps_each_short_one_inside() -> None:
    found = overlaps([meeting("long", 0, 180), meeting("first", 10, 30), meeting("second", 90, 30)])
    assert found == {"long": ["first", "second"], "first": ["long"], "second": ["long"]}


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=12))
def test_it_finds_what_comparing_every_pair_finds(spans: list[tuple[int, int]]) -> None:
    meetings = [meeting(f"m{number}", start, minutes) for number, (start, minutes) in enumerate(spans)]
    expected = {
        (one, other)
        for one, start, end in meetings
        for other, begins, ends in meetings
        if one != other and start < ends and begins < end
    }
    found = overlaps(meetings)
    assert {(one, other) for one, others in found.items() for other in others} == expected
