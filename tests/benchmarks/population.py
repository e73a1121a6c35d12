"""Seeded made-up populations of any size, of the same make as those in tests/data/matching."""

from __future__ import annotations

import random
from dataclasses import replace

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
TOPICS = [f"topic{index:02d}" for index in range(48)]
#: Each department cares about so many topics more than about others, beginning so many after the department before.
OWN_TOPICS, APART = 8, 3.7
#: Share of meetings in the calendar, by profile.
BUSY = {"normal": 0.43, "tight": 0.51}
#: Half hours at which an hour could begin, at the least.
FEWEST_STARTS = 7
#: Of a thousand people: pairs who want to stay together, and circles of two that are kept.
TOGETHER, KEPT = 17, 10


def make_population(
    count: int, *, seed: int = 1, profile: str = "normal"
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """People with working hours, sites, reporting lines, topics and wishes, and the pairs of two earlier rounds."""
    rng = random.Random(f"population {count} {seed} {profile}")
    keys = [f"p{index:05d}@example.org" for index in range(count)]
    managers = rng.sample(keys, max(1, count // 8))
    people = [_person(rng, key, keys, managers, BUSY[profile]) for key in keys]
    _tie(rng, people)
    met: set[tuple[str, str]] = set()
    for _ in range(2):
        dealt = rng.sample(keys, count)
        for start in range(0, count, 5):
            circle = sorted(dealt[start : start + 5])
            met |= {(one, other) for one in circle for other in circle if one < other}
    return people, sorted(met)


def _tie(rng: random.Random, people: list[Candidate]) -> None:
    """Some want to stay with one other person, and some pairs form a circle that is kept."""
    places = rng.sample(range(len(people)), min(len(people) // 4, (TOGETHER + KEPT) * len(people) // 1000) * 2)
    pairs = list(zip(places[::2], places[1::2], strict=True))
    for number, (one, other) in enumerate(pairs):
        if number < len(pairs) * KEPT // (TOGETHER + KEPT):
            for place in (one, other):
                people[place] = replace(people[place], kept=f"circle-{number}")
        elif people[one].key not in people[other].avoid and people[other].key not in people[one].avoid:
            people[one] = replace(people[one], together=frozenset({people[other].key}))


def _topics(rng: random.Random, department: str) -> frozenset[str]:
    """Two to six topics, half of them from what one's department cares about."""
    start = round(list(DEPARTMENTS).index(department) * APART)
    own, wanted = TOPICS[start : start + OWN_TOPICS], rng.choices([2, 3, 4, 5, 6], [5, 30, 30, 25, 10])[0]
    found: set[str] = set()
    while len(found) < wanted:
        found.add(rng.choice(own) if rng.random() < 0.42 else TOPICS[int(48 * rng.random() ** 2)])
    return frozenset(found)


def _pick(rng: random.Random, weighted: dict[str, float] | dict[str, int]) -> str:
    return rng.choices(list(weighted), list(weighted.values()))[0]


def _person(rng: random.Random, key: str, keys: list[str], managers: list[str], busy: float) -> Candidate:
    site = _pick(rng, {name: share for name, (_, _, share) in SITES.items()})
    zone, tongue, _ = SITES[site]
    languages = {"en", tongue} if rng.random() < 0.91 else {tongue}
    if rng.random() < 0.15:
        languages.add(rng.choice(["de", "es", "fr", "pt"]))
    department = _pick(rng, DEPARTMENTS)
    other = rng.choice(keys)
    return Candidate(
        key=key,
        name=f"Person {key[1:6]}",
        timezone=zone,
        grid=_hours(rng, busy),
        languages=frozenset(languages),
        topics=_topics(rng, department),
        department=department,
        location=site,
        level=_pick(rng, LEVELS),
        manager=rng.choice([manager for manager in managers if manager != key] or [None]),
        facilitator=rng.random() < 0.2,
        avoid=frozenset({other} - {key}) if rng.random() < 0.02 else frozenset(),
        wishes=frozenset(set(rng.sample(keys, min(len(keys), rng.randint(1, 3)))) - {key})
        if rng.random() < 0.3
        else frozenset(),
    )


def _hours(rng: random.Random, busy: float) -> WeeklyGrid:
    """A week that leaves somebody a few different hours to meet, as those who sign up have."""
    while (grid := _week(rng, busy)).starts(60) < FEWEST_STARTS:
        pass
    return grid


def _week(rng: random.Random, busy: float) -> WeeklyGrid:
    """Working days with meetings taken out; some people would also meet early or in the evening."""
    start, end = rng.choice([16, 17, 18, 18, 19]), rng.choice([34, 35, 35, 36, 38])
    early = 12 if rng.random() < 0.17 else start
    late = rng.choice([40, 42, 44]) if rng.random() < 0.17 else end
    days = rng.choices([5, 4, 3], [89, 6, 5])[0]
    busy *= rng.uniform(0.6, 1.4)
    can: set[int] = set()
    prefer: set[int] = set()
    for day in sorted(rng.sample(range(5), days)):
        cells = {day * CELLS_PER_DAY + half for half in range(early, late) if not 24 <= half < 26 or rng.random() < 0.5}
        while cells and rng.random() < 0.98 and len(cells) > (1 - busy) * (late - early):
            meeting = rng.choice(sorted(cells))
            cells -= set(range(meeting, meeting + rng.choice([2, 2, 3, 4])))
        can |= cells
        prefer |= {cell for cell in cells if max(start, 19) <= cell % CELLS_PER_DAY < min(end, 34)}
    return WeeklyGrid(frozenset(can), frozenset(prefer))
