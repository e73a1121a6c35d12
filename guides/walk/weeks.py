"""Which week of a guide each session uses (pure)."""

from __future__ import annotations

from collections.abc import Sequence


def week_for(position: int, weeks: int) -> int | None:
    """The week of the session with this position, both from 1; a guide of one page repeats it, others run out."""
    if weeks == 1:
        return 1
    return position if position <= weeks else None


def after_skip(weeks: Sequence[int | None], skipped: int, *, leave_out: bool) -> tuple[int | None, ...]:
    """The weeks of the sessions that follow a skipped one, which is at index `skipped`.

    The skipped week moves to the next session and so on, and the last one needs a session more, which is the last
    entry. With `leave_out` the others keep their weeks and nothing is added.
    """
    later = tuple(weeks[skipped + 1 :])
    if leave_out:
        return later
    return (weeks[skipped], *later)
