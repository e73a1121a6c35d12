"""What leads and administrators do with other people's accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts import queries, sign_ins
from app.accounts.models import Person
from app.accounts.packages import Packages, take_out
from app.accounts.services.addresses import read_address
from app.accounts.services.profile import set_manager
from app.errors import N_, DomainError, InvalidInput
from app.mail.desk import Desk
from app.organization import organization


def create_person(
    session: Session,
    *,
    name: str,
    email: str,
    timezone: str | None = None,
    manager: str = "",
    actor: Person | None,
    at: datetime,
) -> Person:
    """Make an account. Raises InvalidInput for an address that cannot be used or that somebody has."""
    email = read_address(email)
    if queries.person_by_email(session, email) is not None:
        raise InvalidInput(N_("Somebody has an account with this address already."), field="email")
    here = organization(session)
    person = Person(
        name=name,
        email=email,
        email_key=email.lower(),
        timezone=timezone or here.timezone,
        locale=here.locale,
        languages=[],
        stopped_mails=[],
        created_at=at,
        updated_at=at,
    )
    session.add(person)
    session.flush()
    if manager:
        set_manager(session, person, manager, actor=actor or person, at=at)
    find_as_manager(session, person)
    audit.record(session, "person.created", "person", person.id, actor_id=actor.id if actor else None, at=at)
    return person


def find_as_manager(session: Session, person: Person) -> None:
    """Tie people who named this person as manager by address, before there was an account."""
    session.execute(
        update(Person)
        .where(Person.manager_email == person.email_key, Person.id != person.id)
        .values(manager_id=person.id, manager_email="")
        .execution_options(synchronize_session=False)
    )


def create_administrator(session: Session, email: str, name: str, at: datetime) -> str:
    """Make someone an administrator, with an account if there is none, and give a one-time sign-in secret.

    The secret belongs into /sign-in/<secret>; whoever sits at the terminal uses it. Raises InvalidInput.
    """
    email = read_address(email)
    person = queries.person_by_email(session, email)
    if person is None:
        shown = name.strip() or email.partition("@")[0]
        person = create_person(session, name=shown, email=email, actor=None, at=at)
    elif name.strip():
        person.name = name.strip()
    person.active = True
    if not person.is_administrator:
        person.is_administrator = True
        audit.record(session, "administrator.made", "person", person.id, actor_id=None, at=at, terminal=True)
    session.flush()
    return tokens.issue(session, "sign-in", person.id, at=at, data={"next": ""})


def set_active(
    session: Session, desk: Desk, person: Person, active: bool, packages: Packages, *, actor: Person, at: datetime
) -> None:
    """Let a person sign in, or keep them out: their sign-ins end at once, and they leave what goes on.

    Raises DomainError for oneself and for the last administrator.
    """
    if person.active == active:
        return
    if not active:
        if person.id == actor.id:
            raise DomainError(N_("You cannot deactivate yourself. Ask another administrator."))
        if person.is_administrator and not queries.other_administrators(session, person):
            raise DomainError(N_("This is the only administrator. Make somebody else one first."))
        shut_out(session, person, at=at)
        take_out(session, person, packages, desk=desk, at=at)
    person.active, person.updated_at = active, at
    audit.record(
        session,
        "person.reactivated" if active else "person.deactivated",
        "person",
        person.id,
        actor_id=actor.id,
        at=at,
    )


def shut_out(session: Session, person: Person, *, at: datetime) -> None:
    """End a person's sign-ins and every link that could begin one."""
    sign_ins.end(session, person.id, at=at)
    for purpose in ("sign-in", "password-reset", "change-email"):
        tokens.revoke(session, purpose, person.id, at=at)


def set_administrator(session: Session, person: Person, makes: bool, *, actor: Person, at: datetime) -> None:
    """Make someone an administrator or end that. Raises DomainError for the last one and for inactive people."""
    if person.is_administrator == makes:
        return
    if makes and not person.active:
        raise DomainError(N_("This account is deactivated. Reactivate it first."))
    if not makes and not queries.other_administrators(session, person):
        raise DomainError(N_("This is the only administrator. Make somebody else one first."))
    person.is_administrator, person.updated_at = makes, at
    audit.record(
        session,
        "administrator.made" if makes else "administrator.ended",
        "person",
        person.id,
        actor_id=actor.id,
        at=at,
    )
