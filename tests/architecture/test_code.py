"""Habits of the code that neither the linter nor the import contracts can see."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, code, files, module_of, name_of, tree

MOST_LINES = 400
MOST_TEST_LINES = 500
MOST_FUNCTION_LINES = 60
ATTICS = {"utils", "util", "helpers", "helper", "common", "misc"}
CLOCK_CALLS = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
}
#: Modules of these names do their work inside the caller's transaction.
WITHIN_A_TRANSACTION = {"services", "queries", "models", "forms"}


def test_files_stay_small() -> None:
    too_long = []
    for path in files():
        if path.suffix != ".py":
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > (MOST_TEST_LINES if name_of(path).startswith("tests/") else MOST_LINES):
            too_long.append(f"{name_of(path)}: {lines} lines; split it into a package by verb")
    assert too_long == []


def test_functions_stay_small() -> None:
    too_long = [
        f"{name_of(path)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in code()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert too_long == []


def test_no_module_is_an_attic() -> None:
    assert [
        name_of(path) for path in files() if path.suffix == ".py" and ATTICS & set(module_of(path).split("."))
    ] == []


def test_every_module_says_what_belongs_in_it() -> None:
    assert [name_of(path) for path in code() if not ast.get_docstring(tree(path)) and path.stat().st_size] == []


def _calls(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, the last name before the dot, and the name after it, of every method call below a node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            before = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            yield call.lineno, before, call.func.attr


def test_the_time_comes_from_the_clock_only() -> None:
    found = [
        f"{name_of(path)}:{line} {owner}.{call}()"
        for path in code()
        if name_of(path) != "app/clock.py"
        for line, owner, call in _calls(tree(path))
        if (owner, call) in CLOCK_CALLS
    ]
    assert found == []


def test_only_views_jobs_and_commands_commit() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in code()
        if WITHIN_A_TRANSACTION & set(module_of(path).split("."))
        for line, _, call in _calls(tree(path))
        if call == "commit"
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    found = [
        f"{name_of(path)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "time.time()", "date.today()", "db.session.commit()"]
)
def test_the_calls_looked_for_are_seen(source: str) -> None:
    ((_, owner, call),) = _calls(ast.parse(source))
    assert (owner, call) in CLOCK_CALLS or call == "commit"


def test_the_walk_finds_the_project() -> None:
    names = {name_of(path) for path in files()}
    assert {"Makefile", ".ci/run", "app/clock.py", "templates/base.html", "tests/architecture/test_code.py"} <= names
    assert not any(name.startswith((".venv/", "node_modules/")) for name in names)
    assert all(path.is_relative_to(ROOT) for path in code())
