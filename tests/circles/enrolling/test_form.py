"""The four pages of the form, as browsers without scripts meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import CohortState, Enrollment, EnrollmentState, Wish, WishKind
from tests.circles.enrolling.pages import AT, PAGES, url, words
from tests.factories import circles as make

SignIn = Callable[[Person], FlaskClient]


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
