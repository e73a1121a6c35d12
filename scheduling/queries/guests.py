"""Guests of sessions: who asks, who comes, and which sessions of other circles somebody could catch up in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.availability import GridError, WeeklyGrid
from circles.models import Circle, Cohort, Enrollment, Membership, Wish, WishKind
from scheduling.models import Answer, CircleSession, GuestState, Rsvp, Season, SessionGuest, SessionState
from scheduling.queries.people import WITH_CIRCLE, active_members, roles_of
from scheduling.queries.polls import next_hosts

#: Sessions that one person is shown at once.
SHOWN = 20
STANDING = (GuestState.ASKED, GuestState.WELCOME)
_LOADED = (
    joinedload(SessionGuest.person),
    joinedload(SessionGuest.meeting)
    .joinedload(CircleSession.season)
    .options(selectinload(Season.sessions), WITH_CIRCLE),
)


@dataclass(frozen=True, slots=True)
class Chair:
    """A session of another circle with room for a guest."""

    meeting: CircleSession
    free: int


def chairs_for(
    session: Session, person: Person, enrollment: Enrollment, cohort: Cohort, week: date, *, after: datetime
) -> list[Chair]:
    """Sessions in one week of other circles of a cohort at hours that suit a person, with a free chair.

    Circles with the person's manager or reports, and those where someone would rather not meet someone, are left out
    without a word. A fixed number of queries, however many circles the cohort has.
    """
    try:
        grid = WeeklyGrid.parse(enrollment.available, enrollment.preferred)
    except GridError:
        return []
    zone = ZoneInfo(enrollment.timezone)
    open_to_guests = (
        Circle.cohort_id == cohort.id,
        Circle.ended_at.is_(None),
        Season.ended_at.is_(None),
        CircleSession.week == week,
        CircleSession.state == SessionState.PLANNED,
        CircleSession.starts_at > after,
        cohort.size_max > _seats_taken(),
        ~_keeps_away(person, enrollment),
    )
    spans = session.execute(
        select(CircleSession.starts_at, CircleSession.ends_at)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(*open_to_guests)
        .distinct()
    ).all()
    starts = [start for start, end in spans if grid.covers(start.astimezone(zone), end.astimezone(zone))]
    if not starts:
        return []
    rows = session.execute(
        select(CircleSession, _seats_taken())
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(*open_to_guests, CircleSession.starts_at.in_(starts))
        .options(joinedload(CircleSession.season).joinedload(Season.circle))
        .order_by(_seats_taken(), CircleSession.starts_at, Circle.name)
        .limit(SHOWN)
    ).all()
    found = [Chair(meeting, cohort.size_max - int(taken)) for meeting, taken in rows]
    return sorted(found, key=lambda chair: (chair.meeting.starts_at, chair.meeting.season.circle.name))


def seats_taken(session: Session, meeting: CircleSession) -> int:
    """Present members of a session's circle and its welcome guests."""
    return int(
        session.scalar(
            select(_seats_taken()).where(CircleSession.id == meeting.id).join(CircleSession.season).join(Season.circle)
        )
        or 0
    )


def guests_of(session: Session, session_ids: Collection[UUID]) -> dict[UUID, list[SessionGuest]]:
    """Who comes, or asks to come, to sessions that the caller has loaded for a member; people loaded.

    A guest who has said no since is not among them.
    """
    found: dict[UUID, list[SessionGuest]] = {session_id: [] for session_id in session_ids}
    if session_ids:
        rows = session.scalars(
            select(SessionGuest)
            .where(SessionGuest.session_id.in_(session_ids), SessionGuest.state.in_(STANDING), ~_said_no())
            .options(joinedload(SessionGuest.person))
            .order_by(SessionGuest.asked_at)
        )
        for row in rows:
            found[row.session_id].append(row)
    return found


def standing_request(session: Session, person_id: UUID, missed_id: UUID) -> SessionGuest | None:
    """What somebody asked for instead of a session they miss, unless it was declined or taken back."""
    found: SessionGuest | None = session.scalar(
        select(SessionGuest)
        .where(
            SessionGuest.person_id == person_id,
            SessionGuest.missed_id == missed_id,
            SessionGuest.state.in_(STANDING),
        )
        .options(joinedload(SessionGuest.meeting).joinedload(CircleSession.season).joinedload(Season.circle))
    )
    return found


def own_request(session: Session, person: Person, guest_id: UUID) -> SessionGuest:
    """A person's own request to be a guest, session, circle and people loaded. Raises NotFound for anyone else's."""
    found = _request(session, guest_id)
    if found is None or found.person_id != person.id:
        raise NotFound
    return found


def request_for_host(session: Session, person: Person, guest_id: UUID, *, at: datetime) -> SessionGuest:
    """A request to come as a guest, for those who decide: the host of that session, of this or of the next one.

    Raises NotFound for everyone else, other members included.
    """
    found = _request(session, guest_id)
    if found is None or person.id not in deciders(found.meeting, at=at):
        raise NotFound
    return found


def deciders(meeting: CircleSession, *, at: datetime) -> set[UUID]:
    """Who says whether a guest is welcome; the meeting's season, sessions, circle and people are loaded."""
    roles = roles_of(meeting)
    hosts = next_hosts(meeting.season, at=at)
    if roles is not None and isinstance(roles.host, UUID):
        hosts.add(roles.host)
    return hosts & {member.person_id for member in active_members(meeting.season.circle)}


