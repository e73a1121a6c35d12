"""What the engine of rearrangements is given: the circles that could take part, their people, and who waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.matching import Candidate, Rules, among_themselves
from circles.matching.standing import Bench, Situation, Standing
from circles.models import Circle, Cohort, Enrollment, EnrollmentState, Membership, Wish, WishKind
from circles.services.matchable import candidate, rules_of
from scheduling.recurrence import monday_of
from scheduling.services.rearranging.times import Line, Timed, lines_of, times_of

#: Circles whose people are looked at: those whose time suits, then others in the order of what they could give.
MOST_CIRCLES = 300
SUITING_FIRST = 200
#: People who wait are looked at in the order in which they came.
MOST_WAITING = 60


class TriggerKind(Enum):
    """Why a lead looks for a change."""

    WAITING = "waiting"
    CHANGE = "change"
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Someone who waits, a member who wants another circle than theirs, or a circle that is too small or too large."""

    kind: TriggerKind
    enrollment: Enrollment | None = None
    circle: Circle | None = None

    @property
    def name(self) -> str:
        """Whom or what it is about."""
        return self.enrollment.person.name if self.enrollment else self.circle.name if self.circle else ""


@dataclass(frozen=True, slots=True)
class Known:
    """A situation, with the rows behind its keys and how many circles of the cohort were looked at."""

    situation: Situation
    enrollments: dict[str, Enrollment]
    circles: dict[str, Circle]
    #: How many circles the cohort has.
    standing: int
    next_meeting: dict[str, datetime] = field(default_factory=dict)


def trigger_for(session: Session, cohort: Cohort, *, enrollment: UUID | None, circle: UUID | None) -> Trigger | None:
    """What a lead of the cohort points at; None when it needs nothing. Raises NotFound when it is not the cohort's."""
    if enrollment is not None:
        row = session.scalar(
            select(Enrollment)
            .where(Enrollment.id == enrollment, Enrollment.cohort_id == cohort.id)
            .options(joinedload(Enrollment.person))
        )
        if row is None:
            raise NotFound
        if not row.person.active or row.state not in (EnrollmentState.ENROLLED, EnrollmentState.PLACED):
            return None
        if row.state is EnrollmentState.ENROLLED:
            return Trigger(TriggerKind.WAITING, enrollment=row)
        here = session.scalar(
            select(Circle)
            .join(Membership, Membership.circle_id == Circle.id)
            .where(Membership.enrollment_id == row.id, Membership.left_at.is_(None), Circle.ended_at.is_(None))
            .limit(1)
        )
        return Trigger(TriggerKind.CHANGE, enrollment=row, circle=here) if here else None
    found = session.scalar(
        select(Circle).where(Circle.id == circle, Circle.cohort_id == cohort.id, Circle.ended_at.is_(None))
    )
    if found is None:
        raise NotFound
    present = session.scalar(select(func.count()).where(Membership.circle_id == found.id, Membership.left_at.is_(None)))
    if cohort.size_min <= (present or 0) <= cohort.size_max:
        return None
    return Trigger(TriggerKind.SMALL if (present or 0) < cohort.size_min else TriggerKind.LARGE, circle=found)


def known_for(session: Session, cohort: Cohort, trigger: Trigger, *, at: datetime) -> Known:
    """Load what is needed to answer a trigger; a bounded number of circles however large the cohort is."""
    rules = rules_of(cohort)
    lines = lines_of(session, cohort, at=at)
    concerned = _concerned(session, trigger)
    chosen = _chosen(lines, trigger, concerned, rules, _bound_to(session, cohort, concerned))
    times = times_of(session, chosen, at=at)
    members, broken = _members(session, chosen)
    waiting = _waiting(session, cohort, trigger)
    rows = {row.person.email_key: row for group in members.values() for row in group}
    rows |= {row.person.email_key: row for row in waiting}
    people = dict(zip(rows, among_themselves(tuple(candidate(row) for row in rows.values())), strict=True))
    circles = {row.id: row for row in session.scalars(select(Circle).where(Circle.id.in_(chosen)))}
    standing = tuple(
        Standing(
            str(key),
            circles[key].name,
            tuple(people[row.person.email_key] for row in members[key]),
            times.get(key, Timed()).meets,
            times.get(key, Timed()).slot,
        )
        for key in chosen
        if members.get(key) and key not in broken
    )
    ids = [row.person_id for row in rows.values()]
    situation = Situation(
        standing,
        tuple(people[row.person.email_key] for row in waiting),
        rules,
        _met_elsewhere(session, ids),
        _ahead(rules, times.values()),
    )
    return Known(
        situation,
        rows,
        {str(key): circle for key, circle in circles.items()},
        len(lines),
        {str(key): timed.meets[0][0] for key, timed in times.items()},
    )


def _concerned(session: Session, trigger: Trigger) -> list[Candidate]:
    """Whose hours say which circles come first."""
    if trigger.enrollment is not None:
        return [candidate(_full(session, [trigger.enrollment.id])[0])]
    if trigger.circle is not None and trigger.kind is TriggerKind.SMALL:
        return [candidate(row) for row in _members(session, [trigger.circle.id])[0].get(trigger.circle.id, [])]
    return []


