"""What a lead has: programs and cohorts with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from app.accounts.models import Person
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Program, ProgramLead
from circles.queries.paging import PAGE_SIZE, Page, bounds

#: States of people who take part, or may yet.
COUNTED = (EnrollmentState.INVITED, EnrollmentState.APPLIED, EnrollmentState.ENROLLED, EnrollmentState.PLACED)


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One program in a list: how many people lead it, and its cohorts by state."""

    program: Program
    leads: int
    cohorts: int
    running: int


@dataclass(frozen=True, slots=True)
class CohortLine:
    """One cohort in a list, its program loaded, with its people by state."""

    cohort: Cohort
    people: dict[EnrollmentState, int] = field(default_factory=dict)

    @property
    def taking_part(self) -> int:
        """Enrolled and placed people."""
        return self.people.get(EnrollmentState.ENROLLED, 0) + self.people.get(EnrollmentState.PLACED, 0)

    @property
    def waiting(self) -> int:
        """People invited or waiting for approval."""
        return self.people.get(EnrollmentState.INVITED, 0) + self.people.get(EnrollmentState.APPLIED, 0)


def programs_of(session: Session, person: Person, page: int = 1) -> Page[ProgramLine]:
    """The programs a person leads, by name."""
    mine = select(ProgramLead.program_id).where(ProgramLead.person_id == person.id)
    standing = Program.id.in_(mine) & Program.archived_at.is_(None)
    total = session.scalar(select(func.count()).select_from(Program).where(standing)) or 0
    page, pages, offset = bounds(page, total)
    leads = select(func.count()).where(ProgramLead.program_id == Program.id).scalar_subquery()
    cohorts = select(func.count()).where(Cohort.program_id == Program.id).scalar_subquery()
    running = (
        select(func.count())
        .where(Cohort.program_id == Program.id, Cohort.state == CohortState.RUNNING)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Program, leads, cohorts, running)
        .where(standing)
        .order_by(func.lower(Program.name), Program.id)
        .limit(PAGE_SIZE)
        .offset(offset)
    )
    return Page([ProgramLine(*row) for row in rows], page, pages, total)


def cohorts_of(session: Session, person: Person, page: int = 1, program_id: UUID | None = None) -> Page[CohortLine]:
    """The cohorts of the programs a person leads, or of one of them, the newest start first."""
    mine = select(ProgramLead.program_id).where(ProgramLead.person_id == person.id)
    chosen: list[ColumnElement[bool]] = [Cohort.program_id.in_(mine)]
    if program_id is not None:
        chosen.append(Cohort.program_id == program_id)
    total = session.scalar(select(func.count()).select_from(Cohort).where(*chosen)) or 0
    page, pages, offset = bounds(page, total)
    found = session.scalars(
        select(Cohort)
        .join(Cohort.program)
        .options(contains_eager(Cohort.program))
        .where(*chosen)
        .order_by(Cohort.starts_on.desc(), Cohort.id)
        .limit(PAGE_SIZE)
        .offset(offset)
    ).all()
    people = people_by_state(session, [cohort.id for cohort in found])
    return Page([CohortLine(cohort, people.get(cohort.id, {})) for cohort in found], page, pages, total)


def people_by_state(session: Session, cohort_ids: Sequence[UUID]) -> dict[UUID, dict[EnrollmentState, int]]:
    """How many people of each cohort are in each state of enrollment."""
    counts: dict[UUID, dict[EnrollmentState, int]] = {}
    rows = session.execute(
        select(Enrollment.cohort_id, Enrollment.state, func.count())
        .where(Enrollment.cohort_id.in_(cohort_ids))
        .group_by(Enrollment.cohort_id, Enrollment.state)
    )
    for cohort_id, state, count in rows:
        counts.setdefault(cohort_id, {})[state] = count
    return counts
