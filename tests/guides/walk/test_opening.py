"""A circle without a weekly time gets one that suits everyone, with its walk and its invites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Circle, Enrollment
from guides.walk.models import CohortPlan, SessionWeek
from scheduling.models import Season
from scheduling.queries.access import season_of_circle
from tests.factories import circles as make
from tests.factories import guides as make_guides

AT = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi", timezone="Europe/Berlin")


@pytest.fixture
def circle(session: Session, lead: Person) -> Circle:
    """A circle of a running cohort that began on 14 September 2026, without a season."""
    made = make.circle_of(session, ["Amara", "Tomas", "Linh"], lead=lead, name="Juniper")
    session.add(CohortPlan(cohort_id=made.cohort_id, guide_version_id=make_guides.version(session).id))
    session.commit()
    return made


def member(session: Session, circle: Circle) -> Person:
    return session.scalars(
        select(Person).join(Enrollment).where(Enrollment.cohort_id == circle.cohort_id, Person.name == "Amara")
    ).one()


def test_the_lead_sets_a_time_over_the_weeks_that_are_left(
    session: Session, circle: Circle, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    browser = sign_in(lead)
    assert "Set this time and send the invites" in browser.get(f"/circles/{circle.id}/season").get_data(as_text=True)
    browser.post(f"/circles/{circle.id}/weekly-time", data={"place": "0"})
    season = season_of_circle(session, circle.id)
    assert season is not None
    assert season.weeks[0] == "2026-10-05", "weeks that have begun are gone"
    assert (len(season.weeks), season.weekday) == (9, 0), "Monday morning is what everyone prefers"
    assert len(season.alternatives) == 2
    weeks = session.scalars(select(SessionWeek.week).order_by(SessionWeek.week)).all()
    assert list(weeks) == list(range(1, 10))
    invites = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.invite")).all()
    assert len(invites) == 3 * 2


def test_it_is_set_once_and_only_to_a_time_that_was_found(
    session: Session, circle: Circle, lead: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    browser = sign_in(lead)
    for place in ("-1", "99"):
        browser.post(f"/circles/{circle.id}/weekly-time", data={"place": place})
        assert session.scalars(select(Season)).all() == []
    browser.post(f"/circles/{circle.id}/weekly-time", data={"place": "1"})
    browser.post(f"/circles/{circle.id}/weekly-time", data={"place": "0"})
    assert len(session.scalars(select(Season)).all()) == 1


def test_members_and_strangers_do_not_set_it(
    session: Session, circle: Circle, outsider: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    amara = member(session, circle)
    seen = sign_in(amara).get(f"/circles/{circle.id}/season").get_data(as_text=True)
    assert "Set this time" not in seen
    assert "Your lead sets the time." in seen
    for nobody in (amara, outsider):
        assert sign_in(nobody).post(f"/circles/{circle.id}/weekly-time", data={"place": "0"}).status_code == 404
    assert session.scalars(select(Season)).all() == []
