"""Both objectives, with attributes too: as good as trying everything on tiny cases, and never worse than stated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.matching import Attribute, Candidate, Progress, Proposal, Rules, Weights, match
from tests.benchmarks.people_file import DATA, read_population
from tests.benchmarks.scorer import audit, weighted
from tests.circles.matching.strategies import AUTUMN, met_among, populations, rules
from tests.circles.matching.test_attributes import answering, plainly
from tests.circles.matching.test_match import circles_of

RULES = Rules(first_day=AUTUMN)
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
Met = list[tuple[str, str]]
Scores = tuple[float, ...]


def circle_scores(people: list[Candidate], used: Rules, met: Met) -> dict[frozenset[int], float]:
    """Every circle that keeps the rules with its score, by the second reading and the words of the attributes."""
    plain = replace(used, attributes=())
    scores: dict[frozenset[int], float] = {}
    for size in range(used.size_min, used.size_max + 1):
        for chosen in combinations(range(len(people)), size):
            members = [people[index] for index in chosen]
            found = audit(people, plain, met, [[one.key for one in members]])
            if found.violations:
                continue
            total = used.weights.total + sum(one.weight for one in used.counted)
            points = weighted(found.circles[0], plain) * used.weights.total / 100
            points += sum(one.weight * plainly(members, one) for one in used.counted)
            scores[frozenset(chosen)] = 100 * points / total
    return scores


def partings(circles: dict[frozenset[int], float], left: frozenset[int]) -> Iterator[list[frozenset[int]]]:
    """Every way to put some of the people into circles."""
    if not left:
        yield []
        return
    first = min(left)
    yield from partings(circles, left - {first})
    for circle in circles:
        if first in circle and circle <= left:
            for rest in partings(circles, left - circle):
                yield [circle, *rest]


def of_people(scores: list[tuple[int, float]]) -> Scores:
    """Everybody's score from the lowest up; those who are left over do not count."""
    return tuple(sorted(round(score, 3) for size, score in scores for _ in range(size)))


def best_by_trying(people: list[Candidate], used: Rules, met: Met) -> tuple[float, Scores]:
    """The best total, and the best scores from the lowest up among those that place as many people."""
    circles = circle_scores(people, used, met)
    ways = [[(len(one), circles[one]) for one in way] for way in partings(circles, frozenset(range(len(people))))]
    totals = [sum(size * score for size, score in way) for way in ways]
    best = max(totals)
    placed = min(sum(size for size, _ in way) for way, total in zip(ways, totals, strict=True) if total > best - 1e-6)
    enough = [of_people(way) for way in ways if sum(size for size, _ in way) >= placed]
    return best / len(people), max(enough, key=lambda scores: scores[:placed])[:placed]


def found_scores(proposal: Proposal) -> Scores:
    return of_people([(len(circle.members), circle.score) for circle in proposal.circles])


@st.composite
def cases(draw: st.DrawFn, most: int = 7) -> tuple[list[Candidate], Rules, Met]:
    """Weights that whole thousandths of a point can express, so that equal scores are equal in the search too."""
    people = answering(draw, draw(populations(least=5, most=most, zones=2)))
    treat = draw(st.sampled_from(["mix", "alike", "not_alone"]))
    attributes = draw(st.sampled_from([(), (Attribute("q1", "One", treat, 25),)]))
    used = replace(draw(rules()), size_min=2, target=3, size_max=3, weights=Weights(), attributes=attributes)
    return people, used, draw(met_among(people))


def check_both(people: list[Candidate], used: Rules, met: Met) -> None:
    total, lowest = best_by_trying(people, used, met)
    best = match(people, replace(used, objective="total"), met, iterations=60_000)
    assert best.score == pytest.approx(total)
    raised = match(people, replace(used, objective="weakest"), met, iterations=60_000)
    assert found_scores(raised)[: len(lowest)] == pytest.approx(lowest, abs=0.01)
    assert raised.bound is None
    assert raised.score <= best.score + 1e-6


@given(cases())
@settings(quiet, max_examples=6)
def test_both_objectives_reach_the_best_there_is(case):
    check_both(*case)


@pytest.mark.deep
@given(cases(most=8))
@settings(quiet, max_examples=120)
def test_both_objectives_reach_the_best_there_is_in_many_cases(case):
    check_both(*case)


@pytest.mark.parametrize(("name", "moves"), [("normal-50", 600_000), ("tight-500", 600_000)])
def test_the_weakest_circle_is_raised(name, moves):
    people, met = read_population(DATA / name)
    used = replace(RULES, objective="weakest")
    total, raised = match(people, RULES, met, iterations=moves), match(people, used, met, iterations=moves)
    assert found_scores(raised)[0] >= found_scores(total)[0]
    assert found_scores(raised) > found_scores(total)
    assert len(found_scores(raised)) >= len(found_scores(total))
    assert audit(people, RULES, met, [circle.members for circle in raised.circles]).violations == ()
    assert circles_of(match(people, used, met, iterations=moves)) == circles_of(raised)


@given(st.data())
@settings(quiet, max_examples=6)
def test_the_weakest_circle_is_never_weaker_than_that_of_the_best_total(data):
    people, used, met = data.draw(populations(most=24)), data.draw(rules()), []
    seed = data.draw(st.integers(1, 9))
    total = match(people, used, met, iterations=3000, seed=seed)
    raised = match(people, replace(used, objective="weakest"), met, iterations=3000, seed=seed)
    assert len(found_scores(raised)) >= len(found_scores(total))
    assert found_scores(raised)[:1] >= found_scores(total)[:1]


def test_raising_is_watched_and_can_be_stopped():
    people, met = read_population(DATA / "normal-200")
    seen: list[Progress] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return progress.share < 0.7

    proposal = match(
        people, replace(RULES, objective="weakest"), met, iterations=400_000, progress=watch, explain=False
    )
    shares = [one.share for one in seen]
    assert shares == sorted(shares)
    assert 0.7 <= shares[-1] < 0.95
    assert all(one.bound is None for one in seen)
    assert proposal.bound is None


def test_an_objective_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="objective"):
        replace(RULES, objective="fairest")
