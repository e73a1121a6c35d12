"""Changing an e-mail address, which the new mailbox has to confirm, and stopping kinds of mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts import queries, throttle
from app.accounts.mail_kinds import KINDS
from app.accounts.models import Person
from app.accounts.packages import Packages, tell_moved
from app.accounts.people_csv import BadCell, address
from app.errors import N_, Expired, InvalidInput
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write


def read_address(text: str, *, field: str = "email") -> str:
    """An address as it would be written on a mail. Raises InvalidInput."""
    try:
        return address(text.strip())
    except BadCell:
        raise InvalidInput(
            N_("“%(value)s” is not an e-mail address that can receive mail."), field=field, value=text.strip()[:60]
        ) from None


def ask_for_address(session: Session, desk: Desk, person: Person, new: str, *, client: str, at: datetime) -> None:
    """Mail a confirming link to a new address; nothing changes before it is used.

    An address that somebody has already gets a mail that says so, so that this page tells nobody who has an account.
    Raises InvalidInput, TooManyAttempts.
    """
    new = read_address(new)
    if new.lower() == person.email_key and new == person.email:
        raise InvalidInput(N_("This is your address already."), field="email")
    throttle.attempt(session, throttle.NEW_ADDRESS, target=str(person.id), client=client, at=at)
    tokens.revoke(session, "change-email", person.id, at=at)
    taken = queries.person_by_email(session, new)
    if taken is not None and taken.id != person.id:
        words = compose("accounts/emails/address_taken", locale=taken.locale, person=taken)
        write(session, words, kind="address_taken", to=taken.email, name=taken.name, person_id=taken.id, at=at)
        return
    secret = tokens.issue(session, "change-email", person.id, at=at, data={"email": new, "old": person.email_key})
    words = compose(
        "accounts/emails/confirm_address", locale=person.locale, person=person, url=desk.url("/confirm-email/" + secret)
    )
    write(session, words, kind="confirm_address", to=new, name=person.name, person_id=person.id, at=at, erase_at=at)


def asked_address(session: Session, secret: str, *, at: datetime) -> tuple[Person, str]:
    """Whose address a link would change, and to what. Raises Expired."""
    return _holder(session, tokens.find(session, "change-email", secret, at=at))


def change_address(session: Session, desk: Desk, secret: str, packages: Packages, *, at: datetime) -> Person:
    """Change the address by the link that was mailed to the new one, and tell the old one. Raises Expired.

    Sessions to come move to the calendar behind the new address.
    """
    person, new = _holder(session, tokens.use(session, "change-email", secret, at=at))
    taken = queries.person_by_email(session, new)
    if taken is not None and taken.id != person.id:
        raise Expired(N_("Somebody else has this address by now, so nothing was changed."))
    old = person.email
    set_address(session, person, new, at=at)
    tell_moved(session, person, old, packages, desk=desk, at=at)
    audit.record(session, "person.address_changed", "person", person.id, actor_id=person.id, at=at)
    words = compose("accounts/emails/address_changed", locale=person.locale, person=person)
    write(session, words, kind="address_changed", to=old, name=person.name, person_id=person.id, at=at)
    return person


def set_address(session: Session, person: Person, new: str, *, at: datetime) -> None:
    """Give a person an address that is known to be free; links mailed to the old one end."""
    person.email, person.email_key, person.updated_at = new, new.lower(), at
    for purpose in ("sign-in", "password-reset", "change-email"):
        tokens.revoke(session, purpose, person.id, at=at)
    session.flush()


def _holder(session: Session, token: tokens.Token) -> tuple[Person, str]:
    person = session.get(Person, UUID(token.subject))
    if person is None or not person.active or person.email_key != token.data.get("old"):
        raise Expired(N_("This link has ended. Ask for a new one."))
    return person, str(token.data["email"])


def stop_url(desk: Desk, person: Person, kind: str) -> str:
    """The address that stops one kind of mail for a person; each mail of that kind carries it.

    It is the same in every mail of a kind. The mail's writer sees to it that its token stands (see `weekly`).
    """
    return desk.url("/stop-mails/" + tokens.derive(desk.secret_key, "unsubscribe", person.id, kind))


def kind_to_stop(session: Session, secret: str, *, at: datetime) -> tuple[Person, str]:
    """Whose mails of which kind a link stops. Raises Expired."""
    token = tokens.find(session, "unsubscribe", secret, at=at)
    person = session.get(Person, UUID(token.subject))
    if person is None:
        raise Expired(N_("This link has ended. Ask for a new one."))
    return person, str(token.data["kind"])


def stop_mails(session: Session, secret: str, *, at: datetime) -> Person:
    """Stop one kind of mail for the person it went to. Raises Expired."""
    person, kind = kind_to_stop(session, secret, at=at)
    known = KINDS.get(kind)
    if known is not None and known.asked:
        person.wanted_mails = [one for one in person.wanted_mails if one != kind]
    elif kind not in person.stopped_mails:
        person.stopped_mails = [*person.stopped_mails, kind]
    session.flush()
    return person


def wants(person: Person, kind: str) -> bool:
    """Whether a person may be sent mails of a kind; ask before writing one that carries `stop_url`."""
    known = KINDS.get(kind)
    if known is not None and known.asked and kind not in person.wanted_mails:
        return False
    return kind not in person.stopped_mails
