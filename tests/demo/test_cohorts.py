from __future__ import annotations

from datetime import date

import pytest

from app.demo import texts
from app.demo.cohorts import MOVES, SEED
from circles.matching import Rules, Weights, match
from circles.roster import read_roster


@pytest.mark.parametrize("first_day", [date(2026, 10, 26), date(2027, 3, 15), date(2027, 8, 30)], ids=str)
def test_the_match_gives_thirteen_circles_whatever_the_season(first_day: date) -> None:
    people = read_roster(texts.MEMBERS.read_bytes()).candidates
    rules = Rules(
        first_day=first_day,
        weeks=12,
        cadence_weeks=1,
        size_min=4,
        size_max=6,
        target=5,
        minutes=60,
        slots=2,
        weights=Weights(),
    )
    found = match(people, rules, seed=SEED, iterations=MOVES)
    assert len(found.circles) == 13
    assert [one.key for one in found.unplaced] == ["noor.haddad@fjordline.example"]
    juniper = next(circle for circle in found.circles if circle.name == "Juniper")
    assert len(juniper.members) == 5
    assert (juniper.slots[0].weekday, juniper.slots[0].start.hour, juniper.slots[0].timezone) == (
        3,
        10,
        "Europe/Berlin",
    )
    others = [circle for circle in found.circles if circle is not juniper]
    assert all(circle.slots[0].weekday < 3 for circle in others)
