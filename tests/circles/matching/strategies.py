"""Random small populations for property tests."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from circles.availability import WeeklyGrid
from circles.matching import Candidate, Rules, Weights

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Etc/GMT+3", "UTC"]
#: The last Sunday of October lies in these weeks: Europe's clocks change before America's.
AUTUMN = date(2026, 10, 19)


@st.composite
def grids(draw: st.DrawFn, spells: int = 6) -> WeeklyGrid:
    can: set[int] = set()
    for _ in range(draw(st.integers(1, spells))):
        start = draw(st.integers(0, 6)) * 48 + draw(st.sampled_from([0, 14, 16, 18, 20, 26, 30, 36, 44]))
        can |= {cell % 336 for cell in range(start, start + draw(st.integers(2, 10)))}
    liked = draw(st.sampled_from([0, 1, 2]))
    return WeeklyGrid(frozenset(can), frozenset(cell for cell in can if cell % 3 >= liked))


@st.composite
def populations(draw: st.DrawFn, least: int = 6, most: int = 16, zones: int = 3) -> list[Candidate]:
    count = draw(st.integers(least, most))
    keys = [f"p{index:02d}@example.org" for index in range(count)]
    used = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=zones, unique=True))
    shared = draw(grids(10))
    few = st.frozensets(st.sampled_from(keys), max_size=2)

    def one(index: int) -> Candidate:
        own = draw(grids())
        near = draw(st.booleans())
        can = own.can | shared.can if near else own.can
        return Candidate(
            key=keys[index],
            name=f"Person {index}",
            timezone=draw(st.sampled_from(used)),
            grid=WeeklyGrid(can, own.prefer),
            languages=frozenset(draw(st.sampled_from([("en",), ("en",), ("en", "de"), ("de",)]))),
            topics=draw(st.frozensets(st.sampled_from("abcdef"), max_size=4)),
            department=draw(st.sampled_from(["x", "y", "z"])),
            location=draw(st.sampled_from(["l", "m"])),
            level=draw(st.sampled_from(["1", "2"])),
            manager=draw(st.sampled_from([None, None, None, *keys])),
            facilitator=draw(st.booleans()),
            together=draw(few) - {keys[index]} if draw(st.integers(0, 9)) == 0 else frozenset(),
            avoid=draw(few) - {keys[index]} if draw(st.integers(0, 4)) == 0 else frozenset(),
            wishes=draw(few) - {keys[index]},
            kept=draw(st.sampled_from([None] * 12 + ["Elder", "Oak"])),
        )

    return [one(index) for index in range(count)]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    size_min = draw(st.integers(2, 4))
    target = size_min + draw(st.integers(0, 2))
    return Rules(
        first_day=draw(st.sampled_from([AUTUMN, date(2027, 1, 4)])),
        size_min=size_min,
        target=target,
        size_max=target + draw(st.integers(0, 2)),
        minutes=draw(st.sampled_from([30, 45, 60, 90])),
        slots=draw(st.integers(1, 3)),
        weeks=draw(st.sampled_from([1, 4, 12])),
        cadence_weeks=draw(st.sampled_from([1, 2])),
        weights=draw(st.sampled_from([Weights(), Weights(diversity=7, goals=0, novelty=3.3, wishes=40)])),
    )


def met_among(people: list[Candidate]) -> st.SearchStrategy[list[tuple[str, str]]]:
    keys = st.sampled_from([person.key for person in people])
    return st.lists(st.tuples(keys, keys).filter(lambda pair: pair[0] != pair[1]), max_size=8)
