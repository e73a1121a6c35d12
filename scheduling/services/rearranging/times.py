"""When the circles of a cohort meet: roughly for all of them, to the instant for those that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circles.matching.standing import Meets, WeeklyTime
from circles.models import Circle, Cohort, Membership
from circles.services import cohorts
from scheduling.models import CircleSession, Season, SessionState
from scheduling.recurrence import Slot, Wall, monday_of


@dataclass(frozen=True, slots=True)
class Line:
    """One standing circle before its people are loaded. `expected` are sessions at its usual time, none without one."""

    id: UUID
    members: int
    expected: Meets


@dataclass(frozen=True, slots=True)
class Timed:
    """A circle's sessions to come, and its weekly time if all of them stand at it and nothing takes turns."""

    meets: Meets = ()
    slot: WeeklyTime | None = None


def lines_of(session: Session, cohort: Cohort, *, at: datetime) -> list[Line]:
    """Every standing circle of a cohort by name, with when it usually meets in the weeks that are left."""
    present = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.circle_id == Circle.id, Membership.left_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Circle.id, present, Season.weekday, Season.starts, Season.timezone, Season.minutes)
        .outerjoin(Season, (Season.circle_id == Circle.id) & Season.ended_at.is_(None))
        .where(Circle.cohort_id == cohort.id, Circle.ended_at.is_(None))
        .order_by(Circle.name, Circle.id)
    )
    weeks = tuple(week for week in cohorts.weeks(cohort) if week >= monday_of(at.date())) or (monday_of(at.date()),)
    # A circle has one season that has not ended; should there be more, one line stands for it.
    found: dict[UUID, Line] = {}
    for circle_id, members, weekday, starts, timezone, minutes in rows:
        expected = () if starts is None else _expected(Slot(weekday, starts, timezone, minutes), weeks)
        found[circle_id] = Line(circle_id, members, expected)
    return list(found.values())


def times_of(session: Session, circle_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Timed]:
    """The sessions to come of some circles, exactly."""
    rows = session.execute(
        select(
            Season.circle_id,
            Season.weekday,
            Season.starts,
            Season.timezone,
            Season.minutes,
            Season.turn_weekday,
            CircleSession.starts_at,
            CircleSession.ends_at,
            CircleSession.week,
        )
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(
            Season.circle_id.in_(circle_ids),
            Season.ended_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at,
        )
        .order_by(CircleSession.starts_at)
    )
    meets: dict[UUID, list[tuple[datetime, datetime]]] = {}
    slots: dict[UUID, WeeklyTime | None] = {}
    for circle_id, weekday, starts, timezone, minutes, turn, starts_at, ends_at, week in rows:
        meets.setdefault(circle_id, []).append((starts_at, ends_at))
        usual = turn is None and _start_of(Slot(weekday, starts, timezone, minutes), week) == starts_at
        # A circle whose times take turns, or whose sessions were moved one by one, keeps them as they are.
        slots[circle_id] = (
            WeeklyTime(weekday, starts, timezone) if usual and slots.get(circle_id, True) is not None else None
        )
    return {circle_id: Timed(tuple(found), slots[circle_id]) for circle_id, found in meets.items()}


@lru_cache(maxsize=4096)
def _expected(slot: Slot, weeks: tuple[date, ...]) -> Meets:
    starts = [_start_of(slot, week) for week in weeks]
    return tuple((start, start + timedelta(minutes=slot.minutes)) for start in starts)


@lru_cache(maxsize=16384)
def _start_of(slot: Slot, week: date) -> datetime:
    return Wall(week + timedelta(days=slot.weekday), slot.starts, slot.timezone).instant
