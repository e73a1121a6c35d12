"""A lead's message to people of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from circles.models import Cohort, EnrollmentState
from circles.queries.mails import batch_prefix
from circles.queries.people import people_in
from circles.services.mailing import Batch, write_batch_to

MAX_SUBJECT = 120
MAX_MESSAGE = 5000
#: The same message to the same people within this time is a button pressed twice.
TWICE = timedelta(minutes=1)

#: Whom a lead can write to, by name; "hosts" and the like are chosen by packages that know sessions.
AUDIENCES: dict[str, tuple[EnrollmentState, ...]] = {
    "all": (
        EnrollmentState.INVITED,
        EnrollmentState.APPLIED,
        EnrollmentState.ENROLLED,
        EnrollmentState.PLACED,
    ),
    "taking_part": (EnrollmentState.ENROLLED, EnrollmentState.PLACED),
    "without_circle": (EnrollmentState.ENROLLED,),
    "not_answered": (EnrollmentState.INVITED,),
}


def audience(session: Session, cohort: Cohort, name: str) -> Sequence[UUID]:
    """The ids of the active people behind a name of `AUDIENCES`. Raises InvalidInput for another name."""
    states = AUDIENCES.get(name)
    if states is None:
        raise InvalidInput(N_("Choose whom you write to."), field="audience")
    return session.scalars(
        select(Person.id)
        .where(Person.id.in_(people_in(cohort.id, states)), Person.active)
        .order_by(Person.name, Person.id)
    ).all()


def check_message(subject: str, text: str) -> None:
    """Raises InvalidInput for a subject or text that is empty or too long."""
    for field, words, most in (("subject", subject, MAX_SUBJECT), ("text", text, MAX_MESSAGE)):
        if not words.strip():
            raise InvalidInput(N_("Write something here first."), field=field)
        if len(words.strip()) > most:
            raise InvalidInput(N_("Keep it under %(length)d characters."), field=field, length=most)


def send_message(
    session: Session,
    cohort: Cohort,
    recipients: Sequence[Person],
    *,
    subject: str,
    text: str,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Batch:
    """Write a lead's message to each recipient by mail; it leaves after the undo time. The program is loaded.

    Raises InvalidInput for a missing or too long text, DomainError when there is nobody to write to.
    """
    ids = [person.id for person in recipients if person.active]
    return send_message_to(session, cohort, ids, subject=subject, text=text, actor=actor, desk=desk, at=at)


def send_message_to(
    session: Session,
    cohort: Cohort,
    recipients: Sequence[UUID],
    *,
    subject: str,
    text: str,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Batch:
    """Like `send_message`, to active people known by their ids."""
    check_message(subject, text)
    values = {"subject": " ".join(subject.split()), "message": text.strip().replace("\r\n", "\n")}
    if recipients and _just_written(session, cohort, recipients[0], values, at=at):
        raise DomainError(N_("This message is on its way already."))
    batch = write_batch_to(session, cohort, recipients, "lead_message", values=values, actor=actor, desk=desk, at=at)
    if batch is None:
        raise DomainError(N_("There is nobody to write to."))
    return batch


def _just_written(session: Session, cohort: Cohort, person: UUID, values: Mapping[str, str], *, at: datetime) -> bool:
    """Whether the same words to the same first person wait since a moment ago: a button pressed twice."""
    same = select(OutgoingMail.id).where(
        OutgoingMail.batch.startswith(batch_prefix(cohort.id), autoescape=True),
        OutgoingMail.person_id == person,
        OutgoingMail.state == MailState.WAITING,
        OutgoingMail.created_at > at - TWICE,
        OutgoingMail.subject == values["subject"],
        OutgoingMail.text.contains(values["message"], autoescape=True),
    )
    return session.scalar(same.limit(1)) is not None
