"""Running circles that someone without a circle could join: a free place, suiting hours, no firm rule broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import N_, DomainError
from app.mail.desk import Desk
from circles.matching.standing import Bench
from circles.models import Circle, Cohort, Enrollment, Membership
from scheduling.services.membership import place_in_circle
from scheduling.services.rearranging.situations import Trigger, TriggerKind, known_for

#: Refusals that show as what stands against a circle; the others make it no choice at all.
SHOWN = frozenset({"language", "apart", "together"})
#: Rules that a running circle's weekly time answers by itself.
ANSWERED_BY_TIME = frozenset({"hours", "size"})


@dataclass(frozen=True, slots=True)
class Fit:
    """One circle someone could join: its members, next session, score with them, and what stands against it."""

    circle: Circle
    members: int
    next_meeting: datetime
    score: float
    broken: tuple[str, ...]


def fits_for(session: Session, cohort: Cohort, enrollment: Enrollment, *, at: datetime) -> list[Fit]:
    """Circles of a cohort with a free place whose sessions to come all suit a person's hours, best first.

    `enrollment.person`, its manager and its wishes are loaded.
    """
    known = known_for(session, cohort, Trigger(TriggerKind.WAITING, enrollment=enrollment), at=at)
    bench, key = Bench(known.situation), enrollment.person.email_key
    person = next((one for one in known.situation.waiting if one.key == key), None)
    if person is None:
        return []
    fits = []
    for circle in known.situation.circles:
        refusal = bench.refusal([person], circle)
        if refusal and refusal not in SHOWN:
            continue
        members = [*circle.members, person]
        score = bench.score(members, circle.meets)
        broken = {one.rule for one in score.broken if one.rule not in ANSWERED_BY_TIME} if refusal else set()
        fits.append(
            Fit(
                known.circles[circle.key],
                len(circle.members),
                known.next_meeting[circle.key],
                score.quality,
                tuple(sorted(broken or ({refusal} if refusal else set()))),
            )
        )
    return sorted(fits, key=lambda fit: (len(fit.broken), fit.members >= cohort.size_min, -fit.score, fit.circle.name))


def place_waiting(
    session: Session, cohort: Cohort, circle: Circle, enrollment: Enrollment, *, actor: Person, desk: Desk, at: datetime
) -> Membership:
    """Place someone who waits into a circle that suits them now. Raises DomainError when it does not any more."""
    session.refresh(cohort, ["state"], with_for_update=True)
    fits = fits_for(session, cohort, enrollment, at=at)
    if not any(fit.circle.id == circle.id and not fit.broken for fit in fits):
        raise DomainError(
            N_("%(circle)s does not suit %(name)s any more."), circle=circle.name, name=enrollment.person.name
        )
    return place_in_circle(session, circle, enrollment, actor=actor, desk=desk, at=at)


def waiting_enrollment(session: Session, cohort: Cohort, enrollment_id: UUID) -> Enrollment | None:
    """One enrollment of a cohort with what `fits_for` needs."""
    found: Enrollment | None = session.scalar(
        select(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.cohort_id == cohort.id)
        .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
    )
    return found
