"""Further addresses of a person: calendars may answer from them once a link mailed there has been used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts import queries, throttle
from app.accounts.models import OtherAddress, Person
from app.accounts.services.addresses import read_address
from app.errors import N_, DomainError, Expired, InvalidInput, NotFound
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write

PURPOSE = "other-address"
MOST = 5


def other_addresses(session: Session, person: Person) -> Sequence[OtherAddress]:
    """A person's further addresses in order."""
    return session.scalars(
        select(OtherAddress).where(OtherAddress.person_id == person.id).order_by(OtherAddress.address_key)
    ).all()


def ask(session: Session, desk: Desk, person: Person, new: str, *, client: str, at: datetime) -> None:
    """Mail a confirming link to a further address; it is none before the link is used.

    An address that somebody else has gets a mail that says so, so that this page tells nobody who has an account.
    Raises InvalidInput, TooManyAttempts, DomainError when there are five already.
    """
    new = read_address(new)
    mine = {person.email_key, *(row.address_key for row in other_addresses(session, person))}
    if new.lower() in mine:
        raise InvalidInput(N_("This is your address already."), field="email")
    if len(mine) > MOST:
        raise InvalidInput(N_("You have five further addresses. Remove one first."), field="email")
    throttle.attempt(session, throttle.NEW_ADDRESS, target=str(person.id), client=client, at=at)
    holder = _holder(session, new)
    if holder is not None and holder.id != person.id:
        words = compose("accounts/emails/address_taken", locale=holder.locale, person=holder)
        write(session, words, kind="address_taken", to=holder.email, name=holder.name, person_id=holder.id, at=at)
        return
    secret = tokens.issue(session, PURPOSE, person.id, at=at, data={"email": new})
    words = compose(
        "accounts/emails/confirm_other_address",
        locale=person.locale,
        person=person,
        url=desk.url("/confirm-address/" + secret),
    )
    write(session, words, kind="confirm_address", to=new, name=person.name, person_id=person.id, at=at, erase_at=at)


def asked(session: Session, secret: str, *, at: datetime) -> tuple[Person, str]:
    """Whose further address a link would make, and which. Raises Expired."""
    return _named(session, tokens.find(session, PURPOSE, secret, at=at))


def confirm(session: Session, secret: str, *, at: datetime) -> Person:
    """Make an address one of a person's, by the link that was mailed there. Raises Expired."""
    person, new = _named(session, tokens.use(session, PURPOSE, secret, at=at))
    holder = _holder(session, new)
    if holder is not None and holder.id != person.id:
        raise Expired(N_("Somebody else has this address by now, so nothing was changed."))
    if holder is None:
        count = session.scalar(select(func.count()).where(OtherAddress.person_id == person.id)) or 0
        if count >= MOST:
            raise DomainError(N_("You have five further addresses. Remove one first."))
        session.add(OtherAddress(person_id=person.id, address=new, address_key=new.lower(), confirmed_at=at))
        session.flush()
        audit.record(session, "person.address_added", "person", person.id, actor_id=person.id, at=at)
    return person


def remove(session: Session, person: Person, address_id: UUID, *, at: datetime) -> str:
    """Take one of a person's further addresses away and say which it was. Raises NotFound."""
    row = session.get(OtherAddress, address_id)
    if row is None or row.person_id != person.id:
        raise NotFound
    session.delete(row)
    session.flush()
    audit.record(session, "person.address_removed", "person", person.id, actor_id=person.id, at=at)
    return row.address


def _holder(session: Session, address: str) -> Person | None:
    """Who has an address at present, as their own or as a further one."""
    found = queries.person_by_email(session, address)
    if found is not None:
        return found
    return session.scalar(
        select(Person)
        .join(OtherAddress, OtherAddress.person_id == Person.id)
        .where(OtherAddress.address_key == address.lower())
    )


def _named(session: Session, token: tokens.Token) -> tuple[Person, str]:
    person = session.get(Person, UUID(token.subject))
    if person is None or not person.active:
        raise Expired(N_("This link has ended. Ask for a new one."))
    return person, str(token.data["email"])
