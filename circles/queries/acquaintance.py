"""Who may see whose profile because both take part in a cohort."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Person
from circles.models import Enrollment, EnrollmentState

TAKING_PART = (EnrollmentState.ENROLLED, EnrollmentState.PLACED)


def same_cohort(session: Session, reader: Person, other_id: UUID) -> bool:
    """Whether two people take part in one cohort."""
    mine, theirs = aliased(Enrollment), aliased(Enrollment)
    together = exists().where(
        mine.cohort_id == theirs.cohort_id,
        mine.person_id == reader.id,
        theirs.person_id == other_id,
        mine.state.in_(TAKING_PART),
        theirs.state.in_(TAKING_PART),
    )
    return bool(session.scalar(select(together)))
