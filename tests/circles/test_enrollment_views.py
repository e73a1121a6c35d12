"""The pages behind the sign-up link and the form, as browsers without scripts meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, tokens
from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Program, Wish, WishKind
from circles.services import cohorts
from tests.conftest import count_rows
from tests.factories import circles as make

AT = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
KEY = "only for tests, only for tests, only for tests"
SignIn = Callable[[Person], FlaskClient]
PAGES = ("about", "interests", "hours", "people")


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def cohort(session: Session) -> Cohort:
    program = make.program(session, name="Work in the open")
    made = make.cohort(session, program, name="Autumn 2026", topics=["Reviews", "Focus"])
    made.program = session.get_one(Program, program.id)
    return made


@pytest.fixture
def ann(person: Callable[..., Person]) -> Person:
    return person(name="Ann Archer", email="ann@example.org", timezone="Europe/Lisbon", languages=["pt", "en"])


@pytest.fixture
def draft(session: Session, cohort: Cohort, ann: Person) -> Enrollment:
    """An invitation that was not answered yet."""
    return make.enrollment(
        session,
        cohort,
        ann,
        state=EnrollmentState.INVITED,
        available="",
        preferred="",
        languages=["pt", "en"],
        step=1,
    )


@pytest.fixture
def link(session: Session, cohort: Cohort) -> str:
    secret = cohorts.open_join_link(session, cohort, KEY, at=AT)
    session.commit()
    return f"/join/{secret}"


def words(response: object) -> str:
    """The page's text on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())  # type: ignore[attr-defined]


def url(enrollment: Enrollment, page: str = "") -> str:
    return f"/enrollments/{enrollment.id}" + (f"/{page}" if page else "")


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


