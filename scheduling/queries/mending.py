"""What a lead sees of circles that may need other people; the caller has loaded their cohort for a lead."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.errors import NotFound
from circles.models import Circle, Cohort, Membership
from circles.queries.running import MOST_LISTED, CircleLine


def circles_above(session: Session, cohort: Cohort) -> list[CircleLine]:
    """Standing circles with more present members than the cohort's largest size, the largest first; at most 50."""
    present = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.circle_id == Circle.id, Membership.left_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Circle, present)
        .where(Circle.cohort_id == cohort.id, Circle.ended_at.is_(None), present > cohort.size_max)
        .order_by(present.desc(), Circle.name)
        .limit(MOST_LISTED)
    )
    return [CircleLine(*row) for row in rows]


def circle_of_cohort(session: Session, cohort_id: UUID, circle_id: UUID) -> Circle:
    """A standing circle of a cohort. Raises NotFound."""
    found = session.scalar(
        select(Circle).where(Circle.id == circle_id, Circle.cohort_id == cohort_id, Circle.ended_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


def members_of(session: Session, circle_id: UUID) -> Sequence[Membership]:
    """Present members of a circle in ring order, their people loaded."""
    return session.scalars(
        select(Membership)
        .where(Membership.circle_id == circle_id, Membership.left_at.is_(None))
        .options(joinedload(Membership.person))
        .order_by(Membership.position)
    ).all()
