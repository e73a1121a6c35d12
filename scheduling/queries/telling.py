"""Who would be told of a change to a session, how, and what it means on their own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.mail.quiet_hours import is_quiet
from scheduling.models import CircleSession, InviteSent, SessionState
from scheduling.queries.people import active_members
from scheduling.reminders import is_urgent
from scheduling.slots import burdens


@dataclass(frozen=True, slots=True)
class Told:
    """One member: `way` is "invite" (their calendar follows), "mail" (a mail only) or "nothing" (not invited yet).

    `hard` says that the session then begins before 08:00 or ends after 19:00 on their clock, `waits` that the mail does
    not leave before their quiet hours are over.
    """

    person: Person
    way: str
    starts_at: datetime
    hard: bool
    waits: bool


def former_organizers(session: Session, present: str, *, at: datetime) -> dict[str, datetime]:
    """Addresses other than the present one that calendars know as organizer of sessions to come, and until when."""
    rows = session.execute(
        select(CircleSession.organizer, func.max(CircleSession.ends_at))
        .where(
            CircleSession.state == SessionState.PLANNED,
            CircleSession.ends_at > at,
            CircleSession.organizer.not_in(("", present)),
        )
        .group_by(CircleSession.organizer)
        .order_by(CircleSession.organizer)
    )
    return {row[0]: row[1] for row in rows}


def told_of(
    session: Session, meeting: CircleSession, *, at: datetime, starts_at: datetime | None = None
) -> Sequence[Told]:
    """What members of a session's circle, loaded with it, hear when it moves to `starts_at` or is skipped."""
    begins = starts_at or meeting.starts_at
    ends = begins + (meeting.ends_at - meeting.starts_at)
    invited = set(
        session.scalars(
            select(InviteSent.person_id).where(InviteSent.session_id == meeting.id, InviteSent.method == "REQUEST")
        )
    )
    urgent = is_urgent(meeting.starts_at, begins, at=at)
    people = [membership.person for membership in active_members(meeting.season.circle)]
    hard = {one.key: one.hard > 0 for one in burdens([(who.id, who.timezone) for who in people], [(begins, ends)])}
    return [
        Told(
            person,
            "nothing"
            if person.id not in invited
            else "invite"
            if person.calendar_choice is CalendarChoice.INVITES
            else "mail",
            begins,
            hard[person.id],
            not urgent and is_quiet(at, person.timezone),
        )
        for person in people
    ]
