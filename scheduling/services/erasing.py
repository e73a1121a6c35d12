"""Leaving every circle at once, and forgetting a person's answers to invites."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.mail.desk import Desk
from circles.models import Membership
from scheduling.models import CircleSession, InviteSent, Rsvp
from scheduling.services.membership import leave_circle


def leave_all(session: Session, person: Person, *, desk: Desk, at: datetime) -> None:
    """End every membership of a person; sessions to come leave their calendar, and duties pass on."""
    standing = session.scalars(
        select(Membership)
        .where(Membership.person_id == person.id, Membership.left_at.is_(None))
        .options(joinedload(Membership.person), joinedload(Membership.circle))
    ).all()
    for membership in standing:
        leave_circle(session, membership, actor=person, desk=desk, at=at)


def erase(session: Session, person: Person, *, at: datetime) -> None:
    """Forget answers and where invites went; that a session was held, and by how many, stays."""
    session.execute(delete(Rsvp).where(Rsvp.person_id == person.id))
    session.execute(update(InviteSent).where(InviteSent.person_id == person.id).values(address=""))
    session.execute(
        update(CircleSession)
        .where(CircleSession.host_id == person.id, CircleSession.starts_at > at)
        .values(host_id=None)
    )
    session.flush()
