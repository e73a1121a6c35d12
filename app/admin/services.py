"""What administrators do: set up the organization, try the mail server, let failed work run again."""

from __future__ import annotations

import secrets
import smtplib
import socket
import ssl
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.accounts import pictures, throttle
from app.accounts.models import Person
from app.admin import queries
from app.admin.settings import OrganizationSettings
from app.config import Config
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job
from app.mail.compose import compose
from app.mail.mime import ascii_address
from app.mail.models import MailState, OutgoingMail
from app.mail.sending import build
from app.mail.services import SEND
from app.mail.transport import Outbox, Transport, sender_address, transport_for
from app.organization import Organization, organization
from app.storage import Storage


def save_organization(session: Session, settings: OrganizationSettings, *, actor: Person, at: datetime) -> Organization:
    """Save the organization's settings; the first time, this also says that it is set up."""
    row = organization(session)
    first = row.set_up_at is None
    # A stored password belongs to the server it was typed for: elsewhere it would be handed to a stranger.
    same_server = settings.smtp_host == row.smtp_host
    row.name = settings.name
    row.timezone = settings.timezone
    row.mail_from = settings.mail_from
    row.smtp_host = settings.smtp_host
    row.smtp_port = settings.smtp_port
    row.smtp_security = settings.smtp_security
    row.smtp_username = settings.smtp_username
    if settings.smtp_password or not same_server or not settings.smtp_username:
        row.smtp_password = settings.smtp_password
    row.circle_text_months = settings.circle_text_months
    row.mail_body_days = settings.mail_body_days
    if first:
        row.set_up_at = at
    session.flush()
    audit.record(
        session,
        "organization.set_up" if first else "organization.changed",
        "organization",
        "1",
        actor_id=actor.id,
        at=at,
    )
    return row


def change_logo(session: Session, storage: Storage, content: bytes | None, *, at: datetime) -> None:
    """Replace the logo by a clean copy of an uploaded one, or take it away (None). Raises InvalidInput, TooLarge."""
    picture = pictures.logo(content) if content is not None else None
    row = organization(session)
    old, row.logo_id = row.logo_id, None
    if picture is not None:
        kept = storage.keep(
            session, picture.content, kind="logo", name="logo.png", content_type=picture.content_type, at=at
        )
        row.logo_id = kept.id
    session.flush()
    if old is not None:
        storage.discard(session, old)


def compose_test_mail(
    session: Session, config: Config, actor: Person, *, at: datetime
) -> tuple[Transport, str, str, bytes]:
    """A test mail to an administrator and where it goes: transport, sender, recipient, bytes. Raises TooManyAttempts.

    It is not stored; end the transaction before it is delivered, as the server may take its time.
    """
    throttle.attempt(session, throttle.TEST_MAIL, target=str(actor.id), client=str(actor.id), at=at)
    words = compose("admin/emails/test_mail", locale=actor.locale, person=actor)
    mail = OutgoingMail(
        kind="test_mail", recipient=actor.email, recipient_name=actor.name, subject=words.subject, text=words.text,
        html=words.html, invite=None, method=None, message_id=secrets.token_hex(16), unsubscribe_url="", send_at=at,
    )  # fmt: skip
    sender = sender_address(config, session)
    message = build(mail, sender=sender, sender_name=organization(session).name or "Coterie")
    return transport_for(config, session), sender, ascii_address("recipient", actor.email), message


def deliver_test_mail(transport: Transport, sender: str, recipient: str, message: bytes) -> None:
    """Hand the test mail over. Raises DomainError that says what the mail server, or the way to it, did not like."""
    if isinstance(transport, Outbox):
        raise DomainError(N_("No mail server is set, so nothing was sent."))
    try:
        transport.deliver(sender, recipient, message)
    except (OSError, ValueError) as error:
        raise DomainError(_what_failed(error), detail=_detail(error)) from error


def _what_failed(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return N_("The mail server refused the user name or the password. (%(detail)s)")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return N_("The mail server does not take mail from this sender address. (%(detail)s)")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return N_("The mail server does not take mail to your address. (%(detail)s)")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return N_("The mail server does not offer this protection or this way to sign in. (%(detail)s)")
    if isinstance(error, ssl.SSLError):
        return N_(
            "The protected connection failed: check protection and port, and the server’s certificate. (%(detail)s)"
        )
    if isinstance(error, socket.gaierror):
        return N_("There is no server of this name. (%(detail)s)")
    if isinstance(error, TimeoutError):
        return N_("The mail server did not answer in time: check the port and the firewall. (%(detail)s)")
    if isinstance(error, ConnectionRefusedError):
        return N_("Nothing answers on this port of the mail server. (%(detail)s)")
    return N_("The mail server could not be used. (%(detail)s)")


def _detail(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {said}"[:200]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ", ".join(f"{code} {said.decode(errors='replace')}" for code, said in error.recipients.values())[:200]
    return f"{type(error).__name__}: {error}"[:200]


def retry_job(session: Session, job_id: int, *, actor: Person, at: datetime) -> None:
    """Let a dead job run again. Raises DomainError when it is not dead any more."""
    if not ledger.retry(session, job_id, at=at):
        raise DomainError(N_("This job is not among the failed ones any more."))
    audit.record(session, "job.retried", "job", str(job_id), actor_id=actor.id, at=at)


def retry_mail(session: Session, mail_id: int, *, actor: Person, at: datetime) -> None:
    """Send a failed mail once more. Raises NotFound, or DomainError when it did not fail or its words are erased."""
    mail = queries.mail_by_id(session, mail_id)
    if mail.state is not MailState.FAILED:
        raise DomainError(N_("This mail did not fail, so it is not sent again."))
    if not mail.text and not mail.html:
        raise DomainError(N_("The words of this mail are erased, so it cannot be sent again."))
    mail.state, mail.error = MailState.WAITING, None
    session.flush()
    job_id = session.scalar(select(Job.id).where(Job.key == f"mail:{mail.id}"))
    if job_id is None or not ledger.retry(session, job_id, at=at):
        key = f"mail:{mail.id}:{at.timestamp():.0f}"
        ledger.enqueue(session, SEND, {"mail": mail.id}, key=key, at=at)
    audit.record(session, "mail.retried", "mail", str(mail.id), actor_id=actor.id, at=at)
