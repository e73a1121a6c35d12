"""Compiles the search once and keeps the result beside the code: python -m circles.matching.warm."""

from __future__ import annotations

from datetime import date

from circles.availability import WeeklyGrid
from circles.matching.bound import compatible
from circles.matching.candidates import Candidate, Rules
from circles.matching.encode import encode_people, encode_terms
from circles.matching.engine import match
from circles.matching.pricing import Patience, price_out

PEOPLE, MOVES = 14, 2000
FIRST_DAY = date(2026, 1, 5)


def warm() -> int:
    """Match a few made-up people, so that everything is compiled; says how many found a circle."""
    grid = WeeklyGrid.parse("Mon 09:00-12:00; Wed 13:00-16:00", "Mon 10:00-11:00")
    people = [
        Candidate(
            key=f"person-{number}@example.org",
            name=f"Person {number}",
            timezone="UTC",
            grid=grid,
            languages=frozenset({"en"}),
            topics=frozenset({f"topic {number % 3}"}),
            department=f"department {number % 4}",
            location=f"place {number % 2}",
            facilitator=number % 5 == 0,
            wishes=frozenset({f"person-{(number + 1) % PEOPLE}@example.org"}),
        )
        for number in range(PEOPLE)
    ]
    rules = Rules(first_day=FIRST_DAY, weeks=4, size_min=4, size_max=6, target=5, minutes=60, slots=2)
    found = match(people, rules, iterations=MOVES)
    # So few people are proved without prices; many are bounded with them.
    population, terms = encode_people(people, rules, frozenset()), encode_terms(rules)
    price_out(population, terms, compatible(population, terms), Patience())
    return sum(len(circle.members) for circle in found.circles)


if __name__ == "__main__":
    warm()
