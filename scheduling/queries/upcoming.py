"""Sessions in order, the next one, and who answered and came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from circles.models import Circle, Membership
from scheduling.models import Attendance, CircleSession, Rsvp, Season, SessionState


def sessions_of(session: Session, season_id: UUID, *, cancelled: bool = False) -> Sequence[CircleSession]:
    """A season's sessions by time, without cancelled ones unless asked for."""
    statement = select(CircleSession).where(CircleSession.season_id == season_id).order_by(CircleSession.starts_at)
    if not cancelled:
        statement = statement.where(CircleSession.state != SessionState.CANCELLED)
    return session.scalars(statement).all()


def next_session(session: Session, person_id: UUID, *, at: datetime) -> CircleSession | None:
    """The session of any of a person's circles that runs or begins next; season, circle and people loaded."""
    return session.scalar(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.ends_at > at,
        )
        .order_by(CircleSession.starts_at)
        .limit(1)
        .options(
            joinedload(CircleSession.season)
            .joinedload(Season.circle)
            .options(joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person))
        )
    )


def answers_of(session: Session, session_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Rsvp]]:
    """Answers by session and person, for sessions the caller has loaded for a member."""
    found: dict[UUID, dict[UUID, Rsvp]] = {session_id: {} for session_id in session_ids}
    if session_ids:
        for rsvp in session.scalars(select(Rsvp).where(Rsvp.session_id.in_(session_ids))):
            found[rsvp.session_id][rsvp.person_id] = rsvp
    return found


def attendance_of(session: Session, session_id: UUID) -> dict[UUID, Attendance]:
    """Who was present at a session, by person."""
    rows = session.scalars(select(Attendance).where(Attendance.session_id == session_id))
    return {row.person_id: row for row in rows}
