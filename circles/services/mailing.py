"""Mails that a lead causes: written in one batch, leaving some minutes later, so that they can be taken back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError, NotFound
from app.jobs import ledger
from app.jobs.models import Job
from app.mail import services as mail
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from circles.models import Cohort, Enrollment
from circles.queries.mails import batch_prefix
from circles.queries.people import people_in_order

WRITE_MAILS = "circles.write_mails"
#: So many mails are written with the step itself; a job writes the rest, so that no step holds the database for long.
AT_ONCE = 40

#: Letters by name: the kind of their mails. Each has its words in templates/circles/emails/.
LETTERS: Mapping[str, str] = {
    "invited": "cohort.invited",
    "approved": "enrollment.approved",
    "declined": "enrollment.declined",
    "withdrawn": "enrollment.withdrawn",
    "lead_message": "cohort.message",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails written together: what they are known by, to how many they go, and when they leave."""

    id: str
    count: int
    leaves_at: datetime


def write_batch(
    session: Session,
    cohort: Cohort,
    people: Sequence[Person],
    letter: str,
    *,
    values: Mapping[str, str] | None = None,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Batch | None:
    """One mail to each of some people about a cohort whose program is loaded; None when there is nobody.

    `values` go into the letter's words. The mails leave after the undo time; see `stop_batch`.
    """
    active = [person.id for person in people if person.active]
    return write_batch_to(session, cohort, active, letter, values=values, actor=actor, desk=desk, at=at)


def write_batch_to(
    session: Session,
    cohort: Cohort,
    people: Sequence[UUID],
    letter: str,
    *,
    values: Mapping[str, str] | None = None,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Batch | None:
    """Like `write_batch`, to active people known by their ids, so that thousands need not be loaded."""
    distinct = list(dict.fromkeys(people))
    if not distinct:
        return None
    batch = Batch(f"{batch_prefix(cohort.id)}{secrets.token_hex(6)}", len(distinct), at + mail.UNDO_TIME)
    words = {**(values or {}), "lead": actor.name}
    now, later = distinct[:AT_ONCE], distinct[AT_ONCE:]
    first = people_in_order(session, now)
    write_part(session, cohort, first, letter, batch.id, words, desk=desk, at=at, leaves_at=batch.leaves_at)
    if later:
        payload: dict[str, Any] = {
            "cohort": str(cohort.id),
            "batch": batch.id,
            "letter": letter,
            "values": words,
            "leaves_at": batch.leaves_at.isoformat(),
            "people": [str(person_id) for person_id in later],
        }
        ledger.enqueue(session, WRITE_MAILS, payload, key=_job_key(batch.id), at=at, owner_id=actor.id)
    audit.record(
        session, f"mail.{letter}", "cohort", cohort.id, actor_id=actor.id, at=at, people=batch.count, batch=batch.id
    )
    return batch


def write_part(
    session: Session,
    cohort: Cohort,
    people: Sequence[Person],
    letter: str,
    batch: str,
    values: Mapping[str, str],
    *,
    desk: Desk,
    at: datetime,
    leaves_at: datetime,
) -> None:
    """Write the mails of a batch to some of its people; whoever has theirs already is passed over."""
    ids = [person.id for person in people]
    written = set(
        session.scalars(
            select(OutgoingMail.person_id).where(OutgoingMail.batch == batch, OutgoingMail.person_id.in_(ids))
        )
    )
    enrollments = dict(
        session.execute(
            select(Enrollment.person_id, Enrollment.id).where(
                Enrollment.cohort_id == cohort.id, Enrollment.person_id.in_(ids)
            )
        ).all()
    )
    for person in people:
        if person.id in written:
            continue
        entry = enrollments.get(person.id)
        composed = compose(
            f"circles/emails/{letter}",
            locale=person.locale,
            person=person,
            cohort=cohort,
            program=cohort.program,
            form_url=desk.url(f"/enrollments/{entry}" if entry else "/"),
            home_url=desk.url("/"),
            desk=desk,
            **values,
        )
        mail.write(
            session,
            composed,
            kind=LETTERS[letter],
            to=person.email,
            name=person.name,
            person_id=person.id,
            at=at,
            send_at=leaves_at,
            batch=batch,
        )


def was_taken_back(session: Session, batch: str) -> bool:
    """Whether someone stopped a batch of which a part was written."""
    stopped = select(OutgoingMail.id).where(OutgoingMail.batch == batch, OutgoingMail.state == MailState.CANCELLED)
    return session.scalar(stopped.limit(1)) is not None


def stop_batch(
    session: Session, cohort: Cohort, batch: str, *, actor: Person, at: datetime
) -> tuple[str, Sequence[UUID]]:
    """Stop every mail of a batch that has not left; the letter's kind and the people who get none.

    Raises NotFound for a batch that is not the cohort's, DomainError when all have left.
    """
    if not batch.startswith(batch_prefix(cohort.id)):
        raise NotFound
    rows = session.execute(
        select(OutgoingMail.kind, OutgoingMail.person_id).where(
            OutgoingMail.batch == batch, OutgoingMail.state == MailState.WAITING
        )
    ).all()
    rest = session.scalar(select(Job).where(Job.key == _job_key(batch)))
    ledger.cancel(session, _job_key(batch), at=at)
    stopped = mail.take_back(session, batch, at=at)
    if not stopped:
        raise DomainError(N_("These mails have left already."))
    audit.record(session, "mail.taken_back", "cohort", cohort.id, actor_id=actor.id, at=at, batch=batch, mails=stopped)
    people = {row.person_id for row in rows if row.person_id}
    if rest is not None:
        people |= {UUID(text) for text in rest.payload["people"]}
    return rows[0].kind, sorted(people)


def _job_key(batch: str) -> str:
    return f"mails:{batch}"
