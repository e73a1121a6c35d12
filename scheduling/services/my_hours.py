"""A member's hours once the circles meet: what changing them touches, and keeping them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import audit
from app.accounts.models import Person
from app.errors import N_, InvalidInput
from app.i18n import is_timezone
from circles.availability import WeeklyGrid
from circles.models import Circle, Enrollment, Membership
from scheduling.models import CircleSession, Season, SessionState


@dataclass(frozen=True, slots=True)
class Touched:
    """One circle and its sessions to come, with those that lie outside of somebody's hours."""

    circle: Circle
    to_come: Sequence[CircleSession]
    outside: Sequence[CircleSession]


def hours_of(session: Session, person: Person) -> list[Enrollment]:
    """The answers behind a person's running circles, the newest first; their hours are what `keep_hours` changes."""
    return list(
        session.scalars(
            select(Enrollment)
            .join(Membership, Membership.enrollment_id == Enrollment.id)
            .join(Circle, Circle.id == Membership.circle_id)
            .where(Membership.person_id == person.id, Membership.left_at.is_(None), Circle.ended_at.is_(None))
            .options(joinedload(Enrollment.cohort))
            .order_by(Membership.joined_at.desc())
        )
    )


def touched(session: Session, person: Person, grid: WeeklyGrid, timezone: str, *, at: datetime) -> list[Touched]:
    """A person's running circles with the sessions to come that these hours would leave outside, by name."""
    zone = ZoneInfo(timezone)
    seasons = session.scalars(
        select(Season)
        .join(Circle, Circle.id == Season.circle_id)
        .join(Membership, Membership.circle_id == Circle.id)
        .where(Membership.person_id == person.id, Membership.left_at.is_(None), Season.ended_at.is_(None))
        .options(selectinload(Season.sessions), joinedload(Season.circle))
        .order_by(Circle.name, Season.id)
    ).all()
    found = []
    for season in seasons:
        to_come = [m for m in season.sessions if m.state is SessionState.PLANNED and m.starts_at > at]
        outside = [m for m in to_come if not grid.covers(m.starts_at.astimezone(zone), m.ends_at.astimezone(zone))]
        found.append(Touched(season.circle, to_come, outside))
    return found


def keep_hours(session: Session, person: Person, grid: WeeklyGrid, timezone: str, *, at: datetime) -> int:
    """Keep new hours for all of a person's running circles; no session moves by it. Says for how many circles.

    Raises InvalidInput for an unknown zone, or when no hour is marked.
    """
    if not is_timezone(timezone):
        raise InvalidInput(N_("There is no time zone called %(zone)s."), field="timezone", zone=timezone)
    if not grid.can:
        raise InvalidInput(N_("Mark the hours you could meet. Without any, no other time can be found."), field="can")
    rows = hours_of(session, person)
    for row in rows:
        row.timezone, row.available, row.preferred = timezone, grid.available_text, grid.preferred_text
    session.flush()
    audit.record(session, "hours.changed", "person", person.id, actor_id=person.id, at=at)
    return len({row.id for row in rows})
