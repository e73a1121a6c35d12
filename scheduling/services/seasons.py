"""Opening a season with its sessions, and adding or ending them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.errors import N_, DomainError
from circles.models import Circle
from scheduling.holidays import holidays_at
from scheduling.models import CircleSession, Season
from scheduling.queries.people import active_members
from scheduling.recurrence import Slot, Wall, monday_of, occurrences

UID_DOMAIN = "coterie"
ROOM_PREFIX = "coterie-"
OWN_ROOM = re.compile(rf"/{ROOM_PREFIX}[0-9a-f]{{32}}$")


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
        wall = Wall(meeting.on, slot.starts, slot.timezone)
        session.add(_session(season, position, monday_of(meeting.on), wall, label, zones=zones, at=at))
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
    replaces: CircleSession | None = None,
) -> CircleSession:
    """One more session in the week of a Monday, at the season's usual time or at that of the one it replaces."""
    if replaces is None:
        added = _session(season, position, week, wall_in(season, week), label, zones=zones, at=at)
    else:
        added = _session(season, position, week, replaces.wall, label, zones=zones, at=at)
        added.begin_at(replaces.wall, replaces.ends_at - replaces.starts_at)
        added.replaces_id = replaces.id
        added.room_url, added.room_known = replaces.room_url, replaces.room_known
    session.add(added)
    session.flush()
    return added


def wall_in(season: Season, week: date) -> Wall:
    """The season's usual day and time in the week of a Monday."""
    slot = season.slot_in(week)
    return Wall(week + timedelta(days=slot.weekday), slot.starts, slot.timezone)


def is_own_room(url: str) -> bool:
    """Whether a room is one that `new_room` made, on whichever server then, and not a link somebody typed."""
    return OWN_ROOM.search(url) is not None


def new_room(base_url: str) -> str:
    """A video room nobody can guess: 128 random bits, not derived from any name."""
    return f"{base_url.rstrip('/')}/{ROOM_PREFIX}{secrets.token_hex(16)}"


def _session(
    season: Season,
    position: int,
    week: date,
    wall: Wall,
    label: Label,
    *,
    zones: Sequence[str],
    at: datetime,
) -> CircleSession:
    made = CircleSession(
        season_id=season.id,
        position=position,
        week=week,
        title=label.title[:200],
        description=label.description,
        uid=f"{secrets.token_hex(16)}@{UID_DOMAIN}",
        created_at=at,
        updated_at=at,
    )
    made.begin_at(wall, timedelta(minutes=season.minutes))
    made.holidays = list(holidays_at(made.starts_at, zones))
    return made
