"""Circles that run already: who could join them at the time they meet, and what they score there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from circles.matching.candidates import Candidate, Rules
from circles.matching.proposal import CircleScore
from circles.matching.scoring import score_with_hours

QUARTER = timedelta(minutes=15)
#: Starts and ends of sessions, in UTC.
Meets = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A time of the week on the wall clock of one zone; `weekday` 0 is Monday."""

    weekday: int
    start: time
    timezone: str

    @property
    def half_hour(self) -> int:
        """The time as a cell of the zone's week."""
        return self.weekday * 48 + self.start.hour * 2 + self.start.minute // 30


@dataclass(frozen=True, slots=True)
class Standing:
    """A running circle: its members, its usual time and the instants of its sessions to come."""

    key: str
    name: str
    members: tuple[Candidate, ...]
    meets: Meets = ()
    slot: WeeklyTime | None = None

    def without(self, leaving: frozenset[str]) -> tuple[Candidate, ...]:
        """The members who stay."""
        return tuple(person for person in self.members if person.key not in leaving) if leaving else self.members


@dataclass(frozen=True)
class Situation:
    """Everything a rearrangement looks at.

    `met` are pairs who were together in another circle before; members of one standing circle are no such pair for
    that. `ahead` are the rules over the weeks that are left, for a time that has to change.
    """

    circles: tuple[Standing, ...]
    waiting: tuple[Candidate, ...]
    rules: Rules
    met: frozenset[frozenset[str]] = frozenset()
    ahead: Rules | None = None

    @property
    def rules_ahead(self) -> Rules:
        """The rules over the weeks that are left."""
        return self.ahead or self.rules


@dataclass
class Bench:
    """Answers about one situation, each worked out once. Where somebody stands is a circle's key, or None."""

    situation: Situation
    place: dict[str, str | None] = field(default_factory=dict)
    bonds: dict[str, frozenset[str]] = field(default_factory=dict)
    _cans: dict[str, tuple[int, int]] = field(default_factory=dict)
    _scores: dict[str, CircleScore] = field(default_factory=dict)
    _by_key: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        circles, waiting = self.situation.circles, self.situation.waiting
        people = {person.key: person for circle in circles for person in circle.members}
        people |= {person.key: person for person in waiting}
        self.place = dict.fromkeys((person.key for person in waiting), None)
        self.place |= {person.key: circle.key for circle in circles for person in circle.members}
        self.bonds = bonds_among(people)
        self._by_key = {circle.key: circle for circle in circles}

    def suits(self, person: Candidate, meets: Meets) -> bool:
        """Whether every session to come lies in hours that a person can."""
        return not touched_by(meets, person.timezone) & ~self._grid(person)[0]

    def likes(self, person: Candidate, meets: Meets) -> bool:
        """Whether every session to come lies in hours that a person prefers."""
        return not touched_by(meets, person.timezone) & ~self._grid(person)[1]

    def _grid(self, person: Candidate) -> tuple[int, int]:
        known = self._cans.get(person.key)
        if known is None:
            known = self._cans[person.key] = bits(person.grid.can), bits(person.grid.prefer)
        return known

    def unit_of(self, person: Candidate) -> tuple[Candidate, ...]:
        """Who moves with somebody: people of their circle, or who wait too, from whom they must not be parted."""
        here = self.place[person.key]
        around = self.circle(here).members if here is not None else self.situation.waiting
        wanted, queue = {person.key}, [person.key]
        near = {other.key for other in around}
        while queue:
            for key in self.bonds.get(queue.pop(), frozenset()) & near - wanted:
                wanted.add(key)
                queue.append(key)
        return tuple(other for other in around if other.key in wanted)

    def units(self, people: Iterable[Candidate]) -> list[tuple[Candidate, ...]]:
        """People of one circle, or who wait, as they can move."""
        found = dict.fromkeys(self.unit_of(person) for person in people)
        return list(found)

    def circle(self, key: str) -> Standing:
        """A circle by its key."""
        return self._by_key[key]

    def refusal(
        self, arrivals: Sequence[Candidate], circle: Standing, leaving: frozenset[str] = frozenset(), grows: bool = True
    ) -> str:
        """Why people cannot join a circle at its time while some leave it; empty when they can.

        "time" (no session to come), "full", "small", "hours", "language", "apart" (a manager and report, a wish to
        avoid, or two kept circles), "together" (they belong to somebody elsewhere). With `grows` a circle below the
        least size may stay below it as long as it gets larger.
        """
        size = len(circle.members) - len(leaving) + len(arrivals)
        if not circle.meets:
            return "time"
        if size > self.situation.rules.size_max:
            return "full"
        if size < self.situation.rules.size_min and not (grows and size > len(circle.members)):
            return "small"
        if not all(self.suits(person, circle.meets) for person in arrivals):
            return "hours"
        return self.discord([*circle.without(leaving), *arrivals], circle.key)

    def discord(self, members: Sequence[Candidate], into: str | None) -> str:
        """Why people cannot sit in one circle, hours and size aside; empty when they can."""
        if not frozenset.intersection(*(person.languages for person in members)):
            return "language"
        here = frozenset(person.key for person in members)
        for index, one in enumerate(members):
            # Those who sit together already were put there, or their answers changed since; that is not made worse.
            for other in members[index + 1 :]:
                apart = self.place[one.key] is None or self.place[one.key] != self.place[other.key]
                if apart and clash(one, other):
                    return "apart"
            for key in self.bonds.get(one.key, frozenset()) - here:
                mine, theirs = self.place[one.key], self.place[key]
                if mine == theirs or (mine is None and theirs != into):
                    return "together"
        return ""

    def before(self, circle: Standing) -> CircleScore:
        """What a circle scores as it is."""
        known = self._scores.get(circle.key)
        if known is None:
            known = self._scores[circle.key] = self.score(circle.members, circle.meets)
        return known

    def score(
        self, members: Sequence[Candidate], meets: Meets, comfortable: frozenset[str] = frozenset()
    ) -> CircleScore:
        """What people score as a circle that meets at these instants; hours count those who prefer all of them.

        Without instants `comfortable` says who prefers the time.
        """
        if meets:
            comfortable = frozenset(person.key for person in members if self.likes(person, meets))
        rules = self.situation.rules
        return score_with_hours(members, rules, self.situation.met, rules.slots, comfortable)


