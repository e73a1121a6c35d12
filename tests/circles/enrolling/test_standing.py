"""Where someone stands, withdrawing and coming back, and that nobody else gets there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import CohortState, Enrollment, EnrollmentState, Wish, WishKind
from tests.circles.enrolling.pages import AT, PAGES, url, words
from tests.factories import circles as make

SignIn = Callable[[Person], FlaskClient]


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
