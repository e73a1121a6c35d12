"""Running a session: every press moves the clock that the whole circle sees, and none counts twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError
from guides import live_clock
from guides.agenda import TimedStep
from guides.live_clock import MINUTE, Course, Phase, phase_of
from guides.walk.models import LiveState
from guides.walk.queries.live import course_of
from scheduling.models import CircleSession, SessionState

Agenda = Sequence[TimedStep]


class Overtaken(DomainError):
    """Someone else pressed before, so this press is not counted."""


def start(
    session: Session,
    meeting: CircleSession,
    agenda: Agenda,
    speakers: Sequence[UUID],
    *,
    from_clock: bool,
    actor: Person,
    at: datetime,
) -> LiveState:
    """Start the clock with the first step, or with `from_clock` where the plan has come to by now.

    Raises Overtaken when it was started already, DomainError before it opens or once it is over.
    """
    _lock(session, meeting)
    if session.get(LiveState, meeting.id, populate_existing=True) is not None:
        raise Overtaken(N_("Someone started it a moment before you. Everyone sees that clock."))
    finished = meeting.state is not SessionState.PLANNED
    phase = phase_of(meeting.starts_at, meeting.ends_at, None, finished=finished, now=at)
    if phase is Phase.EARLY:
        raise DomainError(N_("It can be started 15 minutes before the session."))
    if phase is Phase.OVER:
        raise DomainError(N_("This session is over."))
    if from_clock and phase is Phase.BY_CLOCK:
        course = live_clock.by_the_clock(agenda, len(speakers), meeting.starts_at, now=at)
    else:
        course = live_clock.begin(agenda, now=at)
    state = LiveState(session_id=meeting.id, speakers=[str(person_id) for person_id in speakers], revision=0)
    _keep(state, course, actor, at)
    session.add(state)
    session.flush()
    return state


def next_step(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Go on to the next step. Raises Overtaken, DomainError in the last one."""
    return _step(session, meeting, agenda, revision, 1, actor, at)


def previous(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Go back to the step before; what was ended goes on with its last step. Raises Overtaken, DomainError."""
    state = _held(session, meeting, revision)
    if state.finished_at is None:
        return _step(session, meeting, agenda, revision, -1, actor, at)
    state.finished_at = None
    return _put(session, state, live_clock.go_to(course_of(state), agenda, state.step, now=at), actor, at)


def next_speaker(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Pass the word on; after the last one it is everyone's. Raises Overtaken, DomainError outside a round."""
    state = _going(session, meeting, revision)
    try:
        course = live_clock.next_speaker(course_of(state), len(state.speakers), now=at)
    except ValueError:
        raise DomainError(N_("Nobody has the word in this step.")) from None
    return _put(session, state, course, actor, at)


def pause(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Hold the clock. Raises Overtaken, DomainError."""
    state = _going(session, meeting, revision)
    return _put(session, state, live_clock.pause(course_of(state), now=at), actor, at)


def resume(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Let the clock go on where it was held. Raises Overtaken, DomainError."""
    state = _going(session, meeting, revision)
    return _put(session, state, live_clock.resume(course_of(state), now=at), actor, at)


def more_time(
    session: Session, meeting: CircleSession, agenda: Agenda, revision: int, *, actor: Person, at: datetime
) -> LiveState:
    """Put a minute on the clock that is running. Raises Overtaken, DomainError."""
    state = _going(session, meeting, revision)
    return _put(session, state, live_clock.add_time(course_of(state), MINUTE), actor, at)


def finish(session: Session, meeting: CircleSession, *, actor: Person, at: datetime) -> None:
    """End the session for everyone; ending it again changes nothing. Raises DomainError before it was started."""
    _lock(session, meeting)
    state = session.get(LiveState, meeting.id, populate_existing=True)
    if state is None:
        raise DomainError(N_("This session was not started here."))
    if state.finished_at is None:
        state.finished_at = at
        _put(session, state, course_of(state), actor, at)


def join(session: Session, meeting: CircleSession, person_id: UUID, *, actor: Person, at: datetime) -> None:
    """Let someone who was not expected speak too, after the others; the time boxes are shared anew.

    Whoever comes when all have spoken has the rest of the step with them. Raises DomainError unless it is running.
    """
    _lock(session, meeting)
    state = session.get(LiveState, meeting.id, populate_existing=True)
    if state is None or state.finished_at is not None or meeting.state is not SessionState.PLANNED:
        raise DomainError(N_("This session is not running."))
    if str(person_id) not in state.speakers:
        course = course_of(state)
        if course.speaker == len(state.speakers):
            course = replace(course, speaker=len(state.speakers) + 1)
        state.speakers = [*state.speakers, str(person_id)]
        _put(session, state, course, actor, at)


def _step(
    session: Session,
    meeting: CircleSession,
    agenda: Agenda,
    revision: int,
    by: int,
    actor: Person,
    at: datetime,
) -> LiveState:
    state = _going(session, meeting, revision)
    try:
        course = live_clock.go_to(course_of(state), agenda, state.step + by, now=at)
    except ValueError:
        raise DomainError(
            N_("There is no step after the last one.") if by > 0 else N_("This is the first step.")
        ) from None
    return _put(session, state, course, actor, at)


def _lock(session: Session, meeting: CircleSession) -> None:
    """Let one press after the other through, where the database does not do so by itself."""
    session.execute(select(CircleSession.id).where(CircleSession.id == meeting.id).with_for_update())


def _held(session: Session, meeting: CircleSession, revision: int) -> LiveState:
    _lock(session, meeting)
    if meeting.state is not SessionState.PLANNED:
        raise DomainError(N_("This session is over."))
    state = session.get(LiveState, meeting.id, populate_existing=True)
    if state is None:
        raise DomainError(N_("This session was not started here."))
    if state.revision != revision:
        raise Overtaken(N_("Someone pressed a moment before you. Nothing was skipped; this is where you all are."))
    return state


def _going(session: Session, meeting: CircleSession, revision: int) -> LiveState:
    state = _held(session, meeting, revision)
    if state.finished_at is not None:
        raise DomainError(N_("This session is over."))
    return state


def _put(session: Session, state: LiveState, course: Course, actor: Person, at: datetime) -> LiveState:
    _keep(state, course, actor, at)
    session.flush()
    return state


def _keep(state: LiveState, course: Course, actor: Person, at: datetime) -> None:
    state.started_at = course.started_at
    state.step, state.step_began_at = course.step, course.step_began_at
    state.speaker, state.speaker_began_at = course.speaker, course.speaker_began_at
    state.extra_seconds, state.paused_at = course.extra_seconds, course.paused_at
    state.pressed_by, state.updated_at = actor.id, at
    state.revision += 1
