"""What each member's calendar is told: one mail per session and member, never more than the next two sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import tokens
from app.accounts.models import CalendarChoice, Person
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.models import OutgoingMail
from app.mail.services import write
from circles.models import Circle, Membership
from scheduling import invites
from scheduling.models import Answer, CircleSession, InviteSent, Rsvp, Season, SessionState
from scheduling.queries.people import active_members, roles_of

#: Members hold invites for this many sessions to come.
HORIZON = 2


def within_horizon(meetings: Iterable[CircleSession], *, at: datetime) -> list[CircleSession]:
    """The next sessions that members should have an invite for."""
    to_come = [m for m in meetings if m.state is SessionState.PLANNED and m.starts_at > at]
    return sorted(to_come, key=lambda m: m.starts_at)[:HORIZON]


def invite_where_missing(session: Session, meetings: Sequence[CircleSession], *, desk: Desk, at: datetime) -> int:
    """Send the invites that members of these sessions' circle should have and were not sent; says how many."""
    sent = 0
    for meeting in within_horizon(meetings, at=at):
        told, answers = _told(session, meeting), _answers(session, meeting)
        for membership in active_members(meeting.season.circle):
            person, last = membership.person, told.get(membership.person_id)
            if last is None or last.method == "CANCEL" or last.address != person.email:
                answer = answers.get(person.id)
                sent += _request(session, meeting, person, last, answer, desk=desk, at=at, kind="session.invite")
    return sent


def tell_change(session: Session, meeting: CircleSession, *, kind: str, desk: Desk, at: datetime) -> int:
    """Send everyone who holds an invite its new state; never for a session that is over. Says how many mails."""
    if meeting.ends_at <= at:
        return 0
    sent = 0
    told, answers = _told(session, meeting), _answers(session, meeting)
    for membership in active_members(meeting.season.circle):
        person, last = membership.person, told.get(membership.person_id)
        if last is not None and last.method == "REQUEST":
            sent += _request(session, meeting, person, last, answers.get(person.id), desk=desk, at=at, kind=kind)
    return sent


def tell_cancelled(
    session: Session, meeting: CircleSession, *, desk: Desk, at: datetime, only: Person | None = None
) -> int:
    """Take a session out of the calendars of those who were told of it, or of one person; says how many mails.

    The caller has raised `meeting.sequence` already.
    """
    if meeting.ends_at <= at:
        return 0
    told = _told(session, meeting)
    people = {membership.person_id: membership.person for membership in meeting.season.circle.memberships}
    sent = 0
    for person_id, last in told.items():
        if last.method == "CANCEL" or person_id not in people or (only is not None and person_id != only.id):
            continue
        sent += _cancel(session, meeting, people[person_id], last, desk=desk, at=at)
    return sent


def change_address(session: Session, person: Person, old: str, *, desk: Desk, at: datetime) -> int:
    """A member has a new address: CANCEL to the old one, REQUEST to the new one, for each session to come."""
    meetings = session.scalars(
        select(CircleSession)
        .join(InviteSent, InviteSent.session_id == CircleSession.id)
        .where(InviteSent.person_id == person.id, InviteSent.address == old, InviteSent.method == "REQUEST")
        .where(CircleSession.state == SessionState.PLANNED, CircleSession.starts_at > at)
        .options(
            joinedload(CircleSession.season)
            .joinedload(Season.circle)
            .options(joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person))
        )
    ).all()
    sent = 0
    for meeting in meetings:
        meeting.sequence += 1
        last = _told(session, meeting)[person.id]
        sent += _cancel(session, meeting, person, last, desk=desk, at=at)
        answer = _answers(session, meeting).get(person.id)
        sent += _request(session, meeting, person, last, answer, desk=desk, at=at, kind="session.invite")
    return sent


def _answers(session: Session, meeting: CircleSession) -> dict[UUID, Answer]:
    rows = session.execute(select(Rsvp.person_id, Rsvp.answer).where(Rsvp.session_id == meeting.id))
    return {row.person_id: row.answer for row in rows}


def _told(session: Session, meeting: CircleSession) -> dict[UUID, InviteSent]:
    rows = session.scalars(select(InviteSent).where(InviteSent.session_id == meeting.id))
    return {row.person_id: row for row in rows}


