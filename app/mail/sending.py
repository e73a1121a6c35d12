"""The job that sends one mail, and the one that erases bodies whose time is over."""

from __future__ import annotations

import smtplib
from datetime import timedelta

from flask import current_app
from sqlalchemy import or_, select, update

from app.config import Config
from app.jobs.runner import Final, JobRun
from app.mail.bounces import note_bounce, status_in
from app.mail.mime import Message, ascii_address, to_bytes
from app.mail.models import MailState, OutgoingMail
from app.mail.transport import Outbox, sender_address, transport_for
from app.organization import organization


def send(run: JobRun) -> None:
    """Deliver one mail and mark it sent in the job's own transaction.

    Only a crash between the server's acceptance and that commit can send it twice; both copies then carry the same
    Message-ID and the same bytes.
    """
    config: Config = current_app.extensions["config"]
    mail = run.session.get(OutgoingMail, run.payload["mail"])
    if mail is None or mail.state is not MailState.WAITING:
        return
    if mail.not_after is not None and mail.not_after <= run.at:
        mail.state, mail.error = MailState.CANCELLED, "too late to be of use"
        return
    sender = mail.sender or sender_address(config, run.session)
    name = organization(run.session).name or "Coterie"
    try:
        message = build(mail, sender=sender, sender_name=name)
        recipient = ascii_address("recipient", mail.recipient)
    except ValueError as error:
        mail.state, mail.error = MailState.FAILED, str(error)[:500]
        run.session.commit()
        raise Final(f"mail {mail.id} cannot be written: {error}") from error
    transport = transport_for(config, run.session)
    # The delivery may take as long as the server likes: nothing of the database is held meanwhile.
    run.session.commit()
    try:
        transport.deliver(sender, recipient, message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _refused(run, mail, error)
    mail.state, mail.sent_at, mail.error = MailState.SENT, run.at, None
    if mail.erase_at is None:
        mail.erase_at = run.at + timedelta(days=organization(run.session).mail_body_days)
    elif mail.erase_at <= run.at and not isinstance(transport, Outbox):
        # Mails with a key in them, such as sign-in links: nothing of them is kept once a server has them.
        mail.subject, mail.text, mail.html, mail.invite = "", "", "", None


def _refused(run: JobRun, mail: OutgoingMail, error: smtplib.SMTPException) -> None:
    """A 5xx answer is final; a 4xx one is tried again later."""
    codes = [code for code, _ in error.recipients.values()] if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    code = codes[0] if codes else getattr(error, "smtp_code", 0)
    mail.error = f"{code} {type(error).__name__}"
    if code < 500:
        run.session.commit()
        raise error
    mail.state = MailState.FAILED
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = " ".join(str(reason, "utf-8", "replace") for _, reason in error.recipients.values())
        note_bounce(run.session, mail.recipient, status=status_in(said) or "5.0.0", reason=said, at=run.at)
    run.session.commit()
    raise Final(f"the mail server refused mail {mail.id} with {code}") from error


def build(mail: OutgoingMail, *, sender: str, sender_name: str) -> bytes:
    """The bytes of a mail; the same row and sender give the same bytes every time.

    `sender` is the installation's address; a mail that has one of its own comes from there.
    """
    sender = mail.sender or sender
    domain = sender.rpartition("@")[2] or "localhost"
    return to_bytes(
        Message(
            sender=sender,
            sender_name=sender_name,
            recipient=mail.recipient,
            recipient_name=mail.recipient_name,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            message_id=f"<{mail.message_id}@{domain}>",
            date=mail.send_at,
            invite=mail.invite,
            method=mail.method,
            unsubscribe_url=mail.unsubscribe_url,
        )
    )


def erase_bodies(run: JobRun) -> None:
    """Empty the words of mails whose keeping time is over; kind, recipient and state stay."""
    over = select(OutgoingMail.id).where(
        OutgoingMail.erase_at <= run.at,
        OutgoingMail.state != MailState.WAITING,
        or_(OutgoingMail.text != "", OutgoingMail.html != ""),
    )
    run.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id.in_(over))
        .values(subject="", text="", html="", invite=None)
        .execution_options(synchronize_session=False)
    )
