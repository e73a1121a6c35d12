"""Sessions of one person that overlap (pure)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def overlaps(meetings: Iterable[tuple[Key, datetime, datetime]]) -> dict[Key, list[Key]]:
    """For each session (key, start, end; aware) that overlaps others, the keys of these in the order of their start.

    One that begins when another ends does not overlap it.
    """
    found: dict[Key, list[Key]] = {}
    running: list[tuple[Key, datetime]] = []
    for key, start, end in sorted(meetings, key=lambda meeting: (meeting[1], meeting[2])):
        running = [(other, over) for other, over in running if over > start]
        for other, _over in running:
            found.setdefault(other, []).append(key)
            found.setdefault(key, []).append(other)
        running.append((key, end))
    return found
