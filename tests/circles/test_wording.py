"""Facts and codes of the engine in sentences: every code has words, counts agree, and who avoids whom is not said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from circles import draft, wording
from circles.matching import PARTS
from circles.matching.candidates import Attribute
from circles.matching.unplaced import _SENTENCES as REASONS

NAMES = {"a": "Ann Lee", "b": "Bo Ek", "c": "Cy Young"}


@pytest.fixture(autouse=True)
def request_of_a_reader(flask_app: Flask) -> Iterator[None]:
    """Words are made for somebody who reads a page."""
    with flask_app.test_request_context():
        yield


def entry(code: str, values: dict[str, Any], people: tuple[str, ...] = ()) -> dict[str, Any]:
    """Someone without a circle."""
    return {"enrollment": "a", "code": code, "values": values, "people": people, "change": None}


EVERY_VALUE: dict[str, Any] = {
    "people": 2,
    "needed": 2,
    "zone": "Mars/Base",
    "windows": 1,
    "size": 7,
    "largest": 6,
    "languages": "bg, ru",
    "hours": 1.5,
    "name": "b@example.org",
    "circle": "Hazel",
}


@pytest.mark.parametrize("code", [*REASONS, "by_hand", "excluded"])
def test_every_reason_has_words(code: str) -> None:
    words = wording.reason_words(entry(code, EVERY_VALUE), NAMES)
    assert words.endswith(".")
    assert "%(" not in words
    assert words != "No circle suits."


def test_an_unknown_reason_still_says_something() -> None:
    assert wording.reason_words(entry("something_new", {}), NAMES) == "No circle suits."


def test_counts_agree() -> None:
    one = wording.reason_words(entry("too_few_people", {"people": 1, "needed": 3}), NAMES)
    assert one == "There is 1 person, and a circle needs 3."
    assert "hold 1 weekly time," in wording.reason_words(entry("few_hours", {"windows": 1, "needed": 2}), NAMES)
    assert "hold 0 weekly times," in wording.reason_words(entry("few_hours", {"windows": 0, "needed": 2}), NAMES)
    assert "Free 1.5 hours a week." in wording.reason_words(entry("hours", {"hours": 1.5, "needed": 2}), NAMES)


def test_languages_are_named() -> None:
    assert wording.reason_words(entry("language", {"languages": "bg, ru"}), NAMES).startswith(
        "Speaks Bulgarian and Russian."
    )
    assert wording.language_names(["en", "xx"]) == "English and xx"


def test_a_group_is_named_except_where_someone_avoids_someone() -> None:
    assert "Bo Ek and Cy Young" in wording.reason_words(entry("group_manager", {}, ("a", "b", "c")), NAMES)
    avoiding = wording.reason_words(entry("group_avoid", {}, ("a", "b")), NAMES)
    assert "Bo Ek" not in avoiding
    assert "avoid" not in avoiding
    before = wording.problem_words({"code": "group_avoid", "values": {}, "people": ["a", "b"], "fatal": True}, NAMES)
    assert before == "2 people who belong together cannot all be in one circle."


MONDAY = {"circle": "Hazel", "half_hours": 2, "day0": 0, "part0": "morning"}


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        ("speak", {"circle": "Hazel", "language": "de"}, "Hazel has a place for someone who speaks German."),
        ("larger_circle", {"circle": "Hazel", "size": 7}, "Hazel would suit if it could have 7 people."),
        ("add_hours", MONDAY, "One more hour would open a place in Hazel: Monday morning."),
        (
            "add_hours",
            MONDAY | {"half_hours": 3, "day1": 4, "part1": "evening"},
            "1.5 more hours would open a place in Hazel: Monday morning and Friday evening.",
        ),
        ("something_new", {}, ""),
    ],
)
def test_the_smallest_change(code: str, values: dict[str, Any], words: str) -> None:
    assert wording.change_words(entry("hours", {}) | {"change": {"code": code, "values": values}}) == words
    assert wording.change_words(entry("hours", {})) == ""


@pytest.mark.parametrize(
    ("code", "values", "people", "words"),
    [
        ("broken_size", {"size": 7, "smallest": 4, "largest": 6}, [], "this one has 7"),
        ("broken_hours", {"windows": 0, "needed": 2}, ["a"], "share 0 weekly times"),
        ("broken_language", {}, ["a"], "no language in common"),
        ("broken_manager", {"manager": "a"}, ["a", "b"], "Ann Lee and Bo Ek are manager and report."),
        ("broken_avoid", {"pairs": 1}, [], "Who it is stays private."),
        ("broken_together", {}, ["a", "b"], "Ann Lee and Bo Ek asked to be in one circle"),
        ("broken_kept", {"one": "x", "other": "y"}, ["a", "b"], "were to be kept"),
        ("broken_new_rule", {}, [], "A firm rule is broken."),
        ("no_host", {}, [], "Nobody here is glad to host first."),
        ("hours", {"comfortable": 2, "people": 5}, ["a"], "comfortable for two of five. It is not for Ann Lee."),
        ("met_before", {"met": 4, "pairs": 10}, ["a", "b"], "4 of 10 pairs were in a circle together before"),
        ("few_shared", {"sharing": 3, "pairs": 10}, [], "Only 3 of 10 pairs"),
        ("wishes_unmet", {"asked": 1, "met": 0}, ["a"], "Ann Lee asked for someone"),
        ("wishes_unmet", {"asked": 2, "met": 0}, ["a", "b"], "Ann Lee and Bo Ek each asked"),
        ("no_spare_slot", {"slots": 1}, [], "only the 1 weekly time it needs"),
        ("something_new", {}, [], "worth a look"),
        ("hours", {"comfortable": 0, "people": 14}, ["gone"], "none of 14. It is not for someone."),
    ],
)
def test_every_remark_has_words(code: str, values: dict[str, Any], people: list[str], words: str) -> None:
    assert words in wording.remark_words({"code": code, "values": values, "people": people}, NAMES)


@pytest.mark.parametrize(
    ("part", "values", "people", "words"),
    [
        ("diversity", {"departments": 1, "places": 4}, [], "1 department, 4 places"),
        ("goals", {"pairs": 10, "sharing": 10}, [], "every pair shares one"),
        ("goals", {"pairs": 10, "sharing": 6}, [], "most pairs share one"),
        ("goals", {"pairs": 10, "sharing": 2}, [], "2 of 10 pairs share one"),
        ("goals", {"pairs": 10, "sharing": 0}, [], "no pair shares one"),
        ("novelty", {"pairs": 10, "new": 10}, [], "nobody has met before"),
        ("novelty", {"pairs": 10, "new": 9}, ["a", "b"], "9 of 10 pairs are new"),
        ("facilitator", {"hosts": 0}, [], "nobody yet"),
        ("facilitator", {"hosts": 2}, ["a", "b"], "Ann Lee and Bo Ek"),
        ("facilitator", {"hosts": 3}, ["a", "b", "c"], "Ann Lee and two more"),
        ("hours", {"comfortable": 5, "people": 5}, [], "all five"),
        ("hours", {"comfortable": 2, "people": 5}, ["a"], "two of five"),
        ("wishes", {"asked": 0, "met": 0}, [], "none asked"),
        ("wishes", {"asked": 1, "met": 1}, [], "one of one met"),
        ("size", {"size": 5, "target": 5}, [], "5, as wanted"),
        ("size", {"size": 4, "target": 5}, [], "4, one fewer than wanted"),
        ("size", {"size": 7, "target": 5}, [], "7, two more than wanted"),
    ],
)
def test_every_part_has_a_phrase(part: str, values: dict[str, int], people: list[str], words: str) -> None:
    circle = {"remarks": [], "parts": {part: 0.5}, "facts": {part: {"values": values, "people": people}}}
    (line,) = wording.part_lines(circle, NAMES)
    assert line.phrase == words


def test_the_cause_of_a_remark_is_set_apart() -> None:
    facts = {part: {"values": EVERY_FACT[part], "people": []} for part in PARTS}
    circle = {"remarks": [{"code": "no_host"}], "parts": dict.fromkeys(PARTS, 0.5), "facts": facts}
    assert [line.name for line in wording.part_lines(circle, NAMES) if line.attention] == ["A host among them"]
    assert len(wording.part_lines(circle, NAMES)) == 7


EVERY_FACT: dict[str, dict[str, int]] = {
    "diversity": {"departments": 3, "places": 3, "levels": 3},
    "goals": {"pairs": 3, "sharing": 3},
    "novelty": {"pairs": 3, "new": 3},
    "facilitator": {"hosts": 0},
    "hours": {"comfortable": 3, "people": 3},
    "wishes": {"asked": 0, "met": 0},
    "size": {"size": 3, "target": 3},
}


def test_mild_remarks_are_no_reason_to_look() -> None:
    def circle(score: float, *codes: str) -> dict[str, Any]:
        return {"score": score, "remarks": [{"code": code} for code in codes]}

    assert not draft.worth_a_look(circle(80, "no_spare_slot", "wishes_unmet"))
    assert draft.worth_a_look(circle(80, "no_host"))
    assert draft.worth_a_look(circle(49, "no_spare_slot"))
    broken = circle(0, "broken_hours", "hours", "no_host")
    assert [remark["code"] for remark in wording.grave_remarks(broken)] == ["broken_hours"]


@pytest.mark.parametrize(
    ("bound", "kind", "words", "meaning"),
    [
        (None, None, "", "is not known"),
        (82.0, "lp", "within 2.4 % of the best possible", "above 82.0"),
        (80.0, "exact", "this is the best possible", "above 80.0"),
        (90.0, "estimate", "about 11.1 % below our estimate of the best possible", "is estimated at 90.0"),
        (80.0, "estimate", "as good as our estimate of the best possible", "is estimated at 80.0"),
        (79.0, "lp", "this is the best possible", "above 79.0"),
    ],
)
def test_how_near_the_best_it_is(bound: float | None, kind: str | None, words: str, meaning: str) -> None:
    assert wording.bound_words(80.0, bound, kind) == words
    assert meaning in wording.bound_meaning(bound, kind)


def test_times_and_sizes() -> None:
    slot = {"weekday": 1, "start": "09:30", "timezone": "America/New_York"}
    assert wording.slot_words(slot) == "Tuesday 9:30 in New York"
    assert wording.short_slot(slot) == "Tue 9:30"
    assert wording.slot_words(None) == "No weekly time in common"
    assert wording.short_slot(None) == "no time"
    assert wording.other_times({"slots": []}) == "No other time works"
    assert wording.other_times({"slots": [slot] * 3}) == "2 other times work"
    assert [wording.sizes_words(sizes) for sizes in ([], [5], [4, 5], [4, 5, 6])] == ["", "5", "4 or 5", "4 to 6"]
    assert [wording.score_word(score) for score in (88, 63, 20)] == ["good", "fair", "low"]


def test_each_firm_rule_is_kept_or_not() -> None:
    kept = wording.rule_words({"remarks": [{"code": "no_host"}]})
    assert kept.startswith("Every firm rule is kept: size, weekly times in common")
    broken = wording.rule_words({"remarks": [{"code": "broken_language"}, {"code": "broken_avoid"}]})
    assert broken.startswith("Not kept: a language in common and wishes to avoid. Kept: size, weekly times in common")


COST: dict[str, Any] = {
    "kind": "lock", "code": "Hazel", "people": [], "values": {}, "points": 0.42, "placed": 0, "exact": True,
    "measurable": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("cost", "demand", "words"),
    [
        ({}, "Hazel stays as it is", "0.42 points of the whole score"),
        ({"exact": False}, "Hazel", "about 0.42 points"),
        ({"placed": 2}, "Hazel", "and places for 2 more people"),
        ({"measurable": False}, "Hazel", "no measurable cost"),
        ({"kind": "kept", "code": "Oak"}, "People of Oak stay together", ""),
        ({"kind": "together", "code": "pair", "people": ["a", "b"]}, "Ann Lee and Bo Ek in one circle", ""),
        ({"kind": "avoid", "code": "all", "values": {"pairs": 3}}, "All 3 wishes to avoid", ""),
        ({"kind": "wish", "code": "any", "people": ["a"]}, "A wish of Ann Lee", ""),
        ({"kind": "weight", "code": "goals", "values": {"weight": 25}}, "“Shared goals” counts 25 points", ""),
        (
            {"kind": "rule", "code": "slots", "values": {"now": 2, "then": 1}},
            "2 weekly times in common rather than 1",
            "",
        ),
        ({"kind": "rule", "code": "size_max", "values": {"now": 6, "then": 7}}, "At most 6 in a circle", ""),
        ({"kind": "rule", "code": "size_min", "values": {"now": 4, "then": 3}}, "At least 4 in a circle", ""),
        ({"kind": "rule", "code": "language"}, "A language in common", ""),
        ({"kind": "rule", "code": "manager", "values": {"pairs": 1}}, "Nobody with their manager (1 pair)", ""),
    ],
)
def test_every_cost_has_words(cost: dict[str, Any], demand: str, words: str) -> None:
    line = wording.cost_line({**COST, **cost}, NAMES)
    assert demand in line.demand
    assert words in line.cost


@pytest.mark.parametrize(
    ("treat", "values", "people", "words"),
    [
        ("mix", {"different": 3, "said": 3, "blank": 0, "=A": 1, "=B": 1, "=C": 1}, [], "all different"),
        ("mix", {"different": 2, "said": 4, "blank": 1, "=A": 3, "=B": 1}, ["a"], "2 answers among 4; 1 says none"),
        ("alike", {"different": 1, "said": 4, "blank": 0, "=A": 4}, [], "all the same: A"),
        ("alike", {"different": 2, "said": 5, "blank": 0, "=A": 3, "=B": 2}, ["a"], "3 of 5 say A"),
        ("not_alone", {"different": 2, "said": 4, "blank": 0, "=A": 2, "=B": 2}, [], "nobody alone"),
        ("not_alone", {"different": 2, "said": 4, "blank": 0, "=A": 3, "=B": 1}, ["a"], "alone: Ann Lee"),
        ("mix", {"different": 0, "said": 0, "blank": 4}, [], "nobody says"),
    ],
)
def test_every_attribute_has_a_phrase(treat: Any, values: dict[str, int], people: list[str], words: str) -> None:
    attribute = Attribute("work", "Where do you work?", treat)
    circle = {
        "remarks": [],
        "parts": {attribute.part: 0.5},
        "facts": {attribute.part: {"values": values, "people": people}},
    }
    (line,) = wording.part_lines(circle, NAMES, [attribute])
    assert (line.name, line.phrase) == ("Where do you work?", words)
    own = Attribute("location", "location", treat)
    moved = {"remarks": [], "parts": {}, "facts": {own.part: {"values": values, "people": people}}}
    assert wording.part_lines(moved, NAMES, [own])[0].name == "Place"


def test_who_is_alone_is_said() -> None:
    remark = {"code": "alone", "people": ["a"], "values": {"attribute": "Where?", "people": 1}}
    assert wording.remark_words(remark, NAMES) == "Ann Lee is the only one here with this answer to “Where?”."
