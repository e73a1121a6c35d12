"""What there is to know before mails about sessions are started: who, what they answered, what they got already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.mail_kinds import week_of
from app.accounts.models import Person, StartedMail, StartedState
from circles.models import Circle, Membership
from scheduling.models import (
    Answer,
    CircleSession,
    GuestState,
    InviteSent,
    Rsvp,
    Season,
    SessionGuest,
    SessionMails,
    SessionState,
)
from scheduling.queries.people import WITH_CIRCLE
from scheduling.reminders import AFTER_FOR, FIRST_BEFORE, REMINDER_BEFORE

WEEK = timedelta(days=7)


def unnoticed(session: Session, *, at: datetime, limit: int) -> dict[UUID, datetime]:
    """Sessions of these days that have no place in the queue of looks, or were moved since; with their start."""
    rows = session.execute(
        select(CircleSession.id, CircleSession.starts_at)
        .outerjoin(SessionMails, SessionMails.session_id == CircleSession.id)
        .where(
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at - AFTER_FOR,
            CircleSession.starts_at <= at + FIRST_BEFORE,
            or_(SessionMails.session_id.is_(None), SessionMails.starts_at != CircleSession.starts_at),
        )
        .limit(limit)
    )
    return {row[0]: row[1] for row in rows}


def sessions_to_look_at(session: Session, session_ids: Collection[UUID]) -> Sequence[CircleSession]:
    """Sessions with season, circle, memberships and their people loaded."""
    return session.scalars(
        select(CircleSession)
        .where(CircleSession.id.in_(session_ids))
        .options(joinedload(CircleSession.season).options(WITH_CIRCLE))
        .order_by(CircleSession.starts_at, CircleSession.id)
        .execution_options(populate_existing=True)
    ).all()


def answers_by_session(session: Session, session_ids: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, Answer]]:
    """What members answered, by session and person."""
    found: dict[UUID, dict[UUID, Answer]] = defaultdict(dict)
    rows = select(Rsvp.session_id, Rsvp.person_id, Rsvp.answer).where(Rsvp.session_id.in_(session_ids))
    for session_id, person_id, answer in session.execute(rows):
        found[session_id][person_id] = answer
    return found


def told_by_session(session: Session, session_ids: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, InviteSent]]:
    """The last message that told each member that a session takes place."""
    found: dict[UUID, dict[UUID, InviteSent]] = defaultdict(dict)
    rows = select(InviteSent).where(InviteSent.session_id.in_(session_ids), InviteSent.method == "REQUEST")
    for row in session.scalars(rows):
        found[row.session_id][row.person_id] = row
    return found


def guests_by_session(session: Session, session_ids: Collection[UUID]) -> Mapping[UUID, list[Person]]:
    """Who is welcome at each session from another circle."""
    found: dict[UUID, list[Person]] = defaultdict(list)
    rows = (
        select(SessionGuest.session_id, Person)
        .join(Person, Person.id == SessionGuest.person_id)
        .where(SessionGuest.session_id.in_(session_ids), SessionGuest.state == GuestState.WELCOME)
        .order_by(Person.id)
    )
    for session_id, person in session.execute(rows):
        found[session_id].append(person)
    return found


def decided_before(
    session: Session, subjects: Collection[str], person_ids: Collection[UUID]
) -> set[tuple[UUID, str, str]]:
    """The (person, kind, subject) of mails that were decided already."""
    rows = select(StartedMail.person_id, StartedMail.kind, StartedMail.subject).where(
        StartedMail.person_id.in_(person_ids), StartedMail.subject.in_(subjects)
    )
    return {(row[0], row[1], row[2]) for row in session.execute(rows)}


def circles_of(session: Session, person_ids: Collection[UUID]) -> dict[UUID, int]:
    """In how many circles with a running season each person is."""
    rows = session.execute(
        select(Membership.person_id, func.count(Season.circle_id.distinct()))
        .join(Season, Season.circle_id == Membership.circle_id)
        .where(Membership.person_id.in_(person_ids), Membership.left_at.is_(None), Season.ended_at.is_(None))
        .group_by(Membership.person_id)
    )
    return dict.fromkeys(person_ids, 0) | {row[0]: int(row[1]) for row in rows}


def reminders_to_come(session: Session, people: Collection[Person], *, at: datetime) -> dict[UUID, int]:
    """How many reminders each person is still to get in the present week; less urgent mails leave room for them."""
    zones = {person.id: person.timezone for person in people}
    rows = session.execute(
        select(Membership.person_id, CircleSession.starts_at)
        .join(Season, Season.circle_id == Membership.circle_id)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(
            Membership.person_id.in_(zones),
            Membership.left_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at + REMINDER_BEFORE,
            CircleSession.starts_at < at + REMINDER_BEFORE + WEEK,
        )
    )
    found = dict.fromkeys(zones, 0)
    for person_id, starts_at in rows:
        zone = zones[person_id]
        found[person_id] += week_of(starts_at - REMINDER_BEFORE, zone) == week_of(at, zone)
    return found


def due_for_digest(
    session: Session, zones: Collection[str], subject: str, *, after: UUID | None, limit: int
) -> Sequence[Person]:
    """People in these zones who are in several circles, or for whom something waits, and have no digest of the week.

    They come in order of id, from the one behind `after` on, so that one run reads everybody once.
    """
    circles = (
        select(func.count(Season.circle_id.distinct()))
        .select_from(Membership)
        .join(Season, Season.circle_id == Membership.circle_id)
        .where(Membership.person_id == Person.id, Membership.left_at.is_(None), Season.ended_at.is_(None))
        .scalar_subquery()
    )
    waits = exists().where(StartedMail.person_id == Person.id, StartedMail.state == StartedState.HELD)
    had = exists().where(
        StartedMail.person_id == Person.id, StartedMail.kind == "digest", StartedMail.subject == subject
    )
    statement = (
        select(Person)
        .where(Person.timezone.in_(zones), Person.active, ~had, or_(waits, circles >= 2))
        .order_by(Person.id)
        .limit(limit)
    )
    return session.scalars(statement if after is None else statement.where(Person.id > after)).all()


def sessions_of_people(
    session: Session, person_ids: Collection[UUID], *, after: datetime, until: datetime
) -> dict[UUID, list[CircleSession]]:
    """The sessions to come of each person's circles in a span of time, by time; seasons and circles are loaded."""
    rows = session.execute(
        select(Membership.person_id, CircleSession)
        .join(Season, Season.circle_id == Membership.circle_id)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(
            Membership.person_id.in_(person_ids),
            Membership.left_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > after,
            CircleSession.starts_at <= until,
        )
        .options(
            joinedload(CircleSession.season)
            .joinedload(Season.circle)
            .selectinload(Circle.memberships)
            .joinedload(Membership.person),
        )
        .order_by(CircleSession.starts_at, CircleSession.id)
    )
    found: dict[UUID, list[CircleSession]] = {person_id: [] for person_id in person_ids}
    for person_id, meeting in rows:
        found[person_id].append(meeting)
    return found
