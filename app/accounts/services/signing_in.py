"""Signing in by mailed link or password, and getting a password back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts import passwords, queries, sign_ins, throttle
from app.accounts.models import Person
from app.errors import N_, Expired, InvalidInput
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write

WRONG = N_("This address and password do not go together.")
ENDED = N_("This link has ended. Ask for a new one.")


def mail_sign_in_link(session: Session, desk: Desk, email: str, *, client: str, next_path: str, at: datetime) -> None:
    """Mail a one-time sign-in link to an address if somebody has it; the same work is done if nobody has.

    Raises TooManyAttempts.
    """
    throttle.attempt(session, throttle.MAILED_LINK, target=email, client=client, at=at)
    _mail_link(session, desk, email, "sign-in", "/sign-in/", "sign_in", {"next": next_path}, at=at)


def mail_reset_link(session: Session, desk: Desk, email: str, *, client: str, at: datetime) -> None:
    """Mail a link that sets a new password, on the same terms. Raises TooManyAttempts."""
    throttle.attempt(session, throttle.MAILED_LINK, target=email, client=client, at=at)
    _mail_link(session, desk, email, "password-reset", "/reset-password/", "reset_password", {}, at=at)


def _mail_link(
    session: Session,
    desk: Desk,
    email: str,
    purpose: str,
    path: str,
    template: str,
    data: dict[str, str],
    *,
    at: datetime,
) -> None:
    person = queries.active_by_email(session, email)
    # For an address that nobody has, the same rows are written and taken back.
    trial = session.begin_nested() if person is None else None
    to = person or Person(id=uuid4(), name=email, email=email, locale="en")
    secret = tokens.issue(session, purpose, to.id, at=at, data=data)
    words = compose(f"accounts/emails/{template}", locale=to.locale, person=to, url=desk.url(path + secret))
    write(session, words, kind=template, to=to.email, name=to.name, person_id=to.id, at=at, erase_at=at)
    if trial is not None:
        trial.rollback()


def link_holder(session: Session, purpose: str, secret: str, *, at: datetime) -> Person:
    """Whose link this is, without using it up. Raises Expired."""
    return _active(session, tokens.find(session, purpose, secret, at=at).subject)


def _active(session: Session, subject: str) -> Person:
    person = session.get(Person, UUID(subject))
    if person is None or not person.active:
        raise Expired(ENDED)
    return person


def sign_in_by_link(session: Session, secret: str, *, at: datetime, days: int, browser: str) -> tuple[Person, str, str]:
    """Use a sign-in link up; the person, the secret for the cookie and the path asked for. Raises Expired."""
    token = tokens.use(session, "sign-in", secret, at=at)
    person = _active(session, token.subject)
    cookie = begin(session, person, at=at, days=days, method="link", browser=browser)
    return person, cookie, str(token.data.get("next", ""))


def sign_in_by_password(
    session: Session, email: str, password: str, *, client: str, at: datetime, days: int, browser: str
) -> tuple[Person, str]:
    """Sign in with a password; the person and the secret for the cookie.

    Raises TooManyAttempts, or InvalidInput with one message whatever was wrong; commit even then, so that the attempt
    counts.
    """
    throttle.attempt(session, throttle.PASSWORD, target=email, client=client, at=at)
    person = queries.active_by_email(session, email)
    stored = person.password_hash if person is not None else None
    if not passwords.fits(stored, password) or person is None or stored is None:
        raise InvalidInput(WRONG, field="password")
    if passwords.is_outdated(stored):
        person.password_hash = passwords.hash_password(password)
    throttle.forget(session, throttle.PASSWORD, target=email)
    return person, begin(session, person, at=at, days=days, method="password", browser=browser)


def begin(session: Session, person: Person, *, at: datetime, days: int, method: str, browser: str) -> str:
    """Begin a sign-in and note it in the trail; the secret for the cookie."""
    secret = sign_ins.begin(session, person, at=at, days=days, method=method, browser=browser)
    audit.record(session, "person.signed_in", "person", person.id, actor_id=person.id, at=at, method=method)
    return secret


def reset_password(session: Session, secret: str, password: str, *, at: datetime) -> Person:
    """Set a new password by a mailed link, ending every sign-in. Raises Expired, InvalidInput (the link stays)."""
    person = link_holder(session, "password-reset", secret, at=at)
    passwords.check_rules(password, email=person.email, name=person.name)
    tokens.use(session, "password-reset", secret, at=at)
    _set_password(session, person, password, at=at)
    sign_ins.end(session, person.id, at=at)
    return person


def change_password(
    session: Session,
    person: Person,
    password: str,
    *,
    current: str,
    proved: bool,
    keep: UUID,
    client: str,
    at: datetime,
) -> None:
    """Set or change one's own password and end one's other sign-ins.

    Asks for the present password or, where there is none, that the person signed in a moment ago (`proved`). Raises
    InvalidInput, TooManyAttempts.
    """
    prove_again(session, person, current=current, proved=proved, client=client, at=at)
    passwords.check_rules(password, email=person.email, name=person.name)
    _set_password(session, person, password, at=at)
    sign_ins.end(session, person.id, at=at, but=keep)


def prove_again(session: Session, person: Person, *, current: str, proved: bool, client: str, at: datetime) -> None:
    """Make sure that it is still the same person before something that matters. Raises InvalidInput."""
    if person.password_hash is None:
        if not proved:
            raise InvalidInput(
                N_("You signed in too long ago for this. Sign out, sign in again by mail, and come back here."),
                field="current",
            )
        return
    throttle.attempt(session, throttle.PASSWORD, target=person.email, client=client, at=at)
    if not passwords.fits(person.password_hash, current):
        raise InvalidInput(N_("This is not your present password."), field="current")
    throttle.forget(session, throttle.PASSWORD, target=person.email)


def _set_password(session: Session, person: Person, password: str, *, at: datetime) -> None:
    person.password_hash = passwords.hash_password(password)
    person.updated_at = at
    tokens.revoke(session, "password-reset", person.id, at=at)
    tokens.revoke(session, "sign-in", person.id, at=at)
    audit.record(session, "person.password_changed", "person", person.id, actor_id=person.id, at=at)


def end_sign_in(session: Session, person: Person, sign_in_id: UUID, *, at: datetime) -> None:
    """End one of one's own sign-ins. Raises NotFound for anyone else's."""
    found = queries.own_sign_in(session, person, sign_in_id)
    sign_ins.end(session, person.id, at=at, only=found.id)


def end_others(session: Session, person: Person, keep: UUID, *, at: datetime) -> int:
    """End all of one's sign-ins but this one; says how many."""
    return sign_ins.end(session, person.id, at=at, but=keep)
