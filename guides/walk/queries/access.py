"""One function per aggregate that loads it for a person, or says there is nothing there."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Membership
from guides.walk.models import CircleNote, Walk
from scheduling.models import Season


def walk_for(session: Session, person: Person, circle_id: UUID) -> tuple[Walk, Membership]:
    """The latest walk of a circle for a present member: season, sessions, circle, people and guide loaded.

    Raises NotFound for everyone else, leads and former members included.
    """
    walk = session.scalar(
        select(Walk)
        .join(Season, Season.id == Walk.season_id)
        .where(Season.circle_id == circle_id)
        .order_by(Walk.started_at.desc())
        .limit(1)
        .options(
            joinedload(Walk.guide_version),
            joinedload(Walk.season).options(
                selectinload(Season.sessions),
                joinedload(Season.circle).options(
                    joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person)
                ),
            ),
        )
    )
    if walk is None:
        raise NotFound
    for membership in walk.season.circle.memberships:
        if membership.person_id == person.id and membership.left_at is None:
            return walk, membership
    raise NotFound


def walk_of_season(session: Session, season_id: UUID) -> Walk | None:
    """The walk of a season, its guide loaded; the caller has loaded the season for someone."""
    found: Walk | None = session.scalar(
        select(Walk).where(Walk.season_id == season_id).options(joinedload(Walk.guide_version))
    )
    return found


def own_note(session: Session, person: Person, note_id: UUID) -> CircleNote:
    """A circle note for its author. Raises NotFound for everyone else."""
    note: CircleNote | None = session.scalar(
        select(CircleNote).where(CircleNote.id == note_id, CircleNote.author_id == person.id)
    )
    if note is None:
        raise NotFound
    return note


def circle_of_walk(session: Session, walk_id: UUID) -> UUID:
    """The circle of a walk; the caller has loaded something of the walk for someone."""
    return session.execute(
        select(Season.circle_id).join(Walk, Walk.season_id == Season.id).where(Walk.id == walk_id)
    ).scalar_one()
