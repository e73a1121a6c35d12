"""The search as a job: what it stores on the way, going on after a lost worker, stopping and giving up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from app import clock
from app.accounts.models import Person
from app.db import unit_writes
from app.jobs.models import Job, JobState
from circles import jobs, matching
from circles.matching.proposal import Progress
from circles.models import Cohort, CohortState, DraftCircle, DraftLeft, MatchDraft, MatchSearch
from circles.services import drafting, searching
from tests.factories import circles as make

Match = Callable[..., Any]


class Killed(BaseException):
    """What stands for kill -9: nothing of the worker's own runs afterwards."""


@pytest.fixture
def cohort(session: Session, lead: Person, person: Callable[..., Person]) -> Cohort:
    """Twelve people waiting for circles of 3 to 5."""
    sizes = {"size_min": 3, "size_target": 4, "size_max": 5}
    made = make.cohort(session, make.program(session, lead), state=CohortState.MATCHING, **sizes)
    for number in range(12):
        someone = person(name=f"Person {number}", timezone="Europe/Berlin", department=f"D{number % 4}")
        make.enrollment(session, made, someone, topics=[f"T{number % 3}"])
    session.commit()
    return made


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person(name="Marcus Adeyemi")


@pytest.fixture
def browser(sign_in: Callable[[Person], FlaskClient], lead: Person) -> FlaskClient:
    """The lead's browser."""
    return sign_in(lead)


