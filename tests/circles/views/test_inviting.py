"""Inviting people by pasted addresses or from everyone here, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.mail.models import MailState, OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState
from circles.queries.mails import waiting_batches
from circles.services import mailing
from tests.factories import circles as make

Mails = Callable[[], Sequence[OutgoingMail]]


def count(session: Session, model: type[object]) -> int:
    """Rows of a table."""
    return session.scalar(select(func.count()).select_from(model)) or 0


def paste(browser: FlaskClient, cohort: Cohort, text: str, *, sure: bool) -> str:
    """Send pasted addresses; the page that comes back."""
    data = {"addresses": text} | ({"sure": "yes"} if sure else {})
    return browser.post(f"/cohorts/{cohort.id}/people/invite", data=data, follow_redirects=True).text


class TestPasted:
    """Addresses pasted from anywhere."""

    def test_the_check_says_who_gets_what_and_changes_nothing(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person], mails: Mails
    ) -> None:
        known = person(name="Kai Nakamura", email="Kai@example.org")
        inside = person(name="Amara Osei", email="amara@example.org")
        person(name="Gone", email="gone@example.org", active=False)
        make.enrollment(session, cohort, inside)
        session.commit()
        before = count(session, Person)
        text = (
            "kai@example.org; KAI@example.org\nAnn Lee <ann@example.org>, amara@example.org\n"
            "gone@example.org nonsense <b>x</b>"
        )
        page = paste(browser, cohort, text, sure=False)
        for words in (
            "Invite 2 people?",
            "Kai Nakamura",
            "ann@example.org",
            "is in the cohort already",
            "has a closed account",
            "address came twice and counts once",
            "nonsense",
        ):
            assert words in page, words
        assert "<b>x</b>" not in page
        assert count(session, Person) == before
        assert not mails()
        assert known.email_key == "kai@example.org"

    def test_invites_makes_accounts_and_can_be_undone(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person], mails: Mails
    ) -> None:
        person(name="Kai Nakamura", email="kai@example.org")
        session.commit()
        page = paste(
            browser, cohort, '"Ann Lee" <ann.b@example.org>\nkai@example.org, tom.o-neil@example.org', sure=True
        )
        assert "3 people are invited." in page
        people = {one.email_key: one for one in session.scalars(select(Person))}
        assert people["ann.b@example.org"].name == "Ann Lee"
        assert people["tom.o-neil@example.org"].name == "Tom O Neil"
        assert [mail.kind for mail in mails()] == ["cohort.invited"] * 3
        row = session.scalars(select(Enrollment).where(Enrollment.person_id == people["kai@example.org"].id)).one()
        assert row.state is EnrollmentState.INVITED
        assert any(f"/enrollments/{row.id}" in mail.text and f"/enrollments/{row.id}" in mail.html for mail in mails())
        batch = waiting_batches(session, cohort.id, at=clock.now())[0]
        assert batch.count == 3
        browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": batch.batch})
        assert count(session, Enrollment) == 0
        assert {mail.state for mail in mails()} == {MailState.CANCELLED}

    def test_people_who_went_are_invited_again_and_undo_puts_them_back(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        one = person(email="kai@example.org")
        row = make.enrollment(session, cohort, one, state=EnrollmentState.WITHDRAWN, concern="Kept words")
        session.commit()
        paste(browser, cohort, "kai@example.org", sure=True)
        session.expire_all()
        assert row.state is EnrollmentState.INVITED
        batch = waiting_batches(session, cohort.id, at=clock.now())[0]
        browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": batch.batch})
        session.expire_all()
        assert row.state is EnrollmentState.WITHDRAWN
        assert row.concern == "Kept words"

    @pytest.mark.parametrize("text", ["", "   ", ", ;\n"])
    def test_needs_an_address(self, browser: FlaskClient, cohort: Cohort, text: str) -> None:
        assert "Paste at least one address." in paste(browser, cohort, text, sure=True)

    def test_nonsense_alone_invites_nobody(
        self, browser: FlaskClient, session: Session, cohort: Cohort, mails: Mails
    ) -> None:
        page = paste(browser, cohort, "these are words, not@ addresses", sure=True)
        assert "Nobody to invite" in page
        assert not mails()

    def test_too_many_are_refused_with_the_number(self, browser: FlaskClient, cohort: Cohort, mails: Mails) -> None:
        page = paste(browser, cohort, "\n".join(f"p{n}@example.org" for n in range(2001)), sure=True)
        assert "That is more than 2000 addresses." in page
        assert not mails()

    def test_a_closed_cohort_invites_nobody(
        self, browser: FlaskClient, session: Session, cohort: Cohort, mails: Mails
    ) -> None:
        cohort.state = CohortState.MATCHING
        session.commit()
        before = count(session, Person)
        answer = browser.post(
            f"/cohorts/{cohort.id}/people/invite", data={"addresses": "new@example.org", "sure": "yes"}
        )
        assert answer.status_code == 409
        assert count(session, Person) == before
        assert not mails()


class TestManyMails:
    """More mails than one step writes: a job writes the rest."""

    @pytest.fixture
    def many(self, browser: FlaskClient, cohort: Cohort) -> int:
        """An invitation to so many people."""
        number = mailing.AT_ONCE * 2 + 5
        paste(browser, cohort, "\n".join(f"p{n}@example.org" for n in range(number)), sure=True)
        return number

    def test_the_job_writes_each_once(
        self, many: int, mails: Mails, run_jobs: Callable[[], int], session: Session, cohort: Cohort
    ) -> None:
        assert len(mails()) == mailing.AT_ONCE
        run_jobs()
        written = mails()
        assert len(written) == many
        assert len({mail.recipient for mail in written}) == many
        assert len({mail.send_at for mail in written}) == 1
        assert waiting_batches(session, cohort.id, at=clock.now())[0].count == many

    def test_undo_before_the_job_stops_the_rest_too(
        self,
        many: int,
        mails: Mails,
        run_jobs: Callable[[], int],
        browser: FlaskClient,
        session: Session,
        cohort: Cohort,
    ) -> None:
        batch = waiting_batches(session, cohort.id, at=clock.now())[0]
        browser.post(f"/cohorts/{cohort.id}/mails/undo", data={"batch": batch.batch})
        run_jobs()
        assert len(mails()) == mailing.AT_ONCE
        assert {mail.state for mail in mails()} == {MailState.CANCELLED}
        assert count(session, Enrollment) == 0

    def test_writing_again_after_a_crash_adds_nothing(
        self, many: int, mails: Mails, run_jobs: Callable[[], int], session: Session, cohort: Cohort
    ) -> None:
        run_jobs()
        batch = mails()[0].batch or ""
        people = session.scalars(select(Person).where(Person.email_key.startswith("p"))).all()
        from tests.factories.scheduling import DESK

        session.refresh(cohort)
        mailing.write_part(
            session, cohort, people, "invited", batch, {"lead": "x"}, desk=DESK, at=clock.now(), leaves_at=clock.now()
        )
        assert len(mails()) == many


class TestChosen:
    """People chosen from everyone here."""

    def test_search_leaves_out_who_is_in(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person]
    ) -> None:
        make.enrollment(session, cohort, person(name="Kai Nakamura", department="Legal"))
        person(name="Noor Haddad", department="Legal")
        person(name="Gone Away", department="Legal", active=False)
        session.commit()
        page = browser.get(f"/cohorts/{cohort.id}/people/choose?q=legal").text
        assert "Noor Haddad" in page
        assert "Kai Nakamura" not in page
        assert "Gone Away" not in page
        assert "Nobody found" in browser.get(f"/cohorts/{cohort.id}/people/choose?q=__%25").text

    def test_the_ticked_are_invited(
        self, browser: FlaskClient, session: Session, cohort: Cohort, person: Callable[..., Person], mails: Mails
    ) -> None:
        chosen = person(name="Noor Haddad")
        person(name="Not Ticked")
        session.commit()
        browser.post(f"/cohorts/{cohort.id}/people/choose", data={"person": [str(chosen.id), "nonsense"]})
        assert [mail.recipient for mail in mails()] == [chosen.email]
        page = browser.post(f"/cohorts/{cohort.id}/people/choose", data={}, follow_redirects=True).text
        assert "Tick at least one person." in page


def test_outsiders_invite_nobody(
    sign_in: Callable[[Person], FlaskClient], outsider: Person, cohort: Cohort, mails: Mails
) -> None:
    browser = sign_in(outsider)
    for path in ("invite", "choose"):
        address = f"/cohorts/{cohort.id}/people/{path}"
        assert browser.get(address).status_code == 404
        data = {"addresses": "a@example.org", "sure": "yes", "person": str(outsider.id)}
        assert browser.post(address, data=data).status_code == 404
    assert not mails()


def test_invitations_that_have_not_left_are_taken_back_when_enrollment_closes(
    browser: FlaskClient,
    session: Session,
    cohort: Cohort,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
) -> None:
    make.enrollment(session, cohort, person(name="Ann Lee"))
    session.commit()
    data = {"addresses": "bo@example.org, cy@example.org", "sure": "yes"}
    browser.post(f"/cohorts/{cohort.id}/people/invite", data=data)
    waiting = select(func.count()).select_from(OutgoingMail).where(OutgoingMail.state == MailState.WAITING)
    assert session.scalar(waiting) == 2
    page = browser.post(f"/cohorts/{cohort.id}/step/matching", follow_redirects=True).text
    assert "The invitations of 2 people had not left, and are taken back." in page
    assert session.scalar(waiting) == 0
    session.expire_all()
    assert cohort.state is CohortState.MATCHING
    assert session.scalar(select(func.count()).where(Enrollment.cohort_id == cohort.id)) == 1
