"""Naming people on the form's last page, by name and by address."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Cohort, Enrollment, EnrollmentState, Wish, WishKind
from tests.circles.enrolling.pages import url, words
from tests.conftest import count_rows
from tests.factories import circles as make

SignIn = Callable[[Person], FlaskClient]


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
