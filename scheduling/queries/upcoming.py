"""Sessions in order, the next one, and who answered and came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from circles.models import Circle, Membership
from scheduling.models import Attendance, CircleSession, Rsvp, Season, SessionState
from scheduling.queries.people import roles_of


def sessions_of(session: Session, season_id: UUID, *, cancelled: bool = False) -> Sequence[CircleSession]:
    """A season's sessions by time, without cancelled ones unless asked for."""
    statement = select(CircleSession).where(CircleSession.season_id == season_id).order_by(CircleSession.starts_at)
    if not cancelled:
        statement = statement.where(CircleSession.state != SessionState.CANCELLED)
    return session.scalars(statement).all()


def next_session(session: Session, person_id: UUID, *, at: datetime) -> CircleSession | None:
    """The session of any of a person's circles that runs or begins next; season, circle and people loaded."""
    own = (
        select(Season.id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(Membership.person_id == person_id, Membership.left_at.is_(None))
    )
    return session.scalar(
        select(CircleSession)
        .where(
            CircleSession.season_id.in_(own), CircleSession.state == SessionState.PLANNED, CircleSession.ends_at > at
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


def present_at(session: Session, session_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who was there, by session, for sessions the caller has loaded for a member; closed ones only."""
    found: dict[UUID, set[UUID]] = {}
    if session_ids:
        rows = select(Attendance.session_id, Attendance.person_id).where(
            Attendance.session_id.in_(session_ids), Attendance.present
        )
        for session_id, person_id in session.execute(rows):
            found.setdefault(session_id, set()).add(person_id)
    return found


def next_host(session: Session, circle_id: UUID, *, at: datetime) -> UUID | None:
    """Who hosts a circle's next session, for its lead; None when nothing is planned."""
    meeting = session.scalar(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .where(Season.circle_id == circle_id, CircleSession.state == SessionState.PLANNED, CircleSession.ends_at > at)
        .order_by(CircleSession.starts_at)
        .limit(1)
        .options(
            joinedload(CircleSession.season)
            .joinedload(Season.circle)
            .options(selectinload(Circle.memberships).joinedload(Membership.person))
        )
    )
    roles = roles_of(meeting) if meeting is not None else None
    return roles.host if roles is not None and isinstance(roles.host, UUID) else None
