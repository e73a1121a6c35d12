"""What each lock, rule and wish costs: worked out by a job, listed in words, private where it must be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.jobs.models import Job
from circles.models import Cohort, CohortState, Enrollment, Wish, WishKind
from circles.services import searching
from tests.factories import circles as make


@pytest.fixture
def rows(session: Session, matching: Cohort, person: Callable[..., Person]) -> list[Enrollment]:
    """Eight people in two circles; one avoids another, two want to be together."""
    people = [person(name=f"Person {n}", email=f"{n}@example.org", timezone="Europe/Berlin") for n in range(8)]
    made = [make.enrollment(session, matching, one, topics=[f"T{n % 2}"]) for n, one in enumerate(people)]
    for kind, one, other in (("avoid", 0, 5), ("together", 1, 2), ("wish", 3, 6)):
        session.add(Wish(enrollment_id=made[one].id, kind=WishKind(kind), email_key=f"{other}@example.org"))
    session.flush()
    make.draft(session, matching, {"Hazel": made[:4], "Rowan": made[4:]})
    session.commit()
    return made


def test_costs_are_worked_out_and_said(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    rows: list[Enrollment],
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "WHAT_IF_SECONDS", 8.0)
    base = f"/cohorts/{matching.id}/match"
    browser.post(f"{base}/lock", data={"circle": "Rowan", "locked": "1", "revision": "1"})
    assert "Work out the costs" in browser.get(base).text
    address = browser.post(f"{base}/costs").location
    assert "You can close this page" in browser.get(address).text
    assert browser.post(f"{base}/costs").location == address
    run_jobs()
    page = browser.get(address).text
    assert "Rowan stays as it is" in page
    assert "1 wish to avoid" in page
    assert "Person 1 and Person 2 in one circle" in page
    assert "Person 0" not in page
    assert browser.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    kept = session.scalars(select(Job).where(Job.kind == searching.WHAT_IF)).one().result["costs"]
    assert [one["people"] for one in kept if one["kind"] == "avoid"] == [[]]
    browser.post(f"{base}/lock", data={"circle": "Rowan", "locked": "0", "revision": "2"})
    assert "The draft has changed since." in browser.get(address).text


def test_no_circles_and_no_matching_cost_nothing(
    browser: FlaskClient, session: Session, matching: Cohort, rows: list[Enrollment]
) -> None:
    base = f"/cohorts/{matching.id}/match"
    make.draft(session, matching, {}, unplaced=rows)
    session.commit()
    assert "nothing costs anything" in browser.post(f"{base}/costs", follow_redirects=True).text
    matching.state = CohortState.RUNNING
    session.commit()
    assert "not being matched any more" in browser.post(f"{base}/costs", follow_redirects=True).text


def test_outsiders_see_no_costs(
    sign_in: Callable[[Person], FlaskClient],
    browser: FlaskClient,
    outsider: Person,
    matching: Cohort,
    rows: list[Enrollment],
) -> None:
    address = browser.post(f"/cohorts/{matching.id}/match/costs").location
    other = sign_in(outsider)
    assert other.get(address).status_code == 404
    assert other.post(f"/cohorts/{matching.id}/match/costs").status_code == 404
