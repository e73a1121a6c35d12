"""Measures finding a circle's weekly time: `python -m tests.benchmarks.bench_slots [--rounds 5]`.

Twelve people in nine zones over 26 weeks, the largest circle there is: with office hours at home, with long days, and
without a common hour. It prints the processor time of the first search of a process, which works out the clocks of
each zone, and the median of later ones. Exits with 1 when any median is over the limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import date

from circles.availability import WeeklyGrid
from circles.windows import Attendee
from scheduling.slots import choose

LIMIT_MS = 100
FIRST_DAY, WEEKS, MINUTES = date(2026, 10, 5), 26, 60
ZONES = (
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Africa/Nairobi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def circle(hours: str, *, apart: bool = False) -> list[Attendee]:
    """Twelve people with these hours on every working day; with `apart` the last one can only at night."""
    grid = WeeklyGrid.parse("; ".join(f"{day} {hours}" for day in DAYS), "Tue 09:00-12:00; Thu 13:00-17:00")
    night = WeeklyGrid.parse("Sun 01:00-03:00")
    return [
        Attendee(str(number), ZONES[number % len(ZONES)], night if apart and number == 11 else grid)
        for number in range(12)
    ]


CASES = {
    "long days": circle("06:00-23:30"),
    "office hours": circle("09:00-17:00"),
    "whole days": circle("00:00-24:00"),
    "one at night": circle("06:00-23:30", apart=True),
}


def milliseconds(people: list[Attendee]) -> tuple[float, str]:
    """How long one search took, and what it found in words."""
    began = time.process_time()
    choice = choose(people, minutes=MINUTES, first_day=FIRST_DAY, weeks=WEEKS)
    took = (time.process_time() - began) * 1000
    if not choice.candidates:
        return took, "no common hour"
    best = choice.candidates[0].window
    return took, f"{best.start:%H:%M} {best.timezone}, worst {max(best.worst)}" + (", turns" if choice.rotation else "")


def main() -> int:
    """Print a line for each case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    slow = False
    print(f"{'case':14} {'first ms':>9} {'median ms':>10}  found")
    for name, people in CASES.items():
        first, found = milliseconds(people)
        median = statistics.median(milliseconds(people)[0] for _ in range(rounds))
        slow = slow or median > LIMIT_MS
        print(f"{name:14} {first:9.1f} {median:10.1f}  {found}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
