"""Secrets in addresses: single-purpose, stored hashed, expiring or revocable, all purposes listed in one table."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Identified
from app.errors import N_, Expired

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Purpose:
    """What one kind of token is for: the endpoint that takes it, how long it lives, whether one use ends it."""

    name: str
    endpoint: str
    lifetime: timedelta | None
    single_use: bool
    meaning: str


#: Every purpose there is. A test walks this table together with the routes that take a `token`.
PURPOSES: dict[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        Purpose(
            "sign-in", "accounts.confirm_sign_in", timedelta(minutes=30), True, "mailed or printed one-time sign-in"
        ),
        Purpose("password-reset", "accounts.reset_password", timedelta(hours=2), True, "mailed link to set a password"),
        Purpose("change-email", "accounts.confirm_email", timedelta(days=1), True, "proves a new e-mail address"),
        Purpose("other-address", "accounts.confirm_other_address", timedelta(days=1), True, "proves a further address"),
        Purpose("join-cohort", "circles.join", None, False, "a cohort's sign-up link; the lead can replace it"),
        Purpose("sign-up", "circles.sign_up", timedelta(minutes=30), True, "proves a new person's address, then joins"),
        Purpose("answer-session", "scheduling.answer_by_link", None, False, "answers one session for one member"),
        Purpose("feed", "scheduling.feed", None, False, "a member's private calendar feed; can be replaced"),
        Purpose(
            "circle-feed", "scheduling.circle_feed", None, False, "the same of one circle; ends with the membership"
        ),
        Purpose("read-share", "practices.shared_page", None, False, "a manager's link to one approved page"),
        Purpose("share-receipt", "practices.receipt", None, False, "says only whether a page stands or is withdrawn"),
        Purpose("unsubscribe", "accounts.unsubscribe", None, False, "stops one kind of mail for one person"),
    )
}


class Token(Identified, Base):
    """One issued token; the secret itself is never stored."""

    __tablename__ = "token"
    __table_args__ = (Index("ix_token_purpose_subject", "purpose", "subject"),)

    purpose: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(120))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def hash_of(secret: str) -> str:
    """The stored form of a secret (SHA-256; secrets have 128 random bits or more, so no salt is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(
    session: Session,
    purpose: str,
    subject: UUID | str,
    *,
    at: datetime,
    data: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> str:
    """Store a new token for a subject and return its secret, which cannot be had again.

    `expires_at` overrides the purpose's lifetime. `secret` is for links that must be shown again and are derived with
    `derive`.
    """
    kind = PURPOSES[purpose]
    secret = secret or secrets.token_urlsafe(TOKEN_BYTES)
    ends = expires_at or (at + kind.lifetime if kind.lifetime else None)
    session.add(
        Token(
            purpose=purpose, subject=str(subject), hash=hash_of(secret), data=data or {}, created_at=at, expires_at=ends
        )
    )
    session.flush()
    return secret


def derive(secret_key: str, purpose: str, subject: UUID | str, nonce: str) -> str:
    """A 128-bit secret that its owner may be shown again, bound to purpose, subject and a stored nonce.

    Half of the digest, since these addresses are printed and typed.
    """
    message = f"{purpose}\0{subject}\0{nonce}".encode()
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()[:32]


def find(session: Session, purpose: str, secret: str, *, at: datetime) -> Token:
    """The standing token behind a secret, without using it up. Raises Expired for anything else."""
    token = session.scalar(select(Token).where(Token.purpose == purpose, Token.hash == hash_of(secret)))
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= at):
        raise Expired(N_("This link has ended. Ask for a new one."))
    if PURPOSES[purpose].single_use and token.used_at is not None:
        raise Expired(N_("This link was used already. Ask for a new one."))
    return token


def use(session: Session, purpose: str, secret: str, *, at: datetime) -> Token:
    """Take a token: like `find`, and a single-use one is used up. Exactly one of two clicks wins."""
    token = find(session, purpose, secret, at=at)
    if PURPOSES[purpose].single_use:
        taken = session.execute(
            update(Token).where(Token.id == token.id, Token.used_at.is_(None)).values(used_at=at).returning(Token.id)
        ).first()
        if taken is None:
            raise Expired(N_("This link was used already. Ask for a new one."))
    return token


def revoke(session: Session, purpose: str, subject: UUID | str, *, at: datetime) -> None:
    """End every standing token of one purpose for one subject."""
    session.execute(
        update(Token)
        .where(Token.purpose == purpose, Token.subject == str(subject), Token.revoked_at.is_(None))
        .values(revoked_at=at)
    )
