"""Reads what the invented people of the demonstration write, and who they are."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MEMBERS, OTHERS, SPRING, FEEDBACK = (
    HERE / name for name in ("members.csv", "others.csv", "spring.csv", "feedback.csv")
)


@dataclass(frozen=True, slots=True)
class Said:
    """A commitment, what became of it (empty: not said yet) and a line about that."""

    text: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class WeekTexts:
    """What circles write on one week's page; `summaries` are of the week before."""

    notes: tuple[str, ...]
    summaries: tuple[str, ...]
    commitments: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class ChangeTexts:
    """One practice change, and what its member says when it works, when it does not, and when it is let go."""

    area: str
    before: str
    after: str
    cue: str
    action: str
    well: str
    hard: str
    barrier: str
    reason: str


@cache
def document(name: str) -> dict[str, Any]:
    """One of the files of texts, as it stands."""
    return tomllib.loads((HERE / "texts" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def week_texts() -> dict[int, WeekTexts]:
    """What circles write, by the week of the guide."""
    return {
        entry["number"]: WeekTexts(
            tuple(entry["notes"]),
            tuple(entry.get("summaries", ())),
            tuple(Said(*said) for said in entry["commitments"]),
        )
        for entry in document("weeks")["week"]
    }


@cache
def change_texts() -> tuple[ChangeTexts, ...]:
    """The practice changes that members choose from."""
    return tuple(ChangeTexts(**entry) for entry in document("changes")["change"])


def addresses(path: Path) -> list[str]:
    """The addresses of a people file, in its order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [row["email"] for row in csv.DictReader(lines)]
