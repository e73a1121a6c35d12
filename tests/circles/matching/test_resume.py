"""A search that is watched, stopped, cut off and taken up again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from circles.matching import Lock, Progress, Rules, among_themselves, match
from tests.benchmarks.people_file import DATA, read_population
from tests.benchmarks.scorer import audit
from tests.circles.matching.strategies import AUTUMN
from tests.circles.matching.test_match import check, circles_of, some

RULES = Rules(first_day=AUTUMN)


def watched(name: str, **how: object) -> tuple[list[Progress], Progress]:
    """What the watcher saw, and the last of it before the search was cut off."""
    people, met = read_population(DATA / name)
    seen: list[Progress] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return progress.share < 0.5

    match(people, RULES, met, progress=watch, iterations=300_000, **how)
    return seen, seen[-1]


@pytest.mark.parametrize("name", ["normal-50", "normal-500"])
def test_progress_shows_the_circles_behind_its_score(name):
    people, met = read_population(DATA / name)
    _, last = watched(name)
    found = audit(people, RULES, met, last.best)
    assert (found.violations, found.placed) == ((), last.placed)
    assert found.score == pytest.approx(last.score, abs=0.01)


def test_a_search_that_was_cut_off_goes_on_where_it_was():
    people, met = read_population(DATA / "normal-500")
    _, last = watched("normal-500")
    fresh = match(people, RULES, met, iterations=60_000)
    again = match(people, RULES, met, iterations=300_000, resume=last.best, done=0.9)
    check(people, RULES, met, again)
    assert again.score > max(fresh.score, last.score)
    same = match(people, RULES, met, iterations=300_000, resume=last.best, done=0.9)
    assert circles_of(same) == circles_of(again)


def test_the_share_goes_on_from_what_was_done():
    people, met = read_population(DATA / "normal-50")
    shares: list[float] = []

    def watch(progress: Progress) -> bool:
        shares.append(progress.share)
        return True

    match(people, RULES, met, iterations=200_000, resume=[], done=0.6, progress=watch)
    assert min(shares) >= 0.6
    assert max(shares) <= 1


def test_people_who_left_or_joined_since_are_no_hindrance():
    people, met = read_population(DATA / "normal-50")
    before = match(people, RULES, met, iterations=50_000)
    old = [list(circle.members) for circle in before.circles]
    old[0].append("gone@example.org")
    old[1].append(old[2][0])
    now = list(among_themselves((*people[6:], *some(3))))
    proposal = match(now, RULES, met, iterations=20_000, resume=old, done=0.95)
    check(now, RULES, met, proposal)


def test_people_who_belong_together_since_are_joined():
    people, met = read_population(DATA / "normal-50")
    before = match(people, RULES, met, iterations=50_000)
    one, other = before.circles[0].members[0], before.circles[1].members[0]
    changed = [
        replace(person, together=frozenset({other}), avoid=frozenset()) if person.key == one else person
        for person in people
    ]
    proposal = match(changed, RULES, met, iterations=20_000, done=0.9, resume=[one.members for one in before.circles])
    check(changed, RULES, met, proposal)


def test_locked_circles_come_first_in_what_is_shown():
    people, met = read_population(DATA / "normal-50")
    before = match(people, RULES, met, iterations=20_000)
    lock = Lock("Ours", before.circles[3].members)
    seen: list[Progress] = []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return True

    proposal = match(people, RULES, met, iterations=20_000, locked=[lock], progress=watch)
    assert all(progress.best[0] == lock.members for progress in seen)
    assert proposal.circles[0].members == lock.members


def test_an_interim_proposal_has_scores_but_no_explanations():
    people, met = read_population(DATA / "normal-50")
    plain = match(people, RULES, met, iterations=20_000, explain=False)
    full = match(people, RULES, met, iterations=20_000)
    assert circles_of(plain) == circles_of(full)
    assert plain.score == full.score
    assert all(not circle.slots and not circle.facts and not circle.remarks for circle in plain.circles)
    assert [one.key for one in plain.unplaced] == [one.key for one in full.unplaced]


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share done"):
        match(some(5), RULES, iterations=10, resume=[], done=share)
