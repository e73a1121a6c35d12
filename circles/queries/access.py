"""One function per aggregate that loads it for a person, or says there is nothing there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Cohort, Enrollment, Membership, Program, ProgramLead


def is_lead(session: Session, person: Person) -> bool:
    """Whether a person leads any program that is not archived."""
    leads = (
        select(ProgramLead.program_id)
        .join(Program, Program.id == ProgramLead.program_id)
        .where(ProgramLead.person_id == person.id, Program.archived_at.is_(None))
    )
    return bool(session.scalar(select(leads.exists())))


def program_for(session: Session, person: Person, program_id: UUID) -> Program:
    """A program for one of its leads, its leads and their people loaded. Raises NotFound for anyone else."""
    program = session.scalar(
        select(Program)
        .join(ProgramLead, ProgramLead.program_id == Program.id)
        .where(Program.id == program_id, ProgramLead.person_id == person.id)
        .options(selectinload(Program.leads).joinedload(ProgramLead.person))
    )
    if program is None:
        raise NotFound
    return program


def cohort_for(session: Session, person: Person, cohort_id: UUID) -> Cohort:
    """A cohort for a lead of its program, the program loaded. Raises NotFound for anyone else."""
    cohort = session.scalar(
        select(Cohort)
        .join(ProgramLead, ProgramLead.program_id == Cohort.program_id)
        .where(Cohort.id == cohort_id, ProgramLead.person_id == person.id)
        .options(joinedload(Cohort.program))
    )
    if cohort is None:
        raise NotFound
    return cohort


def leads_cohort(session: Session, person: Person, cohort_id: UUID) -> bool:
    """Whether a person leads the program of a cohort."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Cohort.id == cohort_id,
                    ProgramLead.program_id == Cohort.program_id,
                    ProgramLead.person_id == person.id,
                )
            )
        )
    )


def enrollment_for(session: Session, person: Person, enrollment_id: UUID) -> Enrollment:
    """A person's own enrollment, cohort, program and wishes loaded. Raises NotFound for anyone else's."""
    enrollment = session.scalar(
        select(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.person_id == person.id)
        .options(joinedload(Enrollment.cohort).joinedload(Cohort.program), selectinload(Enrollment.wishes))
    )
    if enrollment is None:
        raise NotFound
    return enrollment


def circle_for(session: Session, person: Person, circle_id: UUID) -> Circle:
    """A circle for one of its present members: cohort, and memberships with their people (leavers too) loaded.

    Raises NotFound for leads, administrators, former members and everyone else: circles are read by their members.
    """
    circle = session.scalar(
        select(Circle)
        .join(Membership, Membership.circle_id == Circle.id)
        .where(Circle.id == circle_id, Membership.person_id == person.id, Membership.left_at.is_(None))
        .options(
            joinedload(Circle.cohort).joinedload(Cohort.program),
            selectinload(Circle.memberships).joinedload(Membership.person),
        )
    )
    if circle is None:
        raise NotFound
    return circle


def membership_for(session: Session, person: Person, circle_id: UUID) -> Membership:
    """A person's present membership of a circle, the circle and its cohort loaded. Raises NotFound."""
    membership = standing_membership(session, person.id, circle_id)
    if membership is None:
        raise NotFound
    return membership


def standing_membership(session: Session, person_id: UUID, circle_id: UUID) -> Membership | None:
    """The present membership of a person in a circle, if any."""
    return session.scalar(
        select(Membership)
        .where(Membership.circle_id == circle_id, Membership.person_id == person_id, Membership.left_at.is_(None))
        .options(joinedload(Membership.circle).joinedload(Circle.cohort))
    )
