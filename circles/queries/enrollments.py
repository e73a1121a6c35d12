"""A person's own enrollments, the sign-up link of a cohort, and the people of a cohort as its members see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app import tokens
from app.accounts.models import Person
from app.errors import N_, Expired
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, Program

#: States in which someone takes part or may yet.
TAKING_PART = (
    EnrollmentState.INVITED,
    EnrollmentState.APPLIED,
    EnrollmentState.ENROLLED,
    EnrollmentState.PLACED,
)
#: An enrollment with this step has been sent; earlier ones name the page of the form that was reached.
SENT = 5
MOST_OPEN = 20
MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class OpenEnrollment:
    """An enrollment that waits for something: `step` 1 to 4 is the form's page to go on with, 5 is sent."""

    id: UUID
    state: EnrollmentState
    step: int
    cohort: Cohort
    program: Program

    @property
    def to_answer(self) -> bool:
        """Whether it waits for the person, rather than for the lead or the match."""
        return self.state is EnrollmentState.INVITED and self.cohort.state is CohortState.ENROLLING


def enrollments_of(session: Session, person_id: UUID) -> list[OpenEnrollment]:
    """A person's invitations, unfinished forms and sent forms of cohorts that are not published yet; one query.

    Left out are invitations to cohorts whose enrollment has ended. What waits for the person comes first.
    """
    open_states = (CohortState.ENROLLING, CohortState.MATCHING, CohortState.PUBLISHING)
    rows = session.scalars(
        select(Enrollment)
        .join(Enrollment.cohort)
        .join(Cohort.program)
        .options(contains_eager(Enrollment.cohort).contains_eager(Cohort.program))
        .where(
            Enrollment.person_id == person_id,
            or_(
                and_(Enrollment.state == EnrollmentState.INVITED, Cohort.state == CohortState.ENROLLING),
                and_(
                    Enrollment.state.in_((EnrollmentState.APPLIED, EnrollmentState.ENROLLED)),
                    Cohort.state.in_(open_states),
                ),
            ),
        )
        .order_by(Cohort.enroll_until, Enrollment.created_at, Enrollment.id)
        .limit(MOST_OPEN)
    )
    found = [OpenEnrollment(row.id, row.state, row.step, row.cohort, row.cohort.program) for row in rows]
    return sorted(found, key=lambda entry: not entry.to_answer)


def cohort_by_link(session: Session, secret: str, *, at: datetime) -> Cohort:
    """The cohort behind a sign-up link, its program loaded. Raises Expired for a link that has ended."""
    return cohort_of_token(session, tokens.find(session, "join-cohort", secret, at=at))


def cohort_of_token(session: Session, token: tokens.Token) -> Cohort:
    """The cohort that a token is about, its program loaded. Raises Expired when it is gone."""
    cohort = session.scalar(select(Cohort).where(Cohort.id == UUID(token.subject)).options(joinedload(Cohort.program)))
    if cohort is None:
        raise Expired(N_("This link has ended. Ask for a new one."))
    return cohort


def own_enrollment(session: Session, cohort_id: UUID, person_id: UUID) -> Enrollment | None:
    """A person's enrollment in a cohort, if there is one."""
    return session.scalar(
        select(Enrollment).where(Enrollment.cohort_id == cohort_id, Enrollment.person_id == person_id)
    )


def last_hours(session: Session, enrollment: Enrollment) -> Enrollment | None:
    """The person's newest other enrollment in which hours are marked."""
    return session.scalar(
        select(Enrollment)
        .where(
            Enrollment.person_id == enrollment.person_id,
            Enrollment.id != enrollment.id,
            Enrollment.available != "",
        )
        .order_by(Enrollment.created_at.desc(), Enrollment.id)
        .limit(1)
    )


def people_of_cohort(
    session: Session, cohort_id: UUID, *, ids: Sequence[UUID] = (), keys: Sequence[str] = ()
) -> Sequence[Person]:
    """Those of the named people who are or were in a cohort, by name.

    Leavers count, so that whoever was chosen by name is shown by name ever after, never by address.
    """
    if not ids and not keys:
        return []
    return session.scalars(
        _in_cohort(cohort_id).where(or_(Person.id.in_(ids[:500]), Person.email_key.in_(keys[:500])))
    ).all()


def people_called(
    session: Session, cohort_id: UUID, words: str, *, but: UUID, limit: int = MOST_FOUND
) -> Sequence[Person]:
    """People taking part in a cohort whose name holds every word, by name; never the person who asks."""
    wanted = _in_cohort(cohort_id).where(Person.id != but, Person.active, Enrollment.state.in_(TAKING_PART))
    for word in words.split()[:6]:
        wanted = wanted.where(Person.name.icontains(word, autoescape=True))
    return session.scalars(wanted.limit(limit)).all()


def _in_cohort(cohort_id: UUID) -> Select[Person]:
    return (
        select(Person)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .where(Enrollment.cohort_id == cohort_id)
        .order_by(func.lower(Person.name), Person.id)
    )
