"""One function per aggregate that loads it for a person, or says there is nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Membership
from guides.walk.models import CircleNote, NoteKind, SessionWeek, Walk
from scheduling.models import Season, SessionGuest
from scheduling.queries.guests import guest_session

#: A guest reads what is noted about their session until so long after it.
GUESTS_READ_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class GuestWeek:
    """One session's page for a guest of exactly that session: the week of the guide it uses, and its notes."""

    guest: SessionGuest
    walk: Walk
    number: int
    notes: Sequence[CircleNote]


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


def guest_week(session: Session, person: Person, session_id: UUID) -> GuestWeek:
    """What a welcome guest reads of exactly one session: its page, and what is noted around it; nothing else.

    Notes are those of that week written from when the guest was welcomed until a day after the session, or opened by
    their authors. Raises NotFound for everyone else, and for a session without a page.
    """
    guest = guest_session(session, person, session_id)
    meeting = guest.meeting
    row = session.execute(
        select(Walk, SessionWeek.week)
        .join(SessionWeek, SessionWeek.walk_id == Walk.id)
        .where(SessionWeek.session_id == meeting.id)
        .options(joinedload(Walk.guide_version))
    ).first()
    if row is None or guest.decided_at is None:
        raise NotFound
    walk, number = row
    while_there = and_(
        CircleNote.written_at >= guest.decided_at, CircleNote.written_at <= meeting.ends_at + GUESTS_READ_FOR
    )
    notes = session.scalars(
        select(CircleNote)
        .where(
            CircleNote.walk_id == walk.id,
            CircleNote.week == number,
            CircleNote.kind == NoteKind.NOTE,
            or_(while_there, CircleNote.opened_at.is_not(None)),
        )
        .options(joinedload(CircleNote.author))
        .order_by(CircleNote.written_at.desc())
        .limit(200)
    ).all()
    return GuestWeek(guest, walk, number, notes)


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
