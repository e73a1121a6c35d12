"""Compiles the search ahead of time, so that the first match does not wait for it: part of setting up."""

from __future__ import annotations

from datetime import date

from circles.availability import WeeklyGrid
from circles.matching.bound import compatible
from circles.matching.candidates import Candidate, Rules
from circles.matching.encode import encode_people, encode_terms
from circles.matching.engine import match
from circles.matching.pricing import Patience, price_out


def warm_up() -> None:
    """Match a few made-up people; the compiled loops are kept on disk beside the code (or in NUMBA_CACHE_DIR)."""
    week = WeeklyGrid.parse("Mon 09:00-12:00; Tue 09:00-12:00")
    people = [
        Candidate(
            f"p{number}@example.org",
            "",
            "UTC",
            week,
            frozenset({"en"}),
            frozenset({"a", str(number % 3)}),
            together=frozenset({"p1@example.org"}) if number == 0 else frozenset(),
        )
        for number in range(12)
    ]
    rules = Rules(first_day=date(2026, 1, 5))
    match(people, rules, [("p2@example.org", "p3@example.org")], iterations=2000)
    population, terms = encode_people(people, rules, frozenset()), encode_terms(rules)
    price_out(population, terms, compatible(population, terms), Patience())
