"""Rooms when somebody leaves: those made here are made anew, of those that were typed the next hosts hear."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.quiet_hours import calm_after
from app.mail.services import write
from scheduling.models import CircleSession, Season
from scheduling.queries.people import active_members
from scheduling.services.seasons import is_own_room, new_room


def renew_rooms(season: Season, to_come: Sequence[CircleSession], desk: Desk) -> list[CircleSession]:
    """Give a season and its sessions to come other rooms than somebody knows who left; says whose room is another.

    A typed link stays and is marked as known.
    """
    if is_own_room(season.room_url):
        season.room_url, usual = new_room(desk.room_base_url), [m for m in to_come if not m.room_url]
    else:
        season.room_known, usual = True, []
    apart = [m for m in to_come if m.room_url]
    own = [m for m in apart if is_own_room(m.room_url)]
    for meeting in apart:
        if meeting in own:
            meeting.room_url = new_room(desk.room_base_url)
        else:
            meeting.room_known = True
    return [*usual, *own]


def tell_room_known(
    session: Session, meeting: CircleSession, leaver: Person, hosts: Collection[UUID], *, desk: Desk, at: datetime
) -> int:
    """Tell those who host next that somebody who left knows a room's link, and where it is changed; counts mails."""
    circle = meeting.season.circle
    people = [member.person for member in active_members(circle) if member.person_id in hosts]
    for person in people:
        composed = compose(
            "scheduling/emails/room_known",
            locale=person.locale,
            person=person,
            leaver=leaver,
            circle=circle,
            meeting=meeting,
            details_url=desk.url(f"/sessions/{meeting.id}/details"),
            desk=desk,
        )
        write(
            session,
            composed,
            kind="session.room_known",
            to=person.email,
            name=person.name,
            person_id=person.id,
            at=at,
            send_at=calm_after(at, person.timezone),
        )
    return len(people)
