"""What each member's calendar is told: one mail per session and member, never more than the next two sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import CalendarChoice, Person
from app.jobs import ledger
from app.mail.desk import Desk
from scheduling.models import CircleSession, InviteSent, Season, SessionState
from scheduling.queries.people import WITH_CIRCLE, active_members, away_on
from scheduling.reminders import is_urgent
from scheduling.services.answers import answer_standing
from scheduling.services.telling import CHANGED, INVITE, Reason, Telling

#: Members hold invites for this many sessions to come.
HORIZON = 2
#: Changes of room, title or text are told together after this time, so that three edits make one mail.
BATCH = timedelta(minutes=15)
#: For a session that begins within this time they are told at once.
SOON = timedelta(hours=1)
TELL_CHANGES = "scheduling.tell_changes"


def within_horizon(meetings: Iterable[CircleSession], *, at: datetime) -> list[CircleSession]:
    """The next sessions that members should have an invite for."""
    to_come = [m for m in meetings if to_be_held(m, at=at)]
    return sorted(to_come, key=lambda m: m.starts_at)[:HORIZON]


def to_be_held(meeting: CircleSession, *, at: datetime) -> bool:
    """Whether a session is planned and has not begun."""
    return meeting.state is SessionState.PLANNED and meeting.starts_at > at


def invite_where_missing(session: Session, meetings: Sequence[CircleSession], *, desk: Desk, at: datetime) -> int:
    """Send the invites that members of these sessions' circle should have and were not sent; says how many mails."""
    sent = 0
    for meeting in within_horizon(meetings, at=at):
        members = active_members(meeting.season.circle)
        away = away_on(members, meeting.starts_at)
        answer_standing(session, meeting, {member.person_id for member in members} - away, at=at)
        telling = Telling.of(session, meeting, desk=desk, at=at)
        for membership in active_members(meeting.season.circle):
            last = telling.told.get(membership.person_id)
            if last is None or last.method == "CANCEL" or last.address != membership.person.email:
                sent += telling.request(membership.person, kind=INVITE)
    return sent


def invite_person(session: Session, meeting: CircleSession, person: Person, *, desk: Desk, at: datetime) -> int:
    """Invite one person to one session, such as a guest; nobody else hears of it. Says how many mails go out."""
    if not to_be_held(meeting, at=at):
        return 0
    telling = Telling.of(session, meeting, desk=desk, at=at)
    last = telling.told.get(person.id)
    if last is not None and last.method == "REQUEST" and last.address == person.email:
        return 0
    return telling.request(person, kind=INVITE)


def withdraw_person(
    session: Session, meeting: CircleSession, person: Person, *, reason: Reason = "left", desk: Desk, at: datetime
) -> int:
    """Take one session to come out of one person's calendar; others hear nothing. Says how many mails go out."""
    telling = Telling.of(session, meeting, desk=desk, at=at)
    last = telling.told.get(person.id)
    if last is None or last.method == "CANCEL" or not to_be_held(meeting, at=at):
        return 0
    meeting.sequence += 1
    telling.people.setdefault(person.id, person)
    return telling.cancel(person, reason=reason)


def tell_change(
    session: Session,
    meeting: CircleSession,
    *,
    kind: str,
    desk: Desk,
    at: datetime,
    reason: Reason = "",
    was_at: datetime | None = None,
) -> int:
    """Send everyone who was told of a session its new state; never once it has begun. Says how many mails go out.

    Mails wait for the end of a person's quiet hours unless the session begins, or was to begin (`was_at`), within a
    day. What waited to be told about its room or text is told with this.
    """
    meeting.change_due_at = None
    if not to_be_held(meeting, at=at):
        session.flush()
        return 0
    urgent = is_urgent(meeting.starts_at, was_at or meeting.starts_at, at=at)
    telling = Telling.of(session, meeting, desk=desk, at=at)
    return sum(telling.request(person, kind=kind, reason=reason, urgent=urgent) for person in telling.standing())


