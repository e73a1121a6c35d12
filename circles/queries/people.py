"""The people of a cohort as its leads see them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Cohort, Enrollment, EnrollmentState, Wish, WishKind
from circles.queries.lists import people_by_state
from circles.queries.paging import PAGE_SIZE, Page, bounds

MOST_FOUND = 50


def counts_by_state(session: Session, cohort_id: UUID) -> dict[EnrollmentState, int]:
    """How many people of a cohort are in each state; every state is named."""
    return dict.fromkeys(EnrollmentState, 0) | people_by_state(session, [cohort_id]).get(cohort_id, {})


def enrollments_page(
    session: Session, cohort_id: UUID, *, state: EnrollmentState | None = None, words: str = "", page: int = 1
) -> Page[Enrollment]:
    """People of a cohort by name, their person loaded; `words` must stand in name, address or department."""
    wanted = select(Enrollment).join(Enrollment.person).where(Enrollment.cohort_id == cohort_id)
    if state is not None:
        wanted = wanted.where(Enrollment.state == state)
    if words.strip():
        wanted = wanted.where(_matches(words))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page, pages, offset = bounds(page, total)
    found = session.scalars(
        wanted.options(contains_eager(Enrollment.person))
        .order_by(func.lower(Person.name), Enrollment.id)
        .limit(PAGE_SIZE)
        .offset(offset)
    ).all()
    return Page(found, page, pages, total)


def enrollment_of_cohort(session: Session, cohort: Cohort, enrollment_id: UUID) -> Enrollment:
    """One enrollment of a cohort that was loaded for its lead: person, manager and wishes loaded. Raises NotFound."""
    found = session.scalar(
        select(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.cohort_id == cohort.id)
        .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
    )
    if found is None:
        raise NotFound
    return found


def enrollments_of_cohort(session: Session, cohort: Cohort, ids: Sequence[UUID]) -> list[Enrollment]:
    """Those of the named enrollments that belong to a cohort, their person loaded, by name."""
    found: list[Enrollment] = []
    for start in range(0, len(ids), 500):
        found += session.scalars(
            select(Enrollment)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.id.in_(ids[start : start + 500]))
            .options(joinedload(Enrollment.person))
        )
    return sorted(found, key=lambda row: row.person.name.lower())


def people_named(session: Session, addresses: Sequence[str]) -> dict[str, Person]:
    """People by address in lower case."""
    found: dict[str, Person] = {}
    for start in range(0, len(addresses), 500):
        part = session.scalars(select(Person).where(Person.email_key.in_(addresses[start : start + 500])))
        found.update({person.email_key: person for person in part})
    return found


def people_by_id(session: Session, ids: Sequence[UUID]) -> list[Person]:
    """Active people of some ids, by name."""
    found = session.scalars(select(Person).where(Person.id.in_(ids), Person.active))
    return sorted(found, key=lambda person: person.name.lower())


def people_in_order(session: Session, ids: Sequence[UUID]) -> list[Person]:
    """Active people of some ids, in the order of the ids."""
    found: dict[UUID, Person] = {}
    for start in range(0, len(ids), 500):
        rows = session.scalars(select(Person).where(Person.id.in_(ids[start : start + 500]), Person.active))
        found.update({person.id: person for person in rows})
    return [found[key] for key in ids if key in found]


def people_outside(session: Session, cohort_id: UUID, words: str) -> Sequence[Person]:
    """Active people who are not in a cohort and whose name, address or department holds some words."""
    inside = select(Enrollment.person_id).where(
        Enrollment.cohort_id == cohort_id,
        Enrollment.state.not_in((EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED)),
    )
    return session.scalars(
        select(Person)
        .where(Person.active, Person.id.not_in(inside), _matches(words))
        .order_by(func.lower(Person.name), Person.id)
        .limit(MOST_FOUND)
    ).all()


def people_in(cohort_id: UUID, states: Sequence[EnrollmentState]) -> Select[UUID]:
    """The ids of a cohort's people in some states, as a select."""
    return select(Enrollment.person_id).where(Enrollment.cohort_id == cohort_id, Enrollment.state.in_(states))


def avoid_wishes(session: Session, cohort_id: UUID) -> int:
    """How many wishes to avoid somebody the waiting people of a cohort have; nobody sees more of them."""
    count = (
        select(func.count())
        .select_from(Wish)
        .join(Enrollment, Enrollment.id == Wish.enrollment_id)
        .where(
            Enrollment.cohort_id == cohort_id,
            Enrollment.state == EnrollmentState.ENROLLED,
            Wish.kind == WishKind.AVOID,
        )
    )
    return session.scalar(count) or 0


def _matches(words: str) -> ColumnElement[bool]:
    text = words.strip()[:100]
    return or_(
        Person.name.icontains(text, autoescape=True),
        Person.email_key.icontains(text, autoescape=True),
        Person.department.icontains(text, autoescape=True),
    )
