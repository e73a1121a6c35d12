"""Making circles, and people joining, leaving and being away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError, InvalidInput
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState
from circles.services import forming
from tests.factories import circles as make

AT = datetime(2026, 9, 10, 9, tzinfo=UTC)


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person()


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    """A running cohort."""
    return make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)


@pytest.fixture
def rows(session: Session, cohort: Cohort, person: Callable[..., Person]) -> list[Enrollment]:
    """Four people who wait for a circle."""
    return [make.enrollment(session, cohort, person()) for _number in range(4)]


def form(session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person) -> Circle:
    """A circle of some people, its memberships loaded."""
    made = forming.form_circle(
        session, cohort, name="Hazel", enrollments=rows, windows=[], score=70.0, actor=lead, at=AT
    )
    session.refresh(made, ["memberships"])
    return made


def test_members_stand_in_the_order_given(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person
) -> None:
    circle = form(session, cohort, rows[:3], lead)
    assert [member.person_id for member in circle.memberships] == [row.person_id for row in rows[:3]]
    assert {row.state for row in rows[:3]} == {EnrollmentState.PLACED}
    assert rows[3].state is EnrollmentState.ENROLLED


def test_who_is_not_waiting_any_more_forms_no_circle(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person
) -> None:
    rows[1].state = EnrollmentState.WITHDRAWN
    with pytest.raises(DomainError, match="1 people"):
        form(session, cohort, rows, lead)
    assert rows[0].state is EnrollmentState.ENROLLED


def test_a_joiner_comes_last_and_only_once(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person
) -> None:
    circle = form(session, cohort, rows[:3], lead)
    joined = forming.add_member(session, circle, rows[3], actor=lead, at=AT)
    assert joined.position == 3
    with pytest.raises(DomainError, match="not waiting"):
        forming.add_member(session, circle, rows[3], actor=lead, at=AT)


def test_nobody_joins_an_ended_circle_or_one_of_another_cohort(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person, person: Callable[..., Person]
) -> None:
    circle = form(session, cohort, rows[:3], lead)
    other = make.cohort(session, make.program(session, lead))
    with pytest.raises(DomainError, match="in this cohort"):
        forming.add_member(session, circle, make.enrollment(session, other, person()), actor=lead, at=AT)
    forming.end_circle(session, circle, actor=lead, at=AT)
    with pytest.raises(DomainError, match="has ended"):
        forming.add_member(session, circle, rows[3], actor=lead, at=AT)


@pytest.mark.parametrize(("by_lead", "state"), [(True, EnrollmentState.ENROLLED), (False, EnrollmentState.WITHDRAWN)])
def test_who_leaves_withdraws_and_whom_a_lead_takes_out_waits_again(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person, by_lead: bool, state: EnrollmentState
) -> None:
    circle = form(session, cohort, rows[:3], lead)
    membership = circle.memberships[0]
    member = session.get_one(Person, membership.person_id)
    forming.end_membership(session, membership, actor=lead if by_lead else member, at=AT)
    assert membership.left_at == AT
    assert rows[0].state is state
    with pytest.raises(DomainError, match="ended already"):
        forming.end_membership(session, membership, actor=lead, at=AT)


def test_away_until_a_day_to_come(session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person) -> None:
    membership = form(session, cohort, rows[:3], lead).memberships[0]
    today = date(2026, 9, 10)
    forming.set_away(session, membership, date(2026, 9, 11), today=today)
    assert membership.away_until == date(2026, 9, 11)
    with pytest.raises(InvalidInput):
        forming.set_away(session, membership, today, today=today)
    forming.set_away(session, membership, None, today=today)
    assert membership.away_until is None


def test_ending_a_circle_twice_keeps_the_first_time(
    session: Session, cohort: Cohort, rows: list[Enrollment], lead: Person
) -> None:
    circle = form(session, cohort, rows[:3], lead)
    forming.end_circle(session, circle, actor=lead, at=AT)
    forming.end_circle(session, circle, actor=lead, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert circle.ended_at == AT
