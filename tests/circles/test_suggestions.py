"""Suggestions for a circle: they keep every firm rule, gain more than they cost, and cure what is remarked."""

from __future__ import annotations

from datetime import date
from typing import Any

from circles.availability import WeeklyGrid
from circles.matching import Candidate, Rules, score_circle
from circles.suggestions import Group, suggest

RULES = Rules(first_day=date(2026, 9, 14), size_min=3, size_max=5, target=4)
NOBODY: frozenset[frozenset[str]] = frozenset()


def someone(key: str, **fields: Any) -> Candidate:
    """Someone free on Monday and Tuesday mornings."""
    available = fields.pop("available", "Mon 09:00-12:00; Tue 09:00-12:00")
    grid = WeeklyGrid.parse(available, available.partition(";")[0])
    known = {"name": key.title(), "timezone": "Europe/Berlin", "languages": frozenset({"en"}), **fields}
    return Candidate(key=key, grid=grid, **known)


def group(name: str, *people: Candidate, **fields: Any) -> Group:
    """A circle scored as the draft has it."""
    return Group(name, people, score_circle(people, RULES, NOBODY).score, **fields)


HAZEL = group("Hazel", *(someone(f"h{n}", department=f"D{n}") for n in range(3)))


def alder(**fields: Any) -> Group:
    """A circle of five with two hosts."""
    people = [someone(f"a{n}", department=f"E{n % 2}", facilitator=n < 2, **fields) for n in range(5)]
    return group("Alder", *people)


def test_a_host_comes_from_a_circle_that_has_two() -> None:
    (first, *_more) = suggest(HAZEL, [alder()], RULES, NOBODY)
    assert first.person in {"a0", "a1"}
    assert (first.origin, first.target) == ("Alder", "Hazel")
    assert "no_host" in first.cures
    assert first.target_scores[1] > first.target_scores[0] == HAZEL.score
    joined = [*HAZEL.members, next(one for one in alder().members if one.key == first.person)]
    assert first.target_scores[1] == score_circle(joined, RULES, NOBODY).score
    assert first.gain > 0


def test_a_circle_that_is_too_small_gets_someone_even_where_nobody_can_host() -> None:
    small = group("Small", *HAZEL.members[:2])
    full = group("Full", *(someone(f"f{n}", department=f"E{n % 2}") for n in range(5)))
    (first, *_more) = suggest(small, [full], RULES, NOBODY)
    assert (first.origin, first.target) == ("Full", "Small")
    assert "broken_size" in first.cures


def test_no_suggestion_breaks_a_firm_rule() -> None:
    for stranger in (
        {"languages": frozenset({"sv"})},
        {"available": "Wed 09:00-12:00; Thu 09:00-12:00"},
        {"avoid": frozenset({"h0"})},
        {"manager": "h0"},
        {"kept": "Old"},
        {"together": frozenset({"z"})},
    ):
        assert suggest(HAZEL, [alder(**stranger)], RULES, NOBODY) == ()


def test_circles_at_their_least_size_or_kept_give_nobody() -> None:
    three = group("Alder", *(someone(f"a{n}", facilitator=True) for n in range(3)))
    assert suggest(HAZEL, [three], RULES, NOBODY) == ()
    kept = Group("Alder", alder().members, alder().score, locked=True)
    assert suggest(HAZEL, [kept], RULES, NOBODY) == ()
    assert suggest(Group("Hazel", HAZEL.members, HAZEL.score, locked=True), [alder()], RULES, NOBODY) == ()


def test_whom_a_remark_is_about_may_go() -> None:
    odd = someone("odd", available="Mon 09:00-12:00; Tue 09:00-12:00", department="D0")
    crowded = group("Hazel", *HAZEL.members, someone("h3", department="D3", facilitator=True), odd)
    room = group("Rowan", *(someone(f"r{n}", department="X", facilitator=True) for n in range(3)))
    assert suggest(crowded, [room], RULES, NOBODY) == ()
    (only, *_more) = suggest(crowded, [room], RULES, NOBODY, concerned={"odd"})
    assert (only.person, only.origin, only.target) == ("odd", "Hazel", "Rowan")
    assert "size" in only.cures


def test_the_order_of_the_circles_around_does_not_matter() -> None:
    others = [alder(), group("Birch", *(someone(f"b{n}", facilitator=True, department="E0") for n in range(4)))]
    assert suggest(HAZEL, others, RULES, NOBODY) == suggest(HAZEL, others[::-1], RULES, NOBODY)
