"""Everything about one person: given to them as JSON, or erased."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts import queries
from app.accounts.models import OtherAddress, Person, SignIn, StartedMail
from app.accounts.packages import Packages
from app.errors import N_, DomainError
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from app.mail.services import withdraw
from app.storage import Storage, StoredFile

CANCEL = "CANCEL"
#: The domain of the address an erased account is left with; it exists nowhere (RFC 2606).
NOWHERE = "@invalid"


def export(session: Session, person: Person, packages: Packages, *, at: datetime) -> dict[str, Any]:
    """All that is held about a person: the account, and a part for each package."""
    parts = {package.name: package.export(session, person) for package in packages}
    return {"made_at": at.isoformat(), "account": _account(session, person)} | parts


def _account(session: Session, person: Person) -> dict[str, Any]:
    manager = session.get(Person, person.manager_id) if person.manager_id else None
    sign_ins = session.scalars(select(SignIn).where(SignIn.person_id == person.id).order_by(SignIn.created_at))
    mails = session.scalars(
        select(OutgoingMail).where(OutgoingMail.person_id == person.id).order_by(OutgoingMail.created_at)
    )
    started = session.scalars(
        select(StartedMail).where(StartedMail.person_id == person.id).order_by(StartedMail.leaves_at, StartedMail.id)
    )
    picture = session.get(StoredFile, person.avatar_id) if person.avatar_id else None
    return {
        "name": person.name,
        "email": person.email,
        "external_id": person.external_id,
        "timezone": person.timezone,
        "locale": person.locale,
        "pronouns": person.pronouns,
        "job_title": person.job_title,
        "department": person.department,
        "location": person.location,
        "level": person.level,
        "languages": person.languages,
        "bio": person.bio,
        "picture": picture.sha256 if picture else None,
        "manager": manager.name if manager else person.manager_email,
        "calendar": person.calendar_choice.value,
        "stopped_mails": person.stopped_mails,
        "other_addresses": list(
            session.scalars(select(OtherAddress.address).where(OtherAddress.person_id == person.id))
        ),
        "wanted_mails": person.wanted_mails,
        "has_password": person.password_hash is not None,
        "administrator": person.is_administrator,
        "created_at": person.created_at.isoformat(),
        "sign_ins": [
            {"at": row.created_at.isoformat(), "method": row.method, "browser": row.browser} for row in sign_ins
        ],
        "mails": [
            {"at": mail.created_at.isoformat(), "kind": mail.kind, "state": mail.state.value, "subject": mail.subject}
            for mail in mails
        ],
        "started_mails": [
            {"at": row.leaves_at.isoformat(), "kind": row.kind, "state": row.state.value, "about": row.title}
            for row in started
        ],
    }


def erase(
    session: Session, storage: Storage, desk: Desk, person: Person, packages: Packages, *, actor: Person, at: datetime
) -> None:
    """Make a person unrecognizable here for good: they leave what goes on, every package erases its part, and the
    account is emptied.

    The row stays without name and address, so that counted facts (a session was held by five) stay true. Raises
    DomainError for the only administrator.
    """
    if person.is_administrator and not queries.other_administrators(session, person):
        raise DomainError(N_("You are the only administrator. Make somebody else one first."))
    for package in packages:
        package.leave(session, person, desk=desk, at=at)
    for package in packages:
        package.erase(session, person, at=at)
    _erase_mails(session, person, at=at)
    session.execute(delete(StartedMail).where(StartedMail.person_id == person.id))
    session.execute(delete(SignIn).where(SignIn.person_id == person.id))
    session.execute(delete(OtherAddress).where(OtherAddress.person_id == person.id))
    session.execute(delete(tokens.Token).where(tokens.Token.subject == str(person.id)))
    session.execute(update(Person).where(Person.manager_id == person.id).values(manager_id=None))
    session.execute(update(Person).where(Person.manager_email == person.email_key).values(manager_email=""))
    picture = person.avatar_id
    _empty(person, at=at)
    session.flush()
    if picture is not None:
        storage.discard(session, picture)
    audit.record(session, "person.erased", "person", person.id, actor_id=actor.id, at=at)


def _erase_mails(session: Session, person: Person, *, at: datetime) -> None:
    """Stop and empty a person's mails; only what takes sessions out of their calendar still leaves."""
    mine = select(OutgoingMail).where(OutgoingMail.person_id == person.id)
    for mail in session.scalars(mine.where(OutgoingMail.state == MailState.WAITING)).all():
        if mail.method == CANCEL:
            mail.erase_at = at
        else:
            withdraw(session, mail, at=at)
    session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.person_id == person.id, OutgoingMail.state != MailState.WAITING)
        .values(recipient="", recipient_name="", subject="", text="", html="", invite=None, erase_at=at)
        .execution_options(synchronize_session=False)
    )


def _empty(person: Person, *, at: datetime) -> None:
    nobody = f"erased-{secrets.token_hex(12)}{NOWHERE}"
    person.name, person.email, person.email_key = "—", nobody, nobody
    person.external_id = None
    person.pronouns = person.job_title = person.department = person.location = person.level = person.bio = ""
    person.languages, person.stopped_mails, person.wanted_mails = [], [], []
    person.avatar_id = person.manager_id = person.password_hash = None
    person.manager_email = ""
    person.timezone = "UTC"
    person.is_administrator = person.active = False
    person.updated_at = at


def forget_last_mails(session: Session) -> None:
    """Empty the mails that still left after their person was erased."""
    erased = select(Person.id).where(Person.email_key.endswith(NOWHERE), Person.active.is_(False))
    session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.person_id.in_(erased), OutgoingMail.state != MailState.WAITING, OutgoingMail.recipient != ""
        )
        .values(recipient="", recipient_name="", subject="", text="", html="", invite=None)
        .execution_options(synchronize_session=False)
    )
