"""The compiled loops agree with the plain reading of the same rules."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from circles.matching import among_themselves, circle_names, find_problems, met_pairs, score_circle
from circles.matching.compiled.values import NEVER, count_windows, evaluate
from circles.matching.encode import POINT, encode_people, encode_terms, pack
from circles.matching.names import PLANTS
from circles.matching.seating import Chain, Ground
from circles.windows import most_disjoint
from tests.circles.matching.strategies import met_among, populations, rules

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(st.sets(st.integers(0, 335), max_size=12), st.integers(1, 5), st.integers(1, 4))
@settings(quiet, max_examples=150)
def test_windows_are_counted_around_the_week(starts, cells, enough):
    flags = np.zeros((1, 336), dtype=np.bool_)
    flags[0, list(starts)] = True
    assert count_windows(pack(flags), 0, cells, enough) == min(enough, most_disjoint(starts, cells))


@given(st.data())
@settings(quiet, max_examples=30)
def test_a_circle_has_the_same_value_compiled(data):
    drawn, used = data.draw(populations(zones=4)), data.draw(rules())
    # Groups that contradict themselves never reach the search.
    people = among_themselves(tuple(replace(person, together=frozenset()) for person in drawn))
    met = met_pairs(data.draw(met_among(list(people))))
    size = data.draw(st.integers(1, used.size_max))
    chosen = data.draw(st.permutations(range(len(people))))[:size]
    score = score_circle([people[index] for index in chosen], used, met)
    population = encode_people(people, used, met)
    words = np.zeros(population.open.shape[1:], dtype=np.uint64)
    members = np.array([chosen], dtype=np.int32)
    value, valid = evaluate(population, encode_terms(used), members, 0, len(chosen), words)
    broken = {one.rule for one in score.broken}
    if broken & {"manager", "avoid", "kept"}:
        assert value == NEVER
    else:
        assert bool(valid) == (not broken)
        if valid:
            assert value / POINT == pytest.approx(len(chosen) * score.quality, abs=0.02)


@given(st.data())
@settings(quiet, max_examples=8)
def test_what_is_remembered_of_a_circle_stays_true_through_the_moves(data):
    drawn, used = data.draw(populations(least=8)), data.draw(rules())
    lost = {key for problem in find_problems(drawn, used) if problem.fatal for key in problem.people}
    people = among_themselves(tuple(person for person in drawn if person.key not in lost))
    assume(len(people) >= used.size_min)
    population, terms = encode_people(people, used, frozenset()), encode_terms(used)
    rng = random.Random(data.draw(st.integers(0, 99)))
    ground = Ground.prepare(population, terms, used.target, frozenset(), rng)
    chain = Chain(ground, ground.begin(ground.counts()[0], rng), rng)
    chain.heat(40.0, 3000)
    state = chain.state
    seated = [person for row, size in zip(state.member, state.size, strict=True) for person in row[:size].tolist()]
    assert sorted(seated) == list(range(len(people)))
    words = np.zeros(population.open.shape[1:], dtype=np.uint64)
    for circle in np.flatnonzero(state.size):
        size = state.size[circle]
        assert size <= used.size_max
        assert evaluate(population, terms, state.member, circle, size, words) == (
            state.value[circle],
            bool(state.valid[circle]),
        )


def test_names_are_plants_first_and_never_taken():
    assert len(set(PLANTS)) == len(PLANTS) >= 120
    names = circle_names(len(PLANTS) + 5, 3, ["alder"])
    assert len(set(names)) == len(names)
    assert "Alder" not in names
    assert set(names[: len(PLANTS) - 1]) == set(PLANTS) - {"Alder"}
    assert names[-1].endswith(" 2")
    assert circle_names(4, 3) == circle_names(4, 3) != circle_names(4, 4)
