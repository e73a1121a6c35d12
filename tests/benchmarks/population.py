"""Seeded made-up populations of any size, of the same make as those in tests/data/matching."""

from __future__ import annotations

import random

from circles.availability import CELLS_PER_DAY, WeeklyGrid
from circles.matching import Candidate

SITES = {
    "New York": ("Etc/GMT+5", "en", 15),
    "San Francisco": ("Etc/GMT+8", "en", 13),
    "London": ("Etc/UTC", "en", 13),
    "Berlin": ("Etc/GMT-1", "de", 10),
    "Bengaluru": ("Asia/Kolkata", "en", 10),
    "Chicago": ("Etc/GMT+6", "en", 6),
    "Sao Paulo": ("Etc/GMT+3", "pt", 6),
    "Paris": ("Etc/GMT-1", "fr", 5),
    "Warsaw": ("Etc/GMT-1", "pl", 5),
    "Denver": ("Etc/GMT+7", "en", 5),
    "Lisbon": ("Etc/UTC", "pt", 4),
    "Singapore": ("Asia/Singapore", "en", 3),
    "Tokyo": ("Asia/Tokyo", "ja", 2),
    "Sydney": ("Etc/GMT-10", "en", 2),
}
DEPARTMENTS = {
    "Engineering": 30, "Sales": 13, "Support": 10, "Product": 9, "Finance": 8, "Marketing": 8, "Operations": 6,
    "Data": 5, "HR": 5, "Legal": 4, "Design": 2,
}  # fmt: skip
LEVELS = {"experienced": 33, "junior": 24, "senior": 24, "lead": 14, "head": 5}
TOPICS = {f"topic{index:02d}": 20 * 0.95**index for index in range(48)}
#: Share of meetings in the calendar, by profile.
BUSY = {"normal": 0.33, "tight": 0.45}


def make_population(
    count: int, *, seed: int = 1, profile: str = "normal"
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """People with working hours, sites, reporting lines, topics and wishes, and the pairs of two earlier rounds."""
    rng = random.Random(f"population {count} {seed} {profile}")
    keys = [f"p{index:05d}@example.org" for index in range(count)]
    managers = rng.sample(keys, max(1, count // 8))
    people = [_person(rng, key, keys, managers, BUSY[profile]) for key in keys]
    met: set[tuple[str, str]] = set()
    for _ in range(2):
        dealt = rng.sample(keys, count)
        for start in range(0, count, 5):
            circle = sorted(dealt[start : start + 5])
            met |= {(one, other) for one in circle for other in circle if one < other}
    return people, sorted(met)


def _pick(rng: random.Random, weighted: dict[str, float] | dict[str, int]) -> str:
    return rng.choices(list(weighted), list(weighted.values()))[0]


def _person(rng: random.Random, key: str, keys: list[str], managers: list[str], busy: float) -> Candidate:
    site = _pick(rng, {name: share for name, (_, _, share) in SITES.items()})
    zone, tongue, _ = SITES[site]
    languages = {"en", tongue} if rng.random() < 0.96 else {tongue}
    if rng.random() < 0.15:
        languages.add(rng.choice(["de", "es", "fr", "pt"]))
    topics: set[str] = set()
    for _ in range(rng.choice([2, 3, 3, 4, 4, 5, 5, 6])):
        topics.add(_pick(rng, TOPICS))
    other = rng.choice(keys)
    return Candidate(
        key=key,
        name=f"Person {key[1:6]}",
        timezone=zone,
        grid=_week(rng, busy),
        languages=frozenset(languages),
        topics=frozenset(topics),
        department=_pick(rng, DEPARTMENTS),
        location=site,
        level=_pick(rng, LEVELS),
        manager=rng.choice([manager for manager in managers if manager != key] or [None]),
        facilitator=rng.random() < 0.2,
        avoid=frozenset({other} - {key}) if rng.random() < 0.02 else frozenset(),
        wishes=frozenset(set(rng.sample(keys, min(len(keys), rng.randint(1, 3)))) - {key})
        if rng.random() < 0.3
        else frozenset(),
    )


def _week(rng: random.Random, busy: float) -> WeeklyGrid:
    """Working days with meetings taken out; a tenth of the people would also meet early or in the evening."""
    start, end = rng.choice([16, 17, 18, 18, 19]), rng.choice([34, 35, 35, 36, 38])
    early, late = (12, 45) if rng.random() < 0.15 else (start, end)
    can: set[int] = set()
    prefer: set[int] = set()
    for day in range(5):
        if rng.random() < 0.03:
            continue
        cells = {day * CELLS_PER_DAY + half for half in range(early, late) if not 24 <= half < 26 or rng.random() < 0.5}
        while cells and rng.random() < 0.98 and len(cells) > (1 - busy) * (late - early):
            meeting = rng.choice(sorted(cells))
            cells -= set(range(meeting, meeting + rng.choice([1, 2, 2, 3])))
        can |= cells
        prefer |= {cell for cell in cells if max(start, 19) <= cell % CELLS_PER_DAY < min(end, 34)}
    return WeeklyGrid(frozenset(can), frozenset(prefer))
