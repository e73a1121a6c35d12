"""The season as a line of rings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduling.timeline import Met, Stop, stops

NOW = datetime(2026, 9, 24, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def met(key: str, days: int, state: str = "planned", minutes: int = 0) -> Met:
    start = NOW + timedelta(days=days, minutes=minutes)
    return Met(key, start, start + HOUR, state)


def line(*meetings: Met, members: str = "abc", **given: dict[str, object]) -> list[Stop]:
    return stops(meetings, members, given.get("answers", {}), given.get("present", {}), at=NOW)  # type: ignore[arg-type]


def test_each_session_says_how_it_stands() -> None:
    found = line(
        met("held", -21, "held"),
        met("missed", -14, "missed"),
        met("unsaid", -7),
        met("running", 0, minutes=-10),
        met("soon", 7),
        met("later", 14),
        met("gone", 21, "cancelled"),
    )
    assert [stop.state for stop in found] == ["held", "missed", "open", "now", "next", "ahead", "skipped"]


def test_people_show_as_they_came_or_as_they_answered() -> None:
    found = line(
        met("past", -7, "held"),
        met("soon", 7),
        answers={"past": {"b": "yes"}, "soon": {"a": "yes", "b": "maybe", "c": "no"}},
        present={"past": {"a", "c"}},
    )
    assert found[0].beads == ("there", "absent", "there")
    assert found[1].beads == ("coming", "unsure", "declined")


def test_nobody_is_asked_about_what_is_over_or_skipped() -> None:
    found = line(met("unsaid", -7), met("missed", -3, "missed"), met("gone", 3, "cancelled"), met("soon", 7))
    assert [stop.beads[0] for stop in found] == ["plain", "plain", "plain", "no_answer"]


def test_a_session_that_was_brought_back_stands_once() -> None:
    skipped, again = met("old", 7, "cancelled"), met("new", 7)
    assert [stop.key for stop in line(skipped, again)] == ["new"]


def test_the_order_is_that_of_time() -> None:
    assert [stop.key for stop in line(met("b", 14), met("a", 7))] == ["a", "b"]
    assert line(met("b", 14), met("a", 7))[0].state == "next"
