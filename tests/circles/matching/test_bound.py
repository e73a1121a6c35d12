"""Bounds: what prices prove is never below what can be had, and as low as the linear program over all circles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.matching import Candidate, Rules, among_themselves, match, met_pairs
from circles.matching.bound import MOST_CIRCLES, compatible, list_circles_of, relax
from circles.matching.encode import POINT, Population, Terms, encode_people, encode_terms
from circles.matching.pricing import CLOSE, Patience, price_out
from tests.benchmarks.people_file import DATA, read_population
from tests.circles.matching.strategies import AUTUMN, met_among, populations, rules

RULES = Rules(first_day=AUTUMN)
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def encoded(people: list[Candidate], used: Rules, met: list[tuple[str, str]]) -> tuple[Population, Terms]:
    known = among_themselves(tuple(sorted(people, key=lambda one: one.key)))
    return encode_people(known, used, met_pairs(met)), encode_terms(used)


def linear(people: Population, terms: Terms) -> float:
    """The linear program's optimum over every circle there is."""
    fits = compatible(people, terms)
    listing = list_circles_of(people, terms, fits, np.arange(len(fits), dtype=np.int32), MOST_CIRCLES)
    assert listing is not None
    relaxation = relax(listing)
    assert relaxation is not None
    return relaxation.value


@given(st.data())
@settings(quiet, max_examples=25)
def test_prices_prove_the_linear_programs_bound(data):
    people, used = data.draw(populations(most=20)), data.draw(rules())
    population, terms = encoded(people, used, data.draw(met_among(people)))
    prices = price_out(population, terms, compatible(population, terms), Patience())
    least = linear(population, terms)
    assert prices.closed
    assert prices.bound is not None
    assert least - 1e-6 <= prices.bound / POINT <= least + CLOSE * len(people) + 1e-6


@given(st.data())
@settings(quiet, max_examples=15)
def test_a_bound_cut_short_still_holds(data):
    people, used = data.draw(populations(most=20)), data.draw(rules())
    population, terms = encoded(people, used, data.draw(met_among(people)))
    patience = Patience(steps=data.draw(st.integers(0, 3000)))
    heard: list[float] = []
    price_out(population, terms, compatible(population, terms), patience, seen=heard.append)
    assert all(points >= linear(population, terms) - 1e-6 for points in heard)
    assert heard == sorted(heard, reverse=True)


def test_a_hundred_people_are_priced_from_halves_as_if_all_circles_were_listed():
    people, met = read_population(DATA / "normal-200")
    population, terms = encoded(people[:100], RULES, met)
    prices = price_out(population, terms, compatible(population, terms), Patience())
    assert prices.bound is not None
    assert prices.bound / POINT == pytest.approx(linear(population, terms), abs=CLOSE * 100)


def test_two_hundred_people_get_a_proved_bound_beside_the_search():
    people, met = read_population(DATA / "normal-200")
    proposal = match(people[:150], RULES, met, iterations=300_000, explain=False)
    assert proposal.bound_kind == "lp"
    assert proposal.bound is not None
    assert proposal.score <= proposal.bound < proposal.score + 15


def test_a_bound_does_not_depend_on_time_when_the_budget_is_moves():
    people, met = read_population(DATA / "normal-200")
    first, second = (match(people[:140], RULES, met, iterations=40_000, explain=False) for _ in range(2))
    assert (first.score, first.bound) == (second.score, second.bound)


def test_a_bound_is_heard_of_while_the_search_goes_on():
    people, met = read_population(DATA / "normal-200")
    heard: list[tuple[float, str | None]] = []

    def watch(progress):
        if progress.bound is not None:
            heard.append((progress.bound, progress.bound_kind))
        return len(heard) < 3

    proposal = match(people[:140], RULES, met, seconds=30, progress=watch, explain=False)
    assert len(heard) == 3
    assert heard[0][1] == "lp"
    assert proposal.bound is not None
    assert proposal.bound <= heard[0][0]
