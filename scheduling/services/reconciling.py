"""Compares what each member should have been told of sessions with what was written to them, and repairs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from scheduling import invites
from scheduling.models import CircleSession, GuestState, InviteSent, Season, SessionGuest, SessionState
from scheduling.queries.people import active_members
from scheduling.services.calendars import within_horizon
from scheduling.services.telling import CHANGED, INVITE, Telling, invite_for

#: What a calendar shows and compares; the rest of an event follows from it or may differ.
SHOWN = ("SUMMARY", "LOCATION", "DESCRIPTION")


class Fault(Enum):
    """What is wrong between a person's calendar and a session."""

    MISSING = "was not invited"
    LINGERING = "still has the invite"
    ADDRESS = "has the invite at an older address"
    CALENDAR = "is told in another way than they chose"
    TIME = "has another time"
    WORDS = "has an older room, title or text"
    SEQUENCE = "has a number that the session does not bear"
    UNDELIVERED = "has not got the last mail"


@dataclass(frozen=True, slots=True)
class Difference:
    """One person and one session that do not agree."""

    meeting: CircleSession
    person: Person
    fault: Fault


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written about a season's sessions to come."""

    rows: Sequence[tuple[InviteSent, Person]]
    mails: dict[int, OutgoingMail]
    guests: Sequence[tuple[UUID, Person]]


def seasons_to_come(session: Session, *, at: datetime) -> Sequence[UUID]:
    """Seasons with a session that has not begun, ended ones too, in a fixed order."""
    to_come = select(CircleSession.season_id).where(CircleSession.starts_at > at)
    return session.scalars(select(Season.id).where(Season.id.in_(to_come)).order_by(Season.id)).all()


def differences(session: Session, season: Season, *, desk: Desk, at: datetime) -> list[Difference]:
    """Where calendars and a season's sessions to come do not agree; sessions, circle and people are loaded.

    Changes that still wait for their fifteen minutes are no difference.
    """
    meetings = [m for m in season.sessions if m.starts_at > at]
    written = _written(session, [m.id for m in meetings])
    near = {m.id for m in within_horizon(season.sessions, at=at)} if season.ended_at is None else set()
    members = [membership.person for membership in active_members(season.circle)]
    found: list[Difference] = []
    for meeting in meetings:
        stands = meeting.state is SessionState.PLANNED and season.ended_at is None
        guests = [person for session_id, person in written.guests if session_id == meeting.id]
        invited = [*members, *guests] if stands else []
        rows = {person.id: (row, person) for row, person in written.rows if row.session_id == meeting.id}
        should = {person.id for person in (members if meeting.id in near else []) + guests} if stands else set()
        found += _of_meeting(meeting, invited, rows, should, written.mails, desk)
    return found


def repair(session: Session, found: Collection[Difference], *, desk: Desk, at: datetime) -> int:
    """Write what makes calendars agree again; says how many mails go out. Doing it again writes nothing."""
    sent = 0
    tellings: dict[UUID, Telling] = {}
    for one in found:
        telling = tellings.get(one.meeting.id)
        if telling is None:
            telling = tellings[one.meeting.id] = Telling.of(session, one.meeting, desk=desk, at=at)
        sent += _repair(telling, one)
    session.flush()
    return sent


def _written(session: Session, session_ids: Sequence[UUID]) -> _Written:
    rows = session.execute(
        select(InviteSent, Person)
        .join(Person, Person.id == InviteSent.person_id)
        .where(InviteSent.session_id.in_(session_ids))
        .order_by(Person.name, Person.id)
    ).all()
    ids = [row.InviteSent.mail_id for row in rows if row.InviteSent.mail_id is not None]
    mails = session.scalars(select(OutgoingMail).where(OutgoingMail.id.in_(ids)))
    guests = session.execute(
        select(SessionGuest.session_id, Person)
        .join(Person, Person.id == SessionGuest.person_id)
        .where(SessionGuest.session_id.in_(session_ids), SessionGuest.state == GuestState.WELCOME)
    ).all()
    return _Written(
        [(row.InviteSent, row.Person) for row in rows],
        {mail.id: mail for mail in mails},
        [(row.session_id, row.Person) for row in guests],
    )


