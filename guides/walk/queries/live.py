"""A session that is being run, as one member sees it, and the mark that tells whether anything changed since."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Membership
from guides.agenda import TimedStep, timed
from guides.content.queries import guide_of
from guides.live_clock import CLOSES_AFTER, Course, Moment, Phase, by_the_clock, moment, phase_of
from guides.walk.models import CircleNote, Commitment, LiveState, SessionWeek, Walk
from scheduling.models import Answer, CircleSession, Rsvp, Season, SessionState
from scheduling.queries import active_members, answers_of, away_on, roles_of


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session and where it stands. `course` is what was pressed, or what the clock says when nobody pressed yet."""

    meeting: CircleSession
    number: int
    agenda: tuple[TimedStep, ...]
    #: Who speaks in which order, the host first.
    speakers: tuple[UUID, ...]
    phase: Phase
    state: LiveState | None
    course: Course | None
    moment: Moment | None

    @property
    def revision(self) -> int:
        """How often something was pressed."""
        return self.state.revision if self.state else 0

    @property
    def speaker(self) -> UUID | None:
        """Whose turn it is."""
        return self.speakers[self.moment.speaker] if self.moment and self.moment.speaker is not None else None

    @property
    def next_speaker(self) -> UUID | None:
        """Whose turn comes after that."""
        if self.moment is None or self.moment.speaker is None or self.moment.speaker + 1 >= len(self.speakers):
            return None
        return self.speakers[self.moment.speaker + 1]

    @property
    def spoken(self) -> frozenset[UUID]:
        """Who has spoken in this round."""
        return frozenset(self.speakers[: self.moment.spoken]) if self.moment else frozenset()


def live_session(session: Session, walk: Walk, number: int, *, at: datetime) -> LiveSession:
    """The session that uses a week, and how far it is; `walk` comes from `walk_for`.

    Raises NotFound when no session uses the week.
    """
    meeting = _meeting(session, walk, number, at=at)
    state = session.get(LiveState, meeting.id)
    speakers = tuple(UUID(text) for text in state.speakers) if state else speaking_order(session, meeting)
    guide = guide_of(walk.guide_version)
    agenda = timed(
        guide.week(number), minutes=walk.season.minutes, people=len(speakers), planned_for=guide.circle.target
    )
    course = course_of(state) if state else None
    finished = meeting.state is not SessionState.PLANNED or bool(state and state.finished_at)
    phase = phase_of(meeting.starts_at, meeting.ends_at, course, finished=finished, now=at)
    if phase is Phase.BY_CLOCK:
        course = by_the_clock(agenda, len(speakers), meeting.starts_at, now=at)
    going = course is not None and phase in (Phase.BY_CLOCK, Phase.RUNNING, Phase.PAUSED)
    return LiveSession(
        meeting=meeting,
        number=number,
        agenda=agenda,
        speakers=speakers,
        phase=phase,
        state=state,
        course=course,
        moment=moment(agenda, course, len(speakers), now=at) if course and going else None,
    )


def course_of(state: LiveState) -> Course:
    """What was pressed, as the clock reads it."""
    return Course(
        started_at=state.started_at,
        step=state.step,
        step_began_at=state.step_began_at,
        speaker=state.speaker,
        speaker_began_at=state.speaker_began_at,
        extra_seconds=state.extra_seconds,
        paused_at=state.paused_at,
    )


def speaking_order(session: Session, meeting: CircleSession) -> tuple[UUID, ...]:
    """Round the ring from the host, without people who are away or said that they cannot come."""
    members = active_members(meeting.season.circle)
    answers = answers_of(session, [meeting.id])[meeting.id]
    missing = away_on(members, meeting.starts_at) | {
        person_id for person_id, row in answers.items() if row.answer is Answer.NO
    }
    order = [member.person_id for member in members]
    roles = roles_of(meeting)
    first = next((place for place, person_id in enumerate(order) if roles and person_id == roles.host), 0)
    ring = order[first:] + order[:first]
    return tuple(person_id for person_id in ring if person_id not in missing) or tuple(ring)


def live_mark(session: Session, person: Person, circle_id: UUID, number: int) -> str:
    """Changes whenever someone pressed, wrote or answered in a week's session; two queries.

    Raises NotFound for everyone who is not a member of the circle.
    """
    walk_id = session.scalar(
        select(Walk.id)
        .join(Season, Season.id == Walk.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(Season.circle_id == circle_id, Membership.person_id == person.id, Membership.left_at.is_(None))
        .order_by(Walk.started_at.desc())
        .limit(1)
    )
    if walk_id is None:
        raise NotFound
    row = session.execute(select(*(part.scalar_subquery() for part in _changes(walk_id, number)))).one()
    return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()[:16]


def _changes(walk_id: UUID, number: int) -> tuple[Select[Any], ...]:
    """What moves when anything on the page does: presses, answers to the invite, notes, commitments, outcomes."""
    meetings = select(SessionWeek.session_id).where(SessionWeek.walk_id == walk_id, SessionWeek.week == number)
    notes = (CircleNote.walk_id == walk_id, CircleNote.week.in_([number - 1, number]))
    promises = (Commitment.walk_id == walk_id, Commitment.week.in_([number - 1, number]))
    return (
        select(func.sum(LiveState.revision)).where(LiveState.session_id.in_(meetings)),
        select(func.max(Rsvp.answered_at)).where(Rsvp.session_id.in_(meetings)),
        select(func.count(CircleNote.id)).where(*notes),
        select(func.max(CircleNote.written_at)).where(*notes),
        select(func.max(CircleNote.edited_at)).where(*notes),
        select(func.max(CircleNote.opened_at)).where(*notes),
        select(func.sum(func.length(Commitment.text))).where(*promises),
        select(func.max(Commitment.made_at)).where(*promises),
        select(func.max(Commitment.outcome_at)).where(*promises),
    )


def _meeting(session: Session, walk: Walk, number: int, *, at: datetime) -> CircleSession:
    """The session of a week that runs or comes next, else the last one; a guide of one page is used by all."""
    rows = session.scalars(
        select(SessionWeek.session_id).where(SessionWeek.walk_id == walk.id, SessionWeek.week == number)
    )
    using = set(rows)
    meetings = [
        meeting
        for meeting in walk.season.sessions
        if meeting.id in using and meeting.state is not SessionState.CANCELLED
    ]
    if not meetings:
        raise NotFound
    standing = [
        meeting for meeting in meetings if meeting.state is SessionState.PLANNED and meeting.ends_at + CLOSES_AFTER > at
    ]
    return min(standing, key=_starts) if standing else max(meetings, key=_starts)


def _starts(meeting: CircleSession) -> datetime:
    return meeting.starts_at
