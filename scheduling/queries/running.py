"""A cohort's sessions as its lead sees them: numbers and which circles, never who answered or came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, Select, and_, cast, exists, func, select
from sqlalchemy.orm import Session

from circles.models import Circle, Membership
from scheduling.models import CircleSession, Rsvp, Season, SessionState

#: A circle is silent when it held none of its sessions within this time, and had at least one.
SILENCE = timedelta(days=15)
#: People are asked to answer for sessions within this time.
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """The sessions at one place in the order: how many circles held theirs, and how many are still to come."""

    position: int
    held: int
    to_come: int
    total: int


@dataclass(frozen=True, slots=True)
class Presence:
    """How many people came to a held session, and how many members there were, on average; None before the first."""

    present: float | None
    held: int


def week_figures(session: Session, cohort_id: UUID, *, at: datetime) -> list[WeekFigure]:
    """Sessions by position over all circles of a cohort."""
    held = func.sum(cast(CircleSession.state == SessionState.HELD, Integer))
    planned = (CircleSession.state == SessionState.PLANNED) & (CircleSession.ends_at > at)
    rows = session.execute(
        select(CircleSession.position, held, func.sum(cast(planned, Integer)), func.count())
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == cohort_id, CircleSession.state != SessionState.CANCELLED)
        .group_by(CircleSession.position)
        .order_by(CircleSession.position)
    )
    return [WeekFigure(row[0], int(row[1] or 0), int(row[2] or 0), int(row[3])) for row in rows]


def presence(session: Session, cohort_id: UUID) -> Presence:
    """The mean number of people at a held session of a cohort."""
    row = session.execute(
        select(func.avg(CircleSession.present), func.count())
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == cohort_id, CircleSession.state == SessionState.HELD)
    ).one()
    return Presence(float(row[0]) if row[0] is not None else None, int(row[1]))


def without_season(session: Session, cohort_id: UUID) -> Sequence[Circle]:
    """Standing circles that have no weekly time."""
    running = exists().where(Season.circle_id == Circle.id, Season.ended_at.is_(None))
    return session.scalars(
        select(Circle)
        .where(Circle.cohort_id == cohort_id, Circle.ended_at.is_(None), ~running)
        .order_by(Circle.name)
        .limit(50)
    ).all()


def silent_circles(session: Session, cohort_id: UUID, *, at: datetime) -> Sequence[Circle]:
    """Standing circles that held no session of late although some were due, by name; at most 50."""
    due = CircleSession.ends_at <= at - timedelta(days=1)
    met = and_(CircleSession.state == SessionState.HELD, CircleSession.ends_at > at - SILENCE)
    # One pass over the cohort's sessions; a subquery for each circle takes seconds once there are thousands.
    silent = (
        select(Season.circle_id)
        .join(Circle, Circle.id == Season.circle_id)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(Circle.cohort_id == cohort_id, Circle.ended_at.is_(None), CircleSession.state != SessionState.CANCELLED)
        .group_by(Season.circle_id)
        .having(func.sum(cast(due, Integer)) > 0, func.sum(cast(met, Integer)) == 0)
    )
    return session.scalars(select(Circle).where(Circle.id.in_(silent)).order_by(Circle.name).limit(50)).all()


def unanswered(session: Session, cohort_id: UUID, *, at: datetime) -> list[UUID]:
    """Everyone who has not answered a session that comes within a week, each once."""
    return list(session.scalars(_unanswered(cohort_id, at)))


def unanswered_count(session: Session, cohort_id: UUID, *, at: datetime) -> int:
    """How many people have not answered a session that comes within a week."""
    return session.scalar(select(func.count()).select_from(_unanswered(cohort_id, at).subquery())) or 0


def _unanswered(cohort_id: UUID, at: datetime) -> Select[UUID]:
    return (
        select(Membership.person_id)
        .join(Circle, Circle.id == Membership.circle_id)
        .join(Season, Season.circle_id == Circle.id)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .outerjoin(Rsvp, and_(Rsvp.session_id == CircleSession.id, Rsvp.person_id == Membership.person_id))
        .where(
            Circle.cohort_id == cohort_id,
            Membership.left_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at,
            CircleSession.starts_at <= at + SOON,
            Rsvp.session_id.is_(None),
        )
        .distinct()
    )


def rings(session: Session, circle_ids: Collection[UUID], *, at: datetime) -> dict[UUID, list[str]]:
    """For each circle its sessions in order as words of the progress ring: held, missed, now, ahead."""
    found: dict[UUID, list[str]] = {circle_id: [] for circle_id in circle_ids}
    if not circle_ids:
        return found
    rows = session.execute(
        select(Season.circle_id, CircleSession.state, CircleSession.ends_at)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(Season.circle_id.in_(circle_ids), CircleSession.state != SessionState.CANCELLED)
        .order_by(CircleSession.starts_at)
    )
    for circle_id, state, ends_at in rows:
        words = found[circle_id]
        if state is SessionState.HELD:
            words.append("held")
        elif state is SessionState.MISSED:
            words.append("missed")
        else:
            words.append("ahead" if "now" in words or ends_at <= at else "now")
    return found
