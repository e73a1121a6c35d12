"""A member's private calendar feed: every session of their circles, and nobody else's data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import tokens
from app.accounts.models import Person
from app.errors import N_, Expired
from circles.models import Circle, Membership
from scheduling import invites
from scheduling.models import CircleSession, Season, SessionState


def replace_feed(session: Session, person: Person, *, at: datetime) -> str:
    """A new secret for a person's feed; the old address stops working at once."""
    tokens.revoke(session, "feed", person.id, at=at)
    return tokens.issue(session, "feed", person.id, at=at)


def has_feed(session: Session, person: Person) -> bool:
    """Whether a person has a standing feed address."""
    standing = select(tokens.Token.id).where(
        tokens.Token.purpose == "feed", tokens.Token.subject == str(person.id), tokens.Token.revoked_at.is_(None)
    )
    return session.scalar(standing) is not None


def feed_bytes(session: Session, secret: str, *, name: str, at: datetime) -> bytes:
    """The calendar behind a feed's secret. Raises Expired for an unknown, replaced or revoked one."""
    token = tokens.find(session, "feed", secret, at=at)
    person = session.get(Person, UUID(token.subject))
    if person is None or not person.active:
        raise Expired(N_("This calendar address has ended."))
    meetings = session.scalars(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(Membership.person_id == person.id, Membership.left_at.is_(None))
        .options(joinedload(CircleSession.season).joinedload(Season.circle).load_only(Circle.name))
    ).all()
    events = [_event(meeting) for meeting in meetings]
    return invites.feed(name, [event for event in events if invites.belongs_in_feed(event, at=at)])


def _event(meeting: CircleSession) -> invites.FeedEvent:
    cancelled = meeting.state is SessionState.CANCELLED
    circle = meeting.season.circle
    return invites.FeedEvent(
        uid=meeting.uid,
        sequence=meeting.sequence,
        updated_at=meeting.updated_at,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=f"{circle.name}: {meeting.title}" if meeting.title else circle.name,
        description=meeting.description,
        meeting_url="" if cancelled else meeting.season.room_url,
        status="CANCELLED" if cancelled else "CONFIRMED",
    )
