"""Forgetting what one person said when they signed up, and what others said about them by address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Assent, Enrollment, EnrollmentState, HelpRequest, Wish

OVER = (EnrollmentState.DECLINED, EnrollmentState.WITHDRAWN)


def erase(session: Session, person: Person, *, at: datetime) -> None:
    """Empty a person's enrollments, which stay as numbers, and delete wishes, assents and requests for help."""
    mine = select(Enrollment.id).where(Enrollment.person_id == person.id)
    session.execute(delete(Wish).where(Wish.enrollment_id.in_(mine)).execution_options(synchronize_session=False))
    session.execute(delete(Wish).where(Wish.email_key == person.email_key))
    session.execute(delete(Assent).where(Assent.person_id == person.id))
    session.execute(update(HelpRequest).where(HelpRequest.person_id == person.id).values(text="", closed_at=at))
    session.execute(
        update(Enrollment)
        .where(Enrollment.person_id == person.id, Enrollment.state.not_in(OVER))
        .values(state=EnrollmentState.WITHDRAWN, ended_at=at)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Enrollment)
        .where(Enrollment.person_id == person.id)
        .values(
            concern="",
            goals="",
            topics=[],
            languages=[],
            available="",
            preferred="",
            glad_to_host=False,
            kept_circle="",
            answers={},
        )
        .execution_options(synchronize_session="fetch")
    )
    session.flush()
