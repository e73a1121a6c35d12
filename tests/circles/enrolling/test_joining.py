"""The pages behind the sign-up link: signed in, known, or new."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, tokens
from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState
from circles.services import cohorts
from tests.circles.enrolling.pages import AT, KEY, url, words
from tests.conftest import count_rows
from tests.factories import circles as make

SignIn = Callable[[Person], FlaskClient]


class TestTheSignUpPage:
    def test_it_says_what_one_takes_part_in(self, client: FlaskClient, link: str, cohort: Cohort) -> None:
        cohort.purpose = "First.\n\n<script>alert(1)</script>"
        response = client.get(link)
        text = words(response)
        assert response.status_code == 200
        assert "12 sessions of one hour each, every week at the same time, from the week of 14 September 2026" in text
        assert "4 to 6 people" in text
        assert "Managers stay out." in text
        assert "Whom you would rather not meet, only you see." in text
        assert "<script>alert" not in response.get_data(as_text=True)

    def test_it_says_when_managers_take_part_and_leads_approve(
        self, client: FlaskClient, link: str, cohort: Cohort
    ) -> None:
        cohort.managers_take_part = cohort.approval_required = True
        text = words(client.get(link))
        assert "Managers take part. Every manager gets the same mails" in text
        assert "Your program lead then approves who takes part." in text

    @pytest.mark.parametrize(
        ("state", "days", "said"),
        [
            (CohortState.DRAFT, 0, "Enrollment is not open yet."),
            (CohortState.ENROLLING, -60, "Enrollment opens on Saturday 1 August."),
            (CohortState.ENROLLING, 60, "Enrollment ended on Tuesday 1 September"),
            (CohortState.MATCHING, 0, "circles are being formed"),
            (CohortState.RUNNING, 0, "This cohort has begun"),
            (CohortState.FINISHED, 0, "This cohort is over."),
        ],
    )
    def test_a_door_that_is_shut_says_why(
        self,
        client: FlaskClient,
        sign_in: SignIn,
        link: str,
        cohort: Cohort,
        ann: Person,
        monkeypatch: pytest.MonkeyPatch,
        state: CohortState,
        days: int,
        said: str,
    ) -> None:
        cohort.state = state
        monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=days))
        for browser in (client, sign_in(ann)):
            page = browser.get(link)
            assert said in words(page)
            assert '<button class="button primary"' not in page.get_data(as_text=True)
            assert browser.post(link, data={"email": "new@example.org"}).status_code == 409

    @pytest.mark.parametrize("end", ["renewed", "unknown"])
    def test_a_link_that_has_ended_says_so(
        self, session: Session, client: FlaskClient, link: str, cohort: Cohort, end: str
    ) -> None:
        if end == "renewed":
            cohorts.open_join_link(session, cohort, KEY, at=AT, renew=True)
            session.commit()
        response = client.get(link if end == "renewed" else "/join/nonsense")
        assert response.status_code == 410
        assert "This link has ended. Ask for a new one." in words(response)

    def test_opening_it_changes_nothing(
        self, session: Session, client: FlaskClient, sign_in: SignIn, link: str, ann: Person
    ) -> None:
        browser = sign_in(ann)
        for _ in range(2):
            assert client.get(link).status_code == browser.get(link).status_code == 200
        assert count_rows(session, "enrollment") == count_rows(session, "outgoing_mail") == 0

    def test_who_is_signed_in_joins_with_one_button_and_sees_it_later(
        self, session: Session, sign_in: SignIn, link: str, ann: Person
    ) -> None:
        browser = sign_in(ann)
        assert "You join as Ann Archer." in words(browser.get(link))
        response = browser.post(link)
        row = session.scalars(select(Enrollment)).one()
        assert (response.status_code, response.location) == (302, url(row))
        assert browser.get(response.location).location == url(row, "about")
        assert "You are invited to this cohort." in words(browser.get(link))
        assert browser.post(link).location == url(row)
        assert count_rows(session, "enrollment") == 1

    def test_who_was_declined_is_told(self, sign_in: SignIn, link: str, draft: Enrollment, ann: Person) -> None:
        draft.state = EnrollmentState.DECLINED
        browser = sign_in(ann)
        assert "could not take you into this cohort" in words(browser.get(link))
        assert browser.post(link).status_code == 409

    def test_queries_are_fixed(
        self, session: Session, client: FlaskClient, link: str, cohort: Cohort, queries: list[str]
    ) -> None:
        counts = []
        for _ in range(2):
            make.circle(session, cohort, [make.accounts.person(session) for _ in range(5)])
            session.commit()
            session.expire_all()
            queries.clear()
            client.get(link)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 4


class TestJoiningWithoutSigningIn:
    def test_known_and_unknown_addresses_get_the_same_answer(
        self, session: Session, client: FlaskClient, link: str, ann: Person
    ) -> None:
        pages = [
            words(client.post(link, data={"email": email})).replace(email, "…")
            for email in ("ann@example.org", "new@example.org")
        ]
        assert pages[0] == pages[1]
        assert "A mail to … is on its way." in pages[0]
        assert count_rows(session, "person") == 1
        assert count_rows(session, "enrollment") == 0

    def test_a_known_person_signs_in_and_comes_back(
        self, session: Session, client: FlaskClient, link: str, ann: Person
    ) -> None:
        client.post(link, data={"email": "Ann@example.org"})
        mail = session.scalars(select(OutgoingMail)).one()
        path = re.search(r"http://coterie.test(/sign-in/\S+)", mail.text)
        assert path
        assert client.post(path[1]).location == link
        assert "You join as Ann Archer." in words(client.get(link))

    def test_a_new_person_confirms_and_goes_on_to_the_form(
        self, session: Session, client: FlaskClient, link: str
    ) -> None:
        client.post(link, data={"email": "nia@example.org"})
        mail = session.scalars(select(OutgoingMail)).one()
        assert mail.subject == "Your link to join Autumn 2026"
        found = re.search(r"http://coterie.test(/join/confirm/\S+)", mail.text)
        assert found
        assert found[1] in (mail.html or "")
        path = found[1]
        for _ in range(2):
            page = client.get(path)
            assert "makes an account for nia@example.org" in words(page)
        assert count_rows(session, "person") == 0
        wrong = client.post(path, data={"name": "Nia", "timezone": "Europe/Berln"})
        assert wrong.status_code == 422
        assert "There is no time zone called “Europe/Berln”. Did you mean Europe/Berlin?" in words(wrong)
        assert 'value="Nia"' in wrong.get_data(as_text=True)
        response = client.post(path, data={"name": "Nia New", "timezone": "asia/tokyo"})
        row = session.scalars(select(Enrollment)).one()
        made = session.get_one(Person, row.person_id)
        assert (made.name, made.timezone, row.timezone) == ("Nia New", "Asia/Tokyo", "Asia/Tokyo")
        assert response.location == url(row)
        assert client.get(url(row, "about")).status_code == 200
        assert client.get(path).status_code == client.post(path).status_code == 410

    def test_a_mailed_link_ends_after_half_an_hour(
        self, session: Session, client: FlaskClient, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "nia@example.org"})
        monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=31))
        response = client.post(f"/join/confirm/{secret}", data={"name": "Nia", "timezone": "UTC"})
        assert response.status_code == 410
        assert count_rows(session, "person") == 0

    def test_a_mailed_link_to_a_cohort_that_closed_says_so(
        self, session: Session, client: FlaskClient, cohort: Cohort
    ) -> None:
        secret = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "nia@example.org"})
        cohort.state = CohortState.MATCHING
        session.commit()
        assert "not open" in words(client.get(f"/join/confirm/{secret}"))
        response = client.post(f"/join/confirm/{secret}", data={"name": "Nia", "timezone": "UTC"})
        assert response.status_code == 409
        assert count_rows(session, "person") == 0

    def test_what_is_no_address_stays_with_a_message(self, session: Session, client: FlaskClient, link: str) -> None:
        response = client.post(link, data={"email": 'nia"@@<b>'})
        assert response.status_code == 422
        assert "is not an e-mail address" in words(response)
        assert 'value="nia&#34;@@&lt;b&gt;"' in response.get_data(as_text=True)
        assert client.post(link, data={"email": ""}).status_code == 422
        assert count_rows(session, "outgoing_mail") == 0

    def test_asking_too_often_is_said_beside_the_field(self, session: Session, client: FlaskClient, link: str) -> None:
        answers = [client.post(link, data={"email": "nia@example.org"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert "too many tries" in words(answers[-1])
        assert 'value="nia@example.org"' in answers[-1].get_data(as_text=True)
        assert count_rows(session, "outgoing_mail") == 5
