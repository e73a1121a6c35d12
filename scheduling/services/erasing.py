"""Leaving every circle at once, and forgetting a person's answers to invites."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.mail.desk import Desk
from circles.models import Circle, Cohort, CohortState, Membership
from scheduling.models import (
    CalendarReply,
    CircleSession,
    HourAsk,
    InviteSent,
    Rsvp,
    SessionGuest,
    SlotVote,
    StandingYes,
)
from scheduling.services.guests import end_visits
from scheduling.services.membership import leave_circle


def leave_all(session: Session, person: Person, *, desk: Desk, at: datetime) -> None:
    """End a person's memberships of circles that run and their visits to others; duties pass on.

    Sessions to come leave their calendar.
    What is over goes on being theirs to read.
    """
    standing = session.scalars(
        select(Membership)
        .join(Circle, Circle.id == Membership.circle_id)
        .join(Cohort, Cohort.id == Circle.cohort_id)
        .where(
            Membership.person_id == person.id,
            Membership.left_at.is_(None),
            Circle.ended_at.is_(None),
            Cohort.state != CohortState.FINISHED,
        )
        .options(joinedload(Membership.person), joinedload(Membership.circle))
    ).all()
    for membership in standing:
        leave_circle(session, membership, actor=person, desk=desk, at=at)
    end_visits(session, person, desk=desk, at=at)


def erase(session: Session, person: Person, *, at: datetime) -> None:
    """Forget answers, what was said about times, visits to other circles and where invites went.

    That a session was held, and by how many, stays.
    """
    session.execute(
        update(Membership).where(Membership.person_id == person.id, Membership.left_at.is_(None)).values(left_at=at)
    )
    session.execute(delete(Rsvp).where(Rsvp.person_id == person.id))
    session.execute(delete(CalendarReply).where(CalendarReply.person_id == person.id))
    session.execute(delete(StandingYes).where(StandingYes.person_id == person.id))
    session.execute(delete(SlotVote).where(SlotVote.person_id == person.id))
    session.execute(delete(HourAsk).where(HourAsk.person_id == person.id))
    session.execute(delete(SessionGuest).where(SessionGuest.person_id == person.id))
    session.execute(update(InviteSent).where(InviteSent.person_id == person.id).values(address=""))
    session.execute(
        update(CircleSession)
        .where(CircleSession.host_id == person.id, CircleSession.starts_at > at)
        .values(host_id=None)
    )
    session.flush()
