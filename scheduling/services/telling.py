"""Writing one session's messages: what each person was told before, and the one mail that says what is so now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import CalendarChoice, Person
from app.jobs.models import Job, JobState
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from app.mail.quiet_hours import calm_after
from app.mail.services import withdraw, write
from circles.models import Membership
from scheduling import invites
from scheduling.models import Answer, CircleSession, GuestState, InviteSent, Rsvp, SessionGuest
from scheduling.queries.people import active_members, roles_of
from scheduling.services.session_times import Times, times_for

INVITE, CHANGED, WITHDRAWN = "session.invite", "session.changed", "session.withdrawn"

Reason = Literal["", "left", "visit", "address", "choice", "ended", "zone"]


@dataclass
class Telling:
    """One session at one instant: who was told what, and a method for each message.

    The session's season, circle, memberships and their people are loaded.
    """

    session: Session
    meeting: CircleSession
    desk: Desk
    at: datetime
    told: dict[UUID, InviteSent]
    #: The people behind `told`, members and others.
    people: dict[UUID, Person]
    answers: dict[UUID, Answer]
    #: Mails that have not left, by id: held back for quiet hours, or put off by the server.
    waiting: dict[int, OutgoingMail]

    @classmethod
    def of(cls, session: Session, meeting: CircleSession, *, desk: Desk, at: datetime) -> Telling:
        """Everything about a session's messages, in four queries however many people there are."""
        rows = session.execute(
            select(InviteSent, Person)
            .join(Person, Person.id == InviteSent.person_id)
            .where(InviteSent.session_id == meeting.id)
        ).all()
        answers = session.execute(select(Rsvp.person_id, Rsvp.answer).where(Rsvp.session_id == meeting.id)).all()
        mails = [row.InviteSent.mail_id for row in rows if row.InviteSent.mail_id is not None]
        return cls(
            session,
            meeting,
            desk,
            at,
            told={row.InviteSent.person_id: row.InviteSent for row in rows},
            people={row.Person.id: row.Person for row in rows},
            answers={row.person_id: row.answer for row in answers},
            waiting=_waiting(session, mails, at),
        )

    def standing(self) -> list[Person]:
        """Those told that it takes place who still belong to it: present members, and guests who are welcome."""
        members = {member.person_id for member in active_members(self.meeting.season.circle)}
        people = [self.people[key] for key, row in self.told.items() if row.method == "REQUEST"]
        if all(person.id in members for person in people):
            return people
        guests = set(self.session.scalars(welcome_guests(self.meeting.id)))
        return [person for person in people if person.id in members or person.id in guests]

    def request(self, person: Person, *, kind: str, reason: Reason = "", urgent: bool = True) -> int:
        """Tell one person that the session takes place, and how; says how many mails go out.

        A calendar behind an older address loses it first.
        """
        # Calendars know the organizer from now on, whatever the installation's address is later.
        self.meeting.organizer = self.meeting.organizer or self.desk.sender
        last, sent = self.told.get(person.id), 0
        if last is not None and last.method == "REQUEST" and last.held and last.address != person.email:
            self.meeting.sequence += 1
            sent += self.cancel(person, reason="address")
            kind = INVITE
        elif last is not None and not last.held and last.sequence >= self.meeting.sequence and kind == INVITE:
            # A calendar that has seen it cancelled takes it back only when it is newer.
            self.meeting.sequence = last.sequence + 1
        superseded = self._supersede(last)
        if superseded is not None and superseded.recipient == person.email:
            # What the calendar shows is what it showed before the mail that is taken back.
            kind = CHANGED if superseded.method == "CANCEL" else INVITE if superseded.kind == INVITE else kind
        stamped = self._stamp(last)
        ics = None
        if person.calendar_choice is CalendarChoice.INVITES or (last is not None and last.held):
            answer = self.answers.get(person.id)
            partstat = invites.partstat_of(answer.value if answer else None)
            ics = invites.to_ics(invite_for(self.meeting, person, self.desk, stamped, partstat=partstat))
        mail = self._mail(person, ics, "REQUEST", kind=kind, reason=reason, urgent=urgent or kind == INVITE)
        self._remember(person, last, mail, "REQUEST", stamped, held=ics is not None)
        return sent + 1

    def cancel(
        self,
        person: Person,
        *,
        kind: str = WITHDRAWN,
        reason: Reason = "",
        urgent: bool = True,
        still_told: bool = False,
    ) -> int:
        """Take the session out of one person's calendar; says how many mails go out.

        People whose calendar holds nothing are mailed only when the session itself does not take place, which is what
        `kind` "session.cancelled" says. With `still_told` they go on hearing of it by mails without an invite.
        The caller has raised `meeting.sequence`.
        """
        last = self.told[person.id]
        superseded = self._supersede(last)
        never_held = superseded is not None and superseded.kind == INVITE and superseded.recipient == last.address
        if never_held or not (last.held or kind != WITHDRAWN):
            last.method, last.held = ("REQUEST" if still_told else "CANCEL"), False
            self.session.flush()
            return 0
        stamped = self._stamp(last)
        ics = None
        if last.held:
            ics = invites.to_ics(
                invite_for(self.meeting, person, self.desk, stamped, method="CANCEL", address=last.address)
            )
        mail = self._mail(person, ics, "CANCEL", kind=kind, reason=reason, urgent=urgent, to=last.address)
        self._remember(person, last, mail, "REQUEST" if still_told else "CANCEL", stamped, held=False)
        return 1

    def _supersede(self, last: InviteSent | None) -> OutgoingMail | None:
        """Take back the last mail if it has not left, so that it cannot arrive after the newer one."""
        mail = self.waiting.pop(last.mail_id, None) if last is not None and last.mail_id is not None else None
        if mail is None or not withdraw(self.session, mail, at=self.at):
            return None
        return mail

    def _stamp(self, last: InviteSent | None) -> datetime:
        return invites.rising_stamp(self.at, after=last.stamped_at if last else None)

    def _mail(
        self,
        person: Person,
        ics: bytes | None,
        method: invites.Method,
        *,
        kind: str,
        reason: Reason,
        urgent: bool,
        to: str = "",
    ) -> OutgoingMail:
        meeting = self.meeting
        roles = roles_of(meeting)
        composed = compose(
            f"scheduling/emails/{kind.replace('.', '_')}",
            locale=person.locale,
            person=person,
            meeting=meeting,
            circle=meeting.season.circle,
            season=meeting.season,
            times=self._times(person),
            host=_name_of(meeting.season.circle.memberships, roles.host if roles else None),
            you_host=bool(roles and roles.host == person.id),
            answer_url=self._answer_url(person) if method == "REQUEST" else "",
            reason=reason,
            desk=self.desk,
            with_invite=ics is not None,
        )
        return write(
            self.session,
            composed,
            kind=kind,
            to=to or person.email,
            name=person.name,
            person_id=person.id,
            at=self.at,
            send_at=self.at if urgent else calm_after(self.at, person.timezone),
            invite=ics,
            method=None if ics is None else method,
            sender="" if ics is None else organizer_of(meeting, self.desk),
            erase_at=None if ics is None else meeting.ends_at,
        )

    def _times(self, person: Person) -> Times:
        meeting = self.meeting
        return times_for(
            meeting.starts_at,
            meeting.ends_at,
            zone=person.timezone,
            locale=person.locale,
            anchor=meeting.season.timezone,
            zones=[member.person.timezone for member in active_members(meeting.season.circle)],
        )

    def _answer_url(self, person: Person) -> str:
        meeting = self.meeting
        secret = tokens.issue(
            self.session,
            "answer-session",
            f"{meeting.id}:{person.id}",
            at=self.at,
            data={"session": str(meeting.id), "person": str(person.id)},
            expires_at=meeting.ends_at,
        )
        return self.desk.url(f"/answer/{secret}")

    def _remember(
        self,
        person: Person,
        last: InviteSent | None,
        mail: OutgoingMail,
        method: invites.Method,
        stamped: datetime,
        *,
        held: bool,
    ) -> None:
        if last is None:
            last = InviteSent(session_id=self.meeting.id, person_id=person.id)
            self.session.add(last)
            self.told[person.id], self.people[person.id] = last, person
        last.address, last.method, last.held = mail.recipient, method, held
        last.sequence, last.stamped_at, last.mail_id = self.meeting.sequence, stamped, mail.id
        self.session.flush()


