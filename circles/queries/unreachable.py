"""People of a cohort whom mail does not reach, for its lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.incoming import AddressTrouble
from circles.models import Enrollment, EnrollmentState

#: Those a lead still writes to.
TAKING_PART = tuple(state for state in EnrollmentState if state.value not in ("withdrawn", "declined"))
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Unreachable:
    """One person, what the other server said, and since when."""

    person: Person
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class UnreachablePeople:
    """The first 50 by name, and how many there are."""

    items: Sequence[Unreachable]
    total: int


def unreachable_people(session: Session, cohort_id: UUID) -> UnreachablePeople:
    """People who take part in a cohort and whose address does not work; the caller has loaded it for a lead."""
    chosen = (
        select(Person, AddressTrouble)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .join(AddressTrouble, AddressTrouble.address_key == Person.email_key)
        .where(
            Enrollment.cohort_id == cohort_id,
            Enrollment.state.in_(TAKING_PART),
            Person.active.is_(True),
            AddressTrouble.stopped.is_(True),
        )
    )
    rows = session.execute(chosen.order_by(Person.name, Person.id).limit(SHOWN)).all()
    total = len(rows)
    if total == SHOWN:
        total = session.scalar(select(func.count()).select_from(chosen.with_only_columns(Person.id).subquery())) or 0
    items = [Unreachable(person, trouble.words, trouble.bounced_at) for person, trouble in rows]
    return UnreachablePeople(items, total)