def tell_cancelled(session: Session, meeting: CircleSession, *, desk: Desk, at: datetime, reason: Reason = "") -> int:
    """Tell everyone who was told of a session that it does not take place; says how many mails go out.

    The caller has raised `meeting.sequence` already. Nothing is sent once the session is over.
    """
    meeting.change_due_at = None
    if meeting.ends_at <= at:
        return 0
    urgent = is_urgent(meeting.starts_at, at=at)
    telling = Telling.of(session, meeting, desk=desk, at=at)
    standing = [telling.people[key] for key, row in telling.told.items() if row.method == "REQUEST"]
    return sum(telling.cancel(person, kind="session.cancelled", reason=reason, urgent=urgent) for person in standing)


def note_change(session: Session, meetings: Sequence[CircleSession], *, desk: Desk, at: datetime) -> int:
    """A room, title or text has changed: those who were told hear of it within fifteen minutes, in one mail for all.

    For a session that begins within the hour they hear at once; says how many such mails go out.
    """
    to_come = [m for m in meetings if to_be_held(m, at=at)]
    for meeting in to_come:
        meeting.updated_at = at
    told = set(
        session.scalars(
            select(InviteSent.session_id).where(
                InviteSent.session_id.in_([m.id for m in to_come]), InviteSent.method == "REQUEST"
            )
        )
    )
    sent, due = 0, at + BATCH
    for meeting in to_come:
        if meeting.id not in told:
            continue
        if meeting.starts_at - at <= SOON:
            sent += tell_change(session, meeting, kind=CHANGED, desk=desk, at=at)
        elif meeting.change_due_at is None:
            meeting.change_due_at = due
            key = f"tell-changes:{meeting.season_id}:{due.isoformat()}"
            ledger.enqueue(session, TELL_CHANGES, {"season": str(meeting.season_id)}, key=key, at=at, run_at=due)
    session.flush()
    return sent


def tell_noted_changes(session: Session, season: Season, *, desk: Desk, at: datetime) -> int:
    """Tell the changes of a season's sessions whose fifteen minutes are over; says how many mails go out."""
    due = [m for m in season.sessions if m.change_due_at is not None and m.change_due_at <= at]
    return sum(tell_change(session, meeting, kind=CHANGED, desk=desk, at=at) for meeting in due)


def change_address(session: Session, person: Person, old: str, *, desk: Desk, at: datetime) -> int:
    """A member has a new address: CANCEL to the old one, REQUEST to the new one, for each session to come."""
    sent = 0
    for meeting in _told_sessions(session, person, at=at):
        telling = Telling.of(session, meeting, desk=desk, at=at)
        last = telling.told[person.id]
        if last.held and last.address != person.email:
            sent += telling.request(person, kind=INVITE)
        else:
            last.address = person.email
    session.flush()
    return sent


def change_choice(session: Session, person: Person, *, desk: Desk, at: datetime) -> int:
    """A member has chosen another way into their calendar: invites are sent, or taken back. Says how many mails go out.

    Whoever takes no invites any more goes on hearing of changes by mails without one.
    """
    wanted = person.calendar_choice is CalendarChoice.INVITES
    sent = 0
    for meeting in _told_sessions(session, person, at=at):
        telling = Telling.of(session, meeting, desk=desk, at=at)
        last = telling.told[person.id]
        if wanted and not last.held:
            sent += telling.request(person, kind=INVITE)
        elif last.held and not wanted:
            meeting.sequence += 1
            sent += telling.cancel(person, reason="choice", still_told=True)
    return sent


def _told_sessions(session: Session, person: Person, *, at: datetime) -> Sequence[CircleSession]:
    """Sessions to come that a person was told of, with what telling needs loaded, by time."""
    return session.scalars(
        select(CircleSession)
        .join(InviteSent, InviteSent.session_id == CircleSession.id)
        .where(InviteSent.person_id == person.id, InviteSent.method == "REQUEST")
        .where(CircleSession.state == SessionState.PLANNED, CircleSession.starts_at > at)
        .options(joinedload(CircleSession.season).options(WITH_CIRCLE))
        .order_by(CircleSession.starts_at, CircleSession.id)
    ).all()
