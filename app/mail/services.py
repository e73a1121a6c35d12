"""Writing mails and taking them back; the caller's transaction decides whether they exist."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.jobs import ledger
from app.mail.compose import Composed
from app.mail.models import MailState, OutgoingMail

SEND = "mail.send"
#: How long a mail that a lead causes waits, so that it can be taken back.
UNDO_TIME = timedelta(minutes=5)


def write(
    session: Session,
    composed: Composed,
    *,
    kind: str,
    to: str,
    name: str = "",
    person_id: UUID | None = None,
    at: datetime,
    send_at: datetime | None = None,
    batch: str | None = None,
    invite: bytes | None = None,
    method: str | None = None,
    sender: str = "",
    unsubscribe_url: str = "",
    erase_at: datetime | None = None,
    not_after: datetime | None = None,
) -> OutgoingMail:
    """Write one mail and the job that sends it. `send_at` later than `at` leaves time for `take_back`.

    With an `invite`, `sender` is the organizer in it: calendars take a message only from the one they know.

    A mail that could not be sent before `not_after`, however long the mail server was away, is not sent any more.
    """
    mail = OutgoingMail(
        kind=kind,
        sender=sender,
        recipient=to,
        recipient_name=name,
        person_id=person_id,
        subject=composed.subject[:300],
        text=composed.text,
        html=composed.html,
        invite=invite,
        method=method,
        message_id=f"{secrets.token_hex(16)}",
        unsubscribe_url=unsubscribe_url,
        batch=batch,
        created_at=at,
        send_at=send_at or at,
        not_after=not_after,
        erase_at=erase_at,
    )
    session.add(mail)
    session.flush()
    ledger.enqueue(session, SEND, {"mail": mail.id}, key=f"mail:{mail.id}", at=at, run_at=mail.send_at, new=True)
    return mail


def take_back(session: Session, batch: str, *, at: datetime) -> int:
    """Cancel every mail of a batch that has not left yet; says how many were stopped."""
    waiting = select(OutgoingMail.id).where(OutgoingMail.batch == batch, OutgoingMail.state == MailState.WAITING)
    stopped = [
        mail_id for mail_id in session.scalars(waiting).all() if ledger.cancel(session, f"mail:{mail_id}", at=at)
    ]
    for start in range(0, len(stopped), 500):
        part = stopped[start : start + 500]
        session.execute(update(OutgoingMail).where(OutgoingMail.id.in_(part)).values(state=MailState.CANCELLED))
    return len(stopped)


def withdraw(session: Session, mail: OutgoingMail, *, at: datetime) -> bool:
    """Cancel one mail that has not left yet."""
    if not ledger.cancel(session, f"mail:{mail.id}", at=at):
        return False
    mail.state = MailState.CANCELLED
    session.flush()
    return True
