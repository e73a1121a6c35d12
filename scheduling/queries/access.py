"""One function per aggregate that loads it for a person, or says there is nothing there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from scheduling.models import CircleSession, Season
from scheduling.queries.people import WITH_CIRCLE


def member_session(session: Session, person: Person, session_id: UUID) -> CircleSession:
    """A session for a present member of its circle; season, circle, cohort and memberships loaded. Raises NotFound."""
    found = member_session_by_id(session, session_id)
    if found is None or not any(
        m.person_id == person.id and m.left_at is None for m in found.season.circle.memberships
    ):
        raise NotFound
    return found


def member_session_by_id(session: Session, session_id: UUID) -> CircleSession | None:
    """A session with season, circle, cohort, memberships and people loaded, for callers that hold a permission."""
    return session.scalar(
        select(CircleSession)
        .where(CircleSession.id == session_id)
        .options(
            joinedload(CircleSession.season).options(WITH_CIRCLE),
        )
        .execution_options(populate_existing=True)
    )


def season_with_sessions(session: Session, season_id: UUID) -> Season | None:
    """A season, its sessions in order of time, its circle and people, for work that nobody asks for."""
    return session.scalar(
        select(Season)
        .where(Season.id == season_id)
        .options(
            selectinload(Season.sessions),
            WITH_CIRCLE,
        )
        .execution_options(populate_existing=True)
    )


def season_of_circle(session: Session, circle_id: UUID) -> Season | None:
    """The latest season of a circle, its sessions in order of time; the caller has loaded the circle for someone."""
    return session.scalar(
        select(Season)
        .where(Season.circle_id == circle_id)
        .options(
            selectinload(Season.sessions),
            WITH_CIRCLE,
        )
        .order_by(Season.created_at.desc())
        .limit(1)
    )
