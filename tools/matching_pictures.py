"""Draws the pictures of docs/matching.md: `python tools/matching_pictures.py` writes them to docs/pictures as SVG."""

from __future__ import annotations

import math
from pathlib import Path

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PAPER, INK, MUTED, LINE = "#FBF9F4", "#1F2A2E", "#55605F", "#E4DFD3"
GREEN, SOFT, CLAY = "#1E6B52", "#A9CDBB", "#B5532A"
#: Parts of a made-up circle: name, points it could bring, how much of them it has, what the page says.
PARTS = (
    ("Diversity", 25, 0.88, "three departments, four places"),
    ("Goals", 25, 0.60, "six of ten pairs share topics"),
    ("Novelty", 15, 0.90, "one pair has met before"),
    ("Facilitator", 10, 1.00, "one is willing"),
    ("Hours", 10, 0.80, "four of five prefer the time"),
    ("Wishes", 10, 0.80, "four of five content"),
    ("Size", 5, 1.00, "five, as wanted"),
)


def text(x: float, y: float, words: str, *, size: int = 15, fill: str = INK, anchor: str = "start") -> str:
    """A line of text."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{words}</text>'


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A rectangle with round corners."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" fill="{fill}"/>'


def ring(x: float, y: float, radius: float, people: int, fill: str) -> str:
    """A circle of people."""
    seats = [(x + radius * math.sin(turn), y - radius * math.cos(turn)) for turn in _turns(people)]
    dots = "".join(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius / 4:.1f}" fill="{fill}"/>' for cx, cy in seats)
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{LINE}" stroke-width="3"/>{dots}'


def _turns(people: int) -> list[float]:
    return [2 * math.pi * seat / people for seat in range(people)]


def page(title: str, width: int, height: int, *pieces: str) -> str:
    """A whole picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}" '
    head += 'font-family="system-ui, sans-serif">'
    return "\n".join([head, f"<title>{title}</title>", box(0, 0, width, height, PAPER), *pieces, "</svg>", ""])


def score() -> str:
    """One circle and the parts of its score."""
    total = sum(points * share for _, points, share, _ in PARTS)
    pieces = [ring(110, 150, 62, 5, GREEN), text(110, 157, f"{total:.1f}", size=24, anchor="middle")]
    for row, (name, points, share, words) in enumerate(PARTS):
        y = 34 + 36 * row
        pieces += [
            text(230, y + 14, name),
            box(330, y, points * 6, 18, SOFT),
            box(330, y, points * share * 6, 18, GREEN),
            text(330 + points * 6 + 8, y + 14, f"{points * share:.1f} of {points}: {words}", size=13, fill=MUTED),
        ]
    return page("A circle's score is the sum of its parts", 780, 300, *pieces)


def gap() -> str:
    """Score, bound and what lies between them."""
    left, wide = 60.0, 660.0
    at = {"score": left + wide * 0.80, "bound": left + wide * 0.817}
    pieces = [
        box(left, 70, wide, 22, LINE),
        box(left, 70, at["score"] - left, 22, GREEN),
        box(at["score"], 70, at["bound"] - at["score"], 22, CLAY),
        text(left, 118, "0", fill=MUTED),
        text(left + wide, 118, "100", fill=MUTED, anchor="end"),
        text(at["score"] - 6, 56, "80.0 found", anchor="end"),
        text(at["bound"] + 6, 56, "81.7 best possible", fill=CLAY),
        text(at["score"], 118, "the gap: 2 %", fill=CLAY, anchor="middle"),
    ]
    return page("The gap is what lies between the score and the bound", 780, 150, *pieces)


def swap() -> str:
    """What the search does all the time: two people change places."""
    pieces = [ring(160, 110, 60, 5, SOFT), ring(420, 110, 60, 5, SOFT), ring(660, 110, 60, 6, SOFT)]
    for x, y in ((217, 91), (363, 91)):
        pieces.append(f'<circle cx="{x}" cy="{y}" r="15" fill="{CLAY}"/>')
    pieces += [
        f'<path d="M 235 80 Q 290 50 345 80" fill="none" stroke="{CLAY}" stroke-width="3"/>',
        f'<path d="M 345 104 Q 290 134 235 104" fill="none" stroke="{CLAY}" stroke-width="3"/>',
        text(390, 205, "Two people change places, or one moves: kept when better, sometimes when a little worse.",
             size=14, fill=MUTED, anchor="middle"),
    ]  # fmt: skip
    return page("The search changes places", 780, 225, *pieces)


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, drawn in (("score", score()), ("gap", gap()), ("swap", swap())):
        (PICTURES / f"matching-{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
