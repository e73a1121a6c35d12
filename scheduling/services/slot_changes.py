"""Changing a season's weekly time: every session to come that follows it moves, and so do calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from app.mail.desk import Desk
from scheduling.models import CircleSession, Season, SessionState, SlotChange
from scheduling.recurrence import Slot
from scheduling.services.calendars import tell_change
from scheduling.services.changes import renumber, retime
from scheduling.services.seasons import wall_in

#: A session that begins within this time stays where it is, and none is moved to begin within it.
NOTICE = timedelta(days=1)


def change_weekly_time(
    session: Session, season: Season, slots: Sequence[Slot], *, actor: Person | None, desk: Desk, at: datetime
) -> list[CircleSession]:
    """Move a season to another weekly time, or to two that take turns; answers are asked again. Gives what moved.

    Sessions stay that begin within a day, that would begin within a day, that were moved by themselves before, or whose
    new time is taken by such a one. `season` has its sessions, circle and people loaded. Raises DomainError when the
    season is over or keeps its time.
    """
    if season.ended_at is not None:
        raise DomainError(N_("This season is over."))
    following = [m for m in season.sessions if _follows(season, m, at=at)]
    since = following[0].week if following else None
    if tuple(slots) == season.slots:
        raise DomainError(N_("The circle meets at that time already."))
    _set(season, slots, since=since)
    session.flush()
    before = {meeting.id: meeting.starts_at for meeting in following}
    moved = [m for m in following if _move(session, season, m, at=at)]
    first = moved[0] if moved else None
    session.add(
        SlotChange(
            season_id=season.id,
            kind="slot",
            old_starts_at=before[first.id] if first else None,
            new_starts_at=first.starts_at if first else None,
            on_date=since,
            by_id=actor.id if actor else None,
            at=at,
        )
    )
    session.flush()
    renumber(session, season.id)
    audit.record(session, "season.moved", "season", season.id, actor_id=actor.id if actor else None, at=at)
    for meeting in moved:
        tell_change(session, meeting, kind="session.moved", desk=desk, at=at, was_at=before[meeting.id])
    return moved


def follows_weekly_time(season: Season, meeting: CircleSession) -> bool:
    """Whether a session stands at its season's usual time of its week."""
    return meeting.starts_at == wall_in(season, meeting.week).instant


def _follows(season: Season, meeting: CircleSession, *, at: datetime) -> bool:
    to_come = meeting.state is SessionState.PLANNED and meeting.starts_at > at + NOTICE
    return to_come and follows_weekly_time(season, meeting)


def _set(season: Season, slots: Sequence[Slot], *, since: date | None) -> None:
    first = slots[0]
    season.weekday, season.starts, season.timezone = first.weekday, first.starts, first.timezone
    season.turn_weekday = season.turn_starts = season.turn_from = None
    if len(slots) > 1:
        season.turn_weekday, season.turn_starts = slots[1].weekday, slots[1].starts
        season.turn_from = since or date.fromisoformat(season.weeks[0])


def _move(session: Session, season: Season, meeting: CircleSession, *, at: datetime) -> bool:
    wall, length = wall_in(season, meeting.week), timedelta(minutes=season.minutes)
    starts_at = wall.instant
    others = [m for m in season.sessions if m.id != meeting.id and m.state is not SessionState.CANCELLED]
    taken = any(m.starts_at < starts_at + length and starts_at < m.ends_at for m in others)
    if starts_at <= at + NOTICE or starts_at == meeting.starts_at or taken:
        return False
    retime(session, meeting, wall, length=length, at=at)
    return True
