"""The account of mails that came in: what was made of each one, and which were seen before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.mail.incoming import AddressTrouble, Inbox, IncomingMail

#: Entries are forgotten after this time; repeats come within hours.
KEPT = timedelta(days=90)
SHOWN = timedelta(days=7)


def note(
    session: Session, *, source: str, key: str, size: int, code: str, at: datetime, seal: str | None = None
) -> IncomingMail:
    """Write down what was made of one mail."""
    entry = IncomingMail(source=source[:16], key=key, size=size, code=code[:32], received_at=at, seal=seal)
    session.add(entry)
    session.flush()
    return entry


def seen_as(session: Session, key: str, codes: Collection[str]) -> bool:
    """Whether a mail with this key came before and was given one of these codes."""
    found = select(IncomingMail.id).where(IncomingMail.key == key, IncomingMail.code.in_(codes)).limit(1)
    return session.scalar(found) is not None


def was_sealed(session: Session, seal: str) -> bool:
    """Whether a request with this seal was taken before."""
    return session.scalar(select(IncomingMail.id).where(IncomingMail.seal == seal)) is not None


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete entries past their time and say how many."""
    old = delete(IncomingMail).where(IncomingMail.received_at < at - KEPT).returning(IncomingMail.id)
    return len(session.execute(old).all())


def of_late(session: Session, *, at: datetime) -> list[tuple[str, int, datetime]]:
    """Of the mails of the last seven days: each code, how many were given it, and when last; the commonest first."""
    number = func.count()
    rows = session.execute(
        select(IncomingMail.code, number, func.max(IncomingMail.received_at))
        .where(IncomingMail.received_at > at - SHOWN)
        .group_by(IncomingMail.code)
        .order_by(number.desc(), IncomingMail.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def inboxes(session: Session) -> list[Inbox]:
    """The mailboxes that were read, by name."""
    return list(session.scalars(select(Inbox).order_by(Inbox.name).limit(20)))


def troubled_count(session: Session) -> int:
    """How many addresses no longer get every mail."""
    return session.scalar(select(func.count()).where(AddressTrouble.stopped.is_(True))) or 0
