"""Programs and who leads them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput, NotAllowed
from circles.models import Program, ProgramLead
from circles.queries.access import is_lead


def may_create(session: Session, actor: Person) -> bool:
    """Administrators and people who lead a program already may make one."""
    return actor.is_administrator or is_lead(session, actor)


def create_program(session: Session, *, name: str, purpose: str, actor: Person, at: datetime) -> Program:
    """Make a program led by its maker. Raises NotAllowed, or InvalidInput without a name."""
    if not may_create(session, actor):
        raise NotAllowed(N_("Ask an administrator to make a program for you."))
    if not name.strip():
        raise InvalidInput(N_("Give the program a name."), field="name")
    program = Program(name=name.strip()[:120], purpose=purpose.strip(), created_at=at)
    session.add(program)
    session.flush()
    session.add(ProgramLead(program_id=program.id, person_id=actor.id, added_at=at))
    session.flush()
    audit.record(session, "program.created", "program", program.id, actor_id=actor.id, at=at)
    return program


def change_program(session: Session, program: Program, *, name: str, purpose: str, actor: Person, at: datetime) -> None:
    """Give a program another name or purpose. Raises InvalidInput without a name."""
    if not name.strip():
        raise InvalidInput(N_("Give the program a name."), field="name")
    program.name, program.purpose = name.strip()[:120], purpose.strip()
    session.flush()
    audit.record(session, "program.changed", "program", program.id, actor_id=actor.id, at=at)


def add_lead(session: Session, program: Program, *, email: str, actor: Person, at: datetime) -> Person:
    """Give a program another lead, by address. Raises InvalidInput for an unknown or inactive person."""
    key = email.strip().lower()
    person: Person | None = session.scalar(select(Person).where(Person.email_key == key, Person.active))
    if person is None:
        raise InvalidInput(N_("Nobody here has the address %(email)s."), field="email", email=email.strip())
    if session.get(ProgramLead, (program.id, person.id)) is None:
        session.add(ProgramLead(program_id=program.id, person_id=person.id, added_at=at))
        session.flush()
        audit.record(
            session, "program.lead_added", "program", program.id, actor_id=actor.id, at=at, person=str(person.id)
        )
    return person


def remove_lead(session: Session, program: Program, person: Person, *, actor: Person, at: datetime) -> None:
    """Take a lead's role, or hand one's own over. Raises DomainError for the last one."""
    count = session.scalar(select(func.count()).select_from(ProgramLead).where(ProgramLead.program_id == program.id))
    if (count or 0) <= 1:
        raise DomainError(N_("A program needs a lead. Add another one first."))
    row = session.get(ProgramLead, (program.id, person.id))
    if row is not None:
        session.delete(row)
        session.flush()
        audit.record(
            session, "program.lead_removed", "program", program.id, actor_id=actor.id, at=at, person=str(person.id)
        )
