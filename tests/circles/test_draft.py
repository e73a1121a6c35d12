"""A draft's values: figures, and moving people between circles and those left over; what was before stays as it was."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from app.errors import DomainError
from circles import draft


def scored(members: Sequence[str]) -> dict[str, Any]:
    """A score that depends on nothing but the number of members."""
    slots = [{"weekday": 0, "start": "9:00", "timezone": "UTC"}]
    score = 20.0 * len(members)
    return {"score": score, "parts": {}, "facts": {}, "remarks": [], "slots": slots, "valid": True}


def circle(name: str, members: str, **fields: Any) -> draft.Entry:
    """A circle with these members, a letter each."""
    return {"name": name, "members": list(members), "locked": False, "moved": False, **scored(members), **fields}


LEFT = {"enrollment": "e", "code": "hours", "values": {}}


def moved(person: str, origin: draft.Entry | None, target: draft.Entry | None, **more: Any) -> draft.Move:
    """A move in circles of up to four."""
    return draft.move(person, origin, target, score=scored, largest=4, **more)


def test_a_move_changes_both_circles_and_the_figures_only_in_the_copy() -> None:
    hazel, rowan = circle("Hazel", "ab"), circle("Rowan", "cd")
    kept = copy.deepcopy((hazel, rowan))
    step = moved("a", hazel, rowan)
    assert [new["members"] for _old, new in step.circles if new] == [["b"], ["c", "d", "a"]]
    assert all(new["moved"] for _old, new in step.circles if new)
    before = draft.figures_of([hazel, rowan], 1)
    after = step.figures(before)
    assert before.score == pytest.approx(4 * 40 / 5)
    assert after.score == pytest.approx((1 * 20 + 3 * 60) / 5)
    assert (after.moved, after.placed, after.unplaced, after.sizes) == (2, 4, 1, {"1": 1, "3": 1})
    assert after == draft.figures_of([new for _old, new in step.circles if new], 1)
    assert (hazel, rowan) == kept


def test_to_and_from_nowhere() -> None:
    hazel = circle("Hazel", "ab")
    placed = moved("e", None, hazel, left=LEFT)
    assert [new["members"] for _old, new in placed.circles if new] == [["a", "b", "e"]]
    assert placed.leaves is None
    figures = placed.figures(draft.figures_of([hazel], 1))
    assert (figures.placed, figures.unplaced, figures.people) == (3, 0, 3)
    out = moved("a", hazel, None)
    assert out.leaves is not None
    assert out.leaves["code"] == "by_hand"
    assert out.figures(draft.figures_of([hazel], 0)).unplaced == 1


def test_the_last_one_out_closes_the_circle() -> None:
    alone, rowan = circle("Hazel", "b"), circle("Rowan", "cd")
    step = moved("b", alone, rowan)
    assert step.circles[0] == (alone, None)
    figures = step.figures(draft.figures_of([alone, rowan], 0))
    assert (figures.circles, figures.placed) == (1, 3)


def test_full_and_locked_circles_refuse() -> None:
    with pytest.raises(DomainError, match="full"):
        moved("a", circle("Hazel", "ab"), circle("Rowan", "cdef"))
    with pytest.raises(DomainError, match="kept as it is"):
        moved("a", circle("Hazel", "ab", locked=True), circle("Rowan", "cd"))
    with pytest.raises(DomainError, match="kept as it is"):
        moved("a", circle("Hazel", "ab"), circle("Rowan", "cd", locked=True))


def test_figures_count_what_a_board_shows() -> None:
    remark = {"code": "no_host", "people": [], "values": {}}
    circles = [
        circle("Low", "ab"),
        circle("Remarked", "abcd", remarks=[remark]),
        circle("Mild", "abcd", remarks=[{**remark, "code": "no_spare_slot"}], moved=True),
        circle("Broken", "abcd", valid=False),
        circle("Timeless", "abcd", slots=[]),
    ]
    figures = draft.figures_of(circles, 2)
    assert (figures.circles, figures.placed, figures.people) == (5, 18, 20)
    assert (figures.look, figures.moved, figures.broken) == (2, 1, 2)
    assert figures.sizes == {"2": 1, "4": 4}
    assert draft.Figures(**figures.stored()) == figures


def test_nobody_scores_nothing() -> None:
    assert draft.figures_of([], 0).score == 0
