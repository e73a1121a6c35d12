"""Scores and broken rules of one circle, against the second reading of the rules."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.availability import WeeklyGrid
from circles.matching import Candidate, Rules, Weights, score_circle
from circles.matching.hours import anchors_of, slots_of
from tests.benchmarks.scorer import circle_parts, circle_violations, weighted
from tests.circles.matching.strategies import AUTUMN, met_among, populations, rules

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
RULES = Rules(first_day=AUTUMN)
WEEK = WeeklyGrid.parse("Mon 09:00-12:00; Tue 09:00-12:00; Wed 09:00-10:00", "Mon 09:00-10:00; Tue 09:00-12:00")


def person(number: int, **changes: object) -> Candidate:
    base = Candidate(f"p{number}@example.org", f"P {number}", "Europe/Berlin", WEEK, frozenset({"en"}))
    return replace(base, **changes)


@given(st.data())
@settings(quiet, max_examples=25)
def test_parts_and_rules_agree_with_a_second_reading(data):
    people, used = data.draw(populations(least=2, most=6)), data.draw(rules())
    met = data.draw(met_among(people))
    score = score_circle(people, used, met)
    parts = circle_parts(people, used, {frozenset(pair) for pair in met})
    assert score.parts == pytest.approx(parts)
    assert score.quality == pytest.approx(weighted(parts, used))
    said = {text.split(" ")[0].rstrip(":") for text in circle_violations(people, used)}
    ours = {broken.rule for broken in score.broken} - {"together"}
    assert ours == said
    assert score.score == (score.quality if score.valid else 0)


@given(st.data())
@settings(quiet, max_examples=25)
def test_the_search_and_the_ranked_windows_agree_on_what_is_possible(data):
    people, used = data.draw(populations(least=2, most=5, zones=4)), data.draw(rules())
    enough = score_circle(people, used).windows >= used.slots
    assert (len(slots_of(people, used)) >= used.slots) == enough


def test_each_part_has_its_facts():
    members = [
        person(1, department="Sales", facilitator=True, topics=frozenset("ab"), wishes=frozenset({"p2@example.org"})),
        person(2, department="Legal", topics=frozenset("ab")),
        person(3, location="Oslo", topics=frozenset("b"), wishes=frozenset({"p9@example.org"})),
        person(4, grid=WeeklyGrid.parse(WEEK.available_text)),
    ]
    score = score_circle(members, RULES, [("p1@example.org", "p4@example.org")])
    assert score.valid
    assert score.facts["diversity"].values == {"departments": 3, "places": 2, "levels": 1}
    assert score.facts["goals"].values == {"pairs": 6, "sharing": 3}
    assert score.facts["novelty"].values == {"pairs": 6, "new": 5}
    assert score.facts["novelty"].people == ("p1@example.org", "p4@example.org")
    assert score.facts["facilitator"].people == ("p1@example.org",)
    assert score.facts["hours"].values == {"comfortable": 3, "people": 4}
    assert score.facts["hours"].people == ("p4@example.org",)
    assert score.facts["wishes"].values == {"asked": 2, "met": 1}
    assert score.facts["wishes"].people == ("p3@example.org",)
    assert score.facts["size"].values == {"size": 4, "target": 5}
    assert score.parts["goals"] == pytest.approx((1 + 0.5 + 0.5) / 6)
    assert score.parts["wishes"] == 0.75
    assert score.parts["size"] == 0


def test_every_broken_rule_names_its_people_but_not_who_avoids_whom():
    members = [
        person(1, manager="p2@example.org", avoid=frozenset({"p3@example.org"})),
        person(2, kept="Elder", languages=frozenset({"de"})),
        person(3, kept="Oak", grid=WeeklyGrid.parse("Sat 09:00-10:00"), together=frozenset({"p8@example.org"})),
    ]
    broken = {one.rule: one for one in score_circle(members, RULES).broken}
    assert set(broken) == {"size", "hours", "language", "manager", "avoid", "kept", "together"}
    assert broken["manager"].values == {"manager": "p2@example.org"}
    assert broken["manager"].people == ("p1@example.org", "p2@example.org")
    assert (broken["avoid"].people, broken["avoid"].values) == ((), {"pairs": 1})
    assert broken["together"].people == ("p3@example.org", "p8@example.org")
    assert broken["size"].values == {"size": 3, "smallest": 4, "largest": 6}


def test_other_weights_still_give_a_score_out_of_100():
    alike = [person(number, facilitator=True, topics=frozenset("ab")) for number in range(5)]
    used = replace(RULES, weights=Weights(diversity=0, goals=30, novelty=30))
    assert score_circle(alike, used).score == pytest.approx(100)


def test_nobody_is_no_circle():
    score = score_circle([], RULES)
    assert not score.valid
    assert (score.score, score.windows) == (0, 0)


def test_anchors_whose_weeks_are_alike_count_once():
    zones = ["Etc/GMT+5", "Asia/Tokyo", "Etc/UTC", "Asia/Kolkata"]
    members = [person(number, timezone=zone) for number, zone in enumerate(zones)]
    assert len(anchors_of(members, RULES)) == 1
    moving = [*members, person(9, timezone="Europe/Berlin"), person(10, timezone="America/New_York")]
    assert len(anchors_of(moving, RULES)) >= 3


def test_scoring_a_circle_does_not_load_the_compiled_search():
    code = "import sys, circles.matching as m; m.score_circle; assert not {'numba', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
