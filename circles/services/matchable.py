"""People and rules of a cohort as the matching engine takes them, and what it says of one circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.accounts.models import Person
from circles.attributes import attributes_for, questions_of, treated_of
from circles.availability import WeeklyGrid
from circles.matching import Candidate, Rules, Weights, score_circle
from circles.matching.facts import circle_remarks
from circles.models import Cohort, Enrollment, EnrollmentState, Membership, WishKind
from circles.services import cohorts
from circles.services.entries import facts_entry, remark_entry, slot_entry
from circles.windows import Attendee, rank_windows

#: Windows shown for a circle.
SHOWN_WINDOWS = 6


def rules_of(cohort: Cohort) -> Rules:
    """A cohort's rules as the engine takes them."""
    span = cohorts.span(cohort)
    known = asdict(Weights())
    weights = Weights(**{name: float(cohort.weights.get(name, value)) for name, value in known.items()})
    return Rules(
        first_day=span.first_day,
        weeks=span.weeks,
        cadence_weeks=span.cadence_weeks,
        size_min=cohort.size_min,
        size_max=cohort.size_max,
        target=cohort.size_target,
        minutes=cohort.minutes,
        slots=cohort.slots,
        weights=weights,
        attributes=attributes_for(questions_of(cohort.questions), treated_of(cohort.attributes)),
        objective=cohort.objective.value,
    )


def enrolled(session: Session, cohort: Cohort) -> list[Enrollment]:
    """Everyone waiting for a circle, with person, manager and wishes, in a fixed order."""
    return list(
        session.scalars(
            select(Enrollment)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.state == EnrollmentState.ENROLLED)
            .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
            .order_by(Enrollment.created_at, Enrollment.id)
        )
    )


def candidate(enrollment: Enrollment) -> Candidate:
    """One enrolled person as the engine takes them, named by their enrollment's id."""
    person = enrollment.person
    return Candidate(
        key=person.email_key,
        name=person.name,
        timezone=enrollment.timezone,
        grid=WeeklyGrid.parse(enrollment.available, enrollment.preferred),
        languages=frozenset(enrollment.languages),
        topics=frozenset(topic.casefold() for topic in enrollment.topics),
        department=person.department,
        location=person.location,
        level=person.level,
        manager=person.manager.email_key if person.manager else (person.manager_email.lower() or None),
        facilitator=enrollment.glad_to_host,
        together=_named(enrollment, WishKind.TOGETHER),
        avoid=_named(enrollment, WishKind.AVOID),
        wishes=_named(enrollment, WishKind.WISH),
        kept=enrollment.kept_circle or None,
        attributes=tuple(sorted((key, str(answer)) for key, answer in enrollment.answers.items())),
    )


def pairs_met(session: Session, among: Select[UUID]) -> list[tuple[str, str]]:
    """Addresses of pairs among some people (a select of their ids) who were in one circle before, in any cohort."""
    here, there = aliased(Membership), aliased(Membership)
    one, other = aliased(Person), aliased(Person)
    rows = session.execute(
        select(one.email_key, other.email_key)
        .select_from(here)
        .join(there, and_(there.circle_id == here.circle_id, there.person_id > here.person_id))
        .join(one, one.id == here.person_id)
        .join(other, other.id == there.person_id)
        .where(here.person_id.in_(among), there.person_id.in_(among))
        .distinct()
    )
    return [(row[0], row[1]) for row in rows]


def waiting_people(cohort: Cohort) -> Select[UUID]:
    """The ids of everyone waiting for a circle, as a select."""
    waiting = EnrollmentState.ENROLLED
    return select(Enrollment.person_id).where(Enrollment.cohort_id == cohort.id, Enrollment.state == waiting)


def candidates_of(session: Session, cohort: Cohort, members: Sequence[str]) -> list[tuple[str, Candidate]]:
    """Enrollments of a cohort, by their ids as text, as the engine takes them, in the order given.

    Wishes to be together, and kept circles, count among people who wait for a circle only.
    """
    chosen = [UUID(member) for member in members]
    found: dict[UUID, Candidate] = {}
    for start in range(0, len(chosen), 500):
        rows = session.scalars(
            select(Enrollment)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.id.in_(chosen[start : start + 500]))
            .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
        )
        found |= {row.id: candidate(row) for row in rows}
    named = {key for one in found.values() for key in one.together}
    waiting: set[str] = set()
    if named:
        here = select(Person.email_key).where(Person.id.in_(waiting_people(cohort)), Person.email_key.in_(named))
        waiting = set(session.scalars(here))
    return [
        (str(key), replace(found[key], together=(found[key].together & waiting) - {found[key].key}))
        for key in chosen
        if key in found
    ]


def score_members(session: Session, cohort: Cohort, members: Sequence[str]) -> dict[str, Any]:
    """One circle's score, facts, remarks and windows, as a draft stores them."""
    if not members:
        return {"score": 0.0, "quality": 0.0, "parts": {}, "facts": {}, "remarks": [], "slots": [], "valid": False}
    among = select(Enrollment.person_id).where(Enrollment.id.in_([UUID(member) for member in members]))
    loaded = candidates_of(session, cohort, members)
    people = [one for _key, one in loaded]
    ids = {one.key: key for key, one in loaded}
    rules = rules_of(cohort)
    result = score_circle(people, rules, pairs_met(session, among))
    windows = rank_windows(
        [Attendee(person.key, person.timezone, person.grid) for person in people],
        minutes=rules.minutes,
        first_day=rules.first_day,
        weeks=rules.weeks,
        cadence_weeks=rules.cadence_weeks,
        limit=SHOWN_WINDOWS,
        at_least=rules.slots,
    )
    return {
        "score": round(result.score, 2),
        "quality": round(result.quality, 2),
        "parts": {name: round(value, 4) for name, value in result.parts.items()},
        "facts": facts_entry(result.facts, ids),
        "remarks": [
            remark_entry(remark, ids) for remark in circle_remarks(result.broken, result.facts, result.windows, rules)
        ],
        "slots": [slot_entry(window) for window in windows],
        "valid": result.valid,
    }


def _named(enrollment: Enrollment, kind: WishKind) -> frozenset[str]:
    return frozenset(wish.email_key for wish in enrollment.wishes if wish.kind is kind)
