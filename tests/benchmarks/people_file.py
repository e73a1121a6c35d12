"""Reads the made-up populations for tests and benchmarks."""

from __future__ import annotations

import csv
from pathlib import Path

from circles.availability import WeeklyGrid
from circles.matching import Candidate

DATA = Path(__file__).parent.parent / "data" / "matching"


def read_population(folder: Path) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """People and the pairs who have met."""
    with (folder / "people.csv").open(newline="", encoding="utf-8") as file:
        people = [_candidate(row) for row in csv.DictReader(file)]
    with (folder / "history.csv").open(newline="", encoding="utf-8") as file:
        met = [(row["email_a"], row["email_b"]) for row in csv.DictReader(file)]
    return people, met


def _candidate(row: dict[str, str]) -> Candidate:
    def names(column: str) -> frozenset[str]:
        return frozenset(part.strip() for part in row[column].split(";") if part.strip())

    return Candidate(
        key=row["email"],
        name=row["name"],
        timezone=row["timezone"],
        grid=WeeklyGrid.parse(row["available"], row["preferred"]),
        languages=names("languages"),
        topics=names("topics"),
        department=row["department"],
        location=row["location"],
        level=row["level"],
        manager=row["manager_email"] or None,
        facilitator=row["facilitator"] == "yes",
        together=names("together"),
        avoid=names("avoid"),
        wishes=names("wishes"),
        kept=row["circle"] or None,
    )
