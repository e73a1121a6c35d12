"""What can be done about a running circle or a person without one, moving as few people as possible.

Every proposal keeps the firm rules; the best moves the fewest people, then changes the fewest weekly times, then adds
most to the score. Whoever waits for a circle is placed, not moved. When nothing is possible the refusals are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from heapq import nsmallest
from itertools import combinations, islice, product

import numpy as np

from circles.matching.candidates import Candidate, Rules
from circles.matching.hours import Flags, anchors_of, cells_of, openings
from circles.matching.moves import NEW, Outcome, Rearrangement, Regrouped, Step
from circles.matching.proposal import CircleScore
from circles.matching.standing import Bench, Situation, Standing, WeeklyTime
from circles.windows import HALF_HOURS_A_WEEK, most_disjoint

#: Proposals for one trigger; where these leave a kind out, its best is added.
LIMIT = 4
#: Above these numbers the most promising are looked at: people to move and circles for each of them; joint choices;
#: circles whose time would have to change; people of a new circle.
MOST_EACH = 12
MOST_PAIRS = 100
MOST_JOINT = 3000
MOST_TIMES = 150
MOST_FOUNDERS = 8

Unit = tuple[Candidate, ...]


def for_person(situation: Situation, key: str, limit: int = LIMIT) -> Outcome:
    """What can be done for someone who waits: a free place, a new circle, or a place that somebody else makes."""
    search = _Search(Bench(situation))
    unit = search.bench.unit_of(_named(situation.waiting, key))
    found = [*search.places(unit), *search.founded(unit)]
    if len(found) < limit:
        found += search.chains(unit)
    return search.outcome(found, limit)


def for_change(situation: Situation, key: str, limit: int = LIMIT) -> Outcome:
    """What can be done for a member who would like another circle: a transfer, or a swap."""
    search = _Search(Bench(situation))
    source = search.bench.circle(search.bench.place[key] or "")
    unit = search.bench.unit_of(_named(source.members, key))
    found = list(search.transfers(source, unit))
    if len(found) < limit:
        found += search.swaps(source, unit)
    return search.outcome(found, limit)


def for_small(situation: Situation, key: str, limit: int = LIMIT) -> Outcome:
    """What can be done about a circle below the least size: people join it, or it becomes one with another."""
    search = _Search(Bench(situation))
    circle = search.bench.circle(key)
    found = [*search.filled(circle), *search.merged(circle)]
    return search.outcome(found, limit)


def for_large(situation: Situation, key: str, limit: int = LIMIT) -> Outcome:
    """What can be done about a circle above the largest size: people of it go elsewhere."""
    search = _Search(Bench(situation))
    return search.outcome(search.eased(search.bench.circle(key)), limit)


@dataclass
class _Search:
    """The moves of one situation."""

    bench: Bench
    refusals: Counter[str] = field(default_factory=Counter)
    openings: dict[tuple[str, str, bool, bool], Flags] = field(default_factory=dict)

    def outcome(self, found: Iterable[Rearrangement], limit: int) -> Outcome:
        ordered = sorted(found, key=lambda one: one.rank)
        first = {one.kind: one for one in reversed(ordered)}
        best = [one for place, one in enumerate(ordered) if place < limit or one is first[one.kind]]
        return Outcome(tuple(best), dict(self.refusals), len(self.bench.situation.circles))

    def places(self, unit: Unit) -> Iterator[Rearrangement]:
        """A free place at a circle's present time."""
        for circle in self.bench.situation.circles:
            refusal = self.bench.refusal(unit, circle)
            if refusal:
                self.refusals[refusal] += 1
            else:
                yield self.rearranged("place", [(unit, circle)])

    def founded(self, unit: Unit) -> Iterator[Rearrangement]:
        """A new circle with others who wait, at a time that holds in every week."""
        bench, rules = self.bench, self.bench.situation.rules
        if len(unit) > rules.size_max:
            return
        others = [
            other
            for other in bench.units(person for person in bench.situation.waiting if person not in unit)
            if len(unit) + len(other) <= rules.size_max
            and bench.discord([*unit, *other], None) == ""
            and self._best_anchor([*unit, *other])[0] >= rules.slots
        ]
        if len(others) > MOST_FOUNDERS:
            worth = {one: bench.score([*unit, *one], ()).quality for one in others}
            others = sorted(others, key=lambda one: (-worth[one], one[0].key))[:MOST_FOUNDERS]
        for count in range(len(others) + 1):
            for chosen in combinations(others, count):
                members = [*unit, *(person for one in chosen for person in one)]
                if rules.size_min <= len(members) <= rules.size_max and bench.discord(members, None) == "":
                    yield from self._new_circle(members)

    def _new_circle(self, members: Sequence[Candidate]) -> Iterator[Rearrangement]:
        windows, start, anchor = self._best_anchor(members)
        rules = self.bench.situation.rules
        if windows < rules.slots:
            return
        score = self.bench.score(members, (), self._happy(members, start, anchor, rules))
        made = Regrouped(NEW, "", (), _keys(members), None, score, _weekly(start, anchor))
        yield Rearrangement("new_circle", tuple(Step(person.key, None, NEW) for person in members), (made,))

    def chains(self, unit: Unit) -> Iterator[Rearrangement]:
        """A place that one member makes by going to a third circle, where there is none without that."""
        bench = self.bench
        pairs = [
            (self._worth(circle, unit, leaver), circle, leaver)
            for circle in bench.situation.circles
            if all(bench.suits(person, circle.meets) for person in unit) and bench.refusal(unit, circle)
            for leaver in bench.units(circle.members)
            if not bench.refusal(unit, circle, frozenset(_keys(leaver)), grows=False)
        ]
        pairs.sort(key=lambda entry: (-entry[0], entry[1].key, entry[2][0].key))
        for _, circle, leaver in pairs[:MOST_PAIRS]:
            for home in self.homes(leaver):
                if home.key != circle.key:
                    yield self.rearranged("chain", [(leaver, home), (unit, circle)])

    def transfers(self, source: Standing, unit: Unit) -> Iterator[Rearrangement]:
        """A free place elsewhere, and where the circle left behind would be too small, somebody who waits for it."""
        left = len(source.members) - len(unit)
        rules, fillers = self.bench.situation.rules, []
        leaving = frozenset(_keys(unit))
        if left < rules.size_min:
            fillers = [
                filler
                for filler in self.bench.units(self.bench.situation.waiting)
                if not self.bench.refusal(filler, source, leaving, grows=False)
            ]
            if not fillers:
                self.refusals["behind"] += 1
                return
        for circle in self.bench.situation.circles:
            refusal = self.bench.refusal(unit, circle) if circle.key != source.key else "own"
            if refusal:
                self.refusals[refusal] += refusal != "own"
            elif not fillers:
                yield self.rearranged("transfer", [(unit, circle)])
            for filler in fillers if not refusal else ():
                yield self.rearranged("transfer", [(unit, circle), (filler, source)])

    def swaps(self, source: Standing, unit: Unit) -> Iterator[Rearrangement]:
        """Two people change places, where one alone cannot."""
        leaving = frozenset(_keys(unit))
        may_go = len(source.members) - len(unit) >= self.bench.situation.rules.size_min
        for circle in self.bench.situation.circles:
            if circle.key == source.key or not all(self.bench.suits(person, circle.meets) for person in unit):
                continue
            if may_go and not self.bench.refusal(unit, circle):
                continue
            for other in self.bench.units(circle.members):
                there = self.bench.refusal(unit, circle, frozenset(_keys(other)), grows=False)
                if not there and not self.bench.refusal(other, source, leaving, grows=False):
                    yield self.rearranged("swap", [(unit, circle), (other, source)])

    def filled(self, circle: Standing) -> Iterator[Rearrangement]:
        """At most as many units as places lack come to a circle, those who wait before those who are moved."""
        rules, bench = self.bench.situation.rules, self.bench
        lack = rules.size_min - len(circle.members)
        waiting = [one for one in bench.units(bench.situation.waiting) if self._could_join(one, circle)]
        moving = [
            one
            for other in bench.situation.circles
            if other.key != circle.key and len(other.members) > rules.size_min
            for one in bench.units(other.members)
            if len(other.members) - len(one) >= rules.size_min and self._could_join(one, circle)
        ]
        pool = [*self._promising(waiting, circle), *self._promising(moving, circle)]
        chosen = (joint for count in range(1, lack + 1) for joint in combinations(pool, count))
        for joint in islice(chosen, MOST_JOINT):
            people = [person for one in joint for person in one]
            if len(people) >= lack and self._may_leave(people) and not bench.refusal(people, circle):
                moves = any(bench.place[person.key] is not None for person in people)
                yield self.rearranged("transfer" if moves else "fill", [(one, circle) for one in joint])

    def merged(self, circle: Standing) -> Iterator[Rearrangement]:
        """Two circles become one: the smaller moves, to the larger's time or to the nearest that suits everyone."""
        rules, unsuited = self.bench.situation.rules, []
        for other in self.bench.situation.circles:
            if other.key == circle.key:
                continue
            size = len(circle.members) + len(other.members)
            if not rules.size_min <= size <= rules.size_max:
                self.refusals["full" if size > rules.size_max else "small"] += 1
                continue
            pairs = [(circle, other), (other, circle)]
            for goes, stays in (pair for pair in pairs if len(pair[0].members) <= len(pair[1].members)):
                refusal = self.bench.refusal(goes.members, stays)
                if not refusal:
                    yield self.rearranged("merge", [(goes.members, stays)])
                elif refusal == "hours":
                    unsuited.append((len(goes.members), goes, stays))
                else:
                    self.refusals[refusal] += 1
        unsuited.sort(key=lambda entry: (entry[0], entry[1].key, entry[2].key))
        for _, goes, stays in unsuited[:MOST_TIMES]:
            time_ = self._nearest(goes, stays)
            if time_ is None or self.bench.discord([*stays.members, *goes.members], stays.key):
                self.refusals["hours"] += 1
            else:
                yield self.rearranged("merge", [(goes.members, stays)], {stays.key: time_})

    def eased(self, circle: Standing) -> Iterator[Rearrangement]:
        """As few people as have to go leave a circle that is too large."""
        rules = self.bench.situation.rules
        over = len(circle.members) - rules.size_max
        units = [one for one in self.bench.units(circle.members) if len(circle.members) - len(one) >= rules.size_min]
        homes = {one: self.homes(one) for one in units}
        self.refusals["nowhere"] += sum(not where for where in homes.values())
        choices = (
            tuple(zip(joint, where, strict=True))
            for count in range(1, over + 1)
            for joint in combinations(units, count)
            for where in product(*(homes[one] for one in joint))
        )
        for chosen in islice(choices, MOST_JOINT):
            going = [person for one, _ in chosen for person in one]
            fits = all(
                not self.bench.refusal([p for one, to in chosen if to.key == home.key for p in one], home)
                for home in {to.key: to for _, to in chosen}.values()
            )
            if fits and len(going) >= over and len(circle.members) - len(going) >= rules.size_min:
                yield self.rearranged("split", list(chosen))

    def homes(self, unit: Unit) -> list[Standing]:
        """Circles with a free place for people, the best ones when there are many."""
        here = self.bench.place[unit[0].key]
        fitting = [
            circle
            for circle in self.bench.situation.circles
            if circle.key != here and not self.bench.refusal(unit, circle)
        ]
        if len(fitting) > MOST_EACH:
            fitting = sorted(fitting, key=lambda circle: (len(circle.members), circle.key))[:MOST_EACH]
        return fitting

    def _could_join(self, unit: Unit, circle: Standing) -> bool:
        refusal = self.bench.refusal(unit, circle)
        if refusal and refusal != "own":
            self.refusals[refusal] += self.bench.place[unit[0].key] is None
        return not refusal

    def _promising(self, units: list[Unit], circle: Standing) -> list[Unit]:
        if len(units) <= MOST_EACH:
            return units
        gain = {one: self._worth(circle, one, ()) for one in units}
        return nsmallest(MOST_EACH, units, key=lambda one: (len(one), -gain[one], one[0].key))

    def _may_leave(self, people: Sequence[Candidate]) -> bool:
        """Whether the circles that people come from stay large enough."""
        leaving = Counter(self.bench.place[person.key] for person in people)
        least = self.bench.situation.rules.size_min
        return all(
            len(self.bench.circle(key).members) - count >= least for key, count in leaving.items() if key is not None
        )

    def _worth(self, circle: Standing, arrivals: Unit, leavers: Unit) -> float:
        members = [*circle.without(frozenset(_keys(leavers))), *arrivals]
        return len(members) * self.bench.score(members, circle.meets).score

    def _nearest(self, goes: Standing, stays: Standing) -> WeeklyTime | None:
        """The time nearest to a circle's own at which everyone is free in every week that is left."""
        rules = self.bench.situation.rules_ahead
        if stays.slot is None:
            return None
        anchor, now = stays.slot.timezone, stays.slot.half_hour
        starts = np.flatnonzero(self._free((*goes.members, *stays.members), anchor, rules)).tolist()
        if not starts:
            return None

        def distance(start: int) -> tuple[int, int]:
            apart = (start - now) % HALF_HOURS_A_WEEK
            return min(apart, HALF_HOURS_A_WEEK - apart), start

        return _weekly(min(starts, key=distance), anchor)

    def _best_anchor(self, members: Sequence[Candidate]) -> tuple[int, int, str]:
        """The most disjoint weekly times that any one anchor offers, and the start there that most prefer."""
        rules = self.bench.situation.rules
        best = 0, 0, ""
        for anchor in anchors_of(members, rules):
            starts = np.flatnonzero(self._free(members, anchor, rules)).tolist()
            windows = most_disjoint(starts, cells_of(rules))
            if windows > best[0]:
                liked = np.sum([self._open(person, anchor, rules, preferred=True) for person in members], axis=0)
                best = windows, max(starts, key=lambda start: (liked[start], -start)), anchor
        return best

    def _free(self, members: Sequence[Candidate], anchor: str, rules: Rules) -> Flags:
        free: Flags = np.logical_and.reduce([self._open(person, anchor, rules) for person in members])
        return free

    def _happy(self, members: Sequence[Candidate], start: int, anchor: str, rules: Rules) -> frozenset[str]:
        """Who prefers the whole of a time in every week."""
        return frozenset(person.key for person in members if self._open(person, anchor, rules, preferred=True)[start])

    def _open(self, person: Candidate, anchor: str, rules: Rules, *, preferred: bool = False) -> Flags:
        key = person.key, anchor, rules is self.bench.situation.rules, preferred
        known = self.openings.get(key)
        if known is None:
            known = self.openings[key] = openings(person, anchor, rules, preferred=preferred)
        return known

    def rearranged(
        self, kind: str, moves: Sequence[tuple[Unit, Standing]], times: Mapping[str, WeeklyTime] | None = None
    ) -> Rearrangement:
        """The proposal in which units go to circles, with every circle that changes."""
        bench = self.bench
        steps = tuple(Step(person.key, bench.place[person.key], to.key) for unit, to in moves for person in unit)
        touched = dict.fromkeys(key for step in steps for key in (step.target, step.source) if key is not None)
        leaving = frozenset(step.person for step in steps)
        circles = []
        for key in touched:
            circle = bench.circle(key)
            arrivals = [person for unit, to in moves if to.key == key for person in unit]
            members = [*circle.without(leaving), *arrivals]
            time_ = (times or {}).get(key)
            score = self._after(members, circle, time_) if members else None
            circles.append(
                Regrouped(key, circle.name, _keys(circle.members), _keys(members), bench.before(circle), score, time_)
            )
        return Rearrangement(kind, steps, tuple(circles))

    def _after(self, members: Sequence[Candidate], circle: Standing, time_: WeeklyTime | None) -> CircleScore:
        if time_ is None:
            return self.bench.score(members, circle.meets)
        happy = self._happy(members, time_.half_hour, time_.timezone, self.bench.situation.rules_ahead)
        return self.bench.score(members, (), happy)


def _named(people: Sequence[Candidate], key: str) -> Candidate:
    return next(person for person in people if person.key == key)


def _keys(people: Iterable[Candidate]) -> tuple[str, ...]:
    return tuple(person.key for person in people)


def _weekly(start: int, anchor: str) -> WeeklyTime:
    return WeeklyTime(start // 48, time(start % 48 // 2, start % 2 * 30), anchor)
