"""A circle's agreement, who is in, and a member's private word to the lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Agreement, Circle, Cohort, CohortState, Enrollment, HelpRequest, Membership
from circles.queries import agreement_state, circle_for
from circles.services import agreements, forming
from tests.factories import circles as make

Mails = Callable[[], Sequence[OutgoingMail]]
RULES = {"lines": "What is said here stays here.\n\n  We begin on time. ", "managers": "They may ask.", "after": "0"}


@pytest.fixture
def members(person: Callable[..., Person]) -> list[Person]:
    """Three members."""
    return [person(name=name) for name in ("Amara Osei", "Tomás Rivera", "Linh Pham")]


@pytest.fixture
def circle(session: Session, cohort: Cohort, members: list[Person]) -> Circle:
    """Their circle, in the lead's running cohort."""
    cohort.state = CohortState.RUNNING
    made = make.circle(session, cohort, members, name="Juniper")
    session.commit()
    return made


def said_in(session: Session, circle: Circle, reader: Person) -> set[object]:
    """Who is in now."""
    session.expire_all()
    reader = session.get_one(Person, reader.id)
    return set(agreement_state(session, circle_for(session, reader, circle.id), reader=reader).said_in)


class TestAgreement:
    """Writing it and saying "I'm in"."""

    def test_is_written_by_one_and_asked_of_all(
        self, sign_in: Callable[[Person], FlaskClient], session: Session, circle: Circle, members: list[Person]
    ) -> None:
        first, second = sign_in(members[0]), sign_in(members[1])
        address = f"/circles/{circle.id}/agreement"
        assert "Write your rules" in first.get(address).text
        page = first.post(address, data=RULES, follow_redirects=True).text
        assert "We begin on time." in page
        assert "You are in." in page
        assert said_in(session, circle, members[0]) == {members[0].id}
        assert "I’m in" in second.get(address).text
        second.post(f"{address}/in", data={"version": "1"})
        assert said_in(session, circle, members[0]) == {members[0].id, members[1].id}

    def test_a_new_version_asks_again_and_an_old_yes_does_not_count(
        self, sign_in: Callable[[Person], FlaskClient], session: Session, circle: Circle, members: list[Person]
    ) -> None:
        first, second = sign_in(members[0]), sign_in(members[1])
        address = f"/circles/{circle.id}/agreement"
        first.post(address, data=RULES)
        first.post(address, data=RULES | {"lines": "Other words.", "after": "1"})
        page = second.post(f"{address}/in", data={"version": "1"}, follow_redirects=True).text
        assert "Someone wrote a newer version meanwhile. Read it first." in page
        assert said_in(session, circle, members[0]) == {members[0].id}

    def test_two_writers_do_not_overwrite_each_other(
        self, sign_in: Callable[[Person], FlaskClient], session: Session, circle: Circle, members: list[Person]
    ) -> None:
        first, second = sign_in(members[0]), sign_in(members[1])
        address = f"/circles/{circle.id}/agreement"
        first.post(address, data=RULES)
        answer = second.post(address, data=RULES | {"lines": "My own words."})
        assert answer.status_code == 422
        assert "Someone else wrote a version meanwhile." in answer.text
        assert "My own words." in answer.text
        assert session.scalar(select(func.count()).select_from(Agreement)) == 1

    def test_a_joiner_asks_for_everyone_again(
        self,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        circle: Circle,
        members: list[Person],
        lead: Person,
        person: Callable[..., Person],
    ) -> None:
        address = f"/circles/{circle.id}/agreement"
        browsers = [sign_in(member) for member in members]
        browsers[0].post(address, data=RULES)
        for browser in browsers[1:]:
            browser.post(f"{address}/in", data={"version": "1"})
        assert len(said_in(session, circle, members[0])) == 3
        cohort = session.get_one(Cohort, circle.cohort_id)
        entry = make.enrollment(session, cohort, person(name="Kai Nakamura"))
        forming.add_member(session, session.get_one(Circle, circle.id), entry, actor=lead, at=clock.now())
        session.commit()
        assert said_in(session, circle, members[0]) == set()
        assert "everyone is asked once more" in browsers[1].get(address).text
        browsers[1].post(f"{address}/in", data={"version": "1"})
        assert said_in(session, circle, members[0]) == {members[1].id}

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"lines": " \n "}, "Write at least one line."),
            ({"lines": "\n".join("x" * 3 for _n in range(21))}, "up to 20 lines"),
            ({"lines": "x" * 301}, "up to 300 characters"),
            ({"managers": "x" * 2001}, "Field cannot be longer than 2000 characters."),
        ],
    )
    def test_says_what_does_not_fit_and_keeps_the_words(
        self,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        circle: Circle,
        members: list[Person],
        wrong: dict[str, str],
        words: str,
    ) -> None:
        answer = sign_in(members[0]).post(f"/circles/{circle.id}/agreement", data=RULES | wrong)
        assert answer.status_code == 422
        assert words in answer.text
        assert session.scalar(select(func.count()).select_from(Agreement)) == 0

    def test_words_are_words_not_markup(
        self, sign_in: Callable[[Person], FlaskClient], circle: Circle, members: list[Person]
    ) -> None:
        browser = sign_in(members[0])
        address = f"/circles/{circle.id}/agreement"
        page = browser.post(address, data=RULES | {"lines": "<script>x</script>"}, follow_redirects=True).text
        assert "<script>x" not in page
        assert "&lt;script&gt;x" in page

    def test_leads_back_to_the_page_the_form_stood_on(
        self, sign_in: Callable[[Person], FlaskClient], circle: Circle, members: list[Person]
    ) -> None:
        browser = sign_in(members[0])
        address = f"/circles/{circle.id}/agreement"
        assert browser.post(address, data=RULES | {"next": "/weeks/1"}).location == "/weeks/1"
        elsewhere = browser.post(f"{address}/in", data={"version": "1", "next": "//evil.example"}).location
        assert elsewhere == address

    def test_is_for_present_members_alone(
        self,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        circle: Circle,
        members: list[Person],
        lead: Person,
        outsider: Person,
    ) -> None:
        agreements.write_agreement(
            session, circle, lines=["Secret rule"], managers="", actor=members[0], at=clock.now()
        )
        membership = session.scalars(select(Membership).where(Membership.person_id == members[2].id)).one()
        forming.end_membership(session, membership, actor=members[2], at=clock.now())
        session.commit()
        for one in (lead, outsider, members[2]):
            browser = sign_in(one)
            address = f"/circles/{circle.id}/agreement"
            assert browser.get(address).status_code == 404
            assert browser.post(address, data=RULES).status_code == 404
            assert browser.post(f"{address}/in", data={"version": "1"}).status_code == 404
        assert "Secret rule" not in sign_in(lead).get(f"/cohorts/{circle.cohort_id}?view=rules").text


