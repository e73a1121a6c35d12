"""The search for circles: starting, following, its result, and populations that cannot be matched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.jobs.models import Job, JobState
from circles.models import Cohort, CohortState, Enrollment, MatchSearch, Membership, Program, Wish, WishKind
from circles.services import drafting, searching
from tests.factories import circles as make


@pytest.fixture(autouse=True)
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of one second instead of ten."""
    plain = searching.start_search

    def shorter(*args: object, **values: object) -> MatchSearch:
        return plain(*args, **{**values, "seconds": 1.0, "seed": 1})  # type: ignore[arg-type]

    monkeypatch.setattr(searching, "start_search", shorter)


def enroll(session: Session, cohort: Cohort, person: Callable[..., Person], count: int, **fields: object) -> None:
    """Enroll so many people."""
    for number in range(count):
        make.enrollment(session, cohort, person(timezone="Europe/Berlin", department=f"D{number % 4}"), **fields)
    session.commit()


def search(browser: FlaskClient, cohort: Cohort, run_jobs: Callable[[], int]) -> str:
    """Search; the board afterwards."""
    answer = browser.post(f"/cohorts/{cohort.id}/match/search", data={"seconds": "10"})
    assert answer.status_code == 302
    run_jobs()
    assert browser.get(answer.location).location == f"/cohorts/{cohort.id}/match"
    return browser.get(f"/cohorts/{cohort.id}/match?show=all").text


