"""Making circles, and people joining, moving, leaving and being away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from circles.models import Circle, Cohort, Enrollment, EnrollmentState, Membership


def form_circle(
    session: Session,
    cohort: Cohort,
    *,
    name: str,
    enrollments: Sequence[Enrollment],
    windows: list[Any],
    score: float | None,
    actor: Person | None,
    at: datetime,
) -> Circle:
    """Create one circle from enrolled people, in the order given, and mark them placed.

    Raises DomainError when someone is not waiting for a circle any more.
    """
    late = [entry for entry in enrollments if entry.state is not EnrollmentState.ENROLLED]
    if late:
        raise DomainError(N_("%(count)d people of this circle are not waiting for one any more."), count=len(late))
    circle = Circle(cohort_id=cohort.id, name=name, score=score, windows=windows, created_at=at)
    session.add(circle)
    session.flush()
    for position, enrollment in enumerate(enrollments):
        _join(session, circle, enrollment, position=position, at=at)
    session.flush()
    audit.record(session, "circle.formed", "circle", circle.id, actor_id=_id(actor), at=at, people=len(enrollments))
    return circle


def add_member(session: Session, circle: Circle, enrollment: Enrollment, *, actor: Person, at: datetime) -> Membership:
    """Place one enrolled person into a running circle.

    Raises DomainError when the circle has ended or is full, and when the person has one already or an account that is
    deactivated.
    """
    _must_have_room(session, circle, 1)
    if enrollment.state is not EnrollmentState.ENROLLED or enrollment.cohort_id != circle.cohort_id:
        raise DomainError(N_("This person is not waiting for a circle in this cohort."))
    person = session.get_one(Person, enrollment.person_id)
    if not person.active:
        raise DomainError(N_("The account of %(name)s is deactivated."), name=person.name)
    membership = _join(session, circle, enrollment, position=_next_position(session, circle), at=at)
    session.flush()
    audit.record(session, "circle.joined", "circle", circle.id, actor_id=actor.id, at=at)
    return membership


def merge(session: Session, circle: Circle, into: Circle, *, actor: Person, at: datetime) -> list[Membership]:
    """End a circle, and let its present members go on in another of the same cohort; gives their new memberships.

    What was written in the ended circle stays readable for those who could read it: they stay members of it. Raises
    DomainError when either has ended, there are not enough places, or someone's enrollment is over.
    """
    if circle.ended_at is not None:
        raise DomainError(N_("This circle has ended."))
    members = _present(session, circle)
    _must_have_room(session, into, len(members))
    enrollments = {row.id: row for row in _enrollments(session, members)}
    joined: list[Membership] = []
    position = _next_position(session, into)
    for number, member in enumerate(members):
        enrollment = enrollments.get(member.enrollment_id) if member.enrollment_id else None
        if enrollment is None or enrollment.cohort_id != into.cohort_id:
            raise DomainError(N_("Someone of this circle does not take part in the cohort any more."))
        joined.append(_join(session, into, enrollment, position=position + number, at=at))
    session.flush()
    audit.record(session, "circle.merged", "circle", into.id, actor_id=actor.id, at=at, people=len(joined))
    end_circle(session, circle, actor=actor, at=at)
    return joined


def end_membership(session: Session, membership: Membership, *, actor: Person, at: datetime) -> None:
    """A member leaves, or is moved by a lead; what they wrote stays theirs. Raises DomainError when gone already.

    Leaving a circle that has ended leaves their place in the cohort as it is: they may be in another circle by now.
    """
    if membership.left_at is not None:
        raise DomainError(N_("This membership has ended already."))
    membership.left_at = at
    enrollment = session.get(Enrollment, membership.enrollment_id) if membership.enrollment_id else None
    circle = session.get_one(Circle, membership.circle_id)
    if enrollment is not None and enrollment.state is EnrollmentState.PLACED and circle.ended_at is None:
        enrollment.state = EnrollmentState.WITHDRAWN if actor.id == membership.person_id else EnrollmentState.ENROLLED
        enrollment.ended_at = at if enrollment.state is EnrollmentState.WITHDRAWN else None
    session.flush()
    audit.record(session, "circle.left", "circle", membership.circle_id, actor_id=actor.id, at=at)


def set_away(session: Session, membership: Membership, until: date | None, *, today: date) -> None:
    """A member is away until a day, or back. Raises InvalidInput for a day that is not to come."""
    if until is not None and until <= today:
        raise InvalidInput(N_("Choose a day that is still to come."), field="until")
    membership.away_until = until
    session.flush()


def end_circle(session: Session, circle: Circle, *, actor: Person | None, at: datetime) -> None:
    """Close a circle for good; its texts stay readable to its members."""
    if circle.ended_at is None:
        circle.ended_at = at
        session.flush()
        audit.record(session, "circle.ended", "circle", circle.id, actor_id=_id(actor), at=at)


def _join(session: Session, circle: Circle, enrollment: Enrollment, *, position: int, at: datetime) -> Membership:
    membership = Membership(
        circle_id=circle.id,
        person_id=enrollment.person_id,
        enrollment_id=enrollment.id,
        position=position,
        joined_at=at,
    )
    session.add(membership)
    enrollment.state = EnrollmentState.PLACED
    return membership


def _must_have_room(session: Session, circle: Circle, count: int) -> None:
    # Two leads at once must not both take the last place.
    session.refresh(circle, ["ended_at"], with_for_update=True)
    if circle.ended_at is not None:
        raise DomainError(N_("This circle has ended."))
    cohort = session.get_one(Cohort, circle.cohort_id)
    if len(_present(session, circle)) + count > cohort.size_max:
        raise DomainError(N_("%(circle)s is full."), circle=circle.name)


def _present(session: Session, circle: Circle) -> Sequence[Membership]:
    return session.scalars(
        select(Membership)
        .where(Membership.circle_id == circle.id, Membership.left_at.is_(None))
        .order_by(Membership.position)
    ).all()


def _enrollments(session: Session, members: Sequence[Membership]) -> Sequence[Enrollment]:
    return session.scalars(select(Enrollment).where(Enrollment.id.in_([row.enrollment_id for row in members]))).all()


def _next_position(session: Session, circle: Circle) -> int:
    last = session.scalar(select(func.max(Membership.position)).where(Membership.circle_id == circle.id))
    return (last if last is not None else -1) + 1


def _id(actor: Person | None) -> Any:
    return actor.id if actor else None
