"""Coming into a cohort, answering, sending and withdrawing, through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import Person
from app.errors import DomainError, Expired, InvalidInput, TooManyAttempts
from app.mail.desk import Desk
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Program, Wish, WishKind
from circles.queries import enrollment_for
from circles.queries.enrollments import (
    cohort_by_link,
    enrollments_of,
    last_hours,
    people_called,
    people_of_cohort,
)
from circles.services import cohorts, enrolling, signing_up
from circles.services.enrolling import About, Door, Hours, Interests, People
from tests.conftest import count_rows
from tests.factories import circles as make

AT = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
KEY = "only for tests"
DESK = Desk("circles@coterie.test", "Coterie", "http://coterie.test", KEY, "https://rooms.example")


@pytest.fixture
def cohort(session: Session) -> Cohort:
    made = make.cohort(session, make.program(session, name="Work in the open"), name="Autumn 2026")
    made.program = session.get_one(Program, made.program_id)
    session.flush()
    return made


@pytest.fixture
def ann(person: Callable[..., Person]) -> Person:
    return person(name="Ann Archer", email="ann@example.org", timezone="Europe/Lisbon", languages=["pt", "en"])


@pytest.fixture
def enrollment(session: Session, cohort: Cohort, ann: Person) -> Enrollment:
    return enrollment_for(session, ann, enrolling.join(session, cohort, ann, at=AT).id)


def people(**named: object) -> People:
    return People(**{"wishes": (), "together": (), "avoid": (), "glad_to_host": False, **named})  # type: ignore[arg-type]


def fill(session: Session, enrollment: Enrollment) -> None:
    enrolling.answer_interests(session, enrollment, Interests(("Reviews",), ("en",)))
    enrolling.answer_hours(session, enrollment, Hours("Europe/Lisbon", "Mon 09:00-12:00", "Mon 10:00-11:00"))


class TestTheDoor:
    @pytest.mark.parametrize(
        ("state", "at", "door"),
        [
            (CohortState.DRAFT, AT, Door.NOT_YET),
            (CohortState.ENROLLING, AT - timedelta(days=60), Door.NOT_YET),
            (CohortState.ENROLLING, AT, Door.OPEN),
            (CohortState.ENROLLING, AT + timedelta(days=30), Door.CLOSED),
            (CohortState.MATCHING, AT, Door.CLOSED),
            (CohortState.PUBLISHING, AT, Door.CLOSED),
            (CohortState.RUNNING, AT, Door.BEGUN),
            (CohortState.FINISHED, AT, Door.OVER),
        ],
    )
    def test_it_follows_the_state_and_the_dates(
        self, cohort: Cohort, state: CohortState, at: datetime, door: Door
    ) -> None:
        cohort.state = state
        assert enrolling.door(cohort, at=at) is door

    def test_days_are_those_of_the_cohorts_zone(self, cohort: Cohort) -> None:
        cohort.timezone = "Pacific/Auckland"
        late = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
        assert enrolling.door(cohort, at=late) is Door.CLOSED
        assert enrolling.door(cohort, at=late - timedelta(hours=1)) is Door.OPEN

    def test_an_archived_program_takes_nobody(self, cohort: Cohort) -> None:
        cohort.program.archived_at = AT
        assert enrolling.door(cohort, at=AT) is Door.OVER


class TestJoining:
    def test_it_takes_zone_and_languages_from_the_profile_and_happens_once(
        self, session: Session, cohort: Cohort, ann: Person
    ) -> None:
        first = enrolling.join(session, cohort, ann, at=AT)
        assert (first.state, first.timezone, first.languages) == (
            EnrollmentState.INVITED,
            "Europe/Lisbon",
            ["pt", "en"],
        )
        assert enrolling.join(session, cohort, ann, at=AT).id == first.id
        assert count_rows(session, "enrollment") == 1

    def test_two_clicks_of_one_moment_make_one_enrollment(
        self, session: Session, cohort: Cohort, ann: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = enrolling.join(session, cohort, ann, at=AT)
        with monkeypatch.context() as patched:
            patched.setattr(session, "scalar", lambda *_statement: None)
            second = enrolling.join(session, cohort, ann, at=AT)
        assert second.id == first.id
        assert count_rows(session, "enrollment") == 1

    def test_a_closed_cohort_refuses_in_words(self, session: Session, cohort: Cohort, ann: Person) -> None:
        with pytest.raises(DomainError, match="open from 2026-08-01 to 2026-09-01"):
            enrolling.join(session, cohort, ann, at=AT + timedelta(days=40))
        cohort.state = CohortState.RUNNING
        with pytest.raises(DomainError, match="not open"):
            enrolling.join(session, cohort, ann, at=AT)
        assert count_rows(session, "enrollment") == 0

    def test_who_is_in_stays_in_whatever_the_door_says(
        self, session: Session, enrollment: Enrollment, ann: Person
    ) -> None:
        enrollment.cohort.state = CohortState.RUNNING
        assert enrolling.join(session, enrollment.cohort, ann, at=AT).id == enrollment.id

    def test_who_was_declined_cannot_come_back_by_the_link(
        self, session: Session, enrollment: Enrollment, ann: Person
    ) -> None:
        enrollment.state = EnrollmentState.DECLINED
        with pytest.raises(DomainError, match="could not take you"):
            enrolling.join(session, enrollment.cohort, ann, at=AT)

    def test_who_withdrew_comes_back_with_the_answers(
        self, session: Session, enrollment: Enrollment, ann: Person
    ) -> None:
        fill(session, enrollment)
        enrolling.withdraw(session, enrollment, actor=ann, at=AT)
        back = enrolling.join(session, enrollment.cohort, ann, at=AT)
        assert (back.id, back.state, back.ended_at) == (enrollment.id, EnrollmentState.INVITED, None)
        assert back.available == "Mon 09:00-12:00"


class TestAnswering:
    def test_pages_are_kept_and_remember_how_far_someone_came(self, session: Session, enrollment: Enrollment) -> None:
        enrolling.answer_about(session, enrollment, About("  Too many meetings ", "Fewer"))
        assert (enrollment.concern, enrollment.step) == ("Too many meetings", 2)
        fill(session, enrollment)
        assert (enrollment.topics, enrollment.languages, enrollment.step) == (["Reviews"], ["en"], 4)
        enrolling.answer_about(session, enrollment, About("", ""))
        assert enrollment.step == 4

    @pytest.mark.parametrize("field", ["concern", "goals"])
    def test_text_that_is_too_long_is_refused_by_field(
        self, session: Session, enrollment: Enrollment, field: str
    ) -> None:
        texts = {"concern": "", "goals": "", field: "x" * 2001}
        with pytest.raises(InvalidInput) as raised:
            enrolling.answer_about(session, enrollment, About(**texts))
        assert raised.value.field == field

    def test_topics_are_kept_once_whatever_their_case(self, session: Session, enrollment: Enrollment) -> None:
        enrolling.answer_interests(session, enrollment, Interests(("Reviews", " reviews ", "", "Focus"), ("EN", "en")))
        assert (enrollment.topics, enrollment.languages) == (["Reviews", "Focus"], ["en"])

    @pytest.mark.parametrize(
        ("interests", "field"),
        [
            (Interests((), ()), "languages"),
            (Interests((), tuple(f"l{n}" for n in range(11))), "languages"),
            (Interests(tuple(f"topic {n}" for n in range(21)), ("en",)), "topics"),
            (Interests(("x" * 81,), ("en",)), "own_topics"),
        ],
    )
    def test_interests_that_cannot_be_kept_are_refused(
        self, session: Session, enrollment: Enrollment, interests: Interests, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as raised:
            enrolling.answer_interests(session, enrollment, interests)
        assert raised.value.field == field

    def test_hours_are_written_the_same_way_whoever_typed_them(self, session: Session, enrollment: Enrollment) -> None:
        grid = enrolling.answer_hours(
            session, enrollment, Hours("Asia/Tokyo", "monday 9:00-10:00, 10:00-11:30", "Tue 10:00-11:00")
        )
        assert grid.hours == 3.5
        assert enrollment.available == "Mon 09:00-11:30; Tue 10:00-11:00"
        assert (enrollment.preferred, enrollment.timezone) == ("Tue 10:00-11:00", "Asia/Tokyo")

    @pytest.mark.parametrize(
        ("hours", "field", "words"),
        [
            (Hours("Mars/Olympus", "Mon 09:00-10:00", ""), "timezone", "Mars/Olympus"),
            (Hours("UTC", "Mon 9-5", ""), "can", "“9-5” is not a time span"),
            (Hours("UTC", "Blursday 09:00-10:00", ""), "can", "“Blursday” is not a day"),
            (Hours("UTC", "", ""), "can", "Mark the hours"),
        ],
    )
    def test_hours_that_cannot_be_read_are_refused_and_named(
        self, session: Session, enrollment: Enrollment, hours: Hours, field: str, words: str
    ) -> None:
        with pytest.raises(InvalidInput, match=words) as raised:
            enrolling.answer_hours(session, enrollment, hours)
        assert raised.value.field == field
        assert enrollment.available == ""

    @pytest.mark.parametrize("state", [EnrollmentState.PLACED, EnrollmentState.DECLINED, EnrollmentState.WITHDRAWN])
    def test_answers_stand_once_it_is_decided(
        self, session: Session, enrollment: Enrollment, state: EnrollmentState
    ) -> None:
        enrollment.state = state
        with pytest.raises(DomainError, match="cannot change"):
            enrolling.answer_about(session, enrollment, About("x", "y"))

    def test_answers_of_a_finished_cohort_stand(self, session: Session, enrollment: Enrollment) -> None:
        enrollment.cohort.state = CohortState.FINISHED
        with pytest.raises(DomainError, match="cannot change"):
            enrolling.answer_about(session, enrollment, About("x", "y"))


class TestNamingPeople:
    def test_saving_the_same_people_again_keeps_them(self, session: Session, enrollment: Enrollment) -> None:
        enrolling.answer_people(session, enrollment, people(wishes=("Bo@Example.org",), avoid=("cy@example.org",)))
        kept = {wish.id for wish in enrollment.wishes}
        enrolling.answer_people(
            session, enrollment, people(wishes=("bo@example.org", "di@example.org"), avoid=("cy@example.org",))
        )
        rows = session.execute(select(Wish.kind, Wish.email_key).order_by(Wish.email_key)).all()
        assert [tuple(row) for row in rows] == [
            (WishKind.WISH, "bo@example.org"),
            (WishKind.AVOID, "cy@example.org"),
            (WishKind.WISH, "di@example.org"),
        ]
        assert kept < {wish.id for wish in enrollment.wishes}
        enrolling.answer_people(session, enrollment, people())
        assert count_rows(session, "wish") == 0

    @pytest.mark.parametrize(
        ("named", "field"),
        [
            ({"wishes": ("Ann@Example.org",)}, "wish"),
            ({"together": ("ann@example.org",)}, "together"),
            ({"avoid": ("ann@example.org",)}, "avoid"),
            ({"wishes": ("bo@example.org",), "avoid": ("bo@example.org",)}, "avoid"),
            ({"together": ("bo@example.org",), "avoid": ("BO@example.org",)}, "avoid"),
            ({"wishes": tuple(f"p{n}@example.org" for n in range(11))}, "wish"),
        ],
    )
    def test_oneself_and_contradictions_are_refused(
        self, session: Session, enrollment: Enrollment, named: dict[str, tuple[str, ...]], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as raised:
            enrolling.answer_people(session, enrollment, people(**named))
        assert raised.value.field == field
        assert count_rows(session, "wish") == 0


class TestSending:
    @pytest.mark.parametrize(
        ("approval", "state"), [(False, EnrollmentState.ENROLLED), (True, EnrollmentState.APPLIED)]
    )
    def test_the_cohort_says_whether_a_lead_decides(
        self, session: Session, enrollment: Enrollment, approval: bool, state: EnrollmentState
    ) -> None:
        enrollment.cohort.approval_required = approval
        fill(session, enrollment)
        enrolling.send(session, enrollment, at=AT)
        assert (enrollment.state, enrollment.step, enrollment.answered_at) == (state, 5, AT)

    def test_what_is_missing_is_named(self, session: Session, enrollment: Enrollment) -> None:
        with pytest.raises(DomainError, match="hours"):
            enrolling.send(session, enrollment, at=AT)
        fill(session, enrollment)
        enrollment.languages = []
        with pytest.raises(DomainError, match="language"):
            enrolling.send(session, enrollment, at=AT)

    def test_a_form_that_was_not_sent_in_time_is_kept(self, session: Session, enrollment: Enrollment) -> None:
        fill(session, enrollment)
        enrollment.cohort.state = CohortState.MATCHING
        with pytest.raises(DomainError, match="answers are kept"):
            enrolling.send(session, enrollment, at=AT)
        assert enrollment.available == "Mon 09:00-12:00"

    def test_withdrawing_twice_is_once_and_placed_people_leave_their_circle(
        self, session: Session, enrollment: Enrollment, ann: Person
    ) -> None:
        enrolling.withdraw(session, enrollment, actor=ann, at=AT)
        enrolling.withdraw(session, enrollment, actor=ann, at=AT + timedelta(days=1))
        assert (enrollment.state, enrollment.ended_at) == (EnrollmentState.WITHDRAWN, AT)
        enrollment.state = EnrollmentState.PLACED
        with pytest.raises(DomainError, match="Leave the circle"):
            enrolling.withdraw(session, enrollment, actor=ann, at=AT)


class TestTheLink:
    def test_it_leads_to_the_cohort_until_it_is_renewed(self, session: Session, cohort: Cohort) -> None:
        first = cohorts.open_join_link(session, cohort, KEY, at=AT)
        assert cohort_by_link(session, first, at=AT + timedelta(days=300)).id == cohort.id
        second = cohorts.open_join_link(session, cohort, KEY, at=AT, renew=True)
        assert cohort_by_link(session, second, at=AT).id == cohort.id
        for ended in (first, "nonsense"):
            with pytest.raises(Expired):
                cohort_by_link(session, ended, at=AT)

    def ask(self, session: Session, cohort: Cohort, email: str, client: str = "10.0.0.1") -> None:
        signing_up.mail_link(session, DESK, cohort, email, back_path="/join/x", client=client, at=AT)

    def test_known_and_new_people_get_one_mail_each(self, session: Session, cohort: Cohort, ann: Person) -> None:
        self.ask(session, cohort, "ANN@example.org")
        self.ask(session, cohort, "new@example.org")
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        assert [(mail.kind, mail.recipient) for mail in mails] == [
            ("sign_in", "ann@example.org"),
            ("sign_up", "new@example.org"),
        ]
        assert "http://coterie.test/join/confirm/" in mails[1].text
        assert mails[1].erase_at == AT
        assert count_rows(session, "person") == 1

    def test_deactivated_people_get_nothing(self, session: Session, cohort: Cohort, ann: Person) -> None:
        ann.active = False
        self.ask(session, cohort, "ann@example.org")
        assert count_rows(session, "outgoing_mail") == 0

    @pytest.mark.parametrize("email", ["ann@example.org", "new@example.org"])
    def test_asking_is_throttled_alike(self, session: Session, cohort: Cohort, ann: Person, email: str) -> None:
        for _ in range(5):
            self.ask(session, cohort, email)
        with pytest.raises(TooManyAttempts):
            self.ask(session, cohort, email)

    def test_a_closed_cohort_mails_nobody(self, session: Session, cohort: Cohort) -> None:
        cohort.state = CohortState.RUNNING
        with pytest.raises(DomainError, match="not open"):
            self.ask(session, cohort, "new@example.org")

    def test_the_account_is_made_when_the_link_is_used_once(self, session: Session, cohort: Cohort) -> None:
        secret = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "New@example.org"})
        assert signing_up.asked_to_join(session, secret, at=AT)[1] == "New@example.org"
        for name, zone, field in (("  ", "UTC", "name"), ("x" * 201, "UTC", "name"), ("Nia", "Nowhere", "timezone")):
            with pytest.raises(InvalidInput) as raised:
                signing_up.sign_up(session, secret, name=name, timezone=zone, at=AT)
            assert raised.value.field == field
        made, enrollment = signing_up.sign_up(session, secret, name=" Nia  New ", timezone="Asia/Tokyo", at=AT)
        assert (made.name, made.email_key, made.timezone) == ("Nia New", "new@example.org", "Asia/Tokyo")
        assert (enrollment.person_id, enrollment.cohort_id) == (made.id, cohort.id)
        with pytest.raises(Expired):
            signing_up.sign_up(session, secret, name="Nia", timezone="UTC", at=AT)

    def test_a_second_link_to_the_same_address_finds_the_account(
        self, session: Session, cohort: Cohort, ann: Person
    ) -> None:
        secret = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "ann@example.org"})
        found, _enrollment = signing_up.sign_up(session, secret, name="Someone Else", timezone="UTC", at=AT)
        assert (found.id, found.name) == (ann.id, "Ann Archer")
        ann.active = False
        other = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "ann@example.org"})
        with pytest.raises(Expired):
            signing_up.sign_up(session, other, name="Ann", timezone="UTC", at=AT)

    def test_no_account_is_made_for_a_cohort_that_closed_meanwhile(self, session: Session, cohort: Cohort) -> None:
        secret = tokens.issue(session, "sign-up", cohort.id, at=AT, data={"email": "new@example.org"})
        cohort.state = CohortState.MATCHING
        trial = session.begin_nested()
        with pytest.raises(DomainError, match="not open"):
            signing_up.sign_up(session, secret, name="Nia", timezone="UTC", at=AT)
        trial.rollback()
        assert count_rows(session, "person") == 0


class TestReading:
    def test_what_waits_for_the_person_comes_first_in_one_query(
        self, session: Session, ann: Person, queries: list[str]
    ) -> None:
        program = make.program(session, name="Work in the open")
        cases = [
            (CohortState.ENROLLING, EnrollmentState.ENROLLED, date(2026, 8, 25)),
            (CohortState.ENROLLING, EnrollmentState.INVITED, date(2026, 9, 1)),
            (CohortState.MATCHING, EnrollmentState.APPLIED, date(2026, 8, 20)),
            (CohortState.MATCHING, EnrollmentState.INVITED, date(2026, 8, 20)),
            (CohortState.RUNNING, EnrollmentState.ENROLLED, date(2026, 8, 20)),
            (CohortState.ENROLLING, EnrollmentState.WITHDRAWN, date(2026, 8, 20)),
        ]
        for state, own, until in cases:
            cohort = make.cohort(session, program, state=state, enroll_until=until)
            make.enrollment(session, cohort, ann, state=own, step=2 if own is EnrollmentState.INVITED else 5)
        session.flush()
        session.expire_all()
        person_id = ann.id
        queries.clear()
        found = enrollments_of(session, person_id)
        seen = [
            (entry.state, entry.step, entry.to_answer, entry.program.name, bool(entry.cohort.name)) for entry in found
        ]
        assert len(queries) == 1
        assert seen == [
            (EnrollmentState.INVITED, 2, True, "Work in the open", True),
            (EnrollmentState.APPLIED, 5, False, "Work in the open", True),
            (EnrollmentState.ENROLLED, 5, False, "Work in the open", True),
        ]

    def test_the_hours_of_last_time_are_the_newest_others(
        self, session: Session, enrollment: Enrollment, ann: Person
    ) -> None:
        assert last_hours(session, enrollment) is None
        program = make.program(session)
        for days, hours in ((30, "Tue 09:00-10:00"), (10, "Wed 09:00-10:00"), (5, "")):
            make.enrollment(
                session,
                make.cohort(session, program),
                ann,
                available=hours,
                created_at=AT - timedelta(days=days),
            )
        found = last_hours(session, enrollment)
        assert found is not None
        assert found.available == "Wed 09:00-10:00"

    def test_names_are_those_of_the_cohort_only(
        self, session: Session, enrollment: Enrollment, person: Callable[..., Person]
    ) -> None:
        inside, gone, outside = person(name="Bo Berg"), person(name="Bo Gone"), person(name="Bo Outside")
        make.enrollment(session, enrollment.cohort, inside)
        make.enrollment(session, enrollment.cohort, gone, state=EnrollmentState.WITHDRAWN)
        cohort_id, own = enrollment.cohort_id, enrollment.person_id
        assert [p.name for p in people_called(session, cohort_id, "bo", but=own)] == ["Bo Berg"]
        assert people_called(session, cohort_id, "berg  BO", but=own)
        assert not people_called(session, cohort_id, "Ann", but=own)
        assert not people_called(session, cohort_id, "%", but=own)
        found = people_of_cohort(session, cohort_id, ids=[gone.id, outside.id], keys=[inside.email_key])
        assert [p.name for p in found] == ["Bo Berg", "Bo Gone"]
        assert people_of_cohort(session, cohort_id) == []