class TestTheForm:
    def test_the_whole_way_without_scripts(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, person: Callable[..., Person]
    ) -> None:
        bo = person(name="Bo Berg", email="bo@example.org", department="Legal")
        make.enrollment(session, draft.cohort, bo)
        browser = sign_in(ann)
        assert browser.get(url(draft)).location == url(draft, "about")
        answers: dict[str, dict[str, object]] = {
            "about": {"concern": "Too many meetings", "goals": "Fewer"},
            "interests": {
                "topics": ["Focus"],
                "own_topics": "Hiring, Rust",
                "languages": ["en"],
                "own_languages": "Dutch",
            },
            "hours": {
                "timezone": "Europe/Lisbon",
                "can": "Mon 09:00-12:00;\r\nTuesday 9:00-10:30",
                "prefer": "Mon 10:00-11:00",
            },
            "people": {"wish": "bo berg", "avoid": "cy@example.org", "glad_to_host": "y"},
        }
        for number, page in enumerate(PAGES, start=1):
            assert f"step {number} of 4" in words(browser.get(url(draft, page)))
            response = browser.post(url(draft, page), data=answers[page])
            following = url(draft, PAGES[number]) if number < 4 else url(draft)
            assert (response.status_code, response.location) == (302, following)
        session.expire_all()
        assert (draft.state, draft.step, draft.answered_at) == (EnrollmentState.ENROLLED, 5, AT)
        assert (draft.concern, draft.goals) == ("Too many meetings", "Fewer")
        assert (draft.topics, draft.languages) == (["Focus", "Hiring", "Rust"], ["en", "nl"])
        assert draft.available == "Mon 09:00-12:00; Tue 09:00-10:30"
        wishes = session.execute(select(Wish.kind, Wish.email_key).order_by(Wish.email_key)).all()
        assert [tuple(row) for row in wishes] == [(WishKind.WISH, "bo@example.org"), (WishKind.AVOID, "cy@example.org")]
        page = words(browser.get(url(draft)))
        assert "You are in" in page
        assert "Enrollment ends on Tuesday 1 September." in page
        assert "4.5 hours a week, 7 different starts for one hour, on the clock of Lisbon" in page
        assert "1 wish; 1 person you would rather not meet; glad to host first" in page

    def test_it_goes_on_where_it_was_left(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        browser = sign_in(ann)
        browser.post(url(draft, "about"), data={"concern": "x"})
        assert browser.get(url(draft)).location == url(draft, "interests")
        browser.post(url(draft, "interests"), data={"languages": ["en"]})
        assert browser.get(url(draft)).location == url(draft, "hours")

    def test_a_change_afterwards_leads_back_to_where_i_stand(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        draft.state, draft.step, draft.available = EnrollmentState.ENROLLED, 5, "Mon 09:00-12:00"
        browser = sign_in(ann)
        assert "your answers" in words(browser.get(url(draft, "about")))
        assert browser.post(url(draft, "about"), data={"concern": "new"}).location == url(draft)
        assert browser.post(url(draft, "people"), data={}).location == url(draft)
        session.expire_all()
        assert (draft.concern, draft.state, draft.step) == ("new", EnrollmentState.ENROLLED, 5)

    def test_back_keeps_what_was_typed(self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person) -> None:
        browser = sign_in(ann)
        sent = {"timezone": "Europe/Lisbon", "can": "Mon 09:00-10:00", "go": "back"}
        assert browser.post(url(draft, "hours"), data=sent).location == url(draft, "interests")
        session.expire_all()
        assert draft.available == "Mon 09:00-10:00"
        wrong = browser.post(url(draft, "hours"), data={**sent, "can": "Mon nine"})
        assert wrong.status_code == 422
        assert "Mon nine" in wrong.get_data(as_text=True)
        empty = browser.post(url(draft, "hours"), data={**sent, "can": ""})
        assert empty.location == url(draft, "interests")

    def test_hostile_texts_are_kept_and_shown_as_text(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        hostile = "<img src=x onerror=alert(1)> {{ 7*7 }} %(name)s \u202e \x00 '\";--"
        browser = sign_in(ann)
        browser.post(url(draft, "about"), data={"concern": hostile, "goals": hostile})
        browser.post(url(draft, "interests"), data={"languages": ["en"], "own_topics": hostile.replace(",", "")})
        session.expire_all()
        assert draft.concern == hostile.replace("\x00", "")
        draft.state, draft.step = EnrollmentState.ENROLLED, 5
        for page in ("", "about", "interests", "people"):
            html = browser.get(url(draft, page)).get_data(as_text=True)
            assert "<img src=x" not in html
            assert "49" not in re.sub(r"[0-9a-f-]{36}|\d{4,}", "", html) or "7*7" in html

    def test_text_that_is_too_long_comes_back_with_a_message(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        response = sign_in(ann).post(url(draft, "about"), data={"concern": "word " * 500, "goals": "kept"})
        assert response.status_code == 422
        assert "Keep it under 2000 characters." in words(response)
        assert "word word" in response.get_data(as_text=True)
        session.expire_all()
        assert (draft.concern, draft.step) == ("", 1)


class TestInterests:
    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({}, "Choose at least one language"),
            ({"own_languages": "Klingonish"}, "“Klingonish” is not a language known here."),
            ({"own_languages": "Germann"}, "Did you mean de (German)?"),
            ({"languages": ["en"], "topics": ["Nonsense"]}, "not valid choices"),
            ({"languages": ["en"], "own_topics": "x" * 81}, "Keep each topic under 80 characters."),
        ],
    )
    def test_what_cannot_be_kept_is_said_and_stays(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, sent: dict[str, object], said: str
    ) -> None:
        draft.languages = []
        ann.languages = []
        response = sign_in(ann).post(url(draft, "interests"), data=sent)
        assert response.status_code == 422
        page = response.get_data(as_text=True)
        assert said in words(response) or said.replace("not valid choices", "not a valid choice") in words(response)
        for text in (sent.get("own_languages"), sent.get("own_topics")):
            assert not text or f'value="{text}"' in page
        session.expire_all()
        assert draft.step == 1

    def test_languages_of_the_profile_are_offered(self, sign_in: SignIn, draft: Enrollment, ann: Person) -> None:
        ann.languages = ["tr"]
        assert "Turkish" in words(sign_in(ann).get(url(draft, "interests")))


class TestHours:
    def test_the_zone_is_named_with_its_clock_changes(self, sign_in: SignIn, draft: Enrollment, ann: Person) -> None:
        page = words(sign_in(ann).get(url(draft, "hours")))
        assert (
            "Lisbon, now UTC+1. Clocks change on Sunday 25 October; your session stays at the same local time" in page
        )
        assert "One hour, the same time every week, from the week of 14 September 2026." in page
        draft.timezone = "Asia/Kolkata"
        page = words(sign_in(ann).get(url(draft, "hours")))
        assert "Kolkata, now UTC+5:30." in page
        assert "Clocks change" not in page
        draft.timezone = "America/St_Johns"
        assert "St Johns, now UTC−2:30." in words(sign_in(ann).get(url(draft, "hours")))

    def test_the_totals_stand_without_scripts(self, sign_in: SignIn, draft: Enrollment, ann: Person) -> None:
        draft.available, draft.preferred = "Mon 08:00-20:00; Sat 09:00-10:00", "Mon 09:00-11:30"
        page = sign_in(ann).get(url(draft, "hours"))
        text = words(page)
        assert "13 hours a week you can" in text
        assert "2.5 hours you prefer" in text
        assert "24 different starts for 60 minutes" in text
        assert 'data-shown="7"' in page.get_data(as_text=True)

    @pytest.mark.parametrize(
        ("can", "prefer", "said"),
        [
            ("Mon 09:00-12:00\nMo 10:00-11:00", "", "Line 2: “Mo” is not a day."),
            ("Mon 09:15-12:00", "", "Line 1: “09:15-12:00” is not on the half hour."),
            ("Mon", "", "Line 1: “Mon” names a day but no times."),
            ("Mon 22:00-02:00", "", "Line 1: “22:00-02:00” ends before it begins."),
            ("Mon 09:00-25:00", "", "Line 1: “09:00-25:00” is not a time of day."),
            ("Mon 09:00-12:00", "Tue 9 to 5", "Line 1: “9” is not a time span."),
            ("<script>alert(1)</script>", "", "Line 1: “&lt;script&gt;alert(1)&lt;/script&gt;” is not a day."),
            ("x" * 300, "", "…” is not a day."),
            ("\n\n%(oops)s 09:00-10:00", "", "Line 3: “%(oops)s” is not a day."),
            ("x" * 6000, "", "Field cannot be longer"),
            ("", "", "Mark the hours you could meet."),
        ],
    )
    def test_hours_that_cannot_be_read_stay_with_the_line_named(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, can: str, prefer: str, said: str
    ) -> None:
        sent = {"timezone": "Europe/Lisbon", "can": can, "prefer": prefer}
        response = sign_in(ann).post(url(draft, "hours"), data=sent)
        assert response.status_code == 422
        assert said in words(response)
        html = response.get_data(as_text=True)
        assert "<script>alert" not in html
        for line in [*can.splitlines(), *prefer.splitlines()]:
            assert line.replace("<", "&lt;").replace(">", "&gt;") in html
        session.expire_all()
        assert (draft.available, draft.step) == ("", 1)

    @pytest.mark.parametrize(
        ("zone", "said"),
        [
            ("Mars/Olympus", "There is no time zone called “Mars/Olympus”."),
            ("Lisbon", "Did you mean Europe/Lisbon?"),
            ("", "Write a time zone"),
            ("../../etc/passwd", "There is no time zone called"),
        ],
    )
    @pytest.mark.parametrize("use", [None, "zone"])
    def test_an_unknown_zone_is_named_and_the_hours_stay(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, zone: str, said: str, use: str | None
    ) -> None:
        sent = {"timezone": zone, "can": "Mon 09:00-12:00", **({"use": use} if use else {})}
        response = sign_in(ann).post(url(draft, "hours"), data=sent)
        assert response.status_code == 422
        assert said in words(response)
        assert "Mon 09:00-12:00" in response.get_data(as_text=True)
        session.expire_all()
        assert draft.timezone == "Europe/Lisbon"

    def test_another_zone_is_shown_before_it_is_kept(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        browser = sign_in(ann)
        sent = {"timezone": "asia/tokyo", "can": "Mon 09:00-12:00"}
        response = browser.post(url(draft, "hours"), data={**sent, "use": "zone"})
        assert response.status_code == 200
        assert "Tokyo, now UTC+9." in words(response)
        session.expire_all()
        assert (draft.timezone, draft.available) == ("Europe/Lisbon", "")
        browser.post(url(draft, "hours"), data=sent)
        session.expire_all()
        assert (draft.timezone, draft.available) == ("Asia/Tokyo", "Mon 09:00-12:00")

    def test_the_hours_of_last_time_fill_the_form_without_being_kept(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        browser = sign_in(ann)
        assert "Same as last time" not in words(browser.get(url(draft, "hours")))
        before = make.cohort(session, make.program(session), state=CohortState.FINISHED)
        make.enrollment(session, before, ann, available="Wed 14:00-16:00", created_at=AT - timedelta(days=200))
        assert "Same as last time" in words(browser.get(url(draft, "hours")))
        sent = {"timezone": "Europe/Lisbon", "can": "", "use": "last"}
        response = browser.post(url(draft, "hours"), data=sent)
        assert "Wed 14:00-16:00</textarea>" in response.get_data(as_text=True)
        session.expire_all()
        assert draft.available == ""


class TestPeople:
    @pytest.fixture
    def others(self, session: Session, cohort: Cohort, person: Callable[..., Person]) -> dict[str, Person]:
        named = {
            "bo": person(name="Bo Berg", email="bo.secret@example.org", department="Legal"),
            "sam1": person(name="Sam Lee", email="sam1@example.org", department="Design", location="Oslo"),
            "sam2": person(name="Sam Lee", email="sam2@example.org", department="Sales"),
        }
        for other in named.values():
            make.enrollment(session, cohort, other)
        return named

    def keys(self, session: Session, kind: WishKind) -> set[str]:
        return set(session.scalars(select(Wish.email_key).where(Wish.kind == kind)))

    def test_a_name_is_enough_and_no_address_is_shown(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, others: dict[str, Person]
    ) -> None:
        browser = sign_in(ann)
        response = browser.post(url(draft, "people"), data={"wish": "berg", "go": "add"})
        html = response.get_data(as_text=True)
        assert response.status_code == 200
        assert f'value="p:{others["bo"].id}" checked' in html
        assert "Bo Berg (Legal)" in html
        assert "bo.secret" not in html
        assert count_rows(session, "wish") == 0
        browser.post(url(draft, "people"), data={"wish_kept": f"p:{others['bo'].id}", "go": "back"})
        assert self.keys(session, WishKind.WISH) == {"bo.secret@example.org"}
        html = browser.get(url(draft, "people")).get_data(as_text=True)
        assert "Bo Berg (Legal)" in html
        assert "bo.secret" not in html

    def test_someone_who_left_the_cohort_is_still_shown_by_name(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, others: dict[str, Person]
    ) -> None:
        browser = sign_in(ann)
        browser.post(url(draft, "people"), data={"wish": "Bo Berg", "go": "back"})
        session.scalars(
            select(Enrollment).where(Enrollment.person_id == others["bo"].id)
        ).one().state = EnrollmentState.WITHDRAWN
        html = browser.get(url(draft, "people")).get_data(as_text=True)
        assert "Bo Berg" in html
        assert "bo.secret" not in html

    def test_namesakes_are_offered_to_tick(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, others: dict[str, Person]
    ) -> None:
        browser = sign_in(ann)
        response = browser.post(url(draft, "people"), data={"together": "sam lee"})
        assert response.status_code == 422
        assert "“sam lee” fits more than one person. Tick whom you mean." in words(response)
        html = response.get_data(as_text=True)
        assert "Sam Lee (Design, Oslo)" in html
        assert f'value="p:{others["sam2"].id}">' in html
        browser.post(url(draft, "people"), data={"together_kept": [f"p:{others['sam2'].id}"], "go": "back"})
        assert self.keys(session, WishKind.TOGETHER) == {"sam2@example.org"}

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"wish": "Nobody Known"}, "Nobody called “Nobody Known” is in this cohort so far."),
            ({"wish": "not@an@address"}, "“not@an@address” is not an e-mail address"),
            ({"wish": "ANN@example.org"}, "Name other people, not yourself."),
            ({"together": "Ann Archer"}, "Name other people, not yourself."),
            ({"wish": "x@example.org", "avoid": "X@example.org"}, "One person cannot be both wished for and avoided."),
            ({"wish": "Bo Berg", "avoid": "bo.secret@example.org"}, "cannot be both wished for and avoided"),
            ({"avoid": "; ".join(f"p{n}@example.org" for n in range(11))}, "Name up to 10 people."),
            ({"wish": "<b>x</b>"}, "Nobody called “&lt;b&gt;x&lt;/b&gt;”"),
            ({"wish": "x" * 1001}, "Field cannot be longer"),
        ],
    )
    def test_what_cannot_be_kept_is_said_and_nothing_is_lost(
        self,
        session: Session,
        sign_in: SignIn,
        draft: Enrollment,
        ann: Person,
        others: dict[str, Person],
        sent: dict[str, str],
        said: str,
    ) -> None:
        browser = sign_in(ann)
        browser.post(url(draft, "people"), data={"wish": "kept@example.org", "go": "back"})
        response = browser.post(url(draft, "people"), data={"wish_kept": "a:kept@example.org", **sent})
        assert response.status_code == 422
        assert said in words(response)
        assert 'value="a:kept@example.org" checked' in response.get_data(as_text=True)
        assert self.keys(session, WishKind.WISH) == {"kept@example.org"}
        assert count_rows(session, "wish") == 1

    def test_too_common_a_name_asks_for_more(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, person: Callable[..., Person]
    ) -> None:
        for number in range(11):
            make.enrollment(session, draft.cohort, person(name=f"Kim {number}"))
        response = sign_in(ann).post(url(draft, "people"), data={"wish": "kim"})
        assert "“kim” fits more than 10 people. Write more of the name." in words(response)

    def test_ticks_of_people_outside_the_cohort_count_for_nothing(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, outsider: Person
    ) -> None:
        sent = {"wish_kept": [f"p:{outsider.id}", "p:nonsense", "a:nonsense", f"p:{uuid4()}", "zz"], "go": "back"}
        response = sign_in(ann).post(url(draft, "people"), data=sent)
        assert response.status_code == 302
        assert count_rows(session, "wish") == 0

    def test_names_are_found_while_typing_without_addresses(
        self, sign_in: SignIn, draft: Enrollment, ann: Person, others: dict[str, Person], queries: list[str]
    ) -> None:
        browser = sign_in(ann)
        page = browser.get(url(draft, "names"), query_string={"avoid": "sam"}).get_data(as_text=True)
        assert page.count('<option value="Sam Lee">') == 2
        assert "Design, Oslo" in page
        assert "@" not in page
        assert "Bo Berg" in browser.get(url(draft, "names"), query_string={"wish": "Sam Lee; bo"}).get_data(
            as_text=True
        )
        for typed in ("", "b", "sam1@example.org", "%", "Ann", "sam\x00x"):
            assert "<option" not in browser.get(url(draft, "names"), query_string={"wish": typed}).get_data(
                as_text=True
            )

    def test_what_is_missing_is_said_on_its_page(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        browser = sign_in(ann)
        response = browser.post(url(draft, "people"), data={"glad_to_host": "y"})
        assert response.location == url(draft, "hours")
        assert "Mark the hours you could meet first." in words(browser.get(response.location))
        session.expire_all()
        assert (draft.glad_to_host, draft.state) == (True, EnrollmentState.INVITED)


class TestWhereIStand:
    @pytest.mark.parametrize(
        ("state", "cohort_state", "said"),
        [
            (EnrollmentState.INVITED, CohortState.ENROLLING, "Your answers are still here"),
            (EnrollmentState.INVITED, CohortState.MATCHING, "Enrollment ended before your answers were sent."),
            (EnrollmentState.APPLIED, CohortState.ENROLLING, "Your program lead decides who takes part"),
            (EnrollmentState.ENROLLED, CohortState.MATCHING, "What happens next"),
            (EnrollmentState.ENROLLED, CohortState.RUNNING, "none was found for you so far"),
            (EnrollmentState.ENROLLED, CohortState.FINISHED, "No circle was found for you"),
            (EnrollmentState.PLACED, CohortState.RUNNING, "You have a circle"),
            (EnrollmentState.DECLINED, CohortState.ENROLLING, "could not take you into this cohort"),
            (EnrollmentState.WITHDRAWN, CohortState.ENROLLING, "Take part after all"),
            (EnrollmentState.WITHDRAWN, CohortState.RUNNING, "You do not take part"),
        ],
    )
    def test_each_state_is_said_in_words(
        self,
        sign_in: SignIn,
        draft: Enrollment,
        ann: Person,
        state: EnrollmentState,
        cohort_state: CohortState,
        said: str,
    ) -> None:
        draft.state, draft.step, draft.cohort.state = state, 5, cohort_state
        page = words(sign_in(ann).get(url(draft)))
        assert said in page
        assert ("I do not want to take part after all" in page) is (
            state in (EnrollmentState.INVITED, EnrollmentState.APPLIED, EnrollmentState.ENROLLED)
            and cohort_state is not CohortState.FINISHED
        )

    @pytest.mark.parametrize("state", [EnrollmentState.PLACED, EnrollmentState.DECLINED, EnrollmentState.WITHDRAWN])
    def test_pages_whose_answers_stand_lead_back(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, state: EnrollmentState
    ) -> None:
        draft.state = state
        browser = sign_in(ann)
        for page in (*PAGES, "withdraw"):
            assert browser.get(url(draft, page)).location == url(draft)
            assert browser.post(url(draft, page), data={"concern": "late"}).location == url(draft)
        session.expire_all()
        assert (draft.concern, draft.state) == ("", state)

    def test_a_form_that_missed_the_end_is_kept_but_not_sent(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        draft.cohort.state, draft.available, draft.step = CohortState.MATCHING, "Mon 09:00-12:00", 4
        browser = sign_in(ann)
        response = browser.post(url(draft, "people"), data={"glad_to_host": "y"})
        assert response.location == url(draft)
        page = words(browser.get(response.location))
        assert "Enrollment for this cohort has ended. Your answers are kept." in page
        session.expire_all()
        assert (draft.state, draft.glad_to_host) == (EnrollmentState.INVITED, True)
        assert browser.post(url(draft, "send")).status_code == 409

    def test_withdrawing_asks_first_and_can_be_taken_back(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person
    ) -> None:
        draft.state, draft.step, draft.available = EnrollmentState.ENROLLED, 5, "Mon 09:00-12:00"
        browser = sign_in(ann)
        assert "You are not matched into a circle." in words(browser.get(url(draft, "withdraw")))
        session.expire_all()
        assert draft.state is EnrollmentState.ENROLLED
        browser.post(url(draft, "withdraw"))
        session.expire_all()
        assert draft.state is EnrollmentState.WITHDRAWN
        browser.post(url(draft, "rejoin"))
        session.expire_all()
        assert (draft.state, draft.available) == (EnrollmentState.INVITED, "Mon 09:00-12:00")
        assert browser.post(url(draft, "send")).location == url(draft)
        session.expire_all()
        assert draft.state is EnrollmentState.ENROLLED

    def test_queries_are_fixed_on_every_page(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, queries: list[str]
    ) -> None:
        browser = sign_in(ann)
        counts: dict[str, list[int]] = {}
        for size in (1, 9):
            for number in range(size):
                other = make.accounts.person(session)
                make.enrollment(session, draft.cohort, other)
                session.add(Wish(enrollment_id=draft.id, kind=WishKind.WISH, email_key=other.email_key))
                key = f"free{size}.{number}@example.org"
                session.add(Wish(enrollment_id=draft.id, kind=WishKind.AVOID, email_key=key))
            draft.state, draft.step = EnrollmentState.ENROLLED, 5
            session.commit()
            for page in ("", *PAGES, "withdraw", "names?wish=person"):
                session.expire_all()
                queries.clear()
                assert browser.get(url(draft, page)).status_code == 200
                counts.setdefault(page, []).append(len(queries))
        assert all(few == many <= 8 for few, many in counts.values()), counts


class TestOutsiders:
    def test_nobody_else_finds_an_enrollment(
        self,
        session: Session,
        client: FlaskClient,
        sign_in: SignIn,
        draft: Enrollment,
        outsider: Person,
        person: Callable[..., Person],
    ) -> None:
        lead = person(name="Lea Lead")
        session.add(make.ProgramLead(program_id=draft.cohort.program_id, person_id=lead.id, added_at=AT))
        peer = person(name="Pia Peer")
        make.enrollment(session, draft.cohort, peer)
        session.commit()
        browsers = [sign_in(someone) for someone in (outsider, lead, peer)]
        for page in ("", *PAGES, "names", "withdraw"):
            assert client.get(url(draft, page)).location.startswith("/sign-in")
            for browser in browsers:
                assert browser.get(url(draft, page)).status_code == 404
        for page in (*PAGES, "withdraw", "send", "rejoin"):
            assert client.post(url(draft, page)).location.startswith("/sign-in")
            for browser in browsers:
                assert browser.post(url(draft, page), data={"concern": "x", "languages": ["en"]}).status_code == 404
        session.expire_all()
        assert (draft.state, draft.concern, draft.step) == (EnrollmentState.INVITED, "", 1)

    def test_pages_that_act_take_no_get(self, sign_in: SignIn, draft: Enrollment, ann: Person) -> None:
        browser = sign_in(ann)
        for page in ("send", "rejoin"):
            assert browser.get(url(draft, page)).status_code == 405

    def test_a_form_from_elsewhere_is_refused(
        self, session: Session, sign_in: SignIn, draft: Enrollment, ann: Person, link: str
    ) -> None:
        browser = sign_in(ann)
        browser.application.config["WTF_CSRF_ENABLED"] = True
        for path in (url(draft, "about"), url(draft, "send"), url(draft, "withdraw"), link):
            assert browser.post(path, data={"concern": "x"}).status_code == 400
        session.expire_all()
        assert (draft.state, draft.concern) == (EnrollmentState.INVITED, "")
