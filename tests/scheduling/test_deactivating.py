"""A person whose account is deactivated leaves the circles that run; what is over stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, Membership
from circles.queries.running import circles_below, people_waiting
from scheduling.models import Season
from scheduling.queries.access import season_of_circle
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make
from tests.factories.scheduling import DESK, season

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def oak(session: Session) -> Season:
    circle = make.circle_of(session, ["Ann Oak", "Bo Oak", "Cem Oak", "Di Oak"], name="Oak")
    made = season(session, circle, at=AT - timedelta(days=7), first=date(2026, 9, 14))
    invite_where_missing(session, made.sessions, desk=DESK, at=AT - timedelta(days=1))
    session.commit()
    return made


def has_left(session: Session, person: Person, circle_id: object) -> bool:
    session.expire_all()
    row = session.scalars(
        select(Membership).where(Membership.person_id == person.id, Membership.circle_id == circle_id)
    ).one()
    return row.left_at is not None


def check_left(session: Session, ann: Person, season: Season) -> None:
    assert has_left(session, ann, season.circle_id)
    enrollment = session.scalars(select(Enrollment).where(Enrollment.person_id == ann.id)).one()
    assert enrollment.state is EnrollmentState.WITHDRAWN
    cancelled = session.scalars(select(OutgoingMail).where(OutgoingMail.method == "CANCEL")).all()
    assert [mail.recipient for mail in cancelled] == [ann.email] * 2
    loaded = season_of_circle(session, season.circle_id)
    assert loaded is not None
    cohort = loaded.circle.cohort
    assert [line.circle.name for line in circles_below(session, cohort)] == ["Oak"]


def test_deactivating_takes_someone_out_of_running_circles(
    session: Session, oak: Season, person: Callable[..., Person], sign_in: Callable[[Person], FlaskClient]
) -> None:
    ann = oak.circle.memberships[0].person
    browser = sign_in(person(name="Karin Holm", is_administrator=True))
    assert browser.post(f"/people/{ann.id}/deactivate").status_code == 302
    check_left(session, ann, oak)
    again = browser.post(f"/people/{ann.id}/reactivate")
    assert again.status_code == 302
    assert has_left(session, ann, oak.circle_id), "coming back is a new placing"


def test_a_people_file_takes_deactivated_people_out_as_well(
    session: Session,
    oak: Season,
    person: Callable[..., Person],
    sign_in: Callable[[Person], FlaskClient],
    run_jobs: Callable[[], int],
) -> None:
    ann = oak.circle.memberships[0].person
    browser = sign_in(person(name="Karin Holm", is_administrator=True))
    content = f"name,email,active\n{ann.name},{ann.email},no\n".encode()
    sent = browser.post("/people/imports", data={"file": (BytesIO(content), "people.csv")})
    run_jobs()
    assert browser.post(f"{sent.location}/apply").status_code == 302
    run_jobs()
    check_left(session, ann, oak)


def test_circles_that_are_over_stay_somebodys_to_read(
    session: Session, oak: Season, person: Callable[..., Person], sign_in: Callable[[Person], FlaskClient]
) -> None:
    ann = oak.circle.memberships[0].person
    ended = make.circle(
        session, make.cohort(session, make.program(session), state=CohortState.RUNNING), [ann], ended_at=AT
    )
    over = make.circle(session, make.cohort(session, make.program(session), state=CohortState.FINISHED), [ann])
    session.commit()
    keys = ended.id, over.id
    sign_in(person(is_administrator=True)).post(f"/people/{ann.id}/deactivate")
    assert not has_left(session, ann, keys[0])
    assert not has_left(session, ann, keys[1])
    assert has_left(session, ann, oak.circle_id)
    assert session.get_one(Circle, keys[0]).ended_at == AT


def test_a_deactivated_person_does_not_wait_for_a_circle(
    session: Session, oak: Season, person: Callable[..., Person]
) -> None:
    cohort = session.get_one(Circle, oak.circle_id).cohort_id
    for active in (True, False):
        row = person(name=f"Late {active}", active=active)
        make.enrollment(session, session.get_one(Cohort, cohort), row)
    session.commit()
    waiting = people_waiting(session, cohort)
    assert (waiting.total, [row.person.name for row in waiting.items]) == (1, ["Late True"])
