"""A cohort's own questions: asked in the form, answered, imported, shown, exported, erased, and matched by."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import clock
from app.accounts.models import Person
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Objective
from circles.queries.export import export
from circles.services import drafting
from circles.services.erasing import erase
from tests.factories import circles as make

WORK = {"key": "work", "text": "Where do you work?", "choices": ["Office", "Home", "Both"], "asked": True}


def cohort_data(**more: str) -> MultiDict[str, str]:
    """What the cohort's form sends."""
    return MultiDict(
        {
            "name": "Winter", "purpose": "", "cadence": "weekly", "starts_on": "2026-09-14", "sessions": "12",
            "minutes": "60", "timezone": "Europe/Berlin", "size_min": "4", "size_target": "5", "size_max": "6",
            "slots": "2", "enroll_from": "2026-08-01", "enroll_until": "2026-09-01", "managers_take_part": "no",
            "topics": "", "objective": "total", **{f"weights-{part}": "10.0" for part in
            ("diversity", "goals", "novelty", "facilitator", "hours", "wishes", "size")},
            **{f"attributes-{key}-rule": "ignore" for key in ("department", "location", "level")},
            **{f"attributes-{key}-weight": "10.0" for key in ("department", "location", "level")},
            **more,
        }
    )  # fmt: skip


def question_data(number: int, **values: str) -> dict[str, str]:
    """One row of questions of the cohort's form."""
    whole = {"key": "", "asked": "1", "text": "", "answers": "", "rule": "ignore", "weight": "10.0", **values}
    return {f"attributes-questions-{number}-{name}": value for name, value in whole.items()}


@pytest.fixture
def asking(session: Session, cohort: Cohort) -> Cohort:
    """The open cohort, asking where people work and mixing by it."""
    cohort.questions, cohort.attributes = [WORK], {"work": {"rule": "mix", "weight": 25.0}}
    session.commit()
    return cohort


class TestRules:
    """What a lead decides."""

    def test_questions_attributes_and_aim_are_kept(
        self, browser: FlaskClient, session: Session, cohort: Cohort
    ) -> None:
        data = cohort_data(
            objective="weakest",
            catch_up="y",
            **{"attributes-level-rule": "not_alone", "attributes-level-weight": "5.0"},
            **question_data(
                0, text="Where do you  work?", answers="Office; Home;home; Both", rule="mix", weight="25.0"
            ),
            **question_data(1),
        )
        answer = browser.post(f"/cohorts/{cohort.id}/edit", data=data)
        assert answer.status_code == 302, answer.text
        session.expire_all()
        assert (cohort.objective, cohort.catch_up) == (Objective.WEAKEST, True)
        (question,) = cohort.questions
        assert question["text"] == "Where do you work?"
        assert question["choices"] == ["Office", "Home", "Both"]
        assert cohort.attributes == {
            "level": {"rule": "not_alone", "weight": 5.0},
            question["key"]: {"rule": "mix", "weight": 25.0},
        }
        page = browser.get(f"/cohorts/{cohort.id}/edit").text
        assert "Office; Home; Both" in page
        assert f'value="{question["key"]}"' in page
        overview = browser.get(f"/cohorts/{cohort.id}").text
        assert 'Where do you work?<br><span class="muted">Mix, 25 points' in overview
        assert 'Level<br><span class="muted">Nobody alone in it, 5 points' in overview
        assert "the weakest circle first" in overview
        rules = drafting.rules_of(cohort)
        assert rules.objective == "weakest"
        assert [(one.key, one.treat, one.weight) for one in rules.attributes] == [
            ("level", "not_alone", 5.0),
            (question["key"], "mix", 25.0),
        ]

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ({"text": "Where?", "answers": "Office"}, "2 to 20 answers"),
            ({"text": "", "answers": "Office; Home"}, "Write the question that has these answers."),
            ({"text": "Where?", "answers": f"Office; {'x' * 90}"}, "shorter"),
        ],
    )
    def test_a_question_that_cannot_be_asked_says_why(
        self, browser: FlaskClient, session: Session, cohort: Cohort, row: dict[str, str], words: str
    ) -> None:
        answer = browser.post(f"/cohorts/{cohort.id}/edit", data=cohort_data(**question_data(0, **row)))
        assert words in answer.text
        session.expire_all()
        assert cohort.questions == []

    def test_a_question_is_taken_away_by_emptying_it(
        self, browser: FlaskClient, session: Session, asking: Cohort
    ) -> None:
        browser.post(f"/cohorts/{asking.id}/edit", data=cohort_data(**question_data(0, key="work", rule="mix")))
        session.expire_all()
        assert (asking.questions, asking.attributes) == ([], {})