def requests_to_decide(session: Session, person_id: UUID, *, at: datetime) -> list[SessionGuest]:
    """Guests who wait for a person's yes or no, people and circles loaded."""
    rows = session.scalars(
        select(SessionGuest)
        .join(CircleSession, CircleSession.id == SessionGuest.session_id)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            SessionGuest.state == GuestState.ASKED,
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at,
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
        )
        .options(*_LOADED)
        .order_by(CircleSession.starts_at)
        .limit(SHOWN)
    ).all()
    return [row for row in rows if person_id in deciders(row.meeting, at=at)]


def requests_of(session: Session, person_id: UUID, *, at: datetime) -> Sequence[SessionGuest]:
    """Sessions of other circles that a person has asked for or comes to and that are not over; circles loaded."""
    return session.scalars(
        _standing_of(person_id)
        .where(CircleSession.ends_at > at)
        .options(joinedload(SessionGuest.meeting).joinedload(CircleSession.season).joinedload(Season.circle))
        .limit(50)
    ).all()


def standing_visits(
    session: Session, person_id: UUID, *, cohort_id: UUID | None = None, at: datetime
) -> Sequence[SessionGuest]:
    """A person's requests and visits to sessions to come, in one cohort or in all; circles and people loaded."""
    wanted = _standing_of(person_id).where(CircleSession.starts_at > at).options(*_LOADED)
    if cohort_id is not None:
        wanted = (
            wanted.join(Season, Season.id == CircleSession.season_id)
            .join(Circle, Circle.id == Season.circle_id)
            .where(Circle.cohort_id == cohort_id)
        )
    return session.scalars(wanted).all()


def is_welcome(session: Session, person_id: UUID, session_id: UUID) -> bool:
    """Whether somebody comes to a session as a guest."""
    row = SessionGuest
    return bool(
        session.scalar(
            select(
                exists().where(
                    row.session_id == session_id, row.person_id == person_id, row.state == GuestState.WELCOME
                )
            )
        )
    )


def guest_session(session: Session, person: Person, session_id: UUID) -> SessionGuest:
    """A welcome guest's row for one session, the session, circle and people loaded. Raises NotFound for all others."""
    guest_id = session.scalar(
        select(SessionGuest.id).where(
            SessionGuest.session_id == session_id,
            SessionGuest.person_id == person.id,
            SessionGuest.state == GuestState.WELCOME,
        )
    )
    found = _request(session, guest_id) if guest_id is not None else None
    if found is None or found.meeting.state is SessionState.CANCELLED:
        raise NotFound
    return found


def _request(session: Session, guest_id: UUID) -> SessionGuest | None:
    found: SessionGuest | None = session.scalar(
        select(SessionGuest).where(SessionGuest.id == guest_id).options(*_LOADED)
    )
    return found


def _standing_of(person_id: UUID) -> Select[SessionGuest]:
    """A person's requests and visits to sessions that are planned, by time."""
    return (
        select(SessionGuest)
        .join(CircleSession, CircleSession.id == SessionGuest.session_id)
        .where(
            SessionGuest.person_id == person_id,
            SessionGuest.state.in_(STANDING),
            CircleSession.state == SessionState.PLANNED,
        )
        .order_by(CircleSession.starts_at)
    )


def _said_no() -> ColumnElement[bool]:
    """Whether the guest at hand has answered no."""
    return exists().where(
        Rsvp.session_id == SessionGuest.session_id,
        Rsvp.person_id == SessionGuest.person_id,
        Rsvp.answer == Answer.NO,
    )


def _seats_taken() -> ColumnElement[int]:
    """Members and welcome guests of the session and circle at hand."""
    members: ScalarSelect[int] = (
        select(func.count())
        .where(Membership.circle_id == Circle.id, Membership.left_at.is_(None))
        .correlate(Circle)
        .scalar_subquery()
    )
    guests: ScalarSelect[int] = (
        select(func.count())
        .where(SessionGuest.session_id == CircleSession.id, SessionGuest.state == GuestState.WELCOME, ~_said_no())
        .correlate(CircleSession)
        .scalar_subquery()
    )
    return members + guests


def _keeps_away(person: Person, enrollment: Enrollment) -> ColumnElement[bool]:
    """Whether the circle at hand has the person in it, their manager or a report, or somebody to be kept apart from."""
    other, theirs = aliased(Person), aliased(Enrollment)
    apart = [other.id == person.id, other.manager_id == person.id]
    if person.manager_id is not None:
        apart.append(other.id == person.manager_id)
    mine = exists().where(
        Wish.enrollment_id == enrollment.id, Wish.kind == WishKind.AVOID, Wish.email_key == other.email_key
    )
    of_theirs = exists().where(
        theirs.id == Membership.enrollment_id,
        Wish.enrollment_id == theirs.id,
        Wish.kind == WishKind.AVOID,
        Wish.email_key == person.email_key,
    )
    unwanted = mine | of_theirs
    for one in apart:
        unwanted = unwanted | one
    return (
        select(Membership.id)
        .join(other, other.id == Membership.person_id)
        .where(Membership.circle_id == Circle.id, Membership.left_at.is_(None), unwanted)
        .correlate(Circle)
        .exists()
    )
