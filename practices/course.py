"""The course of one practice change over its season: drawn points, gaps, the words for it, and what is asked next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from practices.statuses import frequency_word

#: Occasions of the follow-ups and how many days after the last session each is due.
FOLLOW_UP_DAYS: dict[str, int] = {"day_30": 30, "day_60": 60, "day_90": 90}
#: A check-in made up to this many days after a session answers for that session.
LATE_DAYS = 3
_FULL_AFTER_DAYS = 90


class CheckInRow(NamedTuple):
    """A check-in as stored: each part but the day may be empty. `session_on` is the session it answers, if any."""

    on: date
    frequency: int | None = None
    line: str = ""
    status: str | None = None
    session_on: date | None = None


class FollowUpRow(NamedTuple):
    """A follow-up: its occasion, when it is due, and whether it was answered."""

    occasion: str
    due_on: date
    answered: bool


class CoursePoint(NamedTuple):
    """One drawn check-in: its place in weeks of the season, how often (0 to 4), whether a session before had none."""

    position: float
    level: int
    after_gap: bool = False


class DatedPoint(NamedTuple):
    """The same check-in by its day, for the chart with dates."""

    on: date
    level: int
    after_gap: bool = False


class Mark(NamedTuple):
    """A date under the chart: start, now, last_session, or the occasion of a follow-up."""

    on: date
    kind: str


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a change. `weeks` is the length of the season in sessions; points are in order of time."""

    points: tuple[CoursePoint, ...]
    dated: tuple[DatedPoint, ...]
    weeks: int
    let_go: bool
    marks: tuple[Mark, ...]

    @property
    def start(self) -> int | None:
        """How often at the start, 0 to 4, when anything was answered."""
        return self.points[0].level if self.points else None

    @property
    def latest(self) -> int | None:
        """How often at the latest check-in; None while there is only the start."""
        return self.points[-1].level if len(self.points) > 1 else None

    @property
    def words(self) -> tuple[str, ...]:
        """Message ids of the first and the latest frequency: ("Rarely", "Often"); one when there is only a start."""
        return tuple(frequency_word(level) for level in (self.start, self.latest) if level is not None)


def course(
    check_ins: Iterable[CheckInRow],
    *,
    begun_on: date,
    sessions: Sequence[date],
    baseline: int | None = None,
    let_go: bool = False,
    today: date | None = None,
) -> Course:
    """Lay a change's check-ins along the sessions of its season (days in the circle's zone, cancelled ones left out).

    The baseline is the first point unless a check-in of that day says otherwise. A point follows a gap when a session
    since the point before passed without any check-in. Without sessions the weeks are counted from `begun_on`.
    """
    rows = {row.on: row for row in sorted(check_ins, key=lambda row: row.on)}
    held = sorted(set(sessions))
    dated: list[DatedPoint] = []
    if baseline is not None and (begun_on not in rows or rows[begun_on].frequency is None):
        rows[begun_on] = (rows.get(begun_on) or CheckInRow(begun_on))._replace(frequency=baseline)
    ordered = sorted(rows.values(), key=lambda row: row.on)
    answered = _answered_sessions(ordered, held)
    for row in ordered:
        if row.frequency is None:
            continue
        since = dated[-1].on if dated else row.on
        gap = any(since < day < row.on and day not in answered for day in held)
        dated.append(DatedPoint(row.on, row.frequency, gap))
    weeks = len(held) or _weeks_between(begun_on, ordered[-1].on if ordered else begun_on)
    points = tuple(
        CoursePoint(_position(point.on, held, begun_on, weeks), point.level, point.after_gap) for point in dated
    )
    return Course(points, tuple(dated), weeks, let_go, _marks(dated, held, begun_on, today))


def follow_ups(last_session_on: date) -> tuple[FollowUpRow, ...]:
    """The three follow-ups after a season's last session, none answered yet."""
    return tuple(
        FollowUpRow(occasion, last_session_on + timedelta(days=days), False)
        for occasion, days in FOLLOW_UP_DAYS.items()
    )


def next_follow_ups(rows: Iterable[FollowUpRow], today: date) -> tuple[FollowUpRow, ...]:
    """Those still to come or still open on a day, in order of time."""
    waiting = [row for row in rows if not row.answered and (row.due_on >= today or _is_latest_due(row, rows, today))]
    return tuple(sorted(waiting, key=lambda row: row.due_on))


def awaits_answer(rows: Iterable[FollowUpRow], today: date) -> bool:
    """Whether the latest follow-up due on or before a day has no answer; the change then counts as No answer."""
    due = [row for row in rows if row.due_on <= today]
    return bool(due) and not max(due, key=lambda row: row.due_on).answered


def _is_latest_due(row: FollowUpRow, rows: Iterable[FollowUpRow], today: date) -> bool:
    due = [other.due_on for other in rows if other.due_on <= today]
    return bool(due) and row.due_on == max(due)


def _answered_sessions(rows: Sequence[CheckInRow], sessions: Sequence[date]) -> set[date]:
    """Sessions some check-in speaks for: the one it names, or the last one of the few days before it."""
    answered = {row.session_on for row in rows if row.session_on is not None}
    for row in rows:
        index = bisect_right(sessions, row.on) - 1
        if index >= 0 and (row.on - sessions[index]).days <= LATE_DAYS:
            answered.add(sessions[index])
    return answered


def _weeks_between(first: date, last: date) -> int:
    return max(1, (last - first).days // 7 + 1)


def _position(day: date, sessions: Sequence[date], begun_on: date, weeks: int) -> float:
    """Where a day stands in a season of `weeks`: n at the n-th session (from 0), the 90 days after it in one more."""
    if not sessions:
        return min(float(weeks), max(0.0, (day - begun_on).days / 7))
    index = bisect_right(sessions, day) - 1
    if index < 0:
        return 0.0
    if index == len(sessions) - 1:
        return round(index + min(1.0, (day - sessions[index]).days / _FULL_AFTER_DAYS), 3)
    return round(index + (day - sessions[index]).days / (sessions[index + 1] - sessions[index]).days, 3)


def _marks(
    dated: Sequence[DatedPoint], sessions: Sequence[date], begun_on: date, today: date | None
) -> tuple[Mark, ...]:
    marks = [Mark(dated[0].on if dated else begun_on, "start")]
    if len(dated) > 1:
        marks.append(Mark(dated[-1].on, "now" if today is None or dated[-1].on <= today else "latest"))
    if sessions:
        marks.append(Mark(sessions[-1], "last_session"))
        marks.extend(Mark(row.due_on, row.occasion) for row in follow_ups(sessions[-1]))
    return tuple(sorted(marks))
