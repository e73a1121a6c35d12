"""Reading a mailbox: every new mail once, one reader at a time, whatever the server or a single mail does."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import clock
from app.config import Config
from app.mail import inbox, intake
from app.mail.inbox import ERRORS, LOOK_BACK, Mailbox, OpenMailbox, Superseded
from app.mail.reading import MAX_BYTES
from scheduling.inbound.taking import take, verdicts_for

log = logging.getLogger(__name__)
SOURCE = "imap"
FAILED = "failed"
TOO_LARGE = "too-large"


def nothing_to_tell(done: int, total: int) -> None:
    """What a caller passes who wants to know of no progress."""


def read_mailbox(
    session: Session, config: Config, mailbox: Mailbox, *, progress: Callable[[int, int], None] = nothing_to_tell
) -> int | None:
    """Take every new mail of a mailbox, a transaction each; how many there were, or None while another reads it.

    A server that is away or says no is written down and shown to the administrator; the next reading tries again.
    """
    token = secrets.token_hex(8)
    won = inbox.hold(session, mailbox.name, token, at=clock.now())
    session.commit()
    if not won:
        return None
    reading = _Reading(session, config, mailbox, token, progress)
    error = ""
    try:
        with mailbox.open() as opened:
            reading.read(opened)
        error = reading.put_away_error
    except Superseded:
        session.rollback()
        return reading.taken
    except ERRORS as problem:
        session.rollback()
        error = _in_words(problem)
        log.warning("the mailbox %s cannot be read: %s", mailbox.name, error)
    inbox.let_go(session, mailbox.name, token, error=error, at=clock.now())
    session.commit()
    return reading.taken


@dataclass
class _Reading:
    """One reading of a mailbox by one holder."""

    session: Session
    config: Config
    mailbox: Mailbox
    token: str
    progress: Callable[[int, int], None]
    taken: int = 0
    put_away_error: str = ""

    def read(self, opened: OpenMailbox) -> None:
        """Take what is new, each mail in a transaction with the mark of how far the mailbox was read."""
        row = inbox.held(self.session, self.mailbox.name, self.token, at=clock.now())
        known = row.uidvalidity == opened.uidvalidity
        after = row.last_uid if known else 0
        self.session.commit()
        uids = opened.new(after=after, since=None if known else (clock.now() - LOOK_BACK).date())
        for number, uid in enumerate(uids, start=1):
            raw, code = _fetched(opened, uid)
            if raw is not None:
                _take(self.session, self.config, raw)
            elif code:
                key = hashlib.sha256(f"{self.mailbox.name} {opened.uidvalidity} {uid}".encode()).hexdigest()
                intake.note(self.session, source=SOURCE, key=key, size=MAX_BYTES, code=code, at=clock.now())
            self._mark(opened, uid)
            self.taken += 1
            if raw is not None or code:
                self._put_away(opened, uid)
            self.progress(number, len(uids))
        if not known and not uids:
            self._mark(opened, max(opened.upcoming - 1, 0))

    def _mark(self, opened: OpenMailbox, uid: int) -> None:
        row = inbox.held(self.session, self.mailbox.name, self.token, at=clock.now())
        row.uidvalidity, row.last_uid = opened.uidvalidity, uid
        self.session.commit()

    def _put_away(self, opened: OpenMailbox, uid: int) -> None:
        """A folder that takes nothing is worth a word, but no reason to leave answers unread."""
        try:
            opened.put_away(uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as problem:
            self.put_away_error = _in_words(problem)


def _in_words(problem: Exception) -> str:
    return f"{type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''}"


def _fetched(opened: OpenMailbox, uid: int) -> tuple[bytes | None, str]:
    """A mail's bytes, or the code of one that is too large to be fetched; neither when it is gone."""
    size = opened.size(uid)
    if size is None:
        return None, ""
    if size > MAX_BYTES:
        return None, TOO_LARGE
    return opened.fetch(uid), ""


def _take(session: Session, config: Config, raw: bytes) -> None:
    """Take one mail; one that trips us up is written down as failed, so that it does not hold up those after it."""
    verdicts = verdicts_for(raw, config)
    try:
        take(session, config, raw, source=SOURCE, verdicts=verdicts, at=clock.now())
    except DBAPIError:
        raise
    except Exception:
        session.rollback()
        log.exception("a mail could not be taken")
        key = hashlib.sha256(raw).hexdigest()
        intake.note(session, source=SOURCE, key=key, size=len(raw), code=FAILED, at=clock.now())
