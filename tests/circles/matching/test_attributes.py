"""Attributes that circles mix, share or leave nobody alone in, against a plain reading of what they mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.matching import Attribute, Candidate, Rules, among_themselves, match, met_pairs, score_circle
from circles.matching.compiled.values import NEVER, evaluate
from circles.matching.encode import POINT, encode_people, encode_terms
from circles.matching.facts import circle_remarks
from tests.circles.matching.strategies import AUTUMN, met_among, populations, rules
from tests.circles.matching.test_match import circles_of, some

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
RULES = Rules(first_day=AUTUMN)
ANSWERS = ("", " ", "a", "b", "c")
TREATMENTS = ("mix", "alike", "not_alone", "ignore")


@st.composite
def asked(draw: st.DrawFn) -> tuple[Attribute, ...]:
    keys = draw(st.lists(st.sampled_from(["q1", "q2", "department", "level"]), min_size=1, max_size=3, unique=True))
    return tuple(
        Attribute(key, key.title(), draw(st.sampled_from(TREATMENTS)), draw(st.sampled_from([0, 5, 10, 33.3])))
        for key in keys
    )


def answering(draw: st.DrawFn, people: list[Candidate]) -> list[Candidate]:
    return [
        replace(person, attributes=(("q1", draw(st.sampled_from(ANSWERS))), ("q2", draw(st.sampled_from(ANSWERS)))))
        for person in people
    ]


def plainly(members: list[Candidate], attribute: Attribute) -> float:
    """The part of an attribute, read off the words."""
    said = [
        (getattr(one, attribute.key) if hasattr(one, attribute.key) else dict(one.attributes)[attribute.key]).strip()
        for one in members
    ]
    if attribute.treat == "not_alone":
        return 1 - sum(answer != "" and said.count(answer) == 1 for answer in said) / len(said)
    pairs = list(combinations(said, 2))
    against = 0
    for one, other in pairs:
        if one and other:
            against += (one == other) if attribute.treat == "mix" else (one != other)
    return 1 - against / len(pairs) if pairs else 1.0


@given(st.data())
@settings(quiet, max_examples=40)
def test_parts_are_what_the_words_say_and_the_search_sees_the_same(data):
    drawn = [replace(one, together=frozenset()) for one in data.draw(populations())]
    people = list(among_themselves(tuple(answering(data.draw, drawn))))
    used = replace(data.draw(rules()), attributes=data.draw(asked()))
    met = met_pairs(data.draw(met_among(people)))
    members = data.draw(st.permutations(people))[: data.draw(st.integers(1, used.size_max))]
    score = score_circle(members, used, met)
    bare = score_circle(members, replace(used, attributes=()), met)
    counted = [one for one in used.attributes if one.treat != "ignore"]
    assert set(score.parts) == {*bare.parts, *(one.part for one in counted)}
    total, points = used.weights.total, bare.quality / 100 * used.weights.total
    for attribute in counted:
        part = plainly(members, attribute)
        assert 0 <= part <= 1
        assert score.parts[attribute.part] == pytest.approx(part)
        total, points = total + attribute.weight, points + attribute.weight * part
    assert score.quality == pytest.approx(100 * points / total)
    population, row = encode_people(people, used, met), np.array([[people.index(one) for one in members]], np.int32)
    words = np.zeros(population.open.shape[1:], dtype=np.uint64)
    value, valid = evaluate(population, encode_terms(used), row, 0, len(members), words)
    if value != NEVER and valid:
        assert value / POINT == pytest.approx(len(members) * score.quality, abs=0.03)


def answers(*given: str, treat: str = "mix", key: str = "team", size: int = 5) -> tuple[list[Candidate], Rules]:
    people = some(max(size, len(given)))
    people = [replace(one, attributes=((key, answer),)) for one, answer in zip(people, given, strict=False)]
    return people, replace(RULES, attributes=(Attribute(key, "Team", treat),))


@pytest.mark.parametrize(
    ("treat", "given", "part", "concerned"),
    [
        ("mix", "abcde", 1.0, 0),
        ("mix", "aabcd", 0.9, 2),
        ("mix", "aaaaa", 0.0, 5),
        ("alike", "aaaaa", 1.0, 0),
        ("alike", "aaaab", 0.6, 1),
        ("not_alone", "aabbb", 1.0, 0),
        ("not_alone", "aaaab", 0.8, 1),
        ("not_alone", "abcde", 0.0, 5),
    ],
)
def test_what_each_treatment_gives(treat, given, part, concerned):
    people, used = answers(*given, treat=treat)
    score = score_circle(people, used)
    assert score.parts["attribute:team"] == pytest.approx(part)
    assert len(score.facts["attribute:team"].people) == concerned


@pytest.mark.parametrize("treat", ["mix", "alike", "not_alone"])
def test_a_blank_answer_says_nothing(treat):
    people, used = answers("", " ", "", "", "", treat=treat)
    assert score_circle(people, used).parts["attribute:team"] == 1
    people, used = answers("a", "", "", "", "", treat=treat)
    assert score_circle(people, used).parts["attribute:team"] == (0.8 if treat == "not_alone" else 1)


def test_the_facts_count_every_answer():
    people, used = answers("Sales", "Legal", "Sales", "", "Sales", treat="not_alone")
    fact = score_circle(people, used).facts["attribute:team"]
    assert fact.values == {"different": 2, "said": 4, "blank": 1, "alone": 1, "=Sales": 3, "=Legal": 1}
    assert list(fact.values)[-2:] == ["=Sales", "=Legal"]
    assert fact.people == ("p1@example.org",)


def test_somebody_alone_is_remarked_where_nobody_should_be():
    people, used = answers("a", "a", "a", "a", "b", treat="not_alone")
    score = score_circle(people, used)
    (remark,) = [one for one in circle_remarks((), score.facts, 9, used) if one.code == "alone"]
    assert (remark.people, remark.values) == (("p4@example.org",), {"attribute": "Team", "people": 1})
    people, used = answers("a", "a", "a", "a", "b", treat="alike")
    assert "alone" not in {one.code for one in circle_remarks((), score_circle(people, used).facts, 9, used)}


def test_the_search_follows_the_attributes():
    people, alike = answers(*"abcde" * 4, treat="alike", size=20)
    found = match(people, replace(alike, attributes=(Attribute("team", "Team", "alike", 50),)), iterations=100_000)
    assert [circle.parts["attribute:team"] for circle in found.circles] == [1, 1, 1, 1, 1]
    mixed = match(people, replace(alike, attributes=(Attribute("team", "Team", "mix", 50),)), iterations=100_000)
    assert [circle.parts["attribute:team"] for circle in mixed.circles] == [1, 1, 1, 1]
    together = match(
        people, replace(alike, attributes=(Attribute("team", "Team", "not_alone", 50),)), iterations=100_000
    )
    assert all(circle.parts["attribute:team"] == 1 for circle in together.circles)


def test_what_is_ignored_changes_nothing():
    people, used = answers(*"abcde" * 4, treat="ignore", size=20)
    plain = match(people, RULES, iterations=20_000)
    ignoring = match(people, used, iterations=20_000)
    assert circles_of(ignoring) == circles_of(plain)
    assert [circle.parts for circle in ignoring.circles] == [circle.parts for circle in plain.circles]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"treat": "scatter"}, "Team: an attribute is"),
        ({"weight": -1}, "Team: a weight must be"),
    ],
)
def test_an_attribute_that_cannot_be_is_refused(how, message):
    with pytest.raises(ValueError, match=message):
        Attribute(**({"key": "team", "name": "Team", "treat": "mix"} | how))


def test_an_attribute_that_comes_twice_is_refused():
    one = Attribute("team", "Team", "mix")
    with pytest.raises(ValueError, match="twice"):
        replace(RULES, attributes=(one, one))