class TestHelp:
    """A member's private word to the leads."""

    def test_reaches_the_leads_without_its_words_in_the_mail(
        self,
        sign_in: Callable[[Person], FlaskClient],
        browser: FlaskClient,
        session: Session,
        circle: Circle,
        members: list[Person],
        lead: Person,
        mails: Mails,
    ) -> None:
        address = f"/circles/{circle.id}/help"
        member = sign_in(members[0])
        assert "Marcus Adeyemi" in member.get(address).text
        assert member.post(address, data={"text": "We <never> meet."}).status_code == 302
        assert [mail.recipient for mail in mails()] == [lead.email]
        assert "never" not in mails()[0].text + mails()[0].html
        page = browser.get(f"/cohorts/{circle.cohort_id}/help-requests").text
        assert "We &lt;never&gt; meet." in page
        assert "Amara Osei" in page
        assert "member asks for help" in browser.get(f"/cohorts/{circle.cohort_id}?view=rules").text

    def test_is_closed_once(
        self, browser: FlaskClient, session: Session, circle: Circle, members: list[Person]
    ) -> None:
        asked = agreements.ask_for_help(session, circle, text="Help.", actor=members[0], at=clock.now())
        session.commit()
        address = f"/cohorts/{circle.cohort_id}/help-requests"
        assert "Noted as dealt with." in browser.post(f"{address}/{asked.id}/close", follow_redirects=True).text
        assert "dealt with already" in browser.post(f"{address}/{asked.id}/close", follow_redirects=True).text
        assert "Nobody asks for help" in browser.get(address).text
        assert "Help." in browser.get(f"{address}?show=closed").text

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
    def test_needs_words_of_a_fitting_length(
        self,
        sign_in: Callable[[Person], FlaskClient],
        session: Session,
        circle: Circle,
        members: list[Person],
        text: str,
        mails: Mails,
    ) -> None:
        page = sign_in(members[0]).post(f"/circles/{circle.id}/help", data={"text": text}).text
        assert "to mend before this can be saved" in page
        assert session.scalar(select(func.count()).select_from(HelpRequest)) == 0
        assert not mails()

    def test_is_between_the_member_and_the_leads(
        self,
        sign_in: Callable[[Person], FlaskClient],
        browser: FlaskClient,
        session: Session,
        circle: Circle,
        matching: Cohort,
        members: list[Person],
        outsider: Person,
        lead: Person,
    ) -> None:
        asked = agreements.ask_for_help(session, circle, text="Help.", actor=members[0], at=clock.now())
        session.commit()
        for one in (outsider, members[0], members[1]):
            other = sign_in(one)
            assert other.get(f"/cohorts/{circle.cohort_id}/help-requests").status_code == 404
            assert other.post(f"/cohorts/{circle.cohort_id}/help-requests/{asked.id}/close").status_code == 404
        for one in (outsider, lead):
            assert sign_in(one).get(f"/circles/{circle.id}/help").status_code == 404
            assert sign_in(one).post(f"/circles/{circle.id}/help", data={"text": "x"}).status_code == 404
        assert browser.post(f"/cohorts/{matching.id}/help-requests/{asked.id}/close").status_code == 404
        session.expire_all()
        assert session.get_one(HelpRequest, asked.id).closed_at is None


def test_lists_take_the_same_queries_at_any_length(
    browser: FlaskClient,
    session: Session,
    circle: Circle,
    members: list[Person],
    cost: Callable[[str], int],
) -> None:
    counts = []
    for more in (1, 12):
        for number in range(more):
            agreements.ask_for_help(session, circle, text=f"Help {number}", actor=members[number % 3], at=clock.now())
        counts.append(cost(f"/cohorts/{circle.cohort_id}/help-requests"))
    assert counts[0] == counts[1]
    assert session.scalar(select(func.count()).select_from(Enrollment)) == 3
