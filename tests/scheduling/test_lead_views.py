"""What a lead does about running circles: placing, reminding, writing to hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Membership
from scheduling.models import Answer, Season, SessionState
from scheduling.services.answers import answer
from tests.factories import circles as make
from tests.factories.scheduling import season

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
NAMES = ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber", "Priya Nair")


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi")


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    return make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)


@pytest.fixture
def juniper(session: Session, cohort: Cohort, person: Callable[..., Person]) -> Season:
    people = [person(name=name, timezone="Europe/Berlin") for name in NAMES]
    made = season(
        session,
        make.circle(session, cohort, people, name="Juniper"),
        at=AT - timedelta(days=7),
        first=date(2026, 9, 14),
    )
    session.commit()
    return made


def waiting(session: Session, cohort: Cohort, person: Callable[..., Person], **fields: object) -> Enrollment:
    late = person(name="Viktor Petrov", timezone="Europe/Berlin")
    row = make.enrollment(session, cohort, late, **fields)
    session.commit()
    return row


def test_someone_is_offered_circles_whose_hours_suit_and_placed_there(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    person: Callable[..., Person],
) -> None:
    row = waiting(session, cohort, person)
    browser = sign_in(lead)
    assert b"Place in Juniper" in browser.get(f"/cohorts/{cohort.id}/placing").data
    data = {"enrollment": str(row.id), "circle": str(juniper.circle_id)}
    answer_page = browser.post(f"/cohorts/{cohort.id}/placing", data=data, follow_redirects=True)
    assert b"Viktor Petrov is in Juniper" in answer_page.data
    session.expire_all()
    assert row.state is EnrollmentState.PLACED
    invites = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.invite")).all()
    assert {mail.recipient for mail in invites} >= {session.get_one(Person, row.person_id).email}
    assert browser.post(f"/cohorts/{cohort.id}/placing", data=data).status_code == 404, "nobody is placed twice"


def test_a_circle_at_other_hours_is_not_offered(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    person: Callable[..., Person],
) -> None:
    row = waiting(session, cohort, person, available="Mon 19:00-21:00", preferred="")
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/placing").data.decode()
    assert "No circle suits" in page
    assert f'/cohorts/{cohort.id}/message?to={row.id}"' in page, "a word to them goes to nobody else"


def test_a_manager_and_a_report_are_not_put_together(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    person: Callable[..., Person],
) -> None:
    row = waiting(session, cohort, person)
    session.get_one(Person, row.person_id).manager_id = juniper.circle.memberships[0].person_id
    session.commit()
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/placing").data
    assert b"A manager and a report would meet." in page
    assert b"Place in Juniper" not in page


def test_only_people_who_have_not_answered_are_reminded_and_it_can_be_undone(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
) -> None:
    members = [membership.person for membership in juniper.circle.memberships]
    answer(session, juniper.sessions[0], members[0], Answer.NO, source="page", at=AT)
    session.commit()
    browser = sign_in(lead)
    page = browser.get(f"/cohorts/{cohort.id}/remind")
    assert b"4 people" in page.data
    browser.post(f"/cohorts/{cohort.id}/remind", data={"subject": "This week?", "text": "Will you come?"})
    mails = session.scalars(select(OutgoingMail).where(OutgoingMail.subject.contains("This week?"))).all()
    assert sorted(mail.recipient for mail in mails) == sorted(member.email for member in members[1:])
    assert all(mail.send_at == AT + timedelta(minutes=5) and mail.batch for mail in mails)


def test_hosts_of_silent_circles_are_written_to(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    travel: time_machine.Traveller,
) -> None:
    for meeting in juniper.sessions[:3]:
        meeting.state = SessionState.MISSED
    session.commit()
    travel.move_to(juniper.sessions[2].ends_at + timedelta(days=2))
    browser = sign_in(lead)
    page = browser.get(f"/cohorts/{cohort.id}/write-to-hosts")
    assert b"1 person" in page.data
    assert b"Jonas Weber" in page.data, "the host of the next session"
    empty = browser.post(f"/cohorts/{cohort.id}/write-to-hosts", data={"subject": "Hello", "text": ""})
    assert b"Write a message." in empty.data
    assert session.scalar(select(OutgoingMail)) is None


@pytest.mark.parametrize("page", ["placing", "remind", "write-to-hosts", "now"])
def test_members_and_outsiders_find_nothing(
    sign_in: Callable[[Person], FlaskClient], cohort: Cohort, juniper: Season, outsider: Person, page: str
) -> None:
    for who in (outsider, juniper.circle.memberships[0].person):
        browser = sign_in(who)
        assert browser.get(f"/cohorts/{cohort.id}/{page}").status_code == 404
        assert browser.post(f"/cohorts/{cohort.id}/{page}").status_code in (404, 405)


def test_the_cohort_home_names_what_needs_the_lead(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    person: Callable[..., Person],
    travel: time_machine.Traveller,
) -> None:
    waiting(session, cohort, person)
    for membership in juniper.circle.memberships[2:]:
        session.get_one(Membership, membership.id).left_at = AT
    for meeting in juniper.sessions[:3]:
        meeting.state = SessionState.MISSED
    session.commit()
    travel.move_to(juniper.sessions[2].ends_at + timedelta(days=2))
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/now").data.decode()
    for words in ("person has no circle", "below its least size", "not met for two weeks", "have not answered"):
        assert words in page
    assert "Amara Osei" not in page, "a lead sees circles, not who answered or came"


def test_the_cohort_home_takes_the_same_queries_however_many_circles(
    session: Session,
    sign_in: Callable[[Person], FlaskClient],
    cohort: Cohort,
    juniper: Season,
    lead: Person,
    person: Callable[..., Person],
    queries: list[str],
) -> None:
    browser = sign_in(lead)
    counts = []
    for _ in range(2):
        session.expire_all()
        queries.clear()
        assert browser.get(f"/cohorts/{cohort.id}/now").status_code == 200
        counts.append(len(queries))
        for number in range(5):
            people = [person(name=f"More {number} {n}", timezone="Europe/Berlin") for n in range(4)]
            made = make.circle(session, cohort, people)
            season(session, made, at=AT, first=date(2026, 9, 14))
        session.commit()
    assert counts[0] == counts[1]
