"""A draft as a value: moving, keeping, leaving out; the draft before stays as it was."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from app.errors import DomainError
from circles import draft


def scored(members: Sequence[str]) -> dict[str, Any]:
    """A score that depends on nothing but the number of members."""
    return {"score": 10.0 * len(members), "parts": {}, "facts": {}, "remarks": [], "slots": [], "valid": True}


def document() -> draft.Document:
    """Two circles of two, and one person without."""
    return draft.with_total(
        {
            "circles": [
                {"name": "Hazel", "members": ["a", "b"], "locked": False, "moved": False, **scored("ab")},
                {"name": "Rowan", "members": ["c", "d"], "locked": False, "moved": False, **scored("cd")},
            ],
            "unplaced": [{"enrollment": "e", "code": "hours", "values": {}}],
        }
    )


def members(of: draft.Document) -> dict[str, list[str]]:
    """Who is where; "" for nowhere."""
    found = {one["name"]: list(one["members"]) for one in of["circles"]}
    return found | {"": [entry["enrollment"] for entry in of["unplaced"]]}


def test_a_move_changes_both_circles_and_the_total_only_in_the_copy() -> None:
    before = document()
    kept = copy.deepcopy(before)
    after = draft.move(before, "a", "Rowan", score=scored, largest=4)
    assert members(after) == {"Hazel": ["b"], "Rowan": ["c", "d", "a"], "": ["e"]}
    assert after["score"] == pytest.approx((1 * 10 + 3 * 30) / 5)
    assert [one["moved"] for one in after["circles"]] == [True, True]
    assert before == kept


def test_to_and_from_nowhere() -> None:
    placed = draft.move(document(), "e", "Hazel", score=scored, largest=4)
    assert members(placed)["Hazel"] == ["a", "b", "e"]
    assert members(placed)[""] == []
    out = draft.move(placed, "e", None, score=scored, largest=4)
    assert members(out)[""] == ["e"]
    assert out["unplaced"][0]["code"] == "by_hand"


def test_the_last_one_out_closes_the_circle() -> None:
    one_left = draft.move(document(), "a", None, score=scored, largest=4)
    assert members(draft.move(one_left, "b", "Rowan", score=scored, largest=4)) == {
        "Rowan": ["c", "d", "b"],
        "": ["e", "a"],
    }


def test_moving_to_the_same_place_is_the_same_draft() -> None:
    same = document()
    assert draft.move(same, "a", "Hazel", score=scored, largest=4) is same
    assert draft.move(same, "e", None, score=scored, largest=4) is same


@pytest.mark.parametrize(
    ("person", "to", "words"),
    [("x", "Hazel", "not in the draft"), ("a", "Elder", "no circle Elder"), ("e", "Hazel", "is full")],
)
def test_what_cannot_be(person: str, to: str, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        draft.move(document(), person, to, score=scored, largest=2)


def test_kept_circles_neither_give_nor_take() -> None:
    locked = draft.lock(document(), "Hazel", locked=True)
    for person, to in (("a", "Rowan"), ("a", None), ("e", "Hazel")):
        with pytest.raises(DomainError, match="kept as it is"):
            draft.move(locked, person, to, score=scored, largest=4)
    free = draft.lock(locked, "Hazel", locked=False)
    assert members(draft.move(free, "a", "Rowan", score=scored, largest=4))["Rowan"] == ["c", "d", "a"]


def test_only_people_without_a_circle_are_left_out() -> None:
    out = draft.exclude(document(), "e", excluded=True)
    assert out["unplaced"][0]["excluded"]
    assert not draft.exclude(out, "e", excluded=False)["unplaced"][0]["excluded"]
    with pytest.raises(DomainError, match="out of the circle first"):
        draft.exclude(document(), "a", excluded=True)


def test_an_empty_draft_scores_nothing() -> None:
    assert draft.with_total({"circles": [], "unplaced": []})["score"] == 0
    assert draft.placed_count(document()) == 4
