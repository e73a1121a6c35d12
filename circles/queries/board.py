"""The people a match draft speaks of, loaded for the part of it that a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from circles.models import Cohort, Enrollment


def people_of_draft(session: Session, cohort: Cohort, ids: Iterable[str]) -> dict[str, Enrollment]:
    """Enrollments of a cohort by their id as text, their person loaded; ids that are gone are missing."""
    wanted = [UUID(text) for text in dict.fromkeys(ids) if text]
    found: dict[str, Enrollment] = {}
    for start in range(0, len(wanted), 500):
        rows = session.scalars(
            select(Enrollment)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.id.in_(wanted[start : start + 500]))
            .options(joinedload(Enrollment.person))
        )
        found.update({str(row.id): row for row in rows})
    return found
