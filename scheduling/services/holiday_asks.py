"""Public holidays on the day of a session: the host is asked once whether it stands; nothing is cancelled by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from circles.models import Membership
from scheduling.holidays import country_of, holidays_on
from scheduling.models import CircleSession, Season, SessionState
from scheduling.queries.people import active_members
from scheduling.queries.polls import next_hosts


@dataclass(frozen=True, slots=True)
class HolidayAsk:
    """A session to come on a public holiday of some members, about which nobody has decided yet."""

    meeting: CircleSession
    names: tuple[str, ...]
    #: Members whose holiday it is where they live.
    for_whom: tuple[Membership, ...]
    #: Whether it is a holiday for half of the circle or more, so that skipping is proposed.
    propose_skip: bool
    #: Who may decide: the hosts of this and the next session, when it is one of those.
    deciders: frozenset[UUID]


def holiday_asks(season: Season, *, at: datetime) -> list[HolidayAsk]:
    """Every open question about holidays among the sessions to come; sessions, circle and people are loaded."""
    to_come = [m for m in season.sessions if m.state is SessionState.PLANNED and m.ends_at > at]
    hosts, members = frozenset(next_hosts(season, at=at)), active_members(season.circle)
    found = []
    for place, meeting in enumerate(to_come):
        open_names = [name for name in meeting.holidays if name not in meeting.holidays_kept]
        if not open_names or meeting.starts_at <= at:
            continue
        concerned = tuple(member for member in members if set(_holidays(member, meeting)) & set(open_names))
        if concerned:
            half = 2 * len(concerned) >= len(members)
            deciders = hosts if place < 2 else frozenset()
            found.append(HolidayAsk(meeting, tuple(open_names), concerned, half, deciders))
    return found


def keep_on_holiday(session: Session, meeting: CircleSession) -> None:
    """The session stands; its holidays are not asked about again, even when it moves and comes back."""
    meeting.holidays_kept = sorted({*meeting.holidays_kept, *meeting.holidays})
    session.flush()


def _holidays(member: Membership, meeting: CircleSession) -> tuple[str, ...]:
    zone = member.person.timezone
    return holidays_on(country_of(zone), meeting.starts_at.astimezone(ZoneInfo(zone)).date())
