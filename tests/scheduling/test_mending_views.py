"""Pages on which a lead mends circles: what they show, what they do, and who finds nothing there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, Membership
from scheduling.models import Season
from tests.factories import circles as make
from tests.factories.scheduling import season

AT = datetime(2026, 9, 22, 9, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi", timezone=BERLIN)


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    return make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)


@pytest.fixture
def running(session: Session, cohort: Cohort, person: Callable[..., Person]) -> Callable[..., Season]:
    """Makes a circle with its season: running("Juniper", "Ann Bo Cem Di")."""

    def make_one(name: str, people: str, **slot: object) -> Season:
        members = [person(name=f"{one} {name}", timezone=BERLIN) for one in people.split()]
        circle = make.circle(session, cohort, members, name=name, created_at=AT - timedelta(days=14))
        made = season(session, circle, at=AT - timedelta(days=14), first=date(2026, 9, 14), **slot)
        session.commit()
        return made

    return make_one


class Marks(HTMLParser):
    """The values of the hidden fields of one name."""

    def __init__(self, page: str, name: str = "mark") -> None:
        super().__init__()
        self.name, self.values = name, list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == self.name:
            self.values.append(given.get("value") or "")


def waiting(session: Session, cohort: Cohort, person: Callable[..., Person], **fields: object) -> Enrollment:
    row = make.enrollment(session, cohort, person(name="Viktor Petrov", timezone=BERLIN), **fields)
    session.commit()
    return row


def test_a_small_circle_is_shown_before_and_after_and_mended_by_one_press(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak, elm = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve Flo")
    browser = sign_in(lead)
    assert b"Oak" in browser.get(f"/cohorts/{cohort.id}/mend").data
    page = browser.get(f"/cohorts/{cohort.id}/mend?circle={oak.circle_id}").data.decode()
    for words in (
        "Oak becomes one with Elm",
        "2 people move, every weekly time stays",
        "Before",
        "After",
        "The circle ends",
        "From Oak: Ann Oak and Bo Oak",
        "stays readable for those who could read it, and for nobody else",
        "cannot be undone",
    ):
        assert words in page
    data = {"circle": str(oak.circle_id), "mark": Marks(page).values[0]}
    done = browser.post(f"/cohorts/{cohort.id}/mend", data=data, follow_redirects=True).data.decode()
    # Nobody here was invited before: a mail each to Ann and Bo, and two invites to everyone.
    assert "Done: 2 people moved, 14 mails leave now." in done
    session.expire_all()
    assert session.get_one(Circle, oak.circle_id).ended_at == AT
    present = session.scalars(
        select(Membership).where(Membership.circle_id == elm.circle_id, Membership.left_at.is_(None))
    ).all()
    assert len(present) == 6
    assert browser.get(f"/cohorts/{cohort.id}/mend?circle={oak.circle_id}").status_code == 404
    assert browser.post(f"/cohorts/{cohort.id}/mend", data=data).status_code == 404


def test_an_old_proposal_changes_nothing(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    person: Callable[..., Person],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak, elm = running("Oak", "Ann Bo"), running("Elm", "Cem Di Eve Flo")
    browser = sign_in(lead)
    page = browser.get(f"/cohorts/{cohort.id}/mend?circle={oak.circle_id}").data.decode()
    row = waiting(session, cohort, person)
    browser.post(f"/cohorts/{cohort.id}/placing", data={"enrollment": str(row.id), "circle": str(elm.circle_id)})
    data = {"circle": str(oak.circle_id), "mark": Marks(page).values[0]}
    answer = browser.post(f"/cohorts/{cohort.id}/mend", data=data, follow_redirects=True).data.decode()
    assert "Something changed meanwhile, so nothing was done." in answer
    session.expire_all()
    assert session.get_one(Circle, oak.circle_id).ended_at is None
    assert browser.post(f"/cohorts/{cohort.id}/mend", data={"circle": str(oak.circle_id)}).status_code == 400


def test_where_nothing_is_possible_the_reasons_stand_there_without_names(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    person: Callable[..., Person],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    running("Oak", "Ann Bo Cem Di")
    row = waiting(session, cohort, person, available="Sun 03:00-05:00", preferred="")
    page = sign_in(lead).get(f"/cohorts/{cohort.id}/mend?person={row.id}").data.decode()
    assert "Nothing is possible under the rules" in page
    assert "In 1 case a session to come lies outside" in page
    assert not Marks(page).values
    assert f'/cohorts/{cohort.id}/message?to={row.id}"' in page, "a word to them goes to nobody else"


def test_a_member_of_a_circle_of_good_size_can_be_given_another_one(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak = running("Oak", "Ann Bo Cem Di Eve")
    running("Elm", "Flo Gus Hal Ida")
    browser = sign_in(lead)
    page = browser.get(f"/cohorts/{cohort.id}/mend?circle={oak.circle_id}").data.decode()
    assert "Its size is within the rules" in page
    row = oak.circle.memberships[0].enrollment_id
    assert f"person={row}" in page
    page = browser.get(f"/cohorts/{cohort.id}/mend?person={row}").data.decode()
    assert "Another circle for Ann Oak" in page
    assert "1 person moves" in page
    done = browser.post(
        f"/cohorts/{cohort.id}/mend", data={"person": str(row), "mark": Marks(page).values[0]}, follow_redirects=True
    )
    assert b"1 person moved" in done.data


def test_placing_is_checked_again_when_it_is_done(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    person: Callable[..., Person],
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    full = running("Oak", "Ann Bo Cem Di Eve Flo")
    row = waiting(session, cohort, person)
    data = {"enrollment": str(row.id), "circle": str(full.circle_id)}
    answer = sign_in(lead).post(f"/cohorts/{cohort.id}/placing", data=data, follow_redirects=True)
    assert b"Oak does not suit Viktor Petrov any more." in answer.data
    session.expire_all()
    assert row.state is EnrollmentState.ENROLLED


def test_nobody_but_a_lead_finds_these_pages(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    person: Callable[..., Person],
    outsider: Person,
    sign_in: Callable[[Person], FlaskClient],
) -> None:
    oak = running("Oak", "Ann Bo")
    member, administrator = oak.circle.memberships[0].person, person(is_administrator=True)
    other_lead = person()
    other = make.cohort(session, make.program(session, other_lead), state=CohortState.RUNNING)
    session.commit()
    address = f"/cohorts/{cohort.id}/mend"
    for who in (outsider, member, administrator, other_lead):
        browser = sign_in(who)
        for query in ("", f"?circle={oak.circle_id}", f"?person={oak.circle.memberships[0].enrollment_id}"):
            assert browser.get(address + query).status_code == 404
        data = {"circle": str(oak.circle_id), "mark": "x"}
        assert browser.post(address, data=data).status_code == 404
    theirs = sign_in(other_lead)
    assert theirs.get(f"/cohorts/{other.id}/mend?circle={oak.circle_id}").status_code == 404
    assert theirs.get(f"/cohorts/{other.id}/mend?person={oak.circle.memberships[0].enrollment_id}").status_code == 404


def test_proposals_take_the_same_queries_however_many_circles(
    session: Session,
    cohort: Cohort,
    running: Callable[..., Season],
    lead: Person,
    sign_in: Callable[[Person], FlaskClient],
    queries: list[str],
) -> None:
    oak = running("Oak", "Ann Bo")
    running("Elm", "Cem Di Eve Flo")
    browser, counts = sign_in(lead), []
    for lap in range(2):
        session.expire_all()
        queries.clear()
        assert browser.get(f"/cohorts/{cohort.id}/mend?circle={oak.circle_id}").status_code == 200
        counts.append(len(queries))
        for number in range(4):
            running(f"More{lap}{number}", "Ann Bo Cem Di")
    assert counts[0] == counts[1]