def bits(cells: Iterable[int]) -> int:
    """Cells of the week as the bits of one number."""
    found = 0
    for cell in cells:
        found |= 1 << cell
    return found


@lru_cache(maxsize=65536)
def touched_by(meets: Meets, timezone: str) -> int:
    """The half hours of a zone's week that any of some sessions touches, as bits."""
    zone = ZoneInfo(timezone)
    found = 0
    for start, end in meets:
        moment = start
        while moment < end:
            found |= 1 << _cell(moment.astimezone(zone))
            moment += QUARTER
        found |= 1 << _cell((end - timedelta(minutes=1)).astimezone(zone))
    return found


def _cell(wall: datetime) -> int:
    return wall.weekday() * 48 + wall.hour * 2 + wall.minute // 30


def clash(one: Candidate, other: Candidate) -> bool:
    """Whether two people must not sit in one circle."""
    return (
        one.manager == other.key
        or other.manager == one.key
        or other.key in one.avoid
        or one.key in other.avoid
        or bool(one.kept and other.kept and one.kept != other.kept)
    )


def bonds_among(people: Mapping[str, Candidate]) -> dict[str, frozenset[str]]:
    """For each person those they must not be parted from, by either's wish or by a kept circle."""
    found: dict[str, set[str]] = {}
    kept: dict[str, list[str]] = {}
    for key, person in people.items():
        for other in (other for other in person.together if other in people and other != key):
            found.setdefault(key, set()).add(other)
            found.setdefault(other, set()).add(key)
        if person.kept:
            kept.setdefault(person.kept, []).append(key)
    for keys in kept.values():
        for key in keys:
            found.setdefault(key, set()).update(other for other in keys if other != key)
    return {key: frozenset(others) for key, others in found.items() if others}