def test_finds_circles_and_goes_on_without_the_page(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    enroll(session, matching, person, 9)
    assert "9 enrolled people are matched" in browser.get(f"/cohorts/{matching.id}/match").text
    answer = browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    assert "You can close this page" in browser.get(answer.location).text
    part = browser.get(answer.location, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    again = browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    assert again.location == answer.location
    run_jobs()
    done = browser.get(answer.location, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == f"/cohorts/{matching.id}/match"
    page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
    assert "of 9" in page
    assert "All kept" in page


def test_keeps_what_the_lead_kept_and_leaves_out_whom_they_left_out(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    enroll(session, matching, person, 10)
    rows = session.scalars(select(Enrollment)).all()
    made = make.draft(session, matching, {"Hazel": rows[:3]}, unplaced=rows[3:])
    session.commit()
    base = f"/cohorts/{matching.id}/match"
    browser.post(f"{base}/lock", data={"circle": "Hazel", "locked": "1", "revision": made.revision})
    browser.post(f"{base}/exclude", data={"person": str(rows[9].id), "excluded": "1", "revision": made.revision + 1})
    search(browser, matching, run_jobs)
    session.expire_all()
    current = drafting.latest(session, session.get_one(Cohort, matching.id))
    assert current is not None
    document = make.document(session, current)
    hazel = next(one for one in document["circles"] if one["name"] == "Hazel")
    assert set(hazel["members"]) == {str(row.id) for row in rows[:3]}
    assert hazel["locked"]
    left = {entry["enrollment"]: entry for entry in document["unplaced"]}
    assert left[str(rows[9].id)]["excluded"]
    assert current.action == "match"


def test_one_person_is_told_to_be_too_few(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    enroll(session, matching, person, 1)
    page = search(browser, matching, run_jobs)
    assert "There is 1 person, and a circle needs 3." in page
    assert "No circle could be formed" in page


def test_everyone_unavailable_is_told_one_by_one(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    enroll(session, matching, person, 5, available="", preferred="")
    page = search(browser, matching, run_jobs)
    assert page.count("No hours are marked.") == 5
    assert "Ask for more hours" in page


def test_nobody_enrolled_cannot_be_searched(browser: FlaskClient, session: Session, matching: Cohort) -> None:
    assert "Nobody to match" in browser.get(f"/cohorts/{matching.id}/match").text
    answer = browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    assert answer.status_code == 409
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_an_open_cohort_cannot_be_searched(
    browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
) -> None:
    enroll(session, cohort, person, 5)
    assert "Close enrollment first" in browser.get(f"/cohorts/{cohort.id}/match").text
    assert browser.post(f"/cohorts/{cohort.id}/match/search", data={"seconds": "10"}).status_code == 409


@pytest.mark.parametrize("seconds", ["", "0", "86400", "long"])
def test_the_time_is_one_of_those_offered(browser: FlaskClient, matching: Cohort, seconds: str) -> None:
    assert browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": seconds}).status_code == 422


def test_a_draft_changed_meanwhile_stays_and_the_search_says_so(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    lead: Person,
) -> None:
    enroll(session, matching, person, 6)
    rows = session.scalars(select(Enrollment)).all()
    made = make.draft(session, matching, {"Hazel": rows[:3], "Rowan": rows[3:]})
    session.commit()
    plain = drafting.pairs_met

    def changed_meanwhile(*args: object) -> object:
        cohort = session.get_one(Cohort, matching.id)
        drafting.lock(session, cohort, made.revision, "Hazel", locked=True, actor=lead, at=clock.now())
        return plain(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(drafting, "pairs_met", changed_meanwhile)
    answer = browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    run_jobs()
    assert session.scalars(select(Job.state).where(Job.kind == searching.MATCH)).one() is JobState.DEAD
    assert "The search ended without a result" in browser.get(answer.location).text
    session.expire_all()
    assert session.get_one(Cohort, matching.id).draft_revision == made.revision + 1


def test_a_cohort_reopened_meanwhile_keeps_its_draft(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    enroll(session, matching, person, 6)
    browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    matching.state = CohortState.ENROLLING
    session.commit()
    run_jobs()
    session.expire_all()
    assert session.get_one(Cohort, matching.id).draft_revision == 0


def test_outsiders_see_no_search(
    sign_in: Callable[[Person], FlaskClient],
    browser: FlaskClient,
    outsider: Person,
    session: Session,
    matching: Cohort,
    cohort: Cohort,
    person: Callable[..., Person],
) -> None:
    enroll(session, matching, person, 5)
    address = browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"}).location
    other = sign_in(outsider)
    assert other.get(address).status_code == 404
    assert other.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"}).status_code == 404
    job = address.rsplit("/", 1)[-1]
    assert browser.get(f"/cohorts/{cohort.id}/match/search/{job}").status_code == 404


class TestContradictions:
    """What stands in the way is said before the search, with the people it concerns."""

    def test_closing_enrollment_looks_for_them_and_names_people(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        person: Callable[..., Person],
        run_jobs: Callable[[], int],
    ) -> None:
        names = ("Ann", "Bo", "Cy", "Di", "Eva", "Flo")
        rows = [
            make.enrollment(session, cohort, person(name=name, email=f"{name}@example.org", timezone="Europe/Berlin"))
            for name in names
        ]
        for one, other, kind in ((0, "bo", "together"), (2, "di", "together"), (3, "cy", "avoid"), (4, "x", "avoid")):
            session.add(Wish(enrollment_id=rows[one].id, kind=WishKind(kind), email_key=f"{other}@example.org"))
        rows[1].languages = ["sv"]
        rows[5].available = rows[5].preferred = ""
        session.commit()
        browser.post(f"/cohorts/{cohort.id}/step/matching")
        page = browser.get(f"/cohorts/{cohort.id}/match").text
        assert "being looked through" in page
        run_jobs()
        page = browser.get(f"/cohorts/{cohort.id}/match").text
        assert "Ann and Bo: People who belong together have no language in common." in page
        assert "2 people who belong together cannot all be in one circle." in page
        assert "Flo: No hours are marked." in page
        for private in ("Cy", "Di", "x@example.org"):
            assert private not in page.partition('id="contradictions"')[2].partition("</section>")[0]
        rows[1].languages, rows[5].available = ["en"], make.OFFICE_HOURS
        session.execute(delete(Wish).where(Wish.kind == WishKind.AVOID))
        session.commit()
        browser.post(f"/cohorts/{cohort.id}/match/check")
        run_jobs()
        assert "No answers contradict each other." in browser.get(f"/cohorts/{cohort.id}/match").text

    def test_outsiders_look_for_none(
        self, sign_in: Callable[[Person], FlaskClient], outsider: Person, session: Session, matching: Cohort
    ) -> None:
        assert sign_in(outsider).post(f"/cohorts/{matching.id}/match/check").status_code == 404
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_people_met_in_any_cohort_count_also_when_they_left(
    session: Session, matching: Cohort, person: Callable[..., Person], program: Program
) -> None:
    ann, bo, cy = (person(name=name, email=f"{name}@example.org") for name in ("ann", "bo", "cy"))
    for number, members in enumerate(((ann, bo), (bo, cy))):
        before = make.cohort(session, program, state=CohortState.FINISHED)
        circle = make.circle(session, before, members)
        if number:
            for membership in session.scalars(select(Membership).where(Membership.circle_id == circle.id)):
                membership.left_at = clock.now()
    for one in (ann, bo, cy):
        make.enrollment(session, matching, one)
    session.flush()
    met = {frozenset(pair) for pair in drafting.pairs_met(session, drafting.waiting_people(matching))}
    assert met == {frozenset(("ann@example.org", "bo@example.org")), frozenset(("bo@example.org", "cy@example.org"))}
