"""Prints figures as tables that can be pasted into the docs."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table: the first column to the left, figures to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(column), *(len(row[n]) for row in texts), 3) for n, column in enumerate(columns)]

    def line(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]) + " |"

    print(f"\n### {title}\n")
    print(line(columns))
    print("|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|")
    for row in texts:
        print(line(row))
    print(flush=True)
