"""The clock of a session that is being run: what was pressed and the time in, step, speaker and seconds left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from guides.agenda import TimedStep, step_at

#: A session can be opened this long before it begins, and is over this long after its planned end at the latest.
OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(hours=3)
MINUTE = 60


class Phase(Enum):
    """Where a session stands: not open yet, open, begun with nobody pressing, running, paused, over."""

    EARLY = "early"
    READY = "ready"
    BY_CLOCK = "by_clock"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Course:
    """How far the circle went: the step (from 0), whose turn it is, and since when.

    `speaker` is a place in the order of speaking; it equals the number of speakers once all have spoken, and is None
    in a step that is no round. `extra_seconds` were added to the clock that is running.
    """

    started_at: datetime
    step: int
    step_began_at: datetime
    speaker: int | None
    speaker_began_at: datetime
    extra_seconds: int = 0
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What the clock says at an instant. All times are whole seconds; what is left falls below zero when it is over."""

    step: int
    #: Whose turn it is, or None when everyone may speak.
    speaker: int | None
    #: How many have spoken in this round.
    spoken: int
    #: Left on the clock that is shown, the speaker's or else the step's, and how long that clock is in all.
    left: int
    whole: int
    #: Since the session was started, pauses counted.
    elapsed: int
    #: Since the step began, pauses left out.
    in_step: int
    #: How much later than planned this step will end if it ends on time from now on; negative when ahead.
    late: int

    @property
    def everyone_spoke(self) -> bool:
        """Whether a round is over and the rest of its step belongs to everyone."""
        return self.speaker is None and self.spoken > 0


def phase_of(starts_at: datetime, ends_at: datetime, course: Course | None, *, finished: bool, now: datetime) -> Phase:
    """The phase of a session with these planned times, of which `course` was pressed so far."""
    if finished or now >= ends_at + CLOSES_AFTER:
        return Phase.OVER
    if course is not None:
        return Phase.PAUSED if course.paused_at else Phase.RUNNING
    if now >= ends_at:
        return Phase.OVER
    if now >= starts_at:
        return Phase.BY_CLOCK
    return Phase.READY if now >= starts_at - OPENS_BEFORE else Phase.EARLY


def moment(agenda: Sequence[TimedStep], course: Course, speakers: int, *, now: datetime) -> Moment:
    """What the clock says about a course through an agenda with so many speakers.

    Raises:
        IndexError: the course is in a step that the agenda does not have.
    """
    timed = agenda[course.step]
    until = course.paused_at or now
    in_step = _seconds(course.step_began_at, until)
    speaking = course.speaker is not None and course.speaker < speakers and timed.each_seconds is not None
    if speaking and timed.each_seconds is not None:
        whole = timed.each_seconds + course.extra_seconds
        left = whole - _seconds(course.speaker_began_at, until)
    else:
        whole = timed.minutes * MINUTE + course.extra_seconds
        left = whole - in_step
    elapsed = _seconds(course.started_at, now)
    extra = 0 if speaking else course.extra_seconds
    remaining = max(0, timed.minutes * MINUTE + extra - in_step)
    return Moment(
        step=course.step,
        speaker=course.speaker if speaking else None,
        spoken=min(course.speaker, speakers) if course.speaker is not None else 0,
        left=left,
        whole=whole,
        elapsed=elapsed,
        in_step=in_step,
        late=elapsed + remaining - timed.end * MINUTE,
    )


def begin(agenda: Sequence[TimedStep], *, now: datetime) -> Course:
    """A session that starts with its first step."""
    return _enter(Course(now, 0, now, None, now), agenda, 0, now)


def by_the_clock(agenda: Sequence[TimedStep], speakers: int, starts_at: datetime, *, now: datetime) -> Course:
    """Where a session would be that began at `starts_at` and kept to every time box."""
    seconds = _seconds(starts_at, now)
    timed = step_at(agenda, seconds // MINUTE)
    began = starts_at + timedelta(minutes=timed.start)
    course = Course(starts_at, list(agenda).index(timed), began, None, began)
    if timed.each_seconds is None:
        return course
    speaker = min((seconds - timed.start * MINUTE) // timed.each_seconds, speakers)
    return replace(course, speaker=speaker, speaker_began_at=began + timedelta(seconds=speaker * timed.each_seconds))


def go_to(course: Course, agenda: Sequence[TimedStep], step: int, *, now: datetime) -> Course:
    """The course after going to another step, from its beginning; a pause ends with it.

    Raises:
        ValueError: there is no such step.
    """
    if not 0 <= step < len(agenda):
        raise ValueError(f"no step {step} in an agenda of {len(agenda)}")
    return _enter(course, agenda, step, now)


def next_speaker(course: Course, speakers: int, *, now: datetime) -> Course:
    """The course after passing the word on, at last to everyone; a pause ends with it.

    Raises:
        ValueError: nobody has the word.
    """
    if course.speaker is None or course.speaker >= speakers:
        raise ValueError("nobody has the word")
    going = resume(course, now=now)
    return replace(going, speaker=course.speaker + 1, speaker_began_at=now, extra_seconds=0)


def pause(course: Course, *, now: datetime) -> Course:
    """The course with its clock held; one that is held already stays as it is."""
    return course if course.paused_at else replace(course, paused_at=now)


def resume(course: Course, *, now: datetime) -> Course:
    """The course with its clock going on where it was held."""
    if course.paused_at is None:
        return course
    held = max(timedelta(), now - course.paused_at)
    return replace(
        course,
        step_began_at=course.step_began_at + held,
        speaker_began_at=course.speaker_began_at + held,
        paused_at=None,
    )


def add_time(course: Course, seconds: int) -> Course:
    """The course with more time on the clock that is running."""
    return replace(course, extra_seconds=course.extra_seconds + seconds)


def _enter(course: Course, agenda: Sequence[TimedStep], step: int, now: datetime) -> Course:
    speaker = None if agenda[step].each_seconds is None else 0
    return Course(course.started_at, step, now, speaker, now)


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds()))
