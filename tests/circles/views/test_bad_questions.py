"""Questions and weights that nobody should write: refused with words, or harmless wherever they are shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.jobs.models import Job
from circles.models import Cohort, CohortState, DraftCircle, Enrollment
from tests.circles.views.test_questions import cohort_data, question_data
from tests.factories import circles as make

NASTY = '<img src=x onerror=alert(1)> "quoted" {{ 7*7 }}'
SHOWN = "&lt;img src=x onerror=alert(1)&gt; &#34;quoted&#34; {{ 7*7 }}"


def test_markup_in_a_question_and_its_answers_stays_text(
    browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person], sign_in: Callable[..., Any]
) -> None:
    row = question_data(0, text=NASTY, answers=f"{NASTY}; No", rule="mix")
    assert browser.post(f"/cohorts/{cohort.id}/edit", data=cohort_data(**row)).status_code == 302
    session.expire_all()
    (question,) = cohort.questions
    someone = person(name="Ann", timezone="Europe/Berlin")
    entry = make.enrollment(session, cohort, someone, answers={question["key"]: NASTY})
    session.commit()
    for who, page in (
        (browser, f"/cohorts/{cohort.id}"),
        (browser, f"/cohorts/{cohort.id}/edit"),
        (browser, f"/cohorts/{cohort.id}/people/{entry.id}"),
        (sign_in(someone), f"/enrollments/{entry.id}/about"),
    ):
        text = who.get(page).text
        assert SHOWN in text, page
        assert "<img src=x" not in text, page


@pytest.mark.parametrize("count", [13, 30])
def test_too_many_questions_are_refused_and_none_is_lost_from_the_form(
    browser: FlaskClient, session: Session, cohort: Cohort, count: int
) -> None:
    rows: dict[str, str] = {}
    for number in range(count):
        rows |= question_data(number, text=f"Question {number}?", answers="Yes; No")
    page = browser.post(f"/cohorts/{cohort.id}/edit", data=cohort_data(**rows)).text
    assert "Ask up to 12 questions." in page
    assert "Question 12?" in page
    session.expire_all()
    assert cohort.questions == []


def test_the_same_question_twice_is_refused(browser: FlaskClient, session: Session, cohort: Cohort) -> None:
    rows = question_data(0, text="Where?", answers="A; B") | question_data(1, text=" where? ", answers="C; D")
    page = browser.post(f"/cohorts/{cohort.id}/edit", data=cohort_data(**rows)).text
    assert "The question “where?” stands twice." in page
    session.expire_all()
    assert cohort.questions == []


@pytest.mark.parametrize(
    ("weight", "words"), [("0.0", "At least one part of the score must count."), ("99999", "Not a valid choice.")]
)
def test_weights_of_nothing_and_of_too_much_are_refused(
    browser: FlaskClient, session: Session, cohort: Cohort, weight: str, words: str
) -> None:
    parts = ("diversity", "goals", "novelty", "facilitator", "hours", "wishes", "size")
    before = dict(cohort.weights)
    page = browser.post(
        f"/cohorts/{cohort.id}/edit", data=cohort_data(**{f"weights-{part}": weight for part in parts})
    ).text
    assert words in page
    session.expire_all()
    assert cohort.weights == before


def test_more_columns_than_a_cohort_keeps_are_refused_before_anything_is_imported(
    browser: FlaskClient, session: Session, cohort: Cohort, run_jobs: Callable[[], int]
) -> None:
    asked = {"key": "work", "text": "Where do you work?", "choices": ["Office", "Home"], "asked": True}
    cohort.questions = [asked]
    session.commit()
    columns = [f"column {number}" for number in range(12)]
    content = f"email,name,{','.join(columns)}\nann@example.org,Ann{',x' * 12}\n".encode()
    answer = browser.post(f"/cohorts/{cohort.id}/people/import", data={"file": (io.BytesIO(content), "a.csv")})
    run_jobs()
    jobs = session.scalar(select(func.count()).select_from(Job))
    answer = browser.post(answer.location, data={"choice": "good", "keep": columns}, follow_redirects=True)
    assert "Ask up to 12 questions." in answer.text
    assert "Keep these columns as answers?" in answer.text
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Job)) == jobs
    assert (cohort.questions, session.scalars(select(Enrollment)).all()) == ([asked], [])


@pytest.mark.parametrize("rule", ["mix", "alike", "not_alone"])
def test_a_column_in_which_everyone_differs_hinders_no_circle(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
    rule: str,
) -> None:
    matching.questions = [{"key": "badge", "text": "Badge", "choices": [], "asked": False}]
    matching.attributes, matching.state = {"badge": {"rule": rule, "weight": 1000.0}}, CohortState.MATCHING
    for number in range(8):
        someone = person(name=f"P{number}", timezone="Europe/Berlin")
        make.enrollment(session, matching, someone, answers={"badge": f"{number}"} if number else {})
    session.commit()
    browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    run_jobs()
    circles = session.scalars(select(DraftCircle)).all()
    assert sum(len(circle.members) for circle in circles) == 8
    assert all(0 <= circle.score <= 100 for circle in circles)
    assert "Badge" in browser.get(f"/cohorts/{matching.id}/match?show=all").text
