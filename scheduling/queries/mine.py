"""A person's sessions across circles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from circles.models import Circle, Membership
from scheduling.models import CircleSession, Season, SessionState

#: Sessions that ended longer ago are not listed.
LISTED_PAST = timedelta(days=120)


def sessions_of_person(session: Session, person_id: UUID, *, at: datetime) -> Sequence[CircleSession]:
    """Sessions of all present circles of a person by time, recent past included, cancelled ones left out."""
    return session.scalars(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
            CircleSession.state != SessionState.CANCELLED,
            CircleSession.ends_at > at - LISTED_PAST,
        )
        .options(joinedload(CircleSession.season).joinedload(Season.circle).joinedload(Circle.cohort))
        .order_by(CircleSession.starts_at)
        .limit(300)
    ).all()
