"""Cohorts: making, changing and copying one, and the page that says where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Cadence, Cohort, CohortState, EnrollmentState, Program
from tests.factories import circles as make

PLAN: dict[str, Any] = {
    "name": "Spring",
    "purpose": "Ask sooner.",
    "cadence": "weekly",
    "starts_on": "2027-03-01",
    "sessions": "10",
    "chosen_dates": "",
    "minutes": "90",
    "timezone": "Europe/Berlin",
    "size_min": "4",
    "size_target": "5",
    "size_max": "6",
    "slots": "2",
    "enroll_from": "2027-01-10",
    "enroll_until": "2027-02-10",
    "managers_take_part": "no",
    "topics": "Feedback\nMeetings\nFeedback\n",
    "weights-diversity": "25.0",
    "weights-goals": "25.0",
    "weights-novelty": "15.0",
    "weights-facilitator": "10.0",
    "weights-hours": "40.0",
    "weights-wishes": "0.0",
    "weights-size": "5.0",
}


def made(session: Session, name: str = "Spring") -> Cohort:
    """The cohort of a name."""
    session.expire_all()
    return session.scalars(select(Cohort).where(Cohort.name == name)).one()


class TestMaking:
    """The form of a new cohort."""

    def test_proposes_dates_and_makes_a_draft(self, browser: FlaskClient, session: Session, program: Program) -> None:
        address = f"/programs/{program.id}/cohorts/new"
        assert browser.get(address).status_code == 200
        answer = browser.post(address, data=PLAN)
        cohort = made(session)
        assert answer.location == f"/cohorts/{cohort.id}"
        assert (cohort.state, cohort.sessions, cohort.minutes) == (CohortState.DRAFT, 10, 90)
        assert cohort.topics == ["Feedback", "Meetings"]
        assert cohort.weights["hours"] == 40
        assert cohort.weights["wishes"] == 0

    def test_takes_chosen_dates(self, browser: FlaskClient, session: Session, program: Program) -> None:
        dates = {"cadence": "dates", "chosen_dates": "2027-03-17\n2027-03-03\n\n2027-04-14", "starts_on": ""}
        browser.post(f"/programs/{program.id}/cohorts/new", data=PLAN | dates)
        cohort = made(session)
        assert cohort.cadence is Cadence.DATES
        assert cohort.sessions == 3
        assert cohort.starts_on == date(2027, 3, 3)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"name": "  "}, "Give the cohort a name."),
            ({"size_min": "2"}, "Number must be between 3 and 12."),
            ({"size_min": "6", "size_target": "5"}, "Sizes go from least through wanted to most"),
            ({"enroll_until": "2027-01-01"}, "Enrollment must end after it begins."),
            ({"starts_on": "2027-02-01"}, "The first session must come after enrollment ends."),
            ({"starts_on": ""}, "Choose the first week."),
            ({"starts_on": "9999-12-27"}, "The year 9999 is too far away."),
            ({"enroll_from": "1026-01-10"}, "The year 1026 is too far away."),
            ({"cadence": "dates", "chosen_dates": "2027-03-03\n2720-03-10"}, "The year 2720 is too far away."),
            ({"cadence": "dates"}, "Name the days in whose weeks circles meet."),
            ({"cadence": "dates", "chosen_dates": "2027-03-03\n3 March"}, "“3 March” is not a date"),
            ({"cadence": "dates", "chosen_dates": "2027-01-12"}, "The first session must come after enrollment ends."),
            ({"timezone": "Mars/Base"}, "Not a valid choice"),
            ({"sessions": "61"}, "Number must be between 1 and 60."),
            ({"slots": "0"}, "Number must be between 1 and 6."),
            ({"cadence": "daily"}, "Not a valid choice"),
            ({"enroll_from": "soon"}, "Not a valid date value"),
            ({f"weights-{part}": "0.0" for part in ("diversity", "goals", "novelty", "facilitator", "hours", "size")},
             "At least one part of the score must count."),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_and_keeps_the_rest(
        self, browser: FlaskClient, session: Session, program: Program, wrong: dict[str, str], words: str
    ) -> None:
        answer = browser.post(f"/programs/{program.id}/cohorts/new", data=PLAN | wrong)
        assert answer.status_code == 200
        assert words in answer.text
        assert "Ask sooner." in answer.text
        assert session.scalar(select(func.count()).select_from(Cohort)) == 0


class TestChanging:
    """The same form for a cohort that is there."""

    def test_shows_what_was_decided_and_saves(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        cohort.topics = ["Feedback"]
        session.commit()
        page = browser.get(f"/cohorts/{cohort.id}/edit").text
        assert 'value="Autumn"' in page
        assert "Feedback" in page
        browser.post(f"/cohorts/{cohort.id}/edit", data=PLAN)
        assert made(session).id == cohort.id

    def test_what_was_said_about_managers_stands(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        page = browser.post(f"/cohorts/{cohort.id}/edit", data=PLAN | {"managers_take_part": "yes"}).text
        assert "that cannot change now" in page
        session.expire_all()
        assert not session.get_one(Cohort, cohort.id).managers_take_part

    def test_a_published_cohort_stands(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        cohort.state = CohortState.RUNNING
        session.commit()
        assert browser.get(f"/cohorts/{cohort.id}/edit").status_code == 409
        assert browser.post(f"/cohorts/{cohort.id}/edit", data=PLAN).status_code == 409
        session.expire_all()
        assert session.get_one(Cohort, cohort.id).name == "Autumn"

    def test_is_copied_without_its_people(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        make.enrollment(session, cohort, person())
        session.commit()
        assert browser.get(f"/cohorts/{cohort.id}/copy").status_code == 200
        answer = browser.post(f"/cohorts/{cohort.id}/copy", data={"name": "Next"})
        copied = made(session, "Next")
        assert answer.location == f"/cohorts/{copied.id}/edit"
        assert copied.state is CohortState.DRAFT
        assert copied.join_nonce != cohort.join_nonce
        assert copied.starts_on.weekday() == cohort.starts_on.weekday()
        assert copied.enroll_until - copied.enroll_from == cohort.enroll_until - cohort.enroll_from
        assert "Nobody yet" in browser.get(f"/cohorts/{copied.id}/people").text


class TestPage:
    """Where a cohort stands and what comes next."""

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            (CohortState.DRAFT, "Open enrollment…"),
            (CohortState.ENROLLING, "Close enrollment and match…"),
            (CohortState.MATCHING, "Search for circles"),
            (CohortState.PUBLISHING, "Circles are being made"),
            (CohortState.RUNNING, "Finish the cohort…"),
            (CohortState.FINISHED, "This cohort is finished."),
        ],
    )
    def test_names_the_next_step(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        person: Callable[..., Person],
        state: CohortState,
        words: str,
    ) -> None:
        make.enrollment(session, cohort, person())
        make.enrollment(session, cohort, person(), state=EnrollmentState.APPLIED)
        cohort.state = state
        session.commit()
        page = browser.get(f"/cohorts/{cohort.id}?view=rules").text
        assert words in page

    def test_takes_the_same_queries_at_any_size(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        person: Callable[..., Person],
        cost: Callable[[str], int],
    ) -> None:
        cohort.state = CohortState.RUNNING
        counts = []
        for more in (1, 8):
            for _number in range(more):
                make.circle(session, cohort, [person(), person(), person()])
            counts.append(cost(f"/cohorts/{cohort.id}?view=rules"))
        assert counts[0] == counts[1]

    def test_a_running_cohort_has_its_home(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        cohort.state = CohortState.RUNNING
        session.commit()
        answer = browser.get(f"/cohorts/{cohort.id}")
        assert answer.location == f"/cohorts/{cohort.id}/now"
        assert f'href="/cohorts/{cohort.id}/now"' in browser.get(f"/cohorts/{cohort.id}?view=rules").text

    def test_outsiders_and_members_find_nothing(
        self,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        cohort: Cohort,
        outsider: Person,
        person: Callable[..., Person],
    ) -> None:
        member = person()
        make.circle(session, cohort, [member])
        for one in (outsider, member):
            browser = sign_in(one)
            for path in ("", "/edit", "/copy"):
                assert browser.get(f"/cohorts/{cohort.id}{path}").status_code == 404
            for path in ("/edit", "/copy"):
                assert browser.post(f"/cohorts/{cohort.id}{path}", data=PLAN).status_code == 404
            assert "Autumn" not in browser.get("/cohorts").text
