"""Catching up in another circle: asking to be a guest of one session, being welcomed or not, taking it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write
from circles.models import Membership
from scheduling.models import Answer, Attendance, CircleSession, GuestState, Rsvp, SessionGuest, SessionState
from scheduling.queries.guests import Chair, chairs_for, deciders, seats_taken, standing_request, standing_visits
from scheduling.queries.hours import hours_of
from scheduling.services.calendars import invite_person, tell_change, withdraw_person
from scheduling.services.reminding import look_again
from scheduling.services.seasons import is_own_room, new_room
from scheduling.services.telling import CHANGED

#: A host needs this long to answer before the session begins.
NOTICE = timedelta(hours=2)


def misses(session: Session, meeting: CircleSession, person: Person, *, at: datetime) -> bool:
    """Whether a member misses a session of their own circle: it does not take place, or they cannot or did not come."""
    if meeting.state in (SessionState.CANCELLED, SessionState.MISSED):
        return True
    noted = session.get(Attendance, (meeting.id, person.id))
    if meeting.ends_at <= at and noted is not None:
        return not noted.present
    rsvp = session.get(Rsvp, (meeting.id, person.id))
    return rsvp is not None and rsvp.answer is Answer.NO


def chairs(session: Session, missed: CircleSession, membership: Membership, *, at: datetime) -> list[Chair]:
    """Where a member could catch up with a session they miss; empty unless the cohort allows it and they miss it.

    `missed` has its season, circle and cohort loaded, `membership` its person.
    """
    cohort = missed.season.circle.cohort
    if not cohort.catch_up or not misses(session, missed, membership.person, at=at):
        return []
    enrollment = hours_of(session, [membership]).get(membership.person_id)
    if enrollment is None:
        return []
    return chairs_for(session, membership.person, enrollment, cohort, missed.week, after=at + NOTICE)


def ask(
    session: Session,
    meeting_id: object,
    missed: CircleSession,
    membership: Membership,
    *,
    desk: Desk,
    at: datetime,
) -> SessionGuest:
    """Ask to come to one session of another circle; its host gets a mail. Raises DomainError when it cannot be."""
    person = membership.person
    if standing_request(session, person.id, missed.id) is not None:
        raise DomainError(N_("You have asked one circle already. Take that back first."))
    chair = next((one for one in chairs(session, missed, membership, at=at) if one.meeting.id == meeting_id), None)
    if chair is None:
        raise DomainError(N_("This session has no free chair for you any more. Look at the others."))
    guest = session.scalar(
        select(SessionGuest).where(SessionGuest.session_id == chair.meeting.id, SessionGuest.person_id == person.id)
    )
    if guest is not None and guest.state is GuestState.DECLINED:
        raise DomainError(N_("This circle cannot take a guest this week. Look at the others."))
    if guest is None:
        guest = SessionGuest(session_id=chair.meeting.id, person_id=person.id)
        session.add(guest)
    guest.missed_id, guest.state, guest.asked_at = missed.id, GuestState.ASKED, at
    guest.decided_at = guest.decided_by = None
    session.flush()
    return guest


def tell_hosts(session: Session, guest: SessionGuest, *, desk: Desk, at: datetime) -> int:
    """Ask those who decide, one mail each; the guest's session, circle and people are loaded. Says how many mails."""
    meeting = guest.meeting
    hosts = deciders(meeting, at=at)
    people = [m.person for m in meeting.season.circle.memberships if m.left_at is None and m.person_id in hosts]
    for person in people:
        _mail(session, "guest_asked", guest, person, f"/guests/{guest.id}/decide", desk=desk, at=at)
    return len(people)


