"""Answers that calendars send by mail: whom each is from, whether it counts, and what it changes, which is little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app import tokens
from app.accounts.models import OtherAddress, Person
from app.mail import intake
from app.mail.bounces import forgive
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.reading import ReadMail, Unreadable, key_of, plain_address, read_mail
from app.mail.services import write
from app.mail.verdicts import Verdicts
from circles.models import Membership
from scheduling.models import (
    Answer,
    CalendarReply,
    CircleSession,
    GuestState,
    InviteSent,
    ReplyKind,
    ReplyState,
    Season,
    SessionGuest,
)
from scheduling.replies import Code, Facts, Refused, Reply, judge, read_reply, said_at
from scheduling.services.answers import CALENDAR, answer, is_over
from scheduling.services.telling import organizer_of

#: A mail that was given one of these is done with; the same mail again changes nothing.
DONE_WITH = frozenset({Code.APPLIED, Code.PROPOSED, Code.STALE, Code.OLDER, Code.OVER})
#: What is written down beside the account of mails, and as what.
STATES = {
    Code.APPLIED: ReplyState.APPLIED,
    Code.PROPOSED: ReplyState.APPLIED,
    Code.STALE: ReplyState.STALE,
    Code.OLDER: ReplyState.OLDER,
    Code.OTHER_SENDER: ReplyState.PENDING,
    Code.UNPROVED: ReplyState.PENDING,
}
UNPROVED = "session.unproved"


@dataclass(frozen=True, slots=True)
class Handled:
    """What was made of a mail, and the session and person it turned out to be about."""

    code: Code
    session_id: UUID | None = None
    person_id: UUID | None = None


def handle_reply(
    session: Session,
    raw: bytes,
    *,
    source: str,
    verdicts: Verdicts,
    desk: Desk,
    at: datetime,
    envelope_sender: str | None = None,
    seal: str | None = None,
) -> Handled:
    """Take one mail to the organizer's address and do what it says, if it may say so.

    At most it sets one member's answer to one session, or notes the time that member would rather have. Whatever the
    bytes, nothing is raised but what the database raises, nobody but a member of the session is written to, and
    nothing of the mail is kept beyond a code, the answer and its comment of 300 characters.
    """
    key = key_of(raw)
    try:
        if intake.seen_as(session, key, DONE_WITH):
            handled = Handled(Code.REPEATED)
        else:
            mail = read_mail(raw, envelope_sender=envelope_sender)
            handled = _handle(session, mail, read_reply(mail), verdicts=verdicts, desk=desk, at=at)
    except Unreadable as unreadable:
        handled = Handled(Code(unreadable.code))
    except Refused as refused:
        handled = Handled(refused.code)
    intake.note(session, source=source, key=key, size=len(raw), code=handled.code, at=at, seal=seal)
    return handled


def _handle(session: Session, mail: ReadMail, reply: Reply, *, verdicts: Verdicts, desk: Desk, at: datetime) -> Handled:
    meeting = session.scalar(
        select(CircleSession)
        .where(CircleSession.uid == reply.uid)
        .options(joinedload(CircleSession.season).joinedload(Season.circle))
    )
    if meeting is None:
        return Handled(Code.UNKNOWN_SESSION)
    found = _invited(session, meeting, reply.attendee)
    if found is None:
        return Handled(Code.NOT_INVITED, meeting.id)
    person, invited = found
    kind = ReplyKind.PROPOSAL if reply.proposal else ReplyKind.ANSWER
    facts = Facts(
        invited=invited,
        senders=_senders(session, person, invited),
        organizers=frozenset({plain_address(desk.sender), plain_address(organizer_of(meeting, desk))}),
        schedule_sequence=meeting.schedule_sequence,
        over=is_over(meeting, source=CALENDAR, at=at),
        newest=_newest(session, meeting, person, kind),
    )
    code = judge(reply, facts, sender=mail.sender, proved=verdicts.prove(mail.sender), at=at)
    if code in (Code.OTHER_SENDER, Code.UNPROVED):
        if not _is_held(session, meeting, person):
            _write_down(session, meeting, person, reply, kind, ReplyState.PENDING, at=at)
            _ask_on_a_page(session, meeting, person, reply, desk=desk, at=at)
    elif code in STATES:
        if not _write_down(session, meeting, person, reply, kind, STATES[code], at=at):
            return Handled(Code.REPEATED, meeting.id, person.id)
        if code is Code.APPLIED:
            code = _apply(session, meeting, person, reply, at=at)
        if code in (Code.APPLIED, Code.PROPOSED):
            forgive(session, invited)
    return Handled(code, meeting.id, person.id)


def _apply(session: Session, meeting: CircleSession, person: Person, reply: Reply, *, at: datetime) -> Code:
    """Set the answer; one that the member gave later in another way stands."""
    moment = said_at(reply, at=at)
    rsvp = answer(session, meeting, person, Answer(reply.answer), source=CALENDAR, at=at, said_at=moment)
    return Code.APPLIED if (rsvp.source, rsvp.answered_at) == (CALENDAR, moment) else Code.OLDER


def _invited(session: Session, meeting: CircleSession, attendee: str) -> tuple[Person, str] | None:
    """The person whose invite to a session went to an address and still stands, with that address."""
    if not attendee:
        return None
    member = (
        select(Membership.person_id)
        .where(Membership.circle_id == meeting.season.circle_id, Membership.left_at.is_(None))
        .scalar_subquery()
    )
    guest = (
        select(SessionGuest.person_id)
        .where(SessionGuest.session_id == meeting.id, SessionGuest.state == GuestState.WELCOME)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Person, InviteSent.address)
        .join(InviteSent, InviteSent.person_id == Person.id)
        .where(
            InviteSent.session_id == meeting.id,
            InviteSent.method == "REQUEST",
            Person.active.is_(True),
            or_(Person.id.in_(member), Person.id.in_(guest)),
        )
    ).all()
    return next(((person, key) for person, sent in rows if (key := plain_address(sent)) == attendee), None)


def _senders(session: Session, person: Person, invited: str) -> frozenset[str]:
    others = session.scalars(select(OtherAddress.address_key).where(OtherAddress.person_id == person.id))
    return frozenset({invited, plain_address(person.email), *(plain_address(other) for other in others)} - {""})


def _newest(session: Session, meeting: CircleSession, person: Person, kind: ReplyKind) -> datetime | None:
    """The stamp of the last answer of this kind that counted since the session got its time."""
    newest: datetime | None = session.scalar(
        select(func.max(CalendarReply.stamped_at)).where(
            CalendarReply.session_id == meeting.id,
            CalendarReply.person_id == person.id,
            CalendarReply.kind == kind,
            CalendarReply.state == ReplyState.APPLIED,
            CalendarReply.sequence >= meeting.schedule_sequence,
        )
    )
    return newest


def _is_held(session: Session, meeting: CircleSession, person: Person) -> bool:
    held = select(CalendarReply.id).where(
        CalendarReply.session_id == meeting.id,
        CalendarReply.person_id == person.id,
        CalendarReply.state == ReplyState.PENDING,
    )
    return session.scalar(held.limit(1)) is not None


def _write_down(
    session: Session,
    meeting: CircleSession,
    person: Person,
    reply: Reply,
    kind: ReplyKind,
    state: ReplyState,
    *,
    at: datetime,
) -> bool:
    """Store an answer under its stamp. False when one with this stamp counted already, or another worker was first."""
    same = session.scalar(
        select(CalendarReply).where(
            CalendarReply.session_id == meeting.id,
            CalendarReply.person_id == person.id,
            CalendarReply.kind == kind,
            CalendarReply.stamped_at == reply.stamped_at,
        )
    )
    if same is not None and same.state is not ReplyState.PENDING:
        return False
    row = same or CalendarReply(session_id=meeting.id, person_id=person.id, kind=kind, stamped_at=reply.stamped_at)
    row.state, row.sequence, row.received_at = state, reply.sequence, at
    row.answer = Answer(reply.answer) if reply.answer else None
    row.comment = reply.comment if state is ReplyState.APPLIED else ""
    row.proposed_starts_at, row.proposed_ends_at = reply.proposed_starts_at, reply.proposed_ends_at
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def _ask_on_a_page(
    session: Session, meeting: CircleSession, person: Person, reply: Reply, *, desk: Desk, at: datetime
) -> None:
    """Write to the member, never to the sender: this answer may not be theirs, and a page settles it."""
    secret = tokens.issue(
        session,
        "answer-session",
        f"{meeting.id}:{person.id}",
        at=at,
        data={"session": str(meeting.id), "person": str(person.id)},
        expires_at=meeting.starts_at,
    )
    composed = compose(
        "scheduling/emails/session_unproved",
        locale=person.locale,
        person=person,
        meeting=meeting,
        circle=meeting.season.circle,
        season=meeting.season,
        answer=reply.answer,
        answer_url=desk.url(f"/answer/{secret}"),
        desk=desk,
    )
    write(
        session,
        composed,
        kind=UNPROVED,
        to=person.email,
        name=person.name,
        person_id=person.id,
        at=at,
        not_after=meeting.starts_at,
    )
