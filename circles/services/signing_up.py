"""Coming into a cohort by its sign-up link without being signed in: an address, a mailed link, an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import tokens
from app.accounts import queries as accounts
from app.accounts import throttle
from app.accounts.models import Person
from app.accounts.services.addresses import read_address
from app.accounts.services.people import create_person
from app.accounts.services.signing_in import mail_sign_in_link
from app.errors import N_, DomainError, Expired, InvalidInput
from app.i18n import is_timezone
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write
from app.organization import organization
from circles.models import Cohort, Enrollment
from circles.queries.enrollments import cohort_of_token
from circles.services.enrolling import Door, door, join

MAX_NAME = 200


def mail_link(
    session: Session, desk: Desk, cohort: Cohort, email: str, *, back_path: str, client: str, at: datetime
) -> None:
    """Mail a link to an address: to sign in and come back to `back_path`, or to make an account where there is none.

    Whoever asks learns nothing about which of the two it was. The cohort's program is loaded. Raises InvalidInput for
    what is no address, TooManyAttempts, DomainError when the cohort takes nobody.
    """
    email = read_address(email)
    if door(cohort, at=at) is not Door.OPEN:
        raise DomainError(N_("Enrollment for this cohort is not open."))
    if accounts.person_by_email(session, email) is not None:
        mail_sign_in_link(session, desk, email, client=client, next_path=back_path, at=at)
        return
    throttle.attempt(session, throttle.MAILED_LINK, target=email, client=client, at=at)
    secret = tokens.issue(session, "sign-up", cohort.id, at=at, data={"email": email})
    words = compose(
        "circles/emails/sign_up",
        locale=organization(session).locale,
        cohort=cohort,
        url=desk.url("/join/confirm/" + secret),
    )
    write(session, words, kind="sign_up", to=email, at=at, erase_at=at)


def asked_to_join(session: Session, secret: str, *, at: datetime) -> tuple[Cohort, str]:
    """The cohort, its program loaded, and the address behind a mailed link, without using it up. Raises Expired."""
    token = tokens.find(session, "sign-up", secret, at=at)
    return cohort_of_token(session, token), str(token.data["email"])


def sign_up(session: Session, secret: str, *, name: str, timezone: str, at: datetime) -> tuple[Person, Enrollment]:
    """Use the link up: the account of its address, made if there is still none, and the enrollment.

    Raises Expired, InvalidInput (the link stays), DomainError when the cohort takes nobody.
    """
    cohort, email = asked_to_join(session, secret, at=at)
    name = " ".join(name.split())
    if not name:
        raise InvalidInput(N_("Write your name."), field="name")
    if len(name) > MAX_NAME:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="name", length=MAX_NAME)
    if not is_timezone(timezone):
        raise InvalidInput(N_("There is no time zone called %(zone)s."), field="timezone", zone=timezone[:60])
    tokens.use(session, "sign-up", secret, at=at)
    person = accounts.person_by_email(session, email)
    if person is None:
        person = create_person(session, name=name, email=email, timezone=timezone, actor=None, at=at)
    elif not person.active:
        raise Expired(N_("This link has ended. Ask for a new one."))
    return person, join(session, cohort, person, at=at)
