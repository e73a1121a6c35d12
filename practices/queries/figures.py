"""The stored figures of a cohort; live rows are never read for a lead."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from practices.models import ReportSnapshot
from practices.cohort_report import CohortReport


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
