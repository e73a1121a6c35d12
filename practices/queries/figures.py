"""The stored figures of a cohort; live rows are never read for a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from circles.models import Cohort, CohortState, ProgramLead
from circles.queries.paging import PAGE_SIZE, Page, bounds
from practices.cohort_report import CohortReport
from practices.models import ReportSnapshot


def latest_snapshot(session: Session, cohort_id: UUID) -> ReportSnapshot | None:
    """The newest stored figures; the caller has loaded the cohort for one of its leads."""
    found: ReportSnapshot | None = session.scalar(
        select(ReportSnapshot)
        .where(ReportSnapshot.cohort_id == cohort_id)
        .order_by(ReportSnapshot.taken_on.desc())
        .limit(1)
    )
    return found


def latest_figures(session: Session, cohort_id: UUID) -> CohortReport | None:
    """The newest stored figures as values, already under the five-person rule; None before the first."""
    snapshot = latest_snapshot(session, cohort_id)
    return CohortReport.from_document(snapshot.document) if snapshot else None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One cohort with the day of its newest figures, if it has any."""

    cohort: Cohort
    taken_on: date | None


def reports_of(session: Session, lead: Person, *, page: int) -> Page[ReportLine]:
    """The cohorts that a person leads and whose circles were published, newest first, some to a page."""
    mine = (
        select(Cohort.id)
        .join(ProgramLead, ProgramLead.program_id == Cohort.program_id)
        .where(ProgramLead.person_id == lead.id, Cohort.state.in_([CohortState.RUNNING, CohortState.FINISHED]))
    )
    total = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    number, pages, offset = bounds(page, total)
    newest = (
        select(ReportSnapshot.cohort_id, func.max(ReportSnapshot.taken_on).label("taken_on"))
        .group_by(ReportSnapshot.cohort_id)
        .subquery()
    )
    rows = session.execute(
        select(Cohort, newest.c.taken_on)
        .outerjoin(newest, newest.c.cohort_id == Cohort.id)
        .where(Cohort.id.in_(mine))
        .options(joinedload(Cohort.program))
        .order_by(Cohort.starts_on.desc(), Cohort.name)
        .limit(PAGE_SIZE)
        .offset(offset)
    )
    return Page([ReportLine(row[0], row[1]) for row in rows], number, pages, total)
