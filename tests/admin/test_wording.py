"""Every action that the code records has words on the page of the trail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.admin.wording import ACTIONS
from circles.models import CohortState

ROOT = Path(__file__).parents[2]


def recorded() -> Iterator[ast.expr]:
    """The action of each call of `audit.record`."""
    for package in ("app", "circles", "scheduling", "guides", "practices"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                    yield node.args[1]


def test_every_action_has_words() -> None:
    named = {
        node.value
        for action in recorded()
        for node in ast.walk(action.body if isinstance(action, ast.IfExp) else action)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.endswith(".")
    }
    assert len(named) > 20
    assert not named - set(ACTIONS)


def test_every_kind_of_action_has_words() -> None:
    kinds = {
        action.values[0].value
        for action in recorded()
        if isinstance(action, ast.JoinedStr) and isinstance(action.values[0], ast.Constant)
    }
    assert len(kinds) >= 3
    assert all(any(name.startswith(str(kind)) for name in ACTIONS) for kind in kinds)


@pytest.mark.parametrize("state", list(CohortState))
def test_every_step_of_a_cohort_has_words(state: CohortState) -> None:
    assert f"cohort.{state.value}" in ACTIONS
