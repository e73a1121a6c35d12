"""Who had the early and late hours of a season so far, and who will have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from circles.models import Membership
from scheduling.models import Season, SessionState
from scheduling.queries.people import active_members
from scheduling.slots import burdens


@dataclass(frozen=True, slots=True)
class BurdenRow:
    """One member's hard hours (begun before 08:00 or ended after 19:00 on their clock), of how many sessions."""

    member: Membership
    hard_so_far: int
    so_far: int
    hard_ahead: int
    ahead: int

    @property
    def person_id(self) -> UUID:
        """Whose row it is."""
        return self.member.person_id


def burden_log(season: Season, *, at: datetime) -> tuple[BurdenRow, ...]:
    """A row for each present member in the order of the ring; sessions, circle and people are loaded.

    So far counts sessions that took place since a member joined; ahead counts the planned ones.
    """
    held = [m for m in season.sessions if m.state is SessionState.HELD]
    ahead = [m for m in season.sessions if m.state is SessionState.PLANNED and m.starts_at > at]
    rows = []
    for member in active_members(season.circle):
        person = [(member.person_id, member.person.timezone)]
        lived = [(m.starts_at, m.ends_at) for m in held if m.ends_at > member.joined_at]
        (before,) = burdens(person, lived)
        (after,) = burdens(person, [(m.starts_at, m.ends_at) for m in ahead])
        rows.append(BurdenRow(member, before.hard, before.meetings, after.hard, after.meetings))
    return tuple(rows)
