"""The lead's report: from shown changes only, stored, at most weekly, and never about fewer than five people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError
from circles.models import Circle, Cohort, CohortState, EnrollmentState
from practices.models import FollowUp, Occasion, ReportSnapshot, Status
from practices.queries.figures import latest_figures
from practices.services import changes, reports
from tests.factories import accounts
from tests.factories import circles as make_circles
from tests.factories import practices as make
from tests.practices.conftest import NOW

SignIn = Callable[[Person], FlaskClient]
RunJobs = Callable[[], int]


@pytest.fixture
def lead(session: Session, travel: time_machine.Traveller) -> Person:
    return accounts.person(session, name="Marcus Adeyemi", timezone="Europe/Berlin")


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    return make_circles.cohort(session, make_circles.program(session, lead), state=CohortState.RUNNING, name="Spring")


def members(session: Session, cohort: Cohort, number: int, department: str) -> tuple[Circle, list[Person]]:
    """A circle of so many new people in one department."""
    people = [accounts.person(session, name=f"{department} {index}", department=department) for index in range(number)]
    return make_circles.circle(session, cohort, people), people


def take(session: Session, cohort: Cohort, at: datetime) -> None:
    """Count and keep, as the job does."""
    made = reports.count_cohort(session, cohort, {}, "", language="en", at=at)
    assert made is not None
    reports.keep_figures(session, cohort.id, made, at=at)


def make_figures(session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs) -> None:
    reports.start_report(session, cohort, actor=lead, at=NOW)
    session.commit()
    run_jobs()
    session.expire_all()


def test_only_what_is_shown_to_a_circle_is_counted(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs
) -> None:
    circle, people = members(session, cohort, 8, "Operations")
    for person in people:
        make.check_in(session, make.change(session, person, circle, shown=True), 7, 3, status=Status.FULLY)
    make.change(session, people[0], circle, after="Mine alone.")
    old = make.change(session, people[1], circle, shown=True, after="Old.")
    changes.replace(session, old, changes.Statement("New."), today=date(2026, 10, 1), actor=people[1], at=NOW)
    make_figures(session, cohort, lead, run_jobs)
    report = latest_figures(session, cohort.id)
    assert report is not None
    figures = report.total.figures
    assert (figures["people"], figures["answered"], figures["changes"]) == (8, 8, 9)
    assert (figures["in_use"], figures["not_yet"], figures["no_answer"]) == (8, 1, 0)
    assert report.before_after.total.figures["start_1"] == report.before_after.total.figures["latest_3"] == 8
    assert {row.label: row.hidden for row in report.areas.rows} == {
        "Not said": "few",
        "Showing work early": "complement",
    }


def test_the_rows_that_the_rule_hides_hold_no_figures(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs, sign_in: SignIn
) -> None:
    for number, department in ((9, "Operations"), (6, "Sales"), (3, "Legal")):
        circle, people = members(session, cohort, number, department)
        for person in people:
            make.change(session, person, circle, shown=True, after=f"{person.name} does it.")
    make_figures(session, cohort, lead, run_jobs)
    report = latest_figures(session, cohort.id)
    assert report is not None
    rows = {row.label: (row.hidden, dict(row.figures)) for row in report.departments.rows}
    assert rows["Legal"] == ("few", {})
    assert rows["Sales"] == ("complement", {})
    assert rows["Operations"][0] is None
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/report").text
    assert "hidden, fewer than five people" in page
    assert "hidden, so that Legal cannot be worked out" in page
    assert "does it." not in page


def test_fewer_than_five_people_show_nothing(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs, sign_in: SignIn
) -> None:
    circle, people = members(session, cohort, 4, "Operations")
    for person in people:
        make.change(session, person, circle, shown=True)
    make_figures(session, cohort, lead, run_jobs)
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/report").text
    assert "Fewer than five people have answered" in page
    assert "Showing work early" not in page
    assert circle.name in page


def test_a_question_that_is_due_and_unanswered_outweighs_the_status(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs
) -> None:
    circle, people = members(session, cohort, 7, "Operations")
    for index, person in enumerate(people):
        change = make.change(session, person, circle, shown=True)
        make.check_in(session, change, 7, 3, status=Status.FULLY)
        if index < 2:
            session.add(FollowUp(change_id=change.id, occasion=Occasion.END, due_on=NOW.date()))
            session.add(FollowUp(change_id=change.id, occasion=Occasion.DAY_30, due_on=NOW.date() + timedelta(30)))
    make_figures(session, cohort, lead, run_jobs)
    report = latest_figures(session, cohort.id)
    assert report is not None
    figures = report.total.figures
    assert (figures["in_use"], figures["no_answer"], figures["answered"]) == (5, 2, 5)


def test_who_withdrew_from_the_cohort_is_not_in_it(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs
) -> None:
    circle, people = members(session, cohort, 6, "Operations")
    for person in people:
        make.change(session, person, circle, shown=True)
    left = session.scalars(
        select(make_circles.Enrollment).where(make_circles.Enrollment.person_id == people[0].id)
    ).one()
    left.state = EnrollmentState.WITHDRAWN
    make_figures(session, cohort, lead, run_jobs)
    report = latest_figures(session, cohort.id)
    assert report is not None
    assert report.total.figures["people"] == report.total.figures["changes"] == 5


def test_figures_are_made_once_a_week(
    session: Session,
    cohort: Cohort,
    lead: Person,
    run_jobs: RunJobs,
    sign_in: SignIn,
    travel: time_machine.Traveller,
) -> None:
    circle, people = members(session, cohort, 6, "Operations")
    for person in people:
        make.change(session, person, circle, shown=True)
    session.commit()
    browser, address = sign_in(lead), f"/cohorts/{cohort.id}/report"
    assert "Make today’s figures" in browser.get(address).text
    browser.post(address)
    assert "are being made" in browser.get(address).text
    run_jobs()
    assert "The next ones can be made on 21 October 2026." in browser.get(address).text
    assert "once a week" in browser.post(address, follow_redirects=True).text
    with pytest.raises(DomainError):
        reports.start_report(session, cohort, actor=lead, at=NOW + timedelta(days=6))
    travel.move_to(NOW + timedelta(days=7))
    browser.post(address)
    run_jobs()
    session.expire_all()
    assert len(session.scalars(select(ReportSnapshot)).all()) == 2


def test_a_row_stands_until_five_peoples_answers_changed(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs
) -> None:
    circle, people = members(session, cohort, 10, "Operations")
    made = [make.change(session, person, circle, shown=True) for person in people]
    make_figures(session, cohort, lead, run_jobs)
    for number, expected in ((4, 0), (5, 5)):
        for change in made[:number]:
            changes.set_status(session, change, Status.FULLY, on=NOW.date(), at=NOW)
        later = NOW + timedelta(days=7 if number == 4 else 14)
        take(session, cohort, later)
        report = latest_figures(session, cohort.id)
        assert report is not None
        assert report.total.figures["in_use"] == expected
        assert report.total.as_of == (NOW.date() if number == 4 else later.date())


def test_only_leads_of_the_program_get_it(
    session: Session, cohort: Cohort, lead: Person, run_jobs: RunJobs, sign_in: SignIn, outsider: Person
) -> None:
    _circle, people = members(session, cohort, 6, "Operations")
    admin = accounts.person(session, name="Ada Admin", is_administrator=True)
    make_figures(session, cohort, lead, run_jobs)
    for reader in (outsider, people[0], admin):
        browser = sign_in(reader)
        for address in (f"/cohorts/{cohort.id}/report", "/reports"):
            assert browser.get(address).status_code == 404
        assert browser.post(f"/cohorts/{cohort.id}/report").status_code == 404
        assert browser.post(f"/cohorts/{cohort.id}/report/pdf").status_code == 404
    assert "figures of 14 October 2026" in sign_in(lead).get("/reports").text


def test_without_figures_there_is_no_pdf(cohort: Cohort, lead: Person, sign_in: SignIn) -> None:
    browser = sign_in(lead)
    assert "No figures yet" in browser.get(f"/cohorts/{cohort.id}/report").text
    assert browser.post(f"/cohorts/{cohort.id}/report/pdf").status_code == 404


def test_the_page_and_the_figures_take_a_fixed_number_of_queries(
    session: Session, cohort: Cohort, lead: Person, sign_in: SignIn, queries: list[str]
) -> None:
    browser, counts = sign_in(lead), []
    for round_number in range(2):
        for number in range(1 + 6 * round_number):
            circle, people = members(session, cohort, 5, f"Department {round_number} {number}")
            for person in people:
                make.check_in(session, make.change(session, person, circle, shown=True), 7, 3)
        session.commit()
        queries.clear()
        at = NOW + timedelta(days=8 * round_number)
        take(session, cohort, at)
        session.commit()
        taken = len(queries)
        session.expire_all()
        queries.clear()
        assert browser.get(f"/cohorts/{cohort.id}/report").status_code == 200
        counts.append((taken, len(queries)))
    assert counts[0][1] == counts[1][1]
    assert abs(counts[0][0] - counts[1][0]) <= 1