def _chosen(
    lines: list[Line], trigger: Trigger, concerned: list[Candidate], rules: Rules, bound: set[UUID]
) -> list[UUID]:
    """The circles to look at: those concerned, those whose time suits, then those with something to give."""
    bench = Bench(Situation((), (), rules))
    own = bound | ({trigger.circle.id} if trigger.circle else set())
    suiting: list[Line] = []
    others: list[Line] = []
    for line in lines:
        suits = bool(line.expected) and all(bench.suits(person, line.expected) for person in concerned)
        (suiting if suits else others).append(line)
    suiting.sort(key=lambda line: line.members)
    # A small circle takes people from large ones; everyone else looks for free places.
    others.sort(key=lambda line: -line.members if trigger.kind is TriggerKind.SMALL else line.members)
    first = [line for line in lines if line.id in own]
    rest = [line for line in [*suiting[:SUITING_FIRST], *others, *suiting[SUITING_FIRST:]] if line.id not in own]
    return sorted((line.id for line in [*first, *rest[: MOST_CIRCLES - len(first)]]), key=str)


def _bound_to(session: Session, cohort: Cohort, concerned: list[Candidate]) -> set[UUID]:
    """Circles of people whom those concerned must not be parted from, by a wish of either or by a kept circle."""
    if not concerned:
        return set()
    keys = [person.key for person in concerned]
    wanted = [key for person in concerned for key in person.together]
    kept = [person.kept for person in concerned if person.kept]
    naming = select(Wish.enrollment_id).where(Wish.kind == WishKind.TOGETHER, Wish.email_key.in_(keys))
    return set(
        session.scalars(
            select(Membership.circle_id)
            .join(Circle, Circle.id == Membership.circle_id)
            .join(Enrollment, Enrollment.id == Membership.enrollment_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Circle.cohort_id == cohort.id,
                Circle.ended_at.is_(None),
                Membership.left_at.is_(None),
                or_(Person.email_key.in_(wanted), Enrollment.kept_circle.in_(kept), Enrollment.id.in_(naming)),
            )
            .limit(SUITING_FIRST)
        )
    )


def _members(session: Session, circle_ids: Sequence[UUID]) -> tuple[dict[UUID, list[Enrollment]], set[UUID]]:
    """Present members' enrollments by circle in ring order, and circles with a member who has none."""
    found: dict[UUID, list[Enrollment]] = {}
    broken: set[UUID] = set()
    rows = session.execute(
        select(Membership.circle_id, Membership.enrollment_id)
        .where(Membership.circle_id.in_(circle_ids), Membership.left_at.is_(None))
        .order_by(Membership.circle_id, Membership.position)
    ).all()
    loaded = {row.id: row for row in _full(session, [row[1] for row in rows if row[1] is not None])}
    for circle_id, enrollment_id in rows:
        if enrollment_id in loaded:
            found.setdefault(circle_id, []).append(loaded[enrollment_id])
        else:
            broken.add(circle_id)
    return found, broken


def _full(session: Session, ids: Sequence[UUID]) -> list[Enrollment]:
    return list(
        session.scalars(
            select(Enrollment)
            .where(Enrollment.id.in_(ids))
            .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
        )
    )


def _waiting(session: Session, cohort: Cohort, trigger: Trigger) -> list[Enrollment]:
    ids = list(
        session.scalars(
            select(Enrollment.id)
            .join(Person, Person.id == Enrollment.person_id)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.state == EnrollmentState.ENROLLED, Person.active)
            .order_by(Enrollment.created_at, Enrollment.id)
            .limit(MOST_WAITING)
        )
    )
    if trigger.kind is TriggerKind.WAITING and trigger.enrollment is not None and trigger.enrollment.id not in ids:
        ids.append(trigger.enrollment.id)
    order = {key: place for place, key in enumerate(ids)}
    return sorted(_full(session, ids), key=lambda row: order[row.id])


def _met_elsewhere(session: Session, ids: Sequence[UUID]) -> frozenset[frozenset[str]]:
    """Pairs who were in one circle before that is not the one they are both in now."""
    here, there = aliased(Membership), aliased(Membership)
    one, other = aliased(Person), aliased(Person)
    still = and_(here.left_at.is_(None), there.left_at.is_(None), Circle.ended_at.is_(None))
    rows = session.execute(
        select(one.email_key, other.email_key)
        .select_from(here)
        .join(there, and_(there.circle_id == here.circle_id, there.person_id > here.person_id))
        .join(Circle, Circle.id == here.circle_id)
        .join(one, one.id == here.person_id)
        .join(other, other.id == there.person_id)
        .where(here.person_id.in_(ids), there.person_id.in_(ids), not_(still))
        .distinct()
    )
    return frozenset(frozenset(row) for row in rows)


def _ahead(rules: Rules, times: Iterable[Timed]) -> Rules:
    """The rules over every week in which any of these circles still meets."""
    days = [start.date() for timed in times for start, _ in (timed.meets[0], timed.meets[-1])]
    if not days:
        return rules
    first, last = monday_of(min(days)), monday_of(max(days))
    return replace(rules, first_day=first, weeks=min((last - first).days // 7 + 1, 260), cadence_weeks=1)
