"""Leaving a circle and being placed into a running one: the circle changes, and so do calendars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.desk import Desk
from circles.models import Circle, Enrollment, Membership
from circles.services import forming
from scheduling.queries.access import season_of_circle
from scheduling.services.changes import member_joined, member_left
from scheduling.services.guests import end_visits


def leave_circle(session: Session, membership: Membership, *, actor: Person, desk: Desk, at: datetime) -> int:
    """End a membership, by its person or by a lead; says how many mails go out. Raises DomainError when over.

    Who leaves their circle visits no other circle of its cohort either.
    """
    person = membership.person
    circle = session.get_one(Circle, membership.circle_id)
    end_visits(session, person, cohort_id=circle.cohort_id, desk=desk, at=at)
    season = season_of_circle(session, membership.circle_id)
    forming.end_membership(session, membership, actor=actor, at=at)
    if season is None or season.ended_at is not None:
        return 0
    session.expire(season.circle, ["memberships"])
    season = season_of_circle(session, membership.circle_id)
    return member_left(session, season, person, desk=desk, at=at) if season else 0


def place_in_circle(
    session: Session, circle: Circle, enrollment: Enrollment, *, actor: Person, desk: Desk, at: datetime
) -> Membership:
    """Place someone into a running circle and invite them to its next sessions. Raises DomainError."""
    membership = forming.add_member(session, circle, enrollment, actor=actor, at=at)
    season = season_of_circle(session, circle.id)
    if season is not None and season.ended_at is None:
        session.expire(season.circle, ["memberships"])
        season = season_of_circle(session, circle.id)
        if season is not None:
            member_joined(session, season, enrollment.person, desk=desk, at=at)
    return membership
