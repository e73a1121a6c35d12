"""A person's changes with the course each has taken, laid along the sessions of its circle."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from practices.course import CheckInRow, Course, FollowUpRow, course
from practices.models import FollowUp, PracticeChange, Status
from practices.queries.changes import OPEN
from practices.summaries import ChangeRow
from scheduling.models import CircleSession, Season, SessionState


@dataclass(frozen=True, slots=True)
class Charted:
    """One change and its course."""

    change: PracticeChange
    course: Course


def charted(session: Session, changes: Sequence[PracticeChange], *, today: date | None = None) -> list[Charted]:
    """The courses of changes that were loaded with their check-ins, in their order; one query for all."""
    days = session_days(session, {change.circle_id for change in changes if change.circle_id})
    return [Charted(change, course_of(change, days.get(change.circle_id, ()), today=today)) for change in changes]


def course_of(change: PracticeChange, sessions: Sequence[date], *, today: date | None = None) -> Course:
    """The course of one change along the local days of its circle's sessions."""
    return course(
        _check_in_rows(change),
        begun_on=change.begun_on,
        sessions=sessions,
        baseline=change.baseline,
        let_go=change.status is Status.DROPPED,
        today=today,
    )


def change_row(change: PracticeChange, follow_ups: Sequence[FollowUp] = ()) -> ChangeRow:
    """A change that was loaded with its check-ins, as the summaries take it."""
    return ChangeRow(
        key=str(change.id),
        before=change.before,
        after=change.after,
        cue=change.cue,
        action=change.action,
        area=change.area,
        status=change.status.value,
        resolve=change.resolve,
        confidence=change.confidence,
        begun_on=change.begun_on,
        baseline=change.baseline,
        reason=change.reason,
        check_ins=_check_in_rows(change),
        follow_ups=tuple(
            FollowUpRow(row.occasion.value, row.due_on, row.answered_at is not None) for row in follow_ups
        ),
    )


def _check_in_rows(change: PracticeChange) -> tuple[CheckInRow, ...]:
    return tuple(
        CheckInRow(entry.on_date, entry.frequency, entry.line, entry.status.value if entry.status else None)
        for entry in change.check_ins
    )


def session_days(session: Session, circle_ids: Collection[UUID]) -> dict[UUID | None, list[date]]:
    """The days of each circle's sessions that were not cancelled, in the circle's zone, in order."""
    found: dict[UUID | None, list[date]] = {}
    if not circle_ids:
        return found
    rows = session.execute(
        select(Season.circle_id, Season.timezone, CircleSession.starts_at)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(Season.circle_id.in_(circle_ids), CircleSession.state != SessionState.CANCELLED)
        .order_by(CircleSession.starts_at)
    )
    for circle_id, timezone, starts_at in rows:
        found.setdefault(circle_id, []).append(starts_at.astimezone(ZoneInfo(timezone)).date())
    return found


def to_record(changes: Sequence[PracticeChange], *, since: datetime | None, today: date) -> PracticeChange | None:
    """The one change to ask about: open, begun before today, not spoken of since the last session, longest silent."""
    silent: list[tuple[date, int, PracticeChange]] = []
    for order, change in enumerate(changes):
        last = max((entry.on_date for entry in change.check_ins), default=change.begun_on)
        asked = since is None or last < since.date() or (last < today and since.date() == today)
        if change.status in OPEN and last < today and asked:
            silent.append((last, -order, change))
    return min(silent, key=lambda entry: entry[:2])[2] if silent else None
