"""The weekly digest: a person's sessions of the week by circle, and what waited for them, in one mail on Sunday."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import Person, StartedMail, StartedState
from app.accounts.services.addresses import stop_url, wants
from app.accounts.services.weekly import DIGEST, Letter, decide_nothing, held_for_all, start_mails
from app.i18n import TIMEZONES
from app.mail.compose import compose
from app.mail.desk import Desk
from circles.models import Circle
from scheduling.models import Answer, CircleSession
from scheduling.queries import reminding as queries
from scheduling.queries.people import active_members
from scheduling.reminders import digest_week
from scheduling.services.session_times import WEEK, Times, times_for

AT_ONCE = 50
DAY = WEEK / 7

Sessions = Mapping[UUID, Sequence[CircleSession]]


@dataclass(frozen=True, slots=True)
class Line:
    """One session in a digest."""

    title: str
    times: Times
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One circle in a digest."""

    circle: Circle
    page_url: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's digest of one week: the mail, or None when there is nothing to tell; and what it tells of."""

    person: Person
    person_id: UUID
    letter: Letter | None
    told: tuple[int, ...]


def weeks_due(at: datetime) -> dict[date, list[str]]:
    """The zones in which it is time for a digest, by the Monday of the week that it is about."""
    found: dict[date, list[str]] = {}
    for zone in sorted(TIMEZONES):
        monday = digest_week(at, zone)
        if monday is not None:
            found.setdefault(monday, []).append(zone)
    return found


def digests(
    session: Session, monday: date, zones: Sequence[str], *, after: UUID | None = None, desk: Desk, at: datetime
) -> list[Digest]:
    """Some people's digests of a week, worded, from the person behind `after` on; reads only. Empty at the end."""
    subject = monday.isoformat()
    people = queries.due_for_digest(session, zones, subject, after=after, limit=AT_ONCE)
    ids = [person.id for person in people]
    sessions = queries.sessions_of_people(session, ids, after=at, until=at + WEEK)
    answers = queries.answers_by_session(session, {meeting.id for rows in sessions.values() for meeting in rows})
    held = held_for_all(session, ids)
    zones_of = _zones(sessions)
    found = []
    for person in people:
        waits = held[person.id]
        entries = _entries(person, sessions[person.id], answers, zones_of, desk)
        if not wants(person, DIGEST) or not (entries or any(row.title for row in waits)):
            found.append(Digest(person, person.id, None, tuple(row.id for row in waits)))
            continue
        words = compose(
            "scheduling/emails/digest",
            locale=person.locale,
            person=person,
            monday=monday,
            circles=entries,
            open=[row for row in waits if row.title],
            sessions_url=desk.url("/sessions"),
            unsubscribe_url=stop_url(desk, person, DIGEST),
        )
        letter = Letter(person, DIGEST, subject, words, mail_kind="session.digest", not_after=at + DAY)
        found.append(Digest(person, person.id, letter, tuple(row.id for row in waits)))
    return found


def settle(session: Session, monday: date, found: Sequence[Digest], *, desk: Desk, at: datetime) -> int:
    """Start these digests; what they tell of waits no longer. Says how many were sent."""
    letters = [digest.letter for digest in found if digest.letter is not None]
    sent = {row.person_id for row in start_mails(session, desk, letters, at=at) if row.state is StartedState.SENT}
    nothing = [digest for digest in found if digest.letter is None]
    decide_nothing(session, DIGEST, monday.isoformat(), [digest.person for digest in nothing], at=at)
    done = [digest for digest in found if digest.letter is None or digest.person_id in sent]
    told = [key for digest in done for key in digest.told]
    if told:
        session.execute(
            update(StartedMail)
            .where(StartedMail.id.in_(told), StartedMail.state == StartedState.HELD)
            .values(state=StartedState.DIGESTED)
            .execution_options(synchronize_session=False)
        )
    return len(sent)


def _zones(sessions: Sessions) -> dict[UUID, list[str]]:
    """The zones of each circle's members."""
    circles = {meeting.season.circle.id: meeting.season.circle for rows in sessions.values() for meeting in rows}
    return {key: [member.person.timezone for member in active_members(circle)] for key, circle in circles.items()}


def _entries(
    person: Person,
    meetings: Sequence[CircleSession],
    answers: Mapping[UUID, Mapping[UUID, Answer]],
    zones: Mapping[UUID, Sequence[str]],
    desk: Desk,
) -> list[Entry]:
    """A person's sessions by circle, the circle that meets first first."""
    entries: dict[UUID, Entry] = {}
    for meeting in meetings:
        circle = meeting.season.circle
        answer = answers.get(meeting.id, {}).get(person.id)
        times = times_for(
            meeting.starts_at,
            meeting.ends_at,
            zone=person.timezone,
            locale=person.locale,
            anchor=meeting.season.timezone,
            zones=zones[circle.id],
        )
        entry = entries.setdefault(circle.id, Entry(circle, desk.url(f"/circles/{circle.id}/this-week")))
        entry.lines.append(Line(meeting.title, times, answer.value if answer else ""))
    return list(entries.values())
