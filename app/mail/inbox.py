"""One IMAP mailbox: what is new in it, the mails themselves, and how far it was read."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Config
from app.mail.incoming import Inbox

TIMEOUT_SECONDS = 20
#: A reader that says nothing for so long has died, and another takes its place.
HOLD = timedelta(minutes=2)
#: What a mailbox that was never read before may hold from before.
LOOK_BACK = timedelta(days=14)
#: Mails read in one go; the rest waits for the next.
AT_ONCE = 200
#: What a mailbox raises when it cannot be reached or says no; IMAPClient hands through socket and TLS errors.
ERRORS = (IMAPClientError, OSError)


class Superseded(Exception):
    """Another reader has taken this mailbox over."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mails to the organizer arrive. With a `done_folder` they are moved there, else marked as read."""

    host: str
    port: int = 993
    security: str = "tls"
    username: str = ""
    password: str = ""
    folder: str = "INBOX"
    done_folder: str = ""

    @classmethod
    def of(cls, config: Config) -> Mailbox | None:
        """The mailbox of the settings, if there is one."""
        if not config.imap_host:
            return None
        return cls(
            host=config.imap_host,
            port=config.imap_port,
            security=config.imap_security,
            username=config.imap_username,
            password=config.imap_password,
            folder=config.imap_folder,
            done_folder=config.imap_done_folder,
        )

    @property
    def name(self) -> str:
        """What it is called in the account of mailboxes."""
        return f"{self.username}@{self.host}/{self.folder}"[:300]

    @contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        """Connect, sign in and select the folder. Raises one of ERRORS."""
        context = ssl.create_default_context()
        client = IMAPClient(
            self.host,
            port=self.port,
            ssl=self.security == "tls",
            ssl_context=context if self.security == "tls" else None,
            timeout=TIMEOUT_SECONDS,
        )
        try:
            if self.security == "starttls":
                client.starttls(context)
            client.login(self.username, self.password)
            chosen = client.select_folder(self.folder)
            validity, upcoming = int(chosen[b"UIDVALIDITY"]), int(chosen.get(b"UIDNEXT", 0))
            yield OpenMailbox(client, self.done_folder, validity, upcoming)
        finally:
            # The server may be gone by now; what was read is read.
            try:
                client.logout()
            except ERRORS:
                with contextlib.suppress(*ERRORS):
                    client.shutdown()


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """A selected folder. `upcoming` is the UID the next mail will get, 0 when the server does not say."""

    client: IMAPClient
    done_folder: str
    uidvalidity: int
    upcoming: int

    def new(self, *, after: int, since: date | None = None) -> list[int]:
        """UIDs above `after` in order, at most AT_ONCE; with `since` only mails that arrived on that day or later."""
        criteria: list[object] = ["UID", f"{after + 1}:*"] if since is None else ["SINCE", since]
        # "n:*" names the last mail even when its UID is below n (RFC 3501 6.4.8).
        return sorted(uid for uid in self.client.search(criteria) if uid > after)[:AT_ONCE]

    def size(self, uid: int) -> int | None:
        """A mail's size in bytes; None when it is gone."""
        found = self.client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
        return int(found) if found is not None else None

    def fetch(self, uid: int) -> bytes | None:
        """A mail's bytes, without marking it; None when it is gone."""
        found = self.client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
        return bytes(found) if found is not None else None

    def put_away(self, uid: int) -> None:
        """Move a mail that was taken to the done folder, or mark it as read where there is none."""
        self.client.add_flags([uid], [SEEN])
        if not self.done_folder:
            return
        if not self.client.folder_exists(self.done_folder):
            self.client.create_folder(self.done_folder)
        if self.client.has_capability("MOVE"):
            self.client.move([uid], self.done_folder)
        else:
            self.client.copy([uid], self.done_folder)
            self.client.delete_messages([uid])
            self.client.expunge([uid] if self.client.has_capability("UIDPLUS") else None)


def hold(session: Session, name: str, token: str, *, at: datetime) -> bool:
    """Become the one reader of a mailbox; False while another reads it."""
    if session.get(Inbox, name) is None:
        with contextlib.suppress(IntegrityError), session.begin_nested():
            session.add(Inbox(name=name, uidvalidity=0, last_uid=0, error=""))
            session.flush()
    free = or_(Inbox.held_until.is_(None), Inbox.held_until < at, Inbox.held_by == token)
    won = session.execute(
        update(Inbox)
        .where(Inbox.name == name, free)
        .values(held_by=token, held_until=at + HOLD)
        .returning(Inbox.name)
        .execution_options(synchronize_session=False)
    ).first()
    return won is not None


def held(session: Session, name: str, token: str, *, at: datetime) -> Inbox:
    """The row of a mailbox that is being read, its hold made longer. Raises Superseded."""
    if not hold(session, name, token, at=at):
        raise Superseded
    return session.get_one(Inbox, name, populate_existing=True)


def let_go(session: Session, name: str, token: str, *, error: str = "", at: datetime) -> None:
    """Say how a reading went and free the mailbox for the next; nothing when another reader has it by now."""
    row = session.get(Inbox, name, populate_existing=True)
    if row is None or row.held_by != token:
        return
    row.held_by = row.held_until = None
    row.error = error[:300]
    if error:
        row.failing_since = row.failing_since or at
    else:
        row.polled_at, row.failing_since = at, None
    session.flush()
