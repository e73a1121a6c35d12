"""A cohort once its circles are made: the figures of its home, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import (
    Agreement,
    Circle,
    Cohort,
    Enrollment,
    EnrollmentState,
    HelpRequest,
    Membership,
    ProgramLead,
)
from circles.queries.paging import PAGE_SIZE, Page, bounds

#: Circles or people listed by name in a remark.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class CircleLine:
    """One circle with the number of its present members."""

    circle: Circle
    members: int


def circles_page(session: Session, cohort_id: UUID, page: int = 1, size: int = PAGE_SIZE) -> Page[CircleLine]:
    """The standing circles of a cohort by name."""
    standing = (Circle.cohort_id == cohort_id) & Circle.ended_at.is_(None)
    total = session.scalar(select(func.count()).select_from(Circle).where(standing)) or 0
    page, pages, offset = bounds(page, total, size)
    rows = session.execute(
        select(Circle, _present()).where(standing).order_by(Circle.name, Circle.id).limit(size).offset(offset)
    )
    return Page([CircleLine(*row) for row in rows], page, pages, total)


def circles_below(session: Session, cohort: Cohort) -> list[CircleLine]:
    """Standing circles with fewer present members than the cohort's least size, the smallest first; at most 50."""
    present = _present()
    rows = session.execute(
        select(Circle, present)
        .where(Circle.cohort_id == cohort.id, Circle.ended_at.is_(None), present < cohort.size_min)
        .order_by(present, Circle.name)
        .limit(MOST_LISTED)
    )
    return [CircleLine(*row) for row in rows]


def people_waiting(session: Session, cohort_id: UUID, page: int = 1) -> Page[Enrollment]:
    """People who are enrolled and have no circle, who waits longest first; their person loaded.

    Deactivated accounts wait for nothing: they could not come.
    """
    waiting = (Enrollment.cohort_id == cohort_id) & (Enrollment.state == EnrollmentState.ENROLLED) & Person.active
    total = session.scalar(select(func.count()).select_from(Enrollment).join(Enrollment.person).where(waiting)) or 0
    page, pages, offset = bounds(page, total)
    found = session.scalars(
        select(Enrollment)
        .join(Enrollment.person)
        .where(waiting)
        .options(contains_eager(Enrollment.person))
        .order_by(Enrollment.created_at, Enrollment.id)
        .limit(PAGE_SIZE)
        .offset(offset)
    ).all()
    return Page(found, page, pages, total)


def agreements_count(session: Session, cohort_id: UUID) -> int:
    """How many standing circles have an agreement; what it says is theirs alone."""
    with_one = (
        select(func.count(func.distinct(Agreement.circle_id)))
        .join(Circle, Circle.id == Agreement.circle_id)
        .where(Circle.cohort_id == cohort_id, Circle.ended_at.is_(None))
    )
    return session.scalar(with_one) or 0


def help_requests(session: Session, cohort_id: UUID, *, page: int = 1, closed: bool = False) -> Page[HelpRequest]:
    """Members' private words to the leads of a cohort: open ones oldest first, or closed ones newest first."""
    wanted = select(HelpRequest).join(Circle, Circle.id == HelpRequest.circle_id).where(Circle.cohort_id == cohort_id)
    wanted = wanted.where(HelpRequest.closed_at.is_not(None) if closed else HelpRequest.closed_at.is_(None))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page, pages, offset = bounds(page, total)
    order = HelpRequest.closed_at.desc() if closed else HelpRequest.created_at
    found = session.scalars(
        wanted.options(contains_eager(HelpRequest.circle), joinedload(HelpRequest.person))
        .order_by(order, HelpRequest.id)
        .limit(PAGE_SIZE)
        .offset(offset)
    ).all()
    return Page(found, page, pages, total)


def open_help_count(session: Session, cohort_id: UUID) -> int:
    """How many private words wait for a lead."""
    waiting = (
        select(func.count())
        .select_from(HelpRequest)
        .join(Circle, Circle.id == HelpRequest.circle_id)
        .where(Circle.cohort_id == cohort_id, HelpRequest.closed_at.is_(None))
    )
    return session.scalar(waiting) or 0


def help_request_for(session: Session, person: Person, request_id: UUID) -> HelpRequest:
    """A private word for a lead of its program, circle and cohort loaded. Raises NotFound for anyone else."""
    found = session.scalar(
        select(HelpRequest)
        .join(HelpRequest.circle)
        .join(Circle.cohort)
        .join(ProgramLead, ProgramLead.program_id == Cohort.program_id)
        .where(HelpRequest.id == request_id, ProgramLead.person_id == person.id)
        .options(contains_eager(HelpRequest.circle).contains_eager(Circle.cohort))
    )
    if found is None:
        raise NotFound
    return found


def leads_of(session: Session, program_id: UUID) -> Sequence[Person]:
    """The active people who lead a program, by name."""
    return session.scalars(
        select(Person)
        .join(ProgramLead, ProgramLead.person_id == Person.id)
        .where(ProgramLead.program_id == program_id, Person.active)
        .order_by(Person.name)
    ).all()


def _present() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(Membership.circle_id == Circle.id, Membership.left_at.is_(None))
        .correlate(Circle)
        .scalar_subquery()
    )
