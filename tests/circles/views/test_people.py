"""The people of a cohort: the list, one person's answers, deciding, withdrawing, and the sign-up link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.mail.models import MailState, OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Wish, WishKind
from circles.queries.mails import waiting_batches
from circles.services import mailing
from tests.factories import circles as make

Mails = Callable[[], Sequence[OutgoingMail]]


@pytest.fixture
def applied(session: Session, cohort: Cohort, person: Callable[..., Person]) -> list[Enrollment]:
    """Three people who wait for approval."""
    rows = [
        make.enrollment(session, cohort, person(name=name), state=EnrollmentState.APPLIED, answered_at=clock.now())
        for name in ("Amara Osei", "Tomás Rivera", "Linh Pham")
    ]
    session.commit()
    return rows


def states(session: Session, rows: Sequence[Enrollment]) -> list[EnrollmentState]:
    """Where enrollments stand now."""
    session.expire_all()
    return [row.state for row in rows]


def undo(browser: FlaskClient, session: Session, cohort: Cohort) -> None:
    """Take the one waiting batch back."""
    batches = waiting_batches(session, cohort.id, at=clock.now())
    browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": batches[0].batch, "back": "people"})


class TestList:
    """Everyone, by state and by words."""

    def test_filters_and_searches(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        applied: list[Enrollment],
        person: Callable[..., Person],
    ) -> None:
        make.enrollment(session, cohort, person(name="Kai Nakamura", department="Legal"))
        session.commit()
        base = f"/cohorts/{cohort.id}/people"
        everyone = browser.get(base).text
        assert "Kai Nakamura" in everyone
        assert "Amara Osei" in everyone
        waiting = browser.get(f"{base}?state=applied").text
        assert "Kai Nakamura" not in waiting
        assert "Approve the chosen…" in waiting
        found = browser.get(f"{base}?q=LEGAL").text
        assert "Kai Nakamura" in found
        assert "Amara Osei" not in found
        assert "Nobody in this cohort matches that." in browser.get(f"{base}?q=%25").text
        assert "Amara Osei" in browser.get(f"{base}?state=nonsense&page=99").text

    def test_names_are_words_not_markup(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        row = make.enrollment(session, cohort, person(name="<script>alert(1)</script>", email="x@example.org"))
        row.concern, row.answered_at = '"><img src=x onerror=alert(1)>', clock.now()
        session.commit()
        for path in ("people", f"people/{row.id}", f"people/{row.id}/withdraw", f"message?to={row.id}"):
            page = browser.get(f"/cohorts/{cohort.id}/{path}").text
            assert "<script>alert" not in page
            assert "<img src=x" not in page

    def test_takes_the_same_queries_at_any_size(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        person: Callable[..., Person],
        cost: Callable[[str], int],
    ) -> None:
        counts = []
        for more in (2, 120):
            for _number in range(more):
                make.enrollment(session, cohort, person())
            counts.append(cost(f"/cohorts/{cohort.id}/people?page=2"))
        assert counts[0] == counts[1]
        assert "Page 2 of 3" in browser.get(f"/cohorts/{cohort.id}/people?page=2").text

    def test_an_empty_cohort_says_what_to_do(self, browser: FlaskClient, cohort: Cohort) -> None:
        assert "Nobody yet" in browser.get(f"/cohorts/{cohort.id}/people").text


class TestPerson:
    """One person's answers."""

    def test_shows_answers_and_avoided_people_as_a_number(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        row = make.enrollment(session, cohort, person(name="Kai Nakamura"), answered_at=clock.now())
        row.concern, row.goals = "Late surprises.", "Ask sooner."
        session.add(Wish(enrollment_id=row.id, kind=WishKind.AVOID, email_key="secret@example.org"))
        session.add(Wish(enrollment_id=row.id, kind=WishKind.WISH, email_key="wished@example.org"))
        session.commit()
        page = browser.get(f"/cohorts/{cohort.id}/people/{row.id}").text
        for words in ("Late surprises.", "Ask sooner.", "wished@example.org", "would rather not meet 1 person"):
            assert words in page
        assert "secret@example.org" not in page

    def test_belongs_to_its_cohort(
        self, browser: FlaskClient, session: Session, cohort: Cohort, matching: Cohort, applied: list[Enrollment]
    ) -> None:
        assert browser.get(f"/cohorts/{matching.id}/people/{applied[0].id}").status_code == 404


class TestDeciding:
    """Approving and declining in bulk, with mails that can be taken back."""

    def test_asks_first(
        self, browser: FlaskClient, session: Session, cohort: Cohort, applied: list[Enrollment], mails: Mails
    ) -> None:
        chosen = {"enrollment": [str(row.id) for row in applied[:2]], "verdict": "approve"}
        page = browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen).text
        assert "Approve 2 people?" in page
        assert "Amara Osei" in page
        assert states(session, applied) == [EnrollmentState.APPLIED] * 3
        assert not mails()

    @pytest.mark.parametrize(
        ("verdict", "state", "letter"),
        [("approve", EnrollmentState.ENROLLED, "approved"), ("decline", EnrollmentState.DECLINED, "declined")],
    )
    def test_decides_tells_and_takes_back(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        applied: list[Enrollment],
        mails: Mails,
        verdict: str,
        state: EnrollmentState,
        letter: str,
    ) -> None:
        chosen = {"enrollment": [str(row.id) for row in applied[:2]], "verdict": verdict, "sure": "yes"}
        browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen)
        assert states(session, applied) == [state, state, EnrollmentState.APPLIED]
        written = mails()
        assert [mail.kind for mail in written] == [mailing.LETTERS[letter]] * 2
        assert all(mail.send_at - mail.created_at == timedelta(minutes=5) for mail in written)
        assert all("Autumn" in mail.text and "Autumn" in mail.html for mail in written)
        assert "Undo" in browser.get(f"/cohorts/{cohort.id}/people").text
        undo(browser, session, cohort)
        assert states(session, applied) == [EnrollmentState.APPLIED] * 3
        assert {mail.state for mail in mails()} == {MailState.CANCELLED}

    def test_nobody_is_decided_about_twice(
        self, browser: FlaskClient, session: Session, cohort: Cohort, applied: list[Enrollment], mails: Mails
    ) -> None:
        chosen = {"enrollment": [str(applied[0].id)], "verdict": "approve", "sure": "yes"}
        browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen)
        browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen | {"verdict": "decline"})
        assert states(session, applied)[0] is EnrollmentState.ENROLLED
        assert len(mails()) == 1

    @pytest.mark.parametrize("ids", [[], ["nonsense"], ["00000000-0000-0000-0000-000000000000"]])
    def test_an_empty_choice_does_nothing(
        self, browser: FlaskClient, cohort: Cohort, applied: list[Enrollment], mails: Mails, ids: list[str]
    ) -> None:
        answer = browser.post(f"/cohorts/{cohort.id}/people/decide", data={"enrollment": ids, "sure": "yes"})
        assert answer.status_code == 302
        assert not mails()

    def test_other_cohorts_people_are_out_of_reach(
        self, browser: FlaskClient, session: Session, matching: Cohort, applied: list[Enrollment]
    ) -> None:
        chosen = {"enrollment": [str(applied[0].id)], "verdict": "approve", "sure": "yes"}
        browser.post(f"/cohorts/{matching.id}/people/decide", data=chosen)
        assert states(session, applied)[0] is EnrollmentState.APPLIED


