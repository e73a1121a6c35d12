"""Private calendar feeds: one of all a member's sessions, one of each circle, and nobody else's data in any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from app import tokens
from app.accounts.models import Person
from app.errors import N_, Expired
from circles.models import Circle, Membership
from scheduling import invites
from scheduling.models import CircleSession, GuestState, Season, SessionGuest, SessionState
from scheduling.services.telling import summary_of

#: The feed of everything a person takes part in; its subject is the person.
ALL = "feed"
#: The feed of one circle; its subject is the membership, so that it ends with it.
ONE_CIRCLE = "circle-feed"


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed a person may have: of one circle, or without membership of all; without address `since` is None."""

    membership: Membership | None
    since: datetime | None


def feeds_of(session: Session, person: Person, memberships: Sequence[Membership]) -> list[FeedLine]:
    """The feeds a person may have, that of all their circles first; `memberships` are their present ones."""
    subjects = [str(person.id), *(str(membership.id) for membership in memberships)]
    standing = {
        row.subject: row.created_at
        for row in session.execute(
            select(tokens.Token.subject, tokens.Token.created_at).where(
                tokens.Token.purpose.in_((ALL, ONE_CIRCLE)),
                tokens.Token.subject.in_(subjects),
                tokens.Token.revoked_at.is_(None),
            )
        )
    }
    return [FeedLine(membership, standing.get(_subject(person, membership))) for membership in (None, *memberships)]


def replace_feed(session: Session, person: Person, membership: Membership | None = None, *, at: datetime) -> str:
    """A new secret for the feed of one circle, or of all; the old address stops working at once."""
    end_feed(session, person, membership, at=at)
    return tokens.issue(session, _purpose(membership), _subject(person, membership), at=at)


def end_feed(session: Session, person: Person, membership: Membership | None = None, *, at: datetime) -> None:
    """End the address of a feed; calendars that looked there find nothing any more."""
    tokens.revoke(session, _purpose(membership), _subject(person, membership), at=at)


def feed_bytes(session: Session, secret: str, *, name: str, at: datetime) -> bytes:
    """The calendar of all a person's circles, and of sessions they are a guest of.

    Raises Expired for an unknown, replaced or revoked secret.
    """
    token = tokens.find(session, ALL, secret, at=at)
    person = session.get(Person, UUID(token.subject))
    if person is None or not person.active:
        raise Expired(N_("This calendar address has ended."))
    own = select(Membership.circle_id).where(Membership.person_id == person.id, Membership.left_at.is_(None)).subquery()
    visits = select(SessionGuest.session_id).where(
        SessionGuest.person_id == person.id, SessionGuest.state == GuestState.WELCOME
    )
    which = or_(Season.circle_id.in_(select(own.c.circle_id)), CircleSession.id.in_(visits))
    return _calendar(session, name, which, at=at)


def circle_feed_bytes(session: Session, secret: str, *, at: datetime) -> bytes:
    """The calendar of one circle, named after it. Raises Expired also for those who left it."""
    token = tokens.find(session, ONE_CIRCLE, secret, at=at)
    membership = session.scalar(
        select(Membership)
        .where(Membership.id == UUID(token.subject))
        .options(joinedload(Membership.circle), joinedload(Membership.person))
    )
    if membership is None or membership.left_at is not None or not membership.person.active:
        raise Expired(N_("This calendar address has ended."))
    return _calendar(session, membership.circle.name, Season.circle_id == membership.circle_id, at=at)


def _purpose(membership: Membership | None) -> str:
    return ALL if membership is None else ONE_CIRCLE


def _subject(person: Person, membership: Membership | None) -> str:
    return str(person.id if membership is None else membership.id)


def _calendar(session: Session, name: str, which: ColumnElement[bool], *, at: datetime) -> bytes:
    meetings = session.scalars(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .where(which)
        .options(joinedload(CircleSession.season).joinedload(Season.circle).load_only(Circle.name))
    ).all()
    events = [_event(meeting) for meeting in meetings]
    return invites.feed(name, [event for event in events if invites.belongs_in_feed(event, at=at)])


def _event(meeting: CircleSession) -> invites.FeedEvent:
    cancelled = meeting.state is SessionState.CANCELLED
    return invites.FeedEvent(
        uid=meeting.uid,
        sequence=meeting.sequence,
        updated_at=meeting.updated_at,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=summary_of(meeting),
        description=meeting.description,
        meeting_url="" if cancelled else meeting.room,
        status="CANCELLED" if cancelled else "CONFIRMED",
    )