@pytest.fixture
def search(session: Session, cohort: Cohort, lead: Person, monkeypatch: pytest.MonkeyPatch) -> MatchSearch:
    """A search that was started, telling of every tick."""
    monkeypatch.setattr(jobs, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(jobs, "SEAT_EVERY", 0.0)
    made = searching.start_search(session, cohort, seconds=1.0, seed=3, actor=lead, at=clock.now())
    session.commit()
    return made


def seating(session: Session, search: MatchSearch) -> Sequence[Sequence[str]] | None:
    """The best that is stored."""
    found = session.scalars(
        select(MatchSearch)
        .where(MatchSearch.id == search.id)
        .options(undefer(MatchSearch.seating))
        .execution_options(populate_existing=True)
    ).one()
    return searching.unpacked(found.seating) if found.seating else None


def watching(monkeypatch: pytest.MonkeyPatch, watch: Callable[[Progress], None]) -> list[dict[str, Any]]:
    """Let something happen after each tick of the search; what `match` was called with."""
    plain: Match = matching.match
    calls: list[dict[str, Any]] = []

    def match(*args: Any, progress: Callable[[Progress], bool], **values: Any) -> Any:
        calls.append(values)

        def tick(now: Progress) -> bool:
            going = progress(now)
            watch(now)
            return going

        return plain(*args, progress=tick, **values)

    monkeypatch.setattr(jobs, "match", match)
    return calls


def test_a_killed_search_goes_on_from_the_best_it_had(
    browser: FlaskClient,
    session: Session,
    cohort: Cohort,
    search: MatchSearch,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain: Match = matching.match
    calls: list[dict[str, Any]] = []

    def match(
        people: Sequence[matching.Candidate], *args: Any, progress: Callable[[Progress], bool], **more: Any
    ) -> Any:
        calls.append(more)
        if len(calls) > 1:
            return plain(people, *args, progress=progress, **more)
        circles = (tuple(one.key for one in people[:4]), tuple(one.key for one in people[4:8]))
        progress(Progress(0.4, 0.5, 30.0, 8, len(people), None, seats=lambda: circles))
        raise Killed

    monkeypatch.setattr(jobs, "match", match)
    with pytest.raises(Killed):
        run_jobs()
    session.rollback()
    kept = seating(session, search)
    assert kept is not None
    assert [len(circle) for circle in kept] == [4, 4]
    assert (search.share, search.score, search.placed, search.used) == (0.4, 30.0, 8, 0.5)
    page = browser.get(f"/cohorts/{cohort.id}/match/search/{search.job_id}").text
    assert "Stop and use this" in page
    assert "of 12" in page
    assert page.count("member-ring") == 2
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        run_jobs()
    assert [call["resume"] for call in calls] == [None, kept]
    assert calls[1]["done"] == 0.4
    session.expire_all()
    assert search.used > 0.5
    current = drafting.latest(session, cohort)
    assert current is not None
    assert current.search_id == search.id
    assert current.score > 30
    assert seating(session, search) is None


def test_people_are_read_without_keeping_others_from_writing(
    browser: FlaskClient,
    cohort: Cohort,
    search: MatchSearch,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bool] = []
    enrolled = drafting.enrolled

    def watched(*arguments: Any) -> Any:
        read.append(unit_writes.get())
        return enrolled(*arguments)

    monkeypatch.setattr(drafting, "enrolled", watched)
    browser.post(f"/cohorts/{cohort.id}/match/check")
    monkeypatch.setattr(searching, "WHAT_IF_SECONDS", 0.5)
    run_jobs()
    browser.post(f"/cohorts/{cohort.id}/match/costs")
    run_jobs()
    assert read == [False, False, False]


def test_the_lead_uses_what_there_is(
    browser: FlaskClient,
    session: Session,
    cohort: Cohort,
    search: MatchSearch,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"/cohorts/{cohort.id}/match/search/{search.job_id}"
    assert "nothing yet" in browser.post(f"{address}/stop", follow_redirects=True).text
    shares: list[float] = []

    def stop(now: Progress) -> None:
        shares.append(now.share)
        session.get_one(MatchSearch, search.id).stop_asked = True
        session.commit()

    watching(monkeypatch, stop)
    run_jobs()
    session.expire_all()
    assert cohort.draft_revision == 1
    assert len(shares) < 4
    assert "ended already" in browser.post(f"{address}/stop", follow_redirects=True).text


@pytest.mark.parametrize("running", [True, False])
def test_a_search_that_is_given_up_leaves_the_draft(
    browser: FlaskClient,
    session: Session,
    cohort: Cohort,
    search: MatchSearch,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    running: bool,
) -> None:
    address = f"/cohorts/{cohort.id}/match/search/{search.job_id}/cancel"

    def cancel(_now: Progress) -> None:
        assert browser.post(address).status_code == 302

    if running:
        watching(monkeypatch, cancel)
    else:
        assert "The search is given up." in browser.post(address, follow_redirects=True).text
    run_jobs()
    session.expire_all()
    assert cohort.draft_revision == 0
    state = session.get_one(Job, search.job_id).state
    assert state is (JobState.DONE if running else JobState.CANCELLED)
    page = browser.get(f"/cohorts/{cohort.id}/match").text
    assert "How long to search" in page


def test_what_no_revision_shows_is_forgotten_by_the_next_search(
    session: Session, cohort: Cohort, lead: Person, search: MatchSearch, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    session.expire_all()
    again = searching.start_search(session, cohort, seconds=0.5, seed=4, actor=lead, at=clock.now())
    session.commit()
    gone = again.id
    run_jobs()
    session.expire_all()
    assert cohort.draft_revision == 2
    drafting.undo(session, cohort, 2, actor=lead, at=clock.now())
    person = make.document(session, session.scalars(select(MatchDraft).where(MatchDraft.revision == 1)).one())
    drafting.move(session, cohort, 1, person["circles"][0]["members"][0], None, actor=lead, at=clock.now())
    session.commit()
    third = searching.start_search(session, cohort, seconds=0.5, seed=5, actor=lead, at=clock.now())
    session.commit()
    run_jobs()
    session.expire_all()
    left = set(session.scalars(select(MatchSearch.id)))
    assert left == {search.id, third.id}
    assert gone not in set(session.scalars(select(DraftCircle.search_id)))


def test_undo_and_a_new_change_give_the_rows_back(
    session: Session, cohort: Cohort, lead: Person, search: MatchSearch, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    session.expire_all()

    def now() -> dict[str, Any]:
        current = drafting.latest(session, cohort)
        assert current is not None
        return make.document(session, current)

    before = now()
    person = before["circles"][0]["members"][0]
    drafting.move(session, cohort, 1, person, None, actor=lead, at=clock.now())
    assert len(now()["unplaced"]) == len(before["unplaced"]) + 1
    drafting.move(session, cohort, 2, person, before["circles"][0]["name"], actor=lead, at=clock.now())
    assert len(now()["unplaced"]) == len(before["unplaced"])
    drafting.undo(session, cohort, 3, actor=lead, at=clock.now())
    drafting.undo(session, cohort, 2, actor=lead, at=clock.now())
    assert now() == before
    drafting.lock(session, cohort, 1, before["circles"][1]["name"], locked=True, actor=lead, at=clock.now())
    after = now()
    assert [one["members"] for one in after["circles"]] == [one["members"] for one in before["circles"]]
    rows = session.scalar(select(func.count()).select_from(DraftCircle))
    assert rows == len(before["circles"]) + 1
    assert session.scalar(select(func.count()).select_from(DraftLeft)) == len(before["unplaced"])


def test_only_so_many_revisions_are_kept(
    session: Session, cohort: Cohort, lead: Person, search: MatchSearch, run_jobs: Callable[[], int]
) -> None:
    run_jobs()
    session.expire_all()
    current = drafting.latest(session, cohort)
    assert current is not None
    name = make.document(session, current)["circles"][0]["name"]
    for number in range(drafting.KEPT_REVISIONS + 5):
        drafting.lock(session, cohort, 1 + number, name, locked=number % 2 == 0, actor=lead, at=clock.now())
    kept = session.scalar(select(func.count()).select_from(MatchDraft))
    assert kept == drafting.KEPT_REVISIONS
    versions = session.scalar(select(func.count()).where(DraftCircle.name == name))
    assert versions == drafting.KEPT_REVISIONS