class TestWithdrawing:
    """Taking someone out."""

    def test_says_so_tells_them_and_takes_back(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person], mails: Mails
    ) -> None:
        row = make.enrollment(session, cohort, person(name="Kai Nakamura"), answered_at=clock.now())
        session.commit()
        address = f"/cohorts/{cohort.id}/people/{row.id}/withdraw"
        assert "gets one mail that says so" in browser.get(address).text
        browser.post(address)
        assert states(session, [row]) == [EnrollmentState.WITHDRAWN]
        assert [mail.kind for mail in mails()] == ["enrollment.withdrawn"]
        undo(browser, session, cohort)
        assert states(session, [row]) == [EnrollmentState.ENROLLED]

    def test_is_not_for_people_with_a_circle(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        make.circle(session, cohort, [person()])
        session.commit()
        row = session.scalars(select(Enrollment)).one()
        answer = browser.post(f"/cohorts/{cohort.id}/people/{row.id}/withdraw")
        assert answer.status_code == 409
        assert "Take them out of the circle instead." in answer.text


class TestLink:
    """The sign-up link."""

    def test_a_new_one_ends_the_old(self, browser: FlaskClient, session: Session, cohort: Cohort) -> None:
        address = f"/cohorts/{cohort.id}/link"
        assert "There is no link that works." in browser.get(f"/cohorts/{cohort.id}/people").text
        assert "cannot sign up with it any more" in browser.get(address).text
        browser.post(address)
        session.expire_all()
        first = session.get_one(Cohort, cohort.id).join_nonce
        browser.post(address)
        session.expire_all()
        assert session.get_one(Cohort, cohort.id).join_nonce != first

    def test_is_shown_only_while_enrollment_is_open(
        self, browser: FlaskClient, session: Session, cohort: Cohort
    ) -> None:
        browser.post(f"/cohorts/{cohort.id}/link")
        assert "Copy the link" in browser.get(f"/cohorts/{cohort.id}/people").text
        session.get_one(Cohort, cohort.id).state = CohortState.MATCHING
        session.commit()
        assert "Copy the link" not in browser.get(f"/cohorts/{cohort.id}/people").text


class TestUndo:
    """Taking mails back."""

    def test_comes_too_late_once_they_left(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        applied: list[Enrollment],
        mails: Mails,
    ) -> None:
        chosen = {"enrollment": [str(applied[0].id)], "verdict": "approve", "sure": "yes"}
        browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen)
        mail = mails()[0]
        mail.state = MailState.SENT
        session.commit()
        answer = browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": mail.batch})
        assert answer.status_code == 409
        assert states(session, applied)[0] is EnrollmentState.ENROLLED

    def test_does_not_reach_another_cohort(
        self,
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
        matching: Cohort,
        applied: list[Enrollment],
        mails: Mails,
    ) -> None:
        chosen = {"enrollment": [str(applied[0].id)], "verdict": "approve", "sure": "yes"}
        browser.post(f"/cohorts/{cohort.id}/people/decide", data=chosen)
        answer = browser.post(f"/cohorts/{matching.id}/mails/undo", data={"batch": mails()[0].batch})
        assert answer.status_code == 404
        assert mails()[0].state is MailState.WAITING


def test_outsiders_find_nothing_and_change_nothing(
    sign_in: Callable[[Person], FlaskClient],
    session: Session,
    cohort: Cohort,
    applied: list[Enrollment],
    outsider: Person,
) -> None:
    for one in (outsider, session.get_one(Person, applied[0].person_id)):
        browser = sign_in(one)
        base = f"/cohorts/{cohort.id}"
        for path in ("people", "link", f"people/{applied[0].id}", f"people/{applied[0].id}/withdraw"):
            assert browser.get(f"{base}/{path}").status_code == 404, path
        chosen = {"enrollment": [str(row.id) for row in applied], "verdict": "approve", "sure": "yes", "batch": "x"}
        for path in ("people/decide", "link", f"people/{applied[0].id}/withdraw", "mails/undo"):
            assert browser.post(f"{base}/{path}", data=chosen).status_code == 404, path
    assert states(session, applied) == [EnrollmentState.APPLIED] * 3
    assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 0
