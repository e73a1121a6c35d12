"""Finding times for a circle: the fairest ones for the weeks to come, and any time on every member's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from circles.availability import GridError, WeeklyGrid
from circles.models import Circle, Membership
from circles.services import cohorts
from circles.windows import Attendee, LocalSpell
from scheduling.models import Season
from scheduling.queries.hours import hours_of
from scheduling.queries.people import active_members
from scheduling.recurrence import Slot, instant, monday_of, occurrences, rhythm_of
from scheduling.slots import Choice, burdens, choose, local_spells

#: How many times are offered.
OFFERED = 3


@dataclass(frozen=True, slots=True)
class MemberTime:
    """One member's view of an offered time: spells of local time for each slot, and how many meetings are hard."""

    person_id: UUID
    name: str
    timezone: str
    spells: tuple[tuple[LocalSpell, ...], ...]
    hard: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A weekly time, or two in turns, over the weeks to come as each member lives it."""

    slots: tuple[Slot, ...]
    meetings: int
    members: tuple[MemberTime, ...]

    def of(self, person_id: UUID) -> MemberTime | None:
        """One member's view."""
        return next((member for member in self.members if member.person_id == person_id), None)

    @property
    def hard_for(self) -> tuple[MemberTime, ...]:
        """Those for whom some meeting begins before 08:00 or ends after 19:00."""
        return tuple(member for member in self.members if member.hard)


def weeks_to_come(circle: Circle, season: Season | None, *, at: datetime) -> tuple[date, ...]:
    """Mondays of the weeks whose session is still to come; of the cohort's weeks when there is no season."""
    if season is not None and season.ended_at is None:
        weeks = [date.fromisoformat(day) for day in season.weeks]
        return tuple(week for week in weeks if _begins(season.slot_in(week), week) > at)
    return tuple(week for week in cohorts.weeks(circle.cohort) if week > at.date())


def find(session: Session, circle: Circle, weeks: Sequence[date], *, minutes: int) -> Choice | None:
    """The fairest times for the present members over these weeks; None when no week is left.

    `circle.cohort`, memberships and people are loaded. Somebody without readable hours counts as not having said.
    """
    if not weeks:
        return None
    rhythm = rhythm_of(weeks)
    return choose(
        attendees(session, circle),
        minutes=minutes,
        first_day=rhythm.first_day,
        weeks=rhythm.weeks,
        cadence_weeks=rhythm.cadence_weeks,
        candidates=OFFERED,
    )


def attendees(session: Session, circle: Circle) -> list[Attendee]:
    """The present members with their hours, on the clock on which they gave them."""
    members = active_members(circle)
    hours = hours_of(session, members)
    found = []
    for member in members:
        row = hours.get(member.person_id)
        try:
            grid = WeeklyGrid.parse(row.available, row.preferred) if row else WeeklyGrid(frozenset())
        except GridError:
            grid = WeeklyGrid(frozenset())
        found.append(Attendee(member.person_id, row.timezone if row else member.person.timezone, grid))
    return found


def offer(slots: Sequence[Slot], members: Sequence[Membership], weeks: Sequence[date], *, begin: int = 0) -> Offer:
    """A time, or two in turns, on every member's clock; the slot at `begin` has the first of these weeks."""
    times = [_times(slots, weeks, turn, begin) for turn in range(len(slots))]
    together = sorted(time for turn in times for time in turn)
    people = [(member.person_id, member.person.timezone) for member in members]
    hard = {burden.key: burden.hard for burden in burdens(people, together)}
    return Offer(
        tuple(slots),
        len(together),
        tuple(
            MemberTime(
                member.person_id,
                member.person.name,
                member.person.timezone,
                tuple(local_spells(turn, member.person.timezone) for turn in times),
                hard[member.person_id],
            )
            for member in members
        ),
    )


def same_hour(one: Sequence[Slot], other: Sequence[Slot]) -> bool:
    """Whether two offers mean the same instants in the week that begins on a Monday far from clock changes."""
    week = monday_of(date(2026, 1, 14))
    return [_begins(slot, week) for slot in one] == [_begins(slot, week) for slot in other]


def present_offer(season: Season, members: Sequence[Membership], weeks: Sequence[date]) -> Offer:
    """A season's own time, or its two, over these of its weeks."""
    slots = season.slots
    return offer(slots, members, weeks, begin=slots.index(season.slot_in(weeks[0])) if weeks else 0)


def _times(slots: Sequence[Slot], weeks: Sequence[date], turn: int, begin: int) -> list[tuple[datetime, datetime]]:
    own = [week for place, week in enumerate(weeks) if (place + begin) % len(slots) == turn]
    return [(meeting.starts_at, meeting.ends_at) for meeting in occurrences(slots[turn], own)]


def _begins(slot: Slot, week: date) -> datetime:
    return instant(date.fromordinal(week.toordinal() + slot.weekday), slot.starts, slot.timezone)
