"""Puts a proposal into the table, the JSON and the CSV that `coterie match` gives."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from circles.availability import WEEKDAYS
from circles.matching import Candidate, Proposal, ProposedCircle, Rules
from circles.windows import Window

CSV_COLUMNS = ("email", "circle", "slot", "reason")
#: Beginnings that a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: Width of the table where there is no terminal to ask.
PLAIN_WIDTH = 110


def slot_text(window: Window) -> str:
    """A weekly time as "Mon 14:00 Europe/Berlin"."""
    return f"{WEEKDAYS[window.weekday]} {window.start:%H:%M} {window.timezone}"


def to_json(proposal: Proposal, emails: Mapping[str, str]) -> str:
    """The proposal as a JSON document; `emails` gives each person's address by key.

    Scores and the bound are 0 to 100 with three decimals, parts 0 to 1 before weights with four.
    """
    document = {
        "circles": [_circle(circle, emails) for circle in proposal.circles],
        "unplaced": [{"email": emails[one.key], "reason": one.reason} for one in proposal.unplaced],
        "score": round(proposal.score, 3),
        "bound": None if proposal.bound is None else round(proposal.bound, 3),
        "bound_kind": proposal.bound_kind,
        "seed": proposal.seed,
        "seconds": round(proposal.seconds, 2),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def to_csv(proposal: Proposal, emails: Mapping[str, str]) -> str:
    """One person a row, circle by circle with its best slot, then everybody left over with the reason."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for circle in proposal.circles:
        slot = slot_text(circle.slots[0]) if circle.slots else ""
        writer.writerows([plain(emails[key]), plain(circle.name), slot, ""] for key in circle.members)
    writer.writerows([plain(emails[one.key]), "", "", plain(one.reason)] for one in proposal.unplaced)
    return out.getvalue()


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before what looks like one."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def show(
    proposal: Proposal, people: Sequence[Candidate], emails: Mapping[str, str], rules: Rules, console: Console
) -> None:
    """Print the circles, the people left over and the score as tables."""
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    names = {person.key: person.name for person in people}
    if proposal.circles:
        table = Table("Circle", "People", "Best time", box=box.SIMPLE_HEAD)
        table.add_column("Times", justify="right")
        table.add_column("Score", justify="right")
        for circle in proposal.circles:
            members = Text(", ".join(names[key] for key in circle.members))
            best = slot_text(circle.slots[0]) if circle.slots else ""
            table.add_row(Text(circle.name), members, best, str(len(circle.slots)), f"{circle.score:.1f}")
        console.print(table)
    if proposal.unplaced:
        table = Table("Not placed", "Reason", box=box.SIMPLE_HEAD)
        for one in proposal.unplaced:
            table.add_row(Text(emails[one.key], overflow="fold"), Text(one.reason))
        console.print(table)
    placed = len(people) - len(proposal.unplaced)
    circles = f"{len(proposal.circles):,} circle{'' if len(proposal.circles) == 1 else 's'}"
    console.print(f"{circles}, {placed:,} of {len(people):,} people placed.", highlight=False)
    console.print(f"Score {proposal.score:.2f} of 100{bound_text(proposal)}.", highlight=False)
    console.print(
        f"Weekly times hold for {rules.weeks} weeks from {rules.first_day:%Y-%m-%d}. "
        f"Seed {proposal.seed}, {proposal.seconds:.1f} seconds.",
        highlight=False,
    )


def bound_text(proposal: Proposal) -> str:
    """What is known about the best possible score, for the end of a sentence."""
    if proposal.bound is None:
        return ""
    kinds = {"exact": "; no match can score more than", "lp": "; no match can score more than"}
    words = kinds.get(str(proposal.bound_kind), "; the best possible is estimated at")
    return f"{words} {proposal.bound:.2f}"


def _circle(circle: ProposedCircle, emails: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": circle.name,
        "members": [emails[key] for key in circle.members],
        "slots": [
            {"weekday": WEEKDAYS[slot.weekday], "start": f"{slot.start:%H:%M}", "timezone": slot.timezone}
            for slot in circle.slots
        ],
        "score": round(circle.score, 3),
        "parts": {part: round(value, 4) for part, value in circle.parts.items()},
    }
