"""The circles a person is in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from circles.models import Circle, Cohort, Membership


def circles_of(session: Session, person_id: UUID) -> Sequence[Membership]:
    """Present memberships of standing circles, the newest first; circle, cohort and program loaded."""
    return session.scalars(
        select(Membership)
        .join(Circle, Circle.id == Membership.circle_id)
        .where(Membership.person_id == person_id, Membership.left_at.is_(None), Circle.ended_at.is_(None))
        .options(joinedload(Membership.circle).joinedload(Circle.cohort).joinedload(Cohort.program))
        .order_by(Membership.joined_at.desc())
    ).all()


def newest_circle_id(session: Session, person_id: UUID) -> UUID | None:
    """The circle a person joined last and is in, if any."""
    return session.scalar(
        select(Membership.circle_id)
        .join(Circle, Circle.id == Membership.circle_id)
        .where(Membership.person_id == person_id, Membership.left_at.is_(None), Circle.ended_at.is_(None))
        .order_by(Membership.joined_at.desc())
        .limit(1)
    )


def earlier_circles(session: Session, person_id: UUID) -> Sequence[Circle]:
    """Circles that have ended and whose texts a person may still read, the latest first; at most 20."""
    return session.scalars(
        select(Circle)
        .join(Membership, Membership.circle_id == Circle.id)
        .where(Membership.person_id == person_id, Membership.left_at.is_(None), Circle.ended_at.is_not(None))
        .order_by(Circle.ended_at.desc(), Circle.name)
        .limit(20)
    ).all()
