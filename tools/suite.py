"""Runs the test suite as `make test` does: all of it on SQLite, the database's part on PostgreSQL, journeys once.

Every run prints pytest's own closing line; the last line adds them up. The exit status is 0 only if every run passed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5
JOURNEY_MARK = "pytest.mark.journey"
LONGEST = ("tests/journeys/test_matching_live.py", "tests/journeys/test_whole_path.py")


@dataclass(frozen=True)
class Run:
    """One call of pytest: what to call it, its arguments, and its settings on top of the environment."""

    name: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Count:
    """How many tests of one run passed, failed (or could not start), and were skipped."""

    passed: int
    failed: int
    skipped: int

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def workers() -> int:
    """Tests at the same time: one for each core, from 2 to 8."""
    return max(2, min(8, os.cpu_count() or 2))


def runs() -> list[Run]:
    """The runs of the ordinary suite, in order."""
    side_by_side = ("-n", str(workers()))
    return [
        Run("SQLite", (*side_by_side, "-m", "not journey and not deep"), {}),
        Run(
            "PostgreSQL",
            (*side_by_side, "-m", "database and not journey and not deep"),
            {"COTERIE_TEST_DATABASE": "postgresql"},
        ),
        # A journey's tests share one installation, so they stay in one process. They wait for pages, mails and searches
        # half of the time, so there is room for one more. The longest begin first, so that none is left for the end.
        Run(
            "Journeys",
            (
                *("-n", str(workers() + 1), "--dist", "loadfile", "--no-loadscope-reorder"),
                *("-m", "journey and not deep", *LONGEST, "tests"),
            ),
            {},
        ),
    ]


def has_journeys() -> bool:
    """Whether any test file marks a journey; then a run that finds none is a failure."""
    return any(JOURNEY_MARK in path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))


def count(report: Path) -> Count:
    """Read the numbers of a run from its JUnit report; nothing written counts as one failure."""
    if not report.is_file():
        return Count(0, 1, 0)
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  (the report was written a moment ago)
    total = sum(int(suite.get("tests", 0)) for suite in suites)
    failed = sum(int(suite.get("failures", 0)) + int(suite.get("errors", 0)) for suite in suites)
    skipped = sum(int(suite.get("skipped", 0)) for suite in suites)
    return Count(total - failed - skipped, failed, skipped)


def perform(run: Run, more: Sequence[str]) -> Count:
    """Run pytest once and count."""
    print(f"\n== {run.name}: pytest {' '.join(run.arguments)}", flush=True)
    report = ROOT / ".make" / f"report-{run.name.lower()}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", *run.arguments, f"--junitxml={report}", *more]
    started = time.monotonic()
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, **run.settings}, check=False).returncode
    print(f"== {run.name}: {time.monotonic() - started:.0f} s", flush=True)
    if status == NO_TESTS:
        if run.name == "Journeys" and not has_journeys():
            print("There are no browser journeys yet.", flush=True)
            return Count(0, 0, 0)
        print(f"{run.name}: no test was found, though there should be some.", file=sys.stderr)
        return Count(0, 1, 0)
    counted = count(report)
    return counted if status == 0 or counted.failed else Count(counted.passed, 1, counted.skipped)


def main(more: Sequence[str]) -> int:
    """Run everything, also after a failure, and print the sum."""
    (ROOT / ".make").mkdir(exist_ok=True)
    total = Count(0, 0, 0)
    for run in runs():
        total += perform(run, more)
    print(f"\n{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
