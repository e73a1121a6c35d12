"""Members' hours for finding a time, never for showing them, and who is asked privately for one hour more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Enrollment, Membership
from scheduling.models import HourAsk

#: Answers count as answers to the present question for so long.
RECENT = timedelta(days=30)


def hours_of(session: Session, members: Sequence[Membership]) -> dict[UUID, Enrollment]:
    """The enrollment of each of these members, by person: their zone and hours."""
    ids = [member.enrollment_id for member in members if member.enrollment_id is not None]
    if not ids:
        return {}
    rows = session.scalars(select(Enrollment).where(Enrollment.id.in_(ids)))
    return {row.person_id: row for row in rows}


def asked(session: Session, circle_id: UUID, *, at: datetime) -> tuple[int, int]:
    """How many people of a circle were asked for an hour of late, and how many of them have not answered."""
    row = session.execute(
        select(func.count(), func.count(HourAsk.answered_at)).where(
            HourAsk.circle_id == circle_id, HourAsk.asked_at > at - RECENT
        )
    ).one()
    return int(row[0]), int(row[0]) - int(row[1])


def asks_of(session: Session, person_id: UUID) -> Sequence[HourAsk]:
    """The questions for an hour that a person has not answered, in circles they are in; circles loaded."""
    return session.scalars(
        select(HourAsk)
        .join(Membership, Membership.circle_id == HourAsk.circle_id)
        .where(
            HourAsk.person_id == person_id,
            HourAsk.answered_at.is_(None),
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
        )
        .options(joinedload(HourAsk.circle).joinedload(Circle.cohort))
        .order_by(HourAsk.asked_at)
    ).all()


def ask_for(session: Session, person: Person, ask_id: UUID) -> HourAsk:
    """A question for an hour for the person it was put to, while they are in the circle. Raises NotFound."""
    ask: HourAsk | None = session.scalar(
        select(HourAsk)
        .join(Membership, Membership.circle_id == HourAsk.circle_id)
        .where(
            HourAsk.id == ask_id,
            HourAsk.person_id == person.id,
            Membership.person_id == person.id,
            Membership.left_at.is_(None),
        )
        .options(joinedload(HourAsk.circle).joinedload(Circle.cohort))
    )
    if ask is None:
        raise NotFound
    return ask
