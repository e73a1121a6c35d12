"""The two mails to managers of a cohort in which managers take part: the same to everyone, whatever is shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.i18n import DEFAULT_LOCALE
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write
from circles.models import Cohort, Enrollment, EnrollmentState

BEFORE, AFTER = "manager_before", "manager_after"


@dataclass(frozen=True, slots=True)
class Manager:
    """Whom a mail goes to: an address, and the account behind it if there is one."""

    email: str
    name: str
    locale: str
    person_id: UUID | None


def tell_managers(session: Session, cohort: Cohort, letter: str, *, desk: Desk, at: datetime) -> int:
    """Write one mail to every manager that a placed member names; says how many. None when managers stay out."""
    if not cohort.managers_take_part:
        return 0
    placed = session.scalars(
        select(Person)
        .join(Enrollment, Enrollment.person_id == Person.id)
        .where(Enrollment.cohort_id == cohort.id, Enrollment.state == EnrollmentState.PLACED)
        .options(joinedload(Person.manager))
        .order_by(Person.name)
    ).all()
    reports: dict[Manager, list[str]] = {}
    for manager, member in _pairs(placed):
        reports.setdefault(manager, []).append(member.name)
    for manager, names in reports.items():
        composed = compose(
            f"guides/emails/{letter}", locale=manager.locale, manager=manager, names=names, cohort=cohort, desk=desk
        )
        write(
            session,
            composed,
            kind=f"cohort.{letter}",
            to=manager.email,
            name=manager.name,
            person_id=manager.person_id,
            at=at,
        )
    return len(reports)


def _pairs(members: Iterable[Person]) -> Iterable[tuple[Manager, Person]]:
    for member in members:
        if member.manager is not None and member.manager.active:
            boss = member.manager
            yield Manager(boss.email, boss.name, boss.locale, boss.id), member
        elif member.manager_email:
            yield Manager(member.manager_email, "", DEFAULT_LOCALE, None), member
