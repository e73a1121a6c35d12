"""A number of moves gives the same circles however the work falls on cores, and a time leaves room for what follows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Lock as Mutex
from time import perf_counter, sleep

import pytest

from circles.matching import Rules, ending, match, search, seating
from circles.matching.case import sort_out
from circles.matching.ending import Ending
from circles.matching.search import LEAST, Budget
from circles.matching.seating import Chain, Found
from tests.benchmarks.people_file import DATA, read_population
from tests.circles.matching.strategies import AUTUMN
from tests.circles.matching.test_match import circles_of

RULES = Rules(first_day=AUTUMN)


def hold_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other piece of work begins late, whichever worker it belongs to."""
    delays: Iterator[float] = cycle([0.0, 0.004, 0.001, 0.0, 0.003])
    mutex, work = Mutex(), Chain._run

    def late(self: Chain, *how: object) -> None:
        with mutex:
            delay = next(delays)
        sleep(delay)
        work(self, *how)

    monkeypatch.setattr(Chain, "_run", late)


def take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """All work falls on one thread."""
    for module in (search, seating):
        monkeypatch.setattr(module, "ThreadPoolExecutor", lambda workers: ThreadPoolExecutor(1))


@pytest.mark.parametrize("name", ["normal-50", "normal-500"])
@pytest.mark.parametrize("disturb", [hold_up, take_turns])
def test_the_same_moves_give_the_same_circles_however_the_work_is_shared_out(monkeypatch, name, disturb):
    people, met = read_population(DATA / name)
    plain = match(people, RULES, met, iterations=150_000, seed=3)
    disturb(monkeypatch)
    assert circles_of(match(people, RULES, met, iterations=150_000, seed=3)) == circles_of(plain)


@pytest.fixture
def ending_of(monkeypatch):
    """An ending on which putting a circle into words takes so many seconds, by a clock of its own."""
    people, met = read_population(DATA / "normal-50")
    case = sort_out(people, RULES, met, ())
    spent = 0.0

    def make(a_circle: float, asked: float) -> Ending:
        def slowly(case: object, circles: list[object], *, explain: bool) -> tuple[()]:
            nonlocal spent
            spent += a_circle * len(circles)
            return ()

        monkeypatch.setattr(ending, "propose", slowly)
        monkeypatch.setattr(ending, "perf_counter", lambda: spent)
        return Ending(case, Budget(perf_counter(), asked), explain=False)

    return make


def seated(circles: int) -> Found:
    return Found(tuple((4 * one, 4 * one + 1, 4 * one + 2, 4 * one + 3) for one in range(circles)), (), 0)


def test_the_time_for_the_words_is_kept_as_they_are_measured(ending_of):
    watched = ending_of(0.5, 1000)
    watched.look(seated(10))
    assert 5 <= watched.budget.reserve.seconds <= 1.2 * 5 + 5
    assert watched.budget.seconds == 1000 - watched.budget.reserve.seconds
    assert watched.budget.part(0.5).seconds == watched.budget.seconds / 2


def test_slow_words_leave_some_time_for_the_search(ending_of):
    watched = ending_of(100, 1000)
    watched.look(seated(12))
    assert watched.budget.seconds == LEAST * 1000


def test_nothing_is_measured_for_a_number_of_moves(ending_of):
    watched = ending_of(1, 1000)
    watched.budget = Budget(0.0, moves=10)
    watched.look(seated(5))
    assert watched.budget.reserve.seconds == 0
    assert watched.budget.seconds is None