def _request(
    session: Session,
    meeting: CircleSession,
    person: Person,
    last: InviteSent | None,
    answer: Answer | None,
    *,
    desk: Desk,
    at: datetime,
    kind: str,
) -> int:
    stamped = invites.rising_stamp(at, after=last.stamped_at if last else None)
    with_invite = person.calendar_choice is CalendarChoice.INVITES
    ics = None
    if with_invite:
        partstat = invites.partstat_of(answer.value if answer else None)
        ics = invites.to_ics(_invite(meeting, person, desk, stamped, method="REQUEST", partstat=partstat))
    mail = _mail(session, meeting, person, ics, "REQUEST" if ics else None, kind=kind, desk=desk, at=at)
    _remember(session, meeting, last, mail, "REQUEST", stamped)
    return 1


def _cancel(
    session: Session, meeting: CircleSession, person: Person, last: InviteSent, *, desk: Desk, at: datetime
) -> int:
    stamped = invites.rising_stamp(at, after=last.stamped_at if last else None)
    ics = None
    if person.calendar_choice is CalendarChoice.INVITES:
        invite = _invite(meeting, person, desk, stamped, method="CANCEL", partstat="NEEDS-ACTION", address=last.address)
        ics = invites.to_ics(invite)
    mail = _mail(
        session,
        meeting,
        person,
        ics,
        "CANCEL" if ics else None,
        kind="session.cancelled",
        desk=desk,
        at=at,
        to=last.address,
    )
    _remember(session, meeting, last, mail, "CANCEL", stamped)
    return 1


def _invite(
    meeting: CircleSession,
    person: Person,
    desk: Desk,
    stamped: datetime,
    *,
    method: invites.Method,
    partstat: invites.Partstat,
    address: str = "",
) -> invites.Invite:
    circle = meeting.season.circle
    return invites.Invite(
        uid=meeting.uid,
        sequence=meeting.sequence,
        method=method,
        stamped_at=stamped,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=f"{circle.name}: {meeting.title}" if meeting.title else circle.name,
        description=meeting.description,
        meeting_url=meeting.season.room_url if method == "REQUEST" else "",
        organizer_address=desk.sender,
        organizer_name=circle.name,
        attendee_address=address or person.email,
        attendee_name=person.name,
        partstat=partstat,
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
    )


def _mail(
    session: Session,
    meeting: CircleSession,
    person: Person,
    ics: bytes | None,
    method: str | None,
    *,
    kind: str,
    desk: Desk,
    at: datetime,
    to: str = "",
) -> OutgoingMail:
    roles = roles_of(meeting)
    answer_url = ""
    if kind != "session.cancelled":
        secret = tokens.issue(
            session,
            "answer-session",
            f"{meeting.id}:{person.id}",
            at=at,
            data={"session": str(meeting.id), "person": str(person.id)},
            expires_at=meeting.ends_at,
        )
        answer_url = desk.url(f"/answer/{secret}")
    composed = compose(
        f"scheduling/emails/{kind.replace('.', '_')}",
        locale=person.locale,
        person=person,
        meeting=meeting,
        circle=meeting.season.circle,
        season=meeting.season,
        host=_name_of(meeting.season.circle.memberships, roles.host if roles else None),
        you_host=bool(roles and roles.host == person.id),
        answer_url=answer_url,
        desk=desk,
        with_invite=ics is not None,
    )
    return write(
        session,
        composed,
        kind=kind,
        to=to or person.email,
        name=person.name,
        person_id=person.id,
        at=at,
        invite=ics,
        method=method,
        erase_at=None if ics is None else meeting.ends_at,
    )


def _name_of(memberships: Sequence[Membership], person_id: object) -> str:
    return next((m.person.name for m in memberships if m.person_id == person_id), "")


def _remember(
    session: Session,
    meeting: CircleSession,
    last: InviteSent | None,
    mail: OutgoingMail,
    method: str,
    stamped: datetime,
) -> None:
    if last is None:
        last = InviteSent(session_id=meeting.id, person_id=mail.person_id)
        session.add(last)
    last.address, last.method, last.sequence, last.stamped_at = mail.recipient, method, meeting.sequence, stamped
    last.mail_id = mail.id
    session.flush()
