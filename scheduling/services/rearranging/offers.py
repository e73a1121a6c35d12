"""Proposals as a lead sees them: each circle before and after, who is told what, and a mark to apply one by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from circles.matching.moves import NEW, Outcome, Rearrangement, Regrouped
from circles.matching.rearrange import LIMIT, for_change, for_large, for_person, for_small
from circles.models import Circle, Cohort, Enrollment
from scheduling.services.rearranging.situations import Known, Trigger, TriggerKind, known_for


@dataclass(frozen=True, slots=True)
class Side:
    """One circle before and after; people are enrollments in ring order, with their person loaded."""

    change: Regrouped
    circle: Circle | None
    before: tuple[Enrollment, ...]
    after: tuple[Enrollment, ...]
    next_meeting: datetime | None

    @property
    def arrivals(self) -> tuple[Enrollment, ...]:
        """Who comes."""
        return tuple(row for row in self.after if row not in self.before)

    @property
    def leavers(self) -> tuple[Enrollment, ...]:
        """Who goes, also when the circle ends."""
        return tuple(row for row in self.before if row not in self.after)

    @property
    def stayers(self) -> tuple[Enrollment, ...]:
        """Who stays."""
        return tuple(row for row in self.before if row in self.after)

    @property
    def ends(self) -> bool:
        """Whether the circle is over afterwards."""
        return not self.change.after


@dataclass(frozen=True, slots=True)
class Offer:
    """One proposal. `mark` names exactly this: the same people from and to the same circles as they are now."""

    mark: str
    proposal: Rearrangement
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """The answer to a trigger, best first; `refusals` say how many circles could not take part, and why."""

    offers: tuple[Offer, ...]
    refusals: Mapping[str, int]
    looked_at: int
    standing: int


def offers_for(session: Session, cohort: Cohort, trigger: Trigger, *, at: datetime, limit: int = LIMIT) -> Offers:
    """What a lead can do about a trigger. Nothing is changed, and nobody hears of it."""
    known = known_for(session, cohort, trigger, at=at)
    outcome = _answer(known, trigger, limit)
    offers = tuple(
        Offer(mark_of(proposal), proposal, tuple(_side(known, circle) for circle in proposal.circles))
        for proposal in outcome.proposals
    )
    return Offers(offers, outcome.refusals, outcome.looked_at, known.standing)


def mark_of(proposal: Rearrangement) -> str:
    """A short text that differs for every other proposal, and when a circle has other members than before."""
    parts = [proposal.kind, *(f"{step.person}>{step.source}>{step.target}" for step in proposal.steps)]
    parts += [f"{circle.key}:{circle.before}:{circle.after}:{circle.time}" for circle in proposal.circles]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _answer(known: Known, trigger: Trigger, limit: int) -> Outcome:
    if trigger.enrollment is not None:
        key = trigger.enrollment.person.email_key
        if trigger.kind is TriggerKind.WAITING:
            return for_person(known.situation, key, limit)
        found = any(person.key == key for circle in known.situation.circles for person in circle.members)
        return for_change(known.situation, key, limit) if found else _nothing(known)
    key = str(trigger.circle.id) if trigger.circle else ""
    if all(circle.key != key for circle in known.situation.circles):
        return _nothing(known)
    work = for_small if trigger.kind is TriggerKind.SMALL else for_large
    return work(known.situation, key, limit)


def _nothing(known: Known) -> Outcome:
    """The answer where a member's answers are gone, so that nothing can be said about their circle."""
    return Outcome((), {"unknown": 1}, len(known.situation.circles))


def _side(known: Known, change: Regrouped) -> Side:
    return Side(
        change,
        None if change.key == NEW else known.circles[change.key],
        tuple(known.enrollments[key] for key in change.before),
        tuple(known.enrollments[key] for key in change.after),
        known.next_meeting.get(change.key),
    )