def invite_for(
    meeting: CircleSession,
    person: Person,
    desk: Desk,
    stamped: datetime,
    *,
    method: invites.Method = "REQUEST",
    partstat: invites.Partstat = "NEEDS-ACTION",
    address: str = "",
) -> invites.Invite:
    """A session as one person's calendar is told of it now; season, circle and people are loaded."""
    circle = meeting.season.circle
    return invites.Invite(
        uid=meeting.uid,
        sequence=meeting.sequence,
        method=method,
        stamped_at=stamped,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        summary=summary_of(meeting),
        description=meeting.description,
        # Who is out of a session does not learn its room.
        meeting_url=meeting.room if method == "REQUEST" else "",
        organizer_address=organizer_of(meeting, desk),
        organizer_name=circle.name,
        attendee_address=address or person.email,
        attendee_name=person.name,
        partstat=partstat,
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
    )


def organizer_of(meeting: CircleSession, desk: Desk) -> str:
    """The address that calendars know as a session's organizer; it never changes for a UID (RFC 5546 2.1)."""
    return meeting.organizer or desk.sender


def summary_of(meeting: CircleSession) -> str:
    """What calendars call a session; its circle is loaded."""
    circle = meeting.season.circle
    return f"{circle.name}: {meeting.title}" if meeting.title else circle.name


def welcome_guests(session_id: UUID) -> Select[UUID]:
    """The people of other circles who come to a session."""
    return select(SessionGuest.person_id).where(
        SessionGuest.session_id == session_id, SessionGuest.state == GuestState.WELCOME
    )


def _waiting(session: Session, mail_ids: Sequence[int], at: datetime) -> dict[int, OutgoingMail]:
    """Mails that wait for a later time, or that a server has put off."""
    if not mail_ids:
        return {}
    put_off = session.scalars(
        select(Job.key).where(
            Job.key.in_([f"mail:{mail_id}" for mail_id in mail_ids]), Job.state == JobState.WAITING, Job.attempts > 0
        )
    )
    late = [int(key.removeprefix("mail:")) for key in put_off]
    mails = session.scalars(
        select(OutgoingMail).where(
            OutgoingMail.id.in_(mail_ids),
            OutgoingMail.state == MailState.WAITING,
            or_(OutgoingMail.send_at > at, OutgoingMail.id.in_(late)),
        )
    )
    return {mail.id: mail for mail in mails}


def _name_of(memberships: Sequence[Membership], person_id: object) -> str:
    return next((m.person.name for m in memberships if m.person_id == person_id), "")
