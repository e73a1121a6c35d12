"""The steps of a cohort, each confirmed on a page that says what it does to how many."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from circles.models import Cohort, CohortState, EnrollmentState
from circles.services import cohorts
from tests.factories import circles as make


def step(browser: FlaskClient, cohort: Cohort, target: str) -> int:
    """Confirm a step; the status of the answer."""
    return browser.post(f"/cohorts/{cohort.id}/step/{target}").status_code


def test_opening_says_so_and_makes_the_link(
    browser: FlaskClient, session: Session, cohort: Cohort, flask_app: Flask
) -> None:
    cohort.state = CohortState.DRAFT
    session.commit()
    page = browser.get(f"/cohorts/{cohort.id}/step/enrolling").text
    assert "No mail is sent until you invite people." in page
    assert "Managers do not take part." in page
    assert session.get_one(Cohort, cohort.id).state is CohortState.DRAFT
    assert step(browser, cohort, "enrolling") == 302
    assert cohort.state is CohortState.ENROLLING
    key = flask_app.config["SECRET_KEY"]
    assert cohorts.standing_join_secret(session, cohort, key, at=clock.now()) is not None


def test_closing_counts_who_is_matched_and_who_is_not(
    browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
) -> None:
    states = {EnrollmentState.ENROLLED: 3, EnrollmentState.APPLIED: 2, EnrollmentState.INVITED: 1}
    for state, count in states.items():
        for _number in range(count):
            make.enrollment(session, cohort, person(), state=state)
    session.commit()
    page = browser.get(f"/cohorts/{cohort.id}/step/matching").text
    assert "3 enrolled people will be matched." in page
    assert "2 people still wait for your approval" in page
    assert "1 invited person has not answered" in page
    assert step(browser, cohort, "matching") == 302
    assert cohort.state is CohortState.MATCHING
    assert "3 enrolled people" in browser.get(f"/cohorts/{cohort.id}/step/enrolling").text
    assert step(browser, cohort, "enrolling") == 302
    assert cohort.state is CohortState.ENROLLING


def test_an_empty_cohort_is_not_matched(browser: FlaskClient, session: Session, cohort: Cohort) -> None:
    page = browser.get(f"/cohorts/{cohort.id}/step/matching", follow_redirects=True)
    assert page.request.path == f"/cohorts/{cohort.id}"
    assert "Nobody has enrolled yet, so there is nobody to match." in page.text
    answer = browser.post(f"/cohorts/{cohort.id}/step/matching")
    assert answer.status_code == 409
    assert "Nobody has enrolled yet" in answer.text
    session.expire_all()
    assert session.get_one(Cohort, cohort.id).state is CohortState.ENROLLING


def test_a_draft_comes_back_only_while_nobody_was_invited(
    browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
) -> None:
    assert step(browser, cohort, "draft") == 302
    cohort.state = CohortState.ENROLLING
    make.enrollment(session, cohort, person(), state=EnrollmentState.INVITED)
    session.commit()
    assert step(browser, cohort, "draft") == 409


def test_finishing_cannot_be_undone_and_says_so(browser: FlaskClient, session: Session, cohort: Cohort) -> None:
    cohort.state = CohortState.RUNNING
    session.commit()
    assert "This cannot be undone." in browser.get(f"/cohorts/{cohort.id}/step/finished").text
    assert step(browser, cohort, "finished") == 302
    assert cohort.finished_at is not None


@pytest.mark.parametrize(("target", "status"), [("finished", 409), ("running", 404), ("nonsense", 404)])
def test_steps_that_do_not_follow(browser: FlaskClient, cohort: Cohort, target: str, status: int) -> None:
    assert browser.get(f"/cohorts/{cohort.id}/step/{target}").status_code == status
    assert step(browser, cohort, target) == status


def test_outsiders_take_no_step(
    sign_in: Callable[[Person], FlaskClient], outsider: Person, session: Session, cohort: Cohort
) -> None:
    browser = sign_in(outsider)
    for target in ("draft", "enrolling", "matching", "finished"):
        assert browser.get(f"/cohorts/{cohort.id}/step/{target}").status_code == 404
        assert step(browser, cohort, target) == 404
    session.expire_all()
    assert session.get_one(Cohort, cohort.id).state is CohortState.ENROLLING
