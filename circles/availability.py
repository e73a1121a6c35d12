"""A person's week as half-hour cells of their own wall clock, read from and written to text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

CELLS_PER_WEEK = 336
CELLS_PER_DAY = 48
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_SPELL = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DAYS = {name.lower(): day for day, name in enumerate(WEEKDAYS)} | {
    name: day for day, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}


def N_(message: str) -> str:
    """Mark a message for extraction without translating it here."""
    return message


class GridError(ValueError):
    """Text that is no weekly grid; the message names the piece that could not be read.

    `message` is a gettext id, `params` fills its placeholders.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params


@dataclass(frozen=True, slots=True)
class WeeklyGrid:
    """When a person could meet: half-hour cells of the local week, Monday 00:00 = 0 to Sunday 23:30 = 335.

    `can` holds every possible cell, `prefer` those that are liked as well (always a subset of `can`).
    """

    can: frozenset[int]
    prefer: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(not 0 <= cell < CELLS_PER_WEEK for cell in self.can):
            raise GridError(N_("Cells run from 0 to %(last)s."), last=CELLS_PER_WEEK - 1)
        if not self.prefer <= self.can:
            raise GridError(N_("Preferred times must be among the available ones."))

    @classmethod
    def parse(cls, available: str, preferred: str = "") -> WeeklyGrid:
        """Read two texts such as "Mon 09:00-12:00 13:00-17:30; Tue 10:00-11:00"; preferred times count as available.

        Days are Mon to Sun (or whole English names) in any order; times lie on the half hour; a spell ends the same
        day, at the latest at 24:00. Raises GridError naming the piece of text that is wrong.
        """
        prefer = parse_cells(preferred)
        return cls(parse_cells(available) | prefer, prefer)

    @property
    def available_text(self) -> str:
        """The possible cells in the form `parse` reads."""
        return format_cells(self.can)

    @property
    def preferred_text(self) -> str:
        """The preferred cells in the form `parse` reads."""
        return format_cells(self.prefer)

    @property
    def hours(self) -> float:
        """Hours a week in which the person could meet."""
        return len(self.can) / 2

    @property
    def preferred_hours(self) -> float:
        """Hours a week in which the person likes to meet."""
        return len(self.prefer) / 2

    def starts(self, minutes: int = 60) -> int:
        """How many half hours of the week a meeting of this length could start at, midnight and Sunday crossed."""
        cells = -(-minutes // 30)
        return sum(
            all((start + step) % CELLS_PER_WEEK in self.can for step in range(cells)) for start in sorted(self.can)
        )

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether every half hour that a meeting touches, on the person's own wall clock, is a possible one."""
        first = start.weekday() * CELLS_PER_DAY + start.hour * 2 + start.minute // 30
        last = end.weekday() * CELLS_PER_DAY + end.hour * 2 + -(-end.minute // 30)
        count = (last - first) % CELLS_PER_WEEK
        return all((first + step) % CELLS_PER_WEEK in self.can for step in range(count))

    def copy_day(self, source: int, targets: Iterable[int]) -> WeeklyGrid:
        """The same grid with the `source` weekday (Monday = 0) copied over each of the `targets`."""
        can, prefer = self.can, self.prefer
        for target in targets:
            can = _with_day(can, self.can, source, target)
            prefer = _with_day(prefer, self.prefer, source, target)
        return WeeklyGrid(can, prefer)


def parse_cells(text: str) -> frozenset[int]:
    """The cells of one text; see `WeeklyGrid.parse`. Raises GridError."""
    cells: set[int] = set()
    for piece in text.split(";"):
        piece = piece.strip()
        if not piece:
            continue
        name, _, spells = piece.partition(" ")
        day = _DAYS.get(name.rstrip(":").lower())
        if day is None:
            raise GridError(N_("“%(text)s” is not a day. Use Mon, Tue, Wed, Thu, Fri, Sat or Sun."), text=name)
        if not spells.strip():
            raise GridError(N_("“%(text)s” names a day but no times. Write times like 09:00-12:00."), text=piece)
        cells |= _day_cells(day, spells)
    return frozenset(cells)


def format_cells(cells: Iterable[int]) -> str:
    """Cells as text, days from Monday, spells joined where they touch; "" for none."""
    by_day: dict[int, list[int]] = {}
    for cell in sorted(cells):
        by_day.setdefault(cell // CELLS_PER_DAY, []).append(cell % CELLS_PER_DAY)
    days = []
    for day, halves in by_day.items():
        spells: list[list[int]] = []
        for half in halves:
            if spells and spells[-1][1] == half:
                spells[-1][1] = half + 1
            else:
                spells.append([half, half + 1])
        times = " ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spells)
        days.append(f"{WEEKDAYS[day]} {times}")
    return "; ".join(days)


def _day_cells(day: int, text: str) -> set[int]:
    cells: set[int] = set()
    rest = text.replace(",", " ").strip()
    while rest:
        found = _SPELL.match(rest)
        if not found or (found.end() < len(rest) and not rest[found.end()].isspace()):
            raise GridError(N_("“%(text)s” is not a time span. Write times like 09:00-12:00."), text=rest.split()[0])
        start_hour, start_minute, end_hour, end_minute = (int(part) for part in found.groups())
        start, end = _half(start_hour, start_minute, found[0]), _half(end_hour, end_minute, found[0])
        if end <= start:
            raise GridError(
                N_("“%(text)s” ends before it begins. Write a night as two days, up to 24:00."), text=found[0]
            )
        cells.update(range(day * CELLS_PER_DAY + start, day * CELLS_PER_DAY + end))
        rest = rest[found.end() :].strip()
    return cells


def _half(hour: int, minute: int, spell: str) -> int:
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise GridError(N_("“%(text)s” is not a time of day."), text=spell)
    if minute % 30:
        raise GridError(N_("“%(text)s” is not on the half hour."), text=spell)
    return hour * 2 + minute // 30


def _clock(half: int) -> str:
    return f"{half // 2:02d}:{half % 2 * 30:02d}"


def _with_day(cells: frozenset[int], original: frozenset[int], source: int, target: int) -> frozenset[int]:
    kept = {cell for cell in cells if cell // CELLS_PER_DAY != target}
    shift = (target - source) * CELLS_PER_DAY
    return frozenset(kept | {cell + shift for cell in original if cell // CELLS_PER_DAY == source})
