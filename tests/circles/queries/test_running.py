"""The figures of a running cohort's home, each with the queries it takes at any size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState
from circles.queries import (
    agreements_count,
    circles_below,
    circles_page,
    counts_by_state,
    help_request_for,
    help_requests,
    leads_of,
    open_help_count,
    people_waiting,
)
from circles.services import agreements, forming
from tests.factories import circles as make


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person(name="Marcus Adeyemi")


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    """A running cohort in circles of 4 to 6."""
    return make.cohort(session, make.program(session, lead), state=CohortState.RUNNING)


def circle(session: Session, cohort: Cohort, person: Callable[..., Person], name: str, size: int) -> Circle:
    """A circle of so many people."""
    return make.circle(session, cohort, [person() for _number in range(size)], name=name)


def leave(session: Session, circle: Circle, lead: Person) -> None:
    """The circle's first member is taken out."""
    session.refresh(circle, ["memberships"])
    forming.end_membership(session, circle.memberships[0], actor=lead, at=clock.now())


def test_circles_with_their_present_members(
    session: Session, cohort: Cohort, lead: Person, person: Callable[..., Person]
) -> None:
    circle(session, cohort, person, "Birch", 4)
    shrunk = circle(session, cohort, person, "Alder", 4)
    gone = circle(session, cohort, person, "Elm", 4)
    leave(session, shrunk, lead)
    forming.end_circle(session, gone, actor=lead, at=clock.now())
    found = circles_page(session, cohort.id)
    assert [(line.circle.name, line.members) for line in found.items] == [("Alder", 3), ("Birch", 4)]
    assert [(line.circle.name, line.members) for line in circles_below(session, cohort)] == [("Alder", 3)]


def test_pages_beyond_the_last_show_the_last(session: Session, cohort: Cohort, person: Callable[..., Person]) -> None:
    for name in ("Alder", "Birch", "Cedar"):
        circle(session, cohort, person, name, 1)
    found = circles_page(session, cohort.id, page=9, size=2)
    assert (found.page, found.pages, found.total) == (2, 2, 3)
    assert [line.circle.name for line in found.items] == ["Cedar"]


def test_people_wait_who_are_enrolled_and_have_no_circle(
    session: Session, cohort: Cohort, lead: Person, person: Callable[..., Person]
) -> None:
    late = make.enrollment(session, cohort, person(name="Late"))
    make.enrollment(session, cohort, person(), state=EnrollmentState.INVITED)
    moved = circle(session, cohort, person, "Alder", 4)
    leave(session, moved, lead)
    waiting = people_waiting(session, cohort.id)
    assert waiting.total == 2
    assert late in waiting.items
    counts = counts_by_state(session, cohort.id)
    assert (counts[EnrollmentState.ENROLLED], counts[EnrollmentState.PLACED]) == (2, 3)
    assert counts[EnrollmentState.DECLINED] == 0


def test_agreements_are_counted_by_circle(
    session: Session, cohort: Cohort, lead: Person, person: Callable[..., Person]
) -> None:
    first = circle(session, cohort, person, "Alder", 3)
    circle(session, cohort, person, "Birch", 3)
    for words in ("One", "Two"):
        agreements.write_agreement(session, first, lines=[words], managers="", actor=lead, at=clock.now())
    assert agreements_count(session, cohort.id) == 1


def test_help_is_read_by_leads_of_the_program_alone(
    session: Session, cohort: Cohort, lead: Person, outsider: Person, person: Callable[..., Person]
) -> None:
    made = circle(session, cohort, person, "Alder", 3)
    member = session.get_one(Person, _first(session, made))
    asked = agreements.ask_for_help(session, made, text="Help.", actor=member, at=clock.now())
    assert open_help_count(session, cohort.id) == 1
    assert [one.text for one in help_requests(session, cohort.id).items] == ["Help."]
    assert help_request_for(session, lead, asked.id) is asked
    for other in (outsider, member):
        with pytest.raises(NotFound):
            help_request_for(session, other, asked.id)
    agreements.close_help(session, asked, actor=lead, at=clock.now())
    assert open_help_count(session, cohort.id) == 0
    assert help_requests(session, cohort.id, closed=True).total == 1
    assert [one.id for one in leads_of(session, cohort.program_id)] == [lead.id]


def test_each_takes_the_same_queries_at_any_size(
    session: Session, cohort: Cohort, person: Callable[..., Person], queries: list[str]
) -> None:
    counts = []
    for more in (1, 6):
        for number in range(more):
            circle(session, cohort, person, f"Circle {more} {number}", 3)
            make.enrollment(session, cohort, person())
        session.expire_all()
        cohort_id = cohort.id
        queries.clear()
        for line in circles_page(session, cohort_id).items:
            assert line.circle.name
        for row in people_waiting(session, cohort_id).items:
            assert row.person.name
        circles_below(session, cohort)
        agreements_count(session, cohort_id)
        counts_by_state(session, cohort_id)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert session.query(Enrollment).count() == 28


def _first(session: Session, circle: Circle) -> object:
    session.refresh(circle, ["memberships"])
    return circle.memberships[0].person_id