class TestAnswers:
    """What people say."""

    @pytest.fixture
    def guest(self, session: Session, asking: Cohort, person: Callable[..., Person]) -> Enrollment:
        """Someone invited."""
        invited = EnrollmentState.INVITED
        made = make.enrollment(session, asking, person(name="Ann Lee", email="ann@example.org"), state=invited, step=1)
        session.commit()
        return made

    def answer(self, browser: FlaskClient, guest: Enrollment, text: str) -> Any:
        """Send the first page of the form."""
        data = {"concern": "", "goals": "", "question_work": text, "go": "on"}
        return browser.post(f"/enrollments/{guest.id}/about", data=data)

    def test_asked_answered_changed_and_taken_back(
        self, sign_in: Callable[[Person], FlaskClient], session: Session, guest: Enrollment
    ) -> None:
        mine = sign_in(session.get_one(Person, guest.person_id))
        page = mine.get(f"/enrollments/{guest.id}/about").text
        assert "Where do you work?" in page
        assert "I would rather not say" in page
        for text, kept in (("Home", {"work": "Home"}), ("Both", {"work": "Both"}), ("", {})):
            assert self.answer(mine, guest, text).status_code == 302
            session.expire_all()
            assert guest.answers == kept
        assert self.answer(mine, guest, "The moon").status_code == 422
        session.expire_all()
        assert guest.answers == {}

    def test_shown_to_the_person_and_the_lead_exported_and_erased(
        self,
        browser: FlaskClient,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        asking: Cohort,
        guest: Enrollment,
    ) -> None:
        guest.answers, guest.state, guest.step = {"work": "Home"}, EnrollmentState.ENROLLED, 5
        session.commit()
        one = session.get_one(Person, guest.person_id)
        for page in (
            browser.get(f"/cohorts/{asking.id}/people/{guest.id}").text,
            sign_in(one).get(f"/enrollments/{guest.id}").text,
        ):
            assert "Where do you work?" in page
            assert "Home" in page
        assert export(session, one)["sign_ups"][0]["answers"] == {"Where do you work?": "Home"}
        erase(session, one, at=clock.now())
        assert guest.answers == {}


class TestImport:
    """Columns that a people file brings."""

    def send(self, browser: FlaskClient, cohort: Cohort, run_jobs: Callable[[], int], text: str, *keep: str) -> str:
        """Upload and apply a file; the report before it was applied."""
        base = f"/cohorts/{cohort.id}/people/import"
        file = {"file": (io.BytesIO(text.encode()), "people.csv")}
        address = browser.post(base, data=file, content_type="multipart/form-data").location
        run_jobs()
        page = browser.get(address).text
        browser.post(address, data={"choice": "good", "keep": list(keep)})
        run_jobs()
        return page

    def test_an_unknown_column_is_kept_when_the_lead_says_so(
        self, browser: FlaskClient, session: Session, asking: Cohort, run_jobs: Callable[[], int]
    ) -> None:
        head = "email,name,Work mode,Shoe size,where do you WORK?\n"
        page = self.send(
            browser,
            asking,
            run_jobs,
            head + "ann@example.org,Ann,remote,39,home\nbo@example.org,Bo,,44,\n",
            "Work mode",
        )
        assert "Keep these columns as answers?" in page
        assert 'value="Shoe size"' in page
        assert "The column “Shoe size” is not known" in page
        assert "The column “where do you WORK?” is not known" not in page
        session.expire_all()
        added = asking.questions[1]
        assert (added["text"], added["asked"], added["choices"]) == ("Work mode", False, [])
        rows = {row.person_id: row.answers for row in session.scalars(select(Enrollment))}
        ann = session.scalars(select(Person.id).where(Person.email_key == "ann@example.org")).one()
        assert rows.pop(ann) == {"work": "Home", added["key"]: "remote"}
        assert list(rows.values()) == [{}]
        again = self.send(browser, asking, run_jobs, "email,name,work_mode\nann@example.org,Ann,\n")
        assert "Keep these columns as answers?" not in again
        session.expire_all()
        assert session.scalars(select(Enrollment.answers).where(Enrollment.person_id == ann)).one() == {"work": "Home"}


def test_circles_are_mixed_by_the_answers_and_say_so(
    browser: FlaskClient,
    session: Session,
    matching: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    matching.questions = [WORK]
    matching.attributes = {"work": {"rule": "alike", "weight": 100.0}, "department": {"rule": "not_alone", "weight": 5}}
    matching.state = CohortState.MATCHING
    for number in range(8):
        someone = person(name=f"P{number}", timezone="Europe/Berlin", department=f"D{number % 2}")
        make.enrollment(session, matching, someone, answers={"work": "Home" if number < 4 else "Office"})
    session.commit()
    browser.post(f"/cohorts/{matching.id}/match/search", data={"seconds": "10"})
    run_jobs()
    page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
    assert "Where do you work?" in page
    assert "all the same: Home" in page
    assert "nobody alone" in page
    session.expire_all()
    current = drafting.latest(session, matching)
    assert current is not None
    name = make.document(session, current)["circles"][0]["members"][0]
    target = make.document(session, current)["circles"][1]["name"]
    preview = browser.get(
        f"/cohorts/{matching.id}/match/move", query_string={"person": name, "circle": target, "revision": 1}
    ).text
    assert "4 of 5 say" in preview
