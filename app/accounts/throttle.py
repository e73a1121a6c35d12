"""Limits on attempts, counted by rows so that every process counts the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Attempt
from app.errors import N_, TooManyAttempts


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts in a window, counted once for what is aimed at and once for where they come from."""

    name: str
    each_target: int
    each_client: int
    window: timedelta


PASSWORD = Limit("password", 10, 100, timedelta(minutes=15))
#: Sign-in and reset mails together: nobody's mailbox can be flooded through us.
MAILED_LINK = Limit("link", 5, 60, timedelta(hours=1))
#: Mails that prove a new address.
NEW_ADDRESS = Limit("address", 5, 20, timedelta(hours=1))
TEST_MAIL = Limit("test-mail", 10, 10, timedelta(minutes=10))
LONGEST_WINDOW = timedelta(hours=1)


def attempt(session: Session, limit: Limit, *, target: str, client: str, at: datetime) -> None:
    """Count one attempt at a target (an address) from a client (a network address).

    Raises TooManyAttempts, and counts nothing, once either has used up its number in the window.
    """
    keys = (
        (_key(limit, "target", target.lower()), limit.each_target),
        (_key(limit, "client", client), limit.each_client),
    )
    for key, most in keys:
        _one_at_a_time(session, key)
        row = session.execute(
            select(func.count(), func.min(Attempt.at)).where(Attempt.key == key, Attempt.at > at - limit.window)
        ).one()
        if row[0] >= most:
            wait = row[1] + limit.window - at
            raise TooManyAttempts(
                N_("That was too many tries. Try again in %(minutes)s minutes."),
                minutes=ceil(wait.total_seconds() / 60),
            )
    session.add_all(Attempt(key=key, at=at) for key, _ in keys)
    session.flush()


def forget(session: Session, limit: Limit, *, target: str) -> None:
    """Drop the attempts at a target after one was right."""
    session.execute(delete(Attempt).where(Attempt.key == _key(limit, "target", target.lower())))


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete attempts that no window reaches any more and say how many."""
    old = delete(Attempt).where(Attempt.at < at - LONGEST_WINDOW).returning(Attempt.id)
    return len(session.execute(old).all())


def _key(limit: Limit, kind: str, value: str) -> str:
    # A digest, so that the table holds no list of addresses that somebody typed.
    return f"{limit.name}:{kind}:{hashlib.sha256(value.encode()).hexdigest()[:40]}"


def _one_at_a_time(session: Session, key: str) -> None:
    """PostgreSQL would count two attempts of the same moment apart; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))