def welcome(session: Session, guest: SessionGuest, *, actor: Person, desk: Desk, at: datetime) -> None:
    """Say yes: the guest gets one invite, the circle sees who comes, and the session gets a room of its own.

    Raises DomainError when it is too late or full.
    """
    # Of two hosts who welcome somebody at once, one is second and counts the other's guest.
    session.execute(select(CircleSession.id).where(CircleSession.id == guest.session_id).with_for_update())
    _must_wait(session, guest, at=at)
    if seats_taken(session, guest.meeting) >= guest.meeting.season.circle.cohort.size_max:
        raise DomainError(N_("Every chair is taken by now."))
    _open_own_room(session, guest.meeting, desk=desk, at=at)
    _decide(session, guest, GuestState.WELCOME, actor, at)
    invite_person(session, guest.meeting, guest.person, desk=desk, at=at)
    # Their mails come due by their own clock.
    look_again(session, [guest.session_id], at)


def decline(session: Session, guest: SessionGuest, *, actor: Person, desk: Desk, at: datetime) -> None:
    """Say no, without a reason. Raises DomainError when it was answered or is too late."""
    _must_wait(session, guest, at=at)
    _decide(session, guest, GuestState.DECLINED, actor, at)
    path = f"/sessions/{guest.missed_id}/catch-up" if guest.missed_id else "/sessions"
    _mail(session, "guest_declined", guest, guest.person, path, desk=desk, at=at)


def withdraw(session: Session, guest: SessionGuest, *, desk: Desk, at: datetime) -> None:
    """A guest takes it back; the session leaves their calendar. Raises DomainError once it has begun."""
    if guest.state not in (GuestState.ASKED, GuestState.WELCOME) or guest.meeting.starts_at <= at:
        raise DomainError(N_("There is nothing to take back any more."))
    was_welcome = guest.state is GuestState.WELCOME
    guest.state = GuestState.WITHDRAWN
    session.flush()
    if was_welcome:
        withdraw_person(session, guest.meeting, guest.person, reason="visit", desk=desk, at=at)


def end_visits(session: Session, person: Person, *, cohort_id: UUID | None = None, desk: Desk, at: datetime) -> int:
    """Take back what somebody asked for, or is welcome to, in a cohort they leave, or everywhere; says how many."""
    visits = standing_visits(session, person.id, cohort_id=cohort_id, at=at)
    for guest in visits:
        withdraw(session, guest, desk=desk, at=at)
    return len(visits)


def _open_own_room(session: Session, meeting: CircleSession, *, desk: Desk, at: datetime) -> None:
    """Hold a session with guests in a room of its own: who comes once must not learn where the circle always meets.

    A link that somebody typed stays, because nobody here can make another one.
    """
    if meeting.room_url or not is_own_room(meeting.season.room_url):
        return
    meeting.room_url, meeting.room_known, meeting.updated_at = new_room(desk.room_base_url), False, at
    session.flush()
    tell_change(session, meeting, kind=CHANGED, desk=desk, at=at)


def _decide(session: Session, guest: SessionGuest, state: GuestState, actor: Person, at: datetime) -> None:
    guest.state, guest.decided_at, guest.decided_by = state, at, actor.id
    session.flush()


def _must_wait(session: Session, guest: SessionGuest, *, at: datetime) -> None:
    session.refresh(guest, ["state"], with_for_update=True)
    if guest.state is not GuestState.ASKED:
        raise DomainError(N_("This has been answered or taken back already."))
    if guest.meeting.state is not SessionState.PLANNED or guest.meeting.starts_at <= at:
        raise DomainError(N_("This session has begun, is over or was skipped."))


def _mail(session: Session, name: str, guest: SessionGuest, to: Person, path: str, *, desk: Desk, at: datetime) -> None:
    composed = compose(
        f"scheduling/emails/{name}",
        locale=to.locale,
        person=to,
        guest=guest.person,
        meeting=guest.meeting,
        circle=guest.meeting.season.circle,
        url=desk.url(path),
        desk=desk,
    )
    write(
        session,
        composed,
        kind=name.replace("_", "."),
        to=to.email,
        name=to.name,
        person_id=to.id,
        at=at,
    )
