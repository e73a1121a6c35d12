"""One circle as the demonstration tells it: its people, its season, and what goes wrong in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle, Cohort, Membership
from guides.walk.models import Walk
from guides.walk.queries.access import walk_of_season
from scheduling.models import Season
from scheduling.queries import active_members, season_of_circle

#: The circle that is shown from inside; what it writes stands in texts/juniper.toml.
JUNIPER = "Juniper"
#: Weeks that are told: four that are over, the present one, and the next, which some have answered already.
TOLD_WEEKS = 6


@dataclass(frozen=True, slots=True)
class Meeting:
    """One told session: its week of the guide, and when it takes place in the end."""

    week: int
    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass
class Told:
    """One circle; `luck` decides the small things, the same way every time."""

    circle: Circle
    season: Season
    walk: Walk
    people: list[Person]
    number: int
    luck: random.Random
    #: Weeks in which they do not meet.
    missed: frozenset[int] = frozenset()
    #: The week before whose session the last in the ring leaves.
    leaves_before: int | None = None
    #: Nobody answers the next invite.
    quiet: bool = False
    has_agreement: bool = True
    asks_for_help: bool = False
    #: A week whose session is moved, and when it was to begin.
    moved: tuple[int, datetime] | None = None
    meetings: list[Meeting] = field(init=False)
    #: Who came, by session; filled as the weeks are told.
    present: dict[UUID, set[UUID]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The circle's name."""
        return self.circle.name

    def __post_init__(self) -> None:
        self.meetings = [
            Meeting(week, meeting.id, meeting.starts_at, meeting.ends_at)
            for week, meeting in enumerate(self.season.sessions[:TOLD_WEEKS], start=1)
        ]

    def move(self, week: int, by: timedelta) -> None:
        """Have the session of a week take place later than planned."""
        self.moved = (week, self.meetings[week - 1].starts_at)
        old = self.meetings[week - 1]
        self.meetings[week - 1] = replace(old, starts_at=old.starts_at + by, ends_at=old.ends_at + by)

    def members(self, week: int) -> list[Person]:
        """Who is in the circle in a week."""
        gone = self.leaves_before is not None and week >= self.leaves_before
        return self.people[:-1] if gone else self.people

    def member(self, name: str) -> Person:
        """A member by name."""
        return next(person for person in self.people if person.name == name)

    def membership(self, person: Person) -> Membership:
        """A member's membership."""
        return next(one for one in self.circle.memberships if one.person_id == person.id)

    def host(self, week: int) -> Person:
        """Who hosts in a week by the rotation."""
        return self.members(week)[(week - 1) % len(self.members(week))]

    def held(self, *, by: datetime) -> list[Meeting]:
        """The sessions that took place before an instant."""
        return [one for one in self.meetings if one.ends_at <= by and one.week not in self.missed]


def circles_of(session: Session, cohort: Cohort) -> list[Told]:
    """Every circle of a cohort by name, each with its share of trouble."""
    circles = session.scalars(select(Circle).where(Circle.cohort_id == cohort.id).order_by(Circle.name)).all()
    told = [_told(session, circle, number) for number, circle in enumerate(circles)]
    others = [one for one in told if one.name != JUNIPER]
    silent = min(others, key=lambda one: (one.season.sessions[0].starts_at, one.name))
    silent.missed, silent.has_agreement, silent.asks_for_help = frozenset({3, 4, 5, 6}), False, True
    small = min((one for one in others if one is not silent), key=lambda one: (len(one.people), one.name))
    small.leaves_before = 4
    rest = [one for one in others if one not in (silent, small)]
    rest[0].missed = frozenset({3})
    rest[1].missed = frozenset({2})
    rest[2].quiet = True
    rest[3].move(3, timedelta(days=1))
    # An afternoon in Europe, and somebody's evening: the burden of early and late hours is not nothing.
    next(one for one in told if one.name == JUNIPER).move(3, timedelta(hours=5))
    return told


def _told(session: Session, circle: Circle, number: int) -> Told:
    season = season_of_circle(session, circle.id)
    walk = walk_of_season(session, season.id) if season else None
    if season is None or walk is None:
        raise LookupError(f"{circle.name} was published without a season")
    people = [member.person for member in active_members(season.circle)]
    return Told(season.circle, season, walk, people, number, random.Random(f"circle {number}"))
