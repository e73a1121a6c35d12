"""Contradictory input is found before the search and named with the people involved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from circles.availability import WeeklyGrid
from circles.matching import Candidate, Lock, Rules, find_problems
from tests.circles.matching.strategies import AUTUMN

RULES = Rules(first_day=AUTUMN)
WEEK = WeeklyGrid.parse("Mon 09:00-12:00; Tue 09:00-12:00")


def people(count: int = 8) -> list[Candidate]:
    return [
        Candidate(f"p{number}@example.org", f"P {number}", "Europe/Berlin", WEEK, frozenset({"en"}))
        for number in range(count)
    ]


def changed(index: int, **changes: object) -> list[Candidate]:
    found = people()
    found[index] = replace(found[index], **changes)
    return found


def codes(candidates: list[Candidate], locks: tuple[Lock, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {problem.code: problem.people for problem in find_problems(candidates, RULES, locks)}


def test_good_input_has_no_problem():
    assert find_problems(people(), RULES) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timezone": "Europe/Atlantis"}, "unknown_zone"),
        ({"grid": WeeklyGrid(frozenset())}, "no_hours"),
        ({"grid": WeeklyGrid.parse("Mon 09:00-10:30")}, "few_hours"),
        ({"languages": frozenset()}, "no_language"),
        ({"languages": frozenset({"bg"})}, "lonely_language"),
        ({"wishes": frozenset({"who@example.org"})}, "unknown_name"),
    ],
)
def test_one_persons_answers_are_named(changes, code):
    assert codes(changed(3, **changes)) == {code: ("p3@example.org",)}


def test_too_few_people_are_one_problem():
    (problem,) = find_problems(people(3), RULES)
    assert (problem.code, len(problem.people), problem.fatal) == ("too_few_people", 3, True)


PAIR = ("p1@example.org", "p2@example.org")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"avoid": frozenset({PAIR[0]})}, "group_avoid"),
        ({"manager": PAIR[0]}, "group_manager"),
        ({"languages": frozenset({"de"})}, "group_language"),
        ({"grid": WeeklyGrid.parse("Thu 09:00-12:00")}, "group_hours"),
        ({"grid": WeeklyGrid(frozenset())}, "no_hours"),
    ],
)
def test_people_who_belong_together_but_cannot_be(changes, code):
    found = changed(2, together=frozenset({PAIR[0]}), **changes)
    found[5] = replace(found[5], languages=frozenset({"de", "en"}))
    problems = codes(found)
    assert code in problems
    fatal = {key for problem in find_problems(found, RULES) if problem.fatal for key in problem.people}
    assert fatal == set(PAIR)


def test_a_group_over_the_largest_size():
    found = [replace(person, kept="Elder") for person in people()]
    assert codes(found) == {"group_too_large": tuple(person.key for person in found)}


def test_a_group_across_two_kept_circles():
    found = people()
    found[1] = replace(found[1], kept="Elder", together=frozenset({PAIR[1]}))
    found[2] = replace(found[2], kept="Oak")
    assert codes(found) == {"group_kept_apart": PAIR}


def test_somebody_belongs_with_a_member_of_a_locked_circle():
    found = changed(7, together=frozenset({"p0@example.org"}))
    lock = Lock("Elder", tuple(person.key for person in found[:4]))
    problems = {problem.code: problem for problem in find_problems(found, RULES, (lock,))}
    assert problems["group_locked"].people == ("p7@example.org",)
    assert problems["group_locked"].values == {"name": "p0@example.org", "circle": "Elder"}


@pytest.mark.parametrize(
    ("locks", "message"),
    [
        ((Lock("One", PAIR), Lock("Two", PAIR[:1])), "p1@example.org is in 2 locked circles"),
        ((Lock("One", ("who@example.org",)),), "who@example.org is in a locked circle but not among the people"),
    ],
)
def test_impossible_locks_are_refused(locks, message):
    with pytest.raises(ValueError, match=message):
        find_problems(people(), RULES, locks)