def _of_meeting(
    meeting: CircleSession,
    invited: Sequence[Person],
    rows: dict[UUID, tuple[InviteSent, Person]],
    should: Collection[UUID],
    mails: dict[int, OutgoingMail],
    desk: Desk,
) -> Iterator[Difference]:
    belong = {person.id for person in invited}
    for row, person in rows.values():
        mail = mails.get(row.mail_id) if row.mail_id is not None else None
        if row.method == "REQUEST" and person.id not in belong:
            yield Difference(meeting, person, Fault.LINGERING)
        elif row.method == "CANCEL" and mail is not None and mail.method == "CANCEL" and mail.state is MailState.FAILED:
            yield Difference(meeting, person, Fault.UNDELIVERED)
        elif row.method == "REQUEST" and (fault := _fault(meeting, person, row, mail, desk)) is not None:
            yield Difference(meeting, person, fault)
    for person in invited:
        known = rows[person.id][0] if person.id in rows else None
        if person.id in should and (known is None or known.method == "CANCEL"):
            yield Difference(meeting, person, Fault.MISSING)


def _fault(
    meeting: CircleSession, person: Person, row: InviteSent, mail: OutgoingMail | None, desk: Desk
) -> Fault | None:
    if row.held and row.address != person.email:
        return Fault.ADDRESS
    if row.held != (person.calendar_choice is CalendarChoice.INVITES):
        return Fault.CALENDAR
    if not meeting.schedule_sequence <= row.sequence <= meeting.sequence:
        return Fault.SEQUENCE
    if mail is not None and mail.state in (MailState.FAILED, MailState.CANCELLED):
        return Fault.UNDELIVERED
    if not row.held or mail is None or mail.invite is None:
        return None
    return _misread(meeting, person, row, mail.invite, desk)


def _misread(meeting: CircleSession, person: Person, row: InviteSent, ics: bytes, desk: Desk) -> Fault | None:
    """What the event that was sent says otherwise than one written now would."""
    sent = _event(ics)
    now = _event(invites.to_ics(invite_for(meeting, person, desk, row.stamped_at)))
    if any(sent.decoded(name) != now.decoded(name) for name in ("DTSTART", "DTEND")):
        return Fault.TIME
    if sent.decoded("SEQUENCE") != row.sequence:
        return Fault.SEQUENCE
    differs = any(str(sent.get(name, "")) != str(now.get(name, "")) for name in SHOWN)
    return Fault.WORDS if differs and meeting.change_due_at is None else None


def _event(ics: bytes) -> Event:
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    assert isinstance(event, Event)  # noqa: S101 - what the walk asks for
    return event


def _repair(telling: Telling, one: Difference) -> int:
    meeting, person, last = one.meeting, one.person, telling.told.get(one.person.id)
    if last is not None and last.sequence > meeting.sequence:
        # The database came from a backup older than the mail: only a higher number will do.
        meeting.sequence = last.sequence
    match one.fault:
        case Fault.MISSING | Fault.ADDRESS:
            return telling.request(person, kind=INVITE)
        case Fault.LINGERING:
            return _withdraw(telling, person)
        case Fault.CALENDAR if last is not None and last.held:
            meeting.sequence += 1
            return telling.cancel(person, reason="choice", still_told=True)
        case Fault.CALENDAR:
            return telling.request(person, kind=INVITE)
        case Fault.UNDELIVERED if last is not None and last.method == "CANCEL":
            # The calendar holds it still, as the mail did not come.
            last.method, last.held = "REQUEST", True
            return _withdraw(telling, person)
        case Fault.UNDELIVERED:
            return telling.request(person, kind=CHANGED)
        case Fault.WORDS:
            return telling.request(person, kind=CHANGED)
        case Fault.TIME | Fault.SEQUENCE:
            if last is not None and last.sequence >= meeting.sequence:
                meeting.sequence = last.sequence + 1
            return telling.request(person, kind="session.moved")


def _withdraw(telling: Telling, person: Person) -> int:
    meeting = telling.meeting
    meeting.sequence += 1
    if meeting.state is SessionState.PLANNED and meeting.season.ended_at is None:
        return telling.cancel(person, reason="left")
    return telling.cancel(person, kind="session.cancelled")
