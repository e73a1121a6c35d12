"""Sign-in rows: begin one, find the person behind a cookie, end one or all."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person, SignIn
from app.tokens import hash_of

#: Under this name a browser's signed cookie holds the secret of its sign-in.
SESSION_KEY = "sign_in"
#: `seen_at` is refreshed at most this often, so that reading pages seldom writes.
SEEN_STEP = timedelta(minutes=10)


def begin(session: Session, person: Person, *, at: datetime, days: int, method: str, browser: str = "") -> str:
    """Sign a person in: a new row, and the secret that goes into the browser's cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            person_id=person.id,
            token_hash=hash_of(secret),
            created_at=at,
            seen_at=at,
            expires_at=at + timedelta(days=days),
            browser=browser[:200],
            method=method,
        )
    )
    session.flush()
    return secret


def standing(session: Session, secret: str, *, at: datetime) -> tuple[SignIn, Person] | None:
    """The sign-in behind a cookie's secret and its person, unless ended, over, or the person was deactivated."""
    row = session.execute(
        select(SignIn, Person)
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.token_hash == hash_of(secret), SignIn.ended_at.is_(None), SignIn.expires_at > at, Person.active)
    ).first()
    return (row[0], row[1]) if row else None


def end(session: Session, person_id: UUID, *, at: datetime, only: UUID | None = None, but: UUID | None = None) -> int:
    """End one sign-in of a person, all, or all but one; says how many ended."""
    statement = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).values(ended_at=at)
    if only is not None:
        statement = statement.where(SignIn.id == only)
    if but is not None:
        statement = statement.where(SignIn.id != but)
    return len(session.execute(statement.returning(SignIn.id)).all())
