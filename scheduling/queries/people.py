"""Who is in a circle for a session, who is away, and who has which duty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import joinedload, selectinload

from circles.models import Circle, Membership
from scheduling.models import CircleSession, Season
from scheduling.rotation import Roles, roles_for

#: Loads the circle of a season with its cohort, memberships and people.
WITH_CIRCLE = joinedload(Season.circle).options(
    joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person)
)


def active_members(circle: Circle) -> list[Membership]:
    """Present memberships in ring order; `circle.memberships` and their people must be loaded."""
    return [membership for membership in circle.memberships if membership.left_at is None]


def away_on(memberships: Sequence[Membership], instant: datetime) -> set[UUID]:
    """People who said they are away on the day of an instant, each by their own calendar."""
    return {
        membership.person_id
        for membership in memberships
        if membership.away_until is not None
        and instant.astimezone(ZoneInfo(membership.person.timezone)).date() < membership.away_until
    }


def roles_of(meeting: CircleSession) -> Roles | None:
    """The duties at a session, its circle's memberships loaded."""
    members = active_members(meeting.season.circle)
    away = away_on(members, meeting.starts_at)
    return roles_for([member.person_id for member in members], meeting.position, away=away, host=meeting.host_id)
