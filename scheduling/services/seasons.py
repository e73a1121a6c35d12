"""Opening a season with its sessions, and adding or ending them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import N_, DomainError
from circles.models import Circle
from scheduling.holidays import holidays_at
from scheduling.models import CircleSession, Season
from scheduling.queries.people import active_members
from scheduling.recurrence import Slot, instant, occurrences

UID_DOMAIN = "coterie"


@dataclass(frozen=True, slots=True)
class Label:
    """What a session is called and about; the walk sets it from the week's page."""

    title: str
    description: str


def open_season(
    session: Session,
    circle: Circle,
    *,
    slot: Slot,
    weeks: Sequence[date],
    labels: Sequence[Label],
    alternatives: list[Any],
    room_base_url: str,
    at: datetime,
) -> Season:
    """Start a circle's season: one session in each of `weeks` (Mondays), titled by `labels` as far as they reach.

    `circle.memberships` and their people are loaded. Weeks whose session would begin before `at` are left out.
    Raises DomainError when none is left.
    """
    to_come = [meeting for meeting in occurrences(slot, weeks) if meeting.starts_at > at]
    if not to_come:
        raise DomainError(N_("Every session of %(circle)s would lie in the past."), circle=circle.name)
    season = Season(
        circle_id=circle.id,
        timezone=slot.timezone,
        weekday=slot.weekday,
        starts=slot.starts,
        minutes=slot.minutes,
        weeks=[day.isoformat() for day in weeks],
        alternatives=alternatives,
        room_url=new_room(room_base_url),
        created_at=at,
    )
    session.add(season)
    session.flush()
    zones = [membership.person.timezone for membership in active_members(circle)]
    for position, meeting in enumerate(to_come, start=1):
        label = labels[position - 1] if position <= len(labels) else Label("", "")
        session.add(_session(season, position, meeting.starts_at, meeting.ends_at, label, zones=zones, at=at))
    session.flush()
    return season


def add_session(
    session: Session,
    season: Season,
    *,
    week: date,
    position: int,
    label: Label,
    zones: Sequence[str],
    at: datetime,
    replaces: UUID | None = None,
) -> CircleSession:
    """One more session in the week of a Monday, at the season's usual time."""
    starts_at = instant(week + timedelta(days=season.weekday), season.starts, season.timezone)
    ends_at = starts_at + timedelta(minutes=season.minutes)
    added = _session(season, position, starts_at, ends_at, label, zones=zones, at=at)
    added.replaces_id = replaces
    session.add(added)
    session.flush()
    return added


def new_room(base_url: str) -> str:
    """A video room nobody can guess: 128 random bits, not derived from any name."""
    return f"{base_url.rstrip('/')}/coterie-{secrets.token_hex(16)}"


def _session(
    season: Season,
    position: int,
    starts_at: datetime,
    ends_at: datetime,
    label: Label,
    *,
    zones: Sequence[str],
    at: datetime,
) -> CircleSession:
    return CircleSession(
        season_id=season.id,
        position=position,
        starts_at=starts_at,
        ends_at=ends_at,
        title=label.title[:200],
        description=label.description,
        holidays=list(holidays_at(starts_at, zones)),
        uid=f"{secrets.token_hex(16)}@{UID_DOMAIN}",
        created_at=at,
        updated_at=at,
    )
