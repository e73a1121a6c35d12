"""How `make test` adds up its runs, and what it takes for a failure."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import suite
from tools.suite import Count, Run

REPORT = '<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>'


def _pytest_ends_with(status: int, report: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **rest: object) -> subprocess.CompletedProcess[str]:
        target = next(word.partition("=")[2] for word in command if word.startswith("--junitxml="))
        if report is not None:
            Path(target).write_text(report)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(suite.subprocess, "run", run)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(suite, "ROOT", tmp_path)
    (tmp_path / ".make").mkdir()
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_a_report_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    _pytest_ends_with(1, REPORT, monkeypatch)
    assert suite.perform(Run("SQLite", (), {}), []) == Count(passed=4, failed=3, skipped=3)


def test_a_run_that_ends_badly_without_a_failed_test_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    _pytest_ends_with(2, None, monkeypatch)
    assert suite.perform(Run("SQLite", (), {}), []).failed == 1


def test_finding_no_test_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    _pytest_ends_with(5, None, monkeypatch)
    assert suite.perform(Run("PostgreSQL", (), {}), []).failed == 1


def test_no_journey_is_a_failure_only_once_there_are_some(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pytest_ends_with(5, None, monkeypatch)
    assert suite.perform(Run("Journeys", (), {}), []) == Count(0, 0, 0)
    (own_folder / "tests" / "test_path.py").write_text("@" + suite.JOURNEY_MARK)
    assert suite.perform(Run("Journeys", (), {}), []).failed == 1


def test_the_whole_suite_fails_when_nothing_passed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pytest_ends_with(0, '<testsuite tests="0"/>', monkeypatch)
    assert suite.main([]) == 1
    assert capsys.readouterr().out.endswith("\n0 passed, 0 failed, 0 skipped\n")
