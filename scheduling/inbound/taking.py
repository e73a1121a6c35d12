"""What every way in does with a mail: find out who vouches for it, then take it as a report or an answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.config import Config
from app.mail import bounces, intake
from app.mail.desk import desk_for
from app.mail.reading import MAX_BYTES, Unreadable, key_of, read_mail
from app.mail.verdicts import NOTHING_PROVED, Verdicts, judge
from scheduling.services.replying import handle_reply

_CALENDARS = (b"text/calendar", b"application/ics", b".ics")


def verdicts_for(raw: bytes, config: Config) -> Verdicts:
    """Who vouches for a mail; asks the domain name system for mails that can hold a calendar, so no transaction."""
    if len(raw) > MAX_BYTES or not any(mark in raw.lower() for mark in _CALENDARS):
        return NOTHING_PROVED
    return judge(raw, authserv_id=config.mail_authserv_id, verify=config.mail_verify_dkim)


def take(
    session: Session,
    config: Config,
    raw: bytes,
    *,
    source: str,
    verdicts: Verdicts,
    at: datetime,
    envelope_sender: str | None = None,
    seal: str | None = None,
) -> str:
    """Take one mail and say what was made of it; the caller commits.

    A delivery report marks the mail it is about; anything else is an answer or nothing.
    """
    report = _report(raw)
    if report is None:
        return handle_reply(
            session,
            raw,
            source=source,
            verdicts=verdicts,
            desk=desk_for(config, session),
            at=at,
            envelope_sender=envelope_sender,
            seal=seal,
        ).code
    code = bounces.record(session, report, at=at)
    intake.note(session, source=source, key=key_of(raw), size=len(raw), code=code, at=at, seal=seal)
    return code


def _report(raw: bytes) -> bounces.Report | None:
    try:
        return bounces.read_report(read_mail(raw))
    except Unreadable:
        return None
