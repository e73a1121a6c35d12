"""What goes round in a circle, so that everyone can work it out: duties, and two weekly times in turns (pure)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Roles:
    """The three duties of one session; in a circle of two or one, people hold several."""

    host: Hashable
    timekeeper: Hashable
    synthesizer: Hashable


def roles_for(
    members: Sequence[Hashable], position: int, *, away: Collection[Hashable] = (), host: Hashable | None = None
) -> Roles | None:
    """The duties at the session with this position (from 1), for members in ring order.

    This week's timekeeper hosts next week, and this week's host sums up next week, so that nobody begins unprepared.
    People who are away are stepped over. `host` is someone who swapped in; the duties of the others stay. None when
    nobody is there.
    """
    present = [member for member in members if member not in away] or list(members)
    if not present:
        return None
    turn = (position - 1) % len(present)
    computed = present[turn]
    timekeeper = present[(turn + 1) % len(present)]
    synthesizer = present[(turn - 1) % len(present)]
    if host is None or host not in present:
        return Roles(computed, timekeeper, synthesizer)
    swap = {host: computed, computed: host}
    return Roles(host, swap.get(timekeeper, timekeeper), swap.get(synthesizer, synthesizer))


def turn_of(weeks: Sequence[date], week: date, *, since: date) -> int:
    """Whose turn it is in the week of a Monday: 0 for the first weekly time, 1 for the second.

    The week of `since` is the first one's, and turns change with each of `weeks` (Mondays in order); a week outside
    them counts as the next one after those before it. Weeks before `since` are the first one's.
    """
    if week < since:
        return 0
    return sum(1 for one in weeks if since <= one < week) % 2
