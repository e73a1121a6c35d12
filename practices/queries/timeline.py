"""One change day by day: what was checked in, sessions that passed without a word, and when it is asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from practices.course import LATE_DAYS
from practices.models import CheckIn, FollowUp, Occasion, PracticeChange
from practices.queries.changes import OPEN
from scheduling.models import CircleSession, Season, SessionState


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of a change's record. `kind`: entry, silent (a session without a check-in), session or follow_up (to
    come)."""

    on: date
    kind: str
    entry: CheckIn | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check-in today answers: its occasion, and the session it belongs to, if any."""

    occasion: Occasion
    session_id: UUID | None = None


def follow_ups_of(session: Session, change_id: UUID) -> Sequence[FollowUp]:
    """The follow-ups of a change that its member loaded, by date."""
    return session.scalars(select(FollowUp).where(FollowUp.change_id == change_id).order_by(FollowUp.due_on)).all()


def day_lines(
    change: PracticeChange, sessions: Sequence[date], follow_ups: Sequence[FollowUp], *, today: date
) -> list[DayLine]:
    """The record newest first, with the next time it is asked on top while the change is open."""
    lines = [DayLine(entry.on_date, "entry", entry) for entry in change.check_ins]
    days = {entry.on_date for entry in change.check_ins}
    ended = change.status not in OPEN
    until = max(days, default=change.begun_on) if ended else today
    for day, following in zip(sessions, [*sessions[1:], date.max], strict=False):
        late = min(day + timedelta(days=LATE_DAYS), following - timedelta(days=1))
        answered = any(day <= on <= late for on in days)
        if change.begun_on < day < until and not answered:
            lines.append(DayLine(day, "silent"))
    if not ended and (coming := _next(sessions, follow_ups, days, today)) is not None:
        lines.append(coming)
    return sorted(lines, key=lambda line: line.on, reverse=True)


def _next(sessions: Sequence[date], follow_ups: Sequence[FollowUp], days: set[date], today: date) -> DayLine | None:
    for day in sessions:
        if day >= today and day not in days:
            return DayLine(day, "session")
    for row in follow_ups:
        if row.answered_at is None and row.due_on >= today:
            return DayLine(row.due_on, "follow_up")
    return None


def sessions_until(sessions: Sequence[date], day: date) -> int:
    """How many sessions there were up to a day, which is the week people count by."""
    return sum(held <= day for held in sessions)


def asked_now(session: Session, change: PracticeChange, *, today: date, at: datetime) -> Asked:
    """What a check-in made now answers: the latest follow-up that is due, else the session of the last day, or none."""
    due = session.scalars(
        select(FollowUp)
        .where(FollowUp.change_id == change.id, FollowUp.due_on <= today, FollowUp.answered_at.is_(None))
        .order_by(FollowUp.due_on.desc())
        .limit(1)
    ).first()
    if due is not None:
        return Asked(due.occasion)
    meeting = last_meeting(session, change.circle_id, at=at) if change.circle_id else None
    if meeting is not None and at - meeting.ends_at < timedelta(days=1):
        return Asked(Occasion.SESSION, meeting.id)
    return Asked(Occasion.OWN)


def last_meeting(session: Session, circle_id: UUID, *, at: datetime) -> CircleSession | None:
    """The latest session of a circle that has begun; the caller has loaded the circle for a member."""
    return session.scalar(
        select(CircleSession)
        .join(Season, Season.id == CircleSession.season_id)
        .where(
            Season.circle_id == circle_id,
            CircleSession.state != SessionState.CANCELLED,
            CircleSession.starts_at <= at,
        )
        .order_by(CircleSession.starts_at.desc())
        .limit(1)
    )
