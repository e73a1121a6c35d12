"""The one mail to somebody whose circle changed: which it is, who is in it, and when it meets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.models import OutgoingMail
from app.mail.services import write
from circles.models import Circle
from scheduling.models import Season
from scheduling.queries.people import active_members
from scheduling.services.calendars import within_horizon


def tell_regrouped(
    session: Session,
    person: Person,
    circle: Circle,
    season: Season | None,
    origin: Circle | None,
    *,
    desk: Desk,
    at: datetime,
) -> OutgoingMail:
    """Write to someone who was moved from `origin`, which may have ended, or who waited (None)."""
    to_come = within_horizon(season.sessions, at=at) if season else []
    members = active_members(season.circle) if season else []
    composed = compose(
        "scheduling/emails/regrouped",
        locale=person.locale,
        person=person,
        circle=circle,
        season=season,
        origin=origin,
        origin_ended=origin is not None and origin.ended_at is not None,
        peers=[member.person.name for member in members if member.person_id != person.id],
        following=to_come[0] if to_come else None,
        circle_url=desk.url(f"/circles/{circle.id}"),
        origin_url=desk.url(f"/circles/{origin.id}") if origin else "",
        desk=desk,
    )
    return write(
        session, composed, kind="circle.regrouped", to=person.email, name=person.name, person_id=person.id, at=at
    )
