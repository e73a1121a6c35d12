"""Giving a circle that has no weekly time one: a season over the weeks that are left, its walk and its invites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from app.mail.desk import Desk
from circles.models import Circle
from guides.content.queries import guide_of
from guides.walk.services.labels import label_for
from guides.walk.services.publishing import plan_of, start_walk
from guides.walk.weeks import week_for
from scheduling.models import Season
from scheduling.queries.access import season_of_circle
from scheduling.recurrence import Slot
from scheduling.services.calendars import invite_where_missing
from scheduling.services.finding import find, weeks_to_come
from scheduling.services.seasons import open_season


def open_weekly_time(
    session: Session, circle: Circle, place: int, *, actor: Person, desk: Desk, at: datetime
) -> Season:
    """Set the weekly time that stands at `place` among the fairest found now, from the next week on; invites follow.

    `circle` has its cohort and people loaded. Raises DomainError when it has a time already, no guide is chosen, or
    that time does not suit any more.
    """
    standing = season_of_circle(session, circle.id)
    if standing is not None and standing.ended_at is None:
        raise DomainError(N_("The circle has a weekly time already."))
    plan = plan_of(session, circle.cohort)
    if plan is None:
        raise DomainError(N_("Choose the guide that the circles will follow first."))
    weeks = weeks_to_come(circle, None, at=at)
    choice = find(session, circle, weeks, minutes=circle.cohort.minutes)
    if choice is None or not 0 <= place < len(choice.candidates):
        raise DomainError(N_("This time does not suit any more. Look at the others."))
    slots = [
        Slot(one.window.weekday, one.window.start, one.window.timezone, circle.cohort.minutes)
        for one in choice.candidates
    ]
    guide = guide_of(plan.guide_version)
    open_season(
        session,
        circle,
        slot=slots[place],
        weeks=weeks,
        labels=[label_for(guide, week_for(number, len(guide.weeks))) for number in range(1, len(weeks) + 1)],
        alternatives=_others(slots, place),
        room_base_url=desk.room_base_url,
        at=at,
    )
    season = season_of_circle(session, circle.id)
    if season is None:
        raise LookupError("a season that was just opened is there")
    start_walk(session, season, plan.guide_version_id, guide, at=at)
    invite_where_missing(session, season.sessions, desk=desk, at=at)
    audit.record(session, "season.moved", "season", season.id, actor_id=actor.id, at=at)
    return season


def _others(slots: Sequence[Slot], place: int) -> list[Any]:
    return [
        {"weekday": slot.weekday, "start": f"{slot.starts:%H:%M}", "timezone": slot.timezone}
        for number, slot in enumerate(slots)
        if number != place
    ]
