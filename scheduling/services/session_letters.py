"""Wording the mails that go with a session: its agenda, its reminder, its link, and what is asked after it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import tokens
from app.accounts.models import Person
from app.accounts.services.addresses import stop_url
from app.accounts.services.weekly import Letter, in_digest
from app.mail.compose import compose
from app.mail.desk import Desk
from circles.models import Membership
from scheduling import invites
from scheduling.models import Answer, CircleSession, InviteSent, SessionState
from scheduling.queries.people import active_members, away_on, roles_of
from scheduling.reminders import AFTER_HOSTING, Due, Kind, Meeting, Member, due, next_look
from scheduling.services.session_times import Times, times_for
from scheduling.services.telling import invite_for, organizer_of


@dataclass(frozen=True, slots=True)
class Look:
    """One session at one instant: the mails to start, and when to look again."""

    session_id: UUID
    starts_at: datetime
    sequence: int
    letters: tuple[Letter, ...]
    #: Secrets of the answering links in `letters`, by person and kind.
    answering: Mapping[tuple[UUID, str], str]
    #: DTSTAMP of the agendas in `letters`, by person.
    stamps: Mapping[UUID, datetime]
    next_at: datetime | None


def subject_of(meeting: CircleSession) -> str:
    """What mails about a session are about: the session at this time; moved, it is reminded of again."""
    return f"{meeting.id}@{meeting.schedule_sequence}"


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for a few sessions at once."""

    answers: Mapping[UUID, Mapping[UUID, Answer]]
    told: Mapping[UUID, Mapping[UUID, InviteSent]]
    decided: Collection[tuple[UUID, str, str]]
    circles: Mapping[UUID, int]
    reserves: Mapping[UUID, int]
    guests: Mapping[UUID, Sequence[Person]]


class Wording:
    """Finds and words what is due for the members of one session, and for its guests."""

    def __init__(self, meeting: CircleSession, known: Known, desk: Desk, at: datetime) -> None:
        self.meeting, self.known, self.desk, self.at = meeting, known, desk, at
        self.circle, self.season = meeting.season.circle, meeting.season
        self.members: list[Membership] = active_members(self.circle)
        self.zones = [member.person.timezone for member in self.members]
        present = {member.person_id for member in self.members}
        self.guests = [guest for guest in known.guests.get(meeting.id, ()) if guest.id not in present]
        roles = roles_of(meeting)
        self.host = roles.host if roles else None
        self.answering: dict[tuple[UUID, str], str] = {}
        self.stamps: dict[UUID, datetime] = {}

    def look(self) -> Look:
        state = self.meeting.state
        shape = Meeting(
            self.meeting.starts_at,
            self.meeting.ends_at,
            has_agenda=bool(self.meeting.description.strip()),
            cancelled=state is SessionState.CANCELLED,
            closed=state in (SessionState.HELD, SessionState.MISSED),
            held=state is SessionState.HELD,
        )
        away = away_on(self.members, self.meeting.starts_at)
        letters = [
            self._letter(person, one)
            for person in (*(membership.person for membership in self.members), *self.guests)
            if person.active
            for one in due(shape, self._member(person, away), at=self.at)
            if (person.id, _kind_of(one), subject_of(self.meeting)) not in self.known.decided
        ]
        zones = [*self.zones, *(guest.timezone for guest in self.guests), self.season.timezone]
        return Look(
            self.meeting.id,
            self.meeting.starts_at,
            self.meeting.sequence,
            tuple(letters),
            self.answering,
            self.stamps,
            next_look(shape, zones, at=self.at),
        )

    def _member(self, person: Person, away: Collection[UUID]) -> Member:
        answer, told = self._answer(person), self._told(person)
        return Member(
            zone=person.timezone,
            answer=answer.value if answer else None,
            hosts=person.id == self.host,
            away=person.id in away,
            guest=person in self.guests,
            told_at=told.stamped_at if told else None,
            stopped=frozenset(person.stopped_mails),
            wanted=frozenset(person.wanted_mails),
        )

    def _answer(self, person: Person) -> Answer | None:
        # Who asked to come from another circle comes until they say otherwise.
        unsaid = Answer.YES if person in self.guests else None
        return self.known.answers.get(self.meeting.id, {}).get(person.id, unsaid)

    def _told(self, person: Person) -> InviteSent | None:
        return self.known.told.get(self.meeting.id, {}).get(person.id)

    def _letter(self, person: Person, one: Due) -> Letter:
        kind, is_agenda = _kind_of(one), one.kind is Kind.AGENDA
        answer = self._answer(person)
        ics = self._agenda_ics(person, answer) if is_agenda else None
        answer_url = self._answer_url(person, kind) if one.kind in (Kind.AGENDA, Kind.REMINDER) else ""
        visits = person in self.guests
        page = f"/circles/{self.circle.id}" + ("" if one.kind is Kind.AFTER else "/this-week")
        if visits:
            page = f"/sessions/{self.meeting.id}/guest"
        words = compose(
            f"scheduling/emails/{one.kind.value}",
            locale=person.locale,
            person=person,
            meeting=self.meeting,
            circle=self.circle,
            season=self.season,
            times=self._times(person),
            host=next((member.person.name for member in self.members if member.person_id == self.host), ""),
            you_host=person.id == self.host,
            visits=visits,
            hosts=one.hosts,
            nudge=one.nudge,
            answer=answer.value if answer else "",
            answer_url=answer_url,
            page_url=self.desk.url(page),
            presence_url=self.desk.url(f"/sessions/{self.meeting.id}/presence"),
            unsubscribe_url=stop_url(self.desk, person, kind),
            with_invite=ics is not None,
        )
        # A digest lists the sessions of its week by itself.
        title = "" if is_agenda else words.subject
        return Letter(
            person,
            kind,
            subject_of(self.meeting),
            words,
            mail_kind=f"session.{kind}",
            title=title,
            url=self.desk.url(f"/sessions/{self.meeting.id}/presence" if one.hosts else page) if title else "",
            hold=is_agenda and in_digest(person, self.known.circles[person.id]),
            reserve=self.known.reserves[person.id],
            invite=ics,
            method="REQUEST" if ics is not None else None,
            sender=organizer_of(self.meeting, self.desk) if ics is not None else "",
            erase_at=self.meeting.ends_at if ics is not None else None,
            not_after=one.until,
        )

    def _times(self, person: Person) -> Times:
        return times_for(
            self.meeting.starts_at,
            self.meeting.ends_at,
            zone=person.timezone,
            locale=person.locale,
            anchor=self.season.timezone,
            zones=self.zones,
        )

    def _answer_url(self, person: Person, kind: str) -> str:
        secret = secrets.token_urlsafe(tokens.TOKEN_BYTES)
        self.answering[(person.id, kind)] = secret
        return self.desk.url(f"/answer/{secret}")

    def _agenda_ics(self, person: Person, answer: Answer | None) -> bytes | None:
        """The event that a calendar holds, newer only by its stamp, so that what was answered stands."""
        meeting, told = self.meeting, self._told(person)
        self.stamps[person.id] = invites.rising_stamp(self.at, after=told.stamped_at if told else None)
        if told is None or not told.held or told.address != person.email:
            return None
        partstat = invites.partstat_of(answer.value if answer else None)
        return invites.to_ics(invite_for(meeting, person, self.desk, self.stamps[person.id], partstat=partstat))


def _kind_of(one: Due) -> str:
    """The name of a mail in the table of kinds: hosts are asked without having chosen so, others only when they did."""
    return AFTER_HOSTING if one.hosts else one.kind.value
