"""Makes seasons with their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.mail.desk import Desk
from circles.models import Circle, Membership
from scheduling.models import Season
from scheduling.recurrence import Slot, regular_weeks
from scheduling.services.calendars import invite_where_missing
from scheduling.services.seasons import Label, open_season
from tests.factories import circles as make

DESK = Desk(
    sender="circles@coterie.test",
    sender_name="Coterie",
    public_url="http://coterie.test",
    secret_key="only for tests",
    room_base_url="https://rooms.example",
)


def season(session: Session, circle: Circle, *, at: datetime, first: date, count: int = 12, **slot: Any) -> Season:
    """A season of weekly hours, Thursdays 10:00 in Berlin unless said otherwise; everything needed is loaded."""
    loaded = session.scalars(
        select(Circle)
        .where(Circle.id == circle.id)
        .options(joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person))
        .execution_options(populate_existing=True)
    ).one()
    weekly = Slot(
        weekday=slot.get("weekday", 3),
        starts=slot.get("starts", time(10, 0)),
        timezone=slot.get("timezone", "Europe/Berlin"),
        minutes=slot.get("minutes", 60),
    )
    weeks = slot.get("weeks") or regular_weeks(first, count)
    made = open_season(
        session,
        loaded,
        slot=weekly,
        weeks=weeks,
        labels=[Label(f"Week {number}", f"What week {number} is about.") for number in range(1, len(weeks) + 1)],
        alternatives=[],
        room_base_url=DESK.room_base_url,
        at=at,
    )
    return reload(session, made)


def invited(session: Session, names: Sequence[str], *, at: datetime, name: str = "Juniper") -> Season:
    """A circle's season from 14 September 2026 whose members hold the invites for its first two sessions."""
    made = season(session, make.circle_of(session, names, name=name), at=at, first=date(2026, 9, 14))
    invite_where_missing(session, made.sessions, desk=DESK, at=at)
    session.commit()
    return reload(session, made)


def reload(session: Session, season: Season) -> Season:
    """The season with sessions, circle, memberships and people loaded."""
    session.flush()
    return session.scalars(
        select(Season)
        .where(Season.id == season.id)
        .options(
            selectinload(Season.sessions),
            joinedload(Season.circle).options(
                joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person)
            ),
        )
        .execution_options(populate_existing=True)
    ).one()
