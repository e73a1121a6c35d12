"""Approved pages: for the member who approved them, and for whom they were approved while they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import tokens
from app.accounts.models import Person
from app.errors import N_, Expired, NotFound
from app.tokens import Token
from practices.models import Share, ShareChange


def standing() -> ColumnElement[bool]:
    """A page that can be read: not withdrawn, not superseded by a newer one."""
    return Share.withdrawn_at.is_(None) & Share.superseded_by_id.is_(None)


def own_shares(session: Session, person: Person) -> Sequence[Share]:
    """Every page a member approved, newest first, with readings and lines of support; for that member only."""
    return session.scalars(
        select(Share)
        .where(Share.person_id == person.id)
        .options(selectinload(Share.readings), selectinload(Share.support))
        .order_by(Share.approved_at.desc())
    ).all()


def own_share(session: Session, person: Person, share_id: UUID) -> Share:
    """One page for the member who approved it. Raises NotFound for everyone else."""
    share: Share | None = session.scalar(
        select(Share)
        .where(Share.id == share_id, Share.person_id == person.id)
        .options(joinedload(Share.person), selectinload(Share.readings), selectinload(Share.support))
        .execution_options(populate_existing=True)
    )
    if share is None:
        raise NotFound
    return share


def pages_for_manager(session: Session, manager: Person, *, limit: int = 50, offset: int = 0) -> Sequence[Share]:
    """Standing pages approved for a manager, newest first; never people without one."""
    return session.scalars(
        select(Share)
        .where(_for(manager), Share.audience == "manager", standing())
        .options(joinedload(Share.person), selectinload(Share.readings), selectinload(Share.support))
        .order_by(Share.approved_at.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def page_for_manager(session: Session, manager: Person, share_id: UUID) -> Share:
    """A standing page for the manager it was approved for. Raises NotFound; Expired once it was taken back."""
    share: Share | None = session.scalar(
        select(Share)
        .where(Share.id == share_id, _for(manager))
        .options(joinedload(Share.person), selectinload(Share.readings), selectinload(Share.support))
        .execution_options(populate_existing=True)
    )
    if share is None:
        raise NotFound
    return must_stand(share)


def must_stand(share: Share) -> Share:
    """The page, if it may still be read. Raises Expired when it was withdrawn or a newer one took its place."""
    if share.withdrawn_at is not None:
        raise Expired(N_("This page was taken back by the person who wrote it."))
    if share.superseded_by_id is not None:
        raise Expired(N_("A newer page has taken the place of this one. Its link is in your mail."))
    return share


def _for(manager: Person) -> ColumnElement[bool]:
    """A page belongs to the person it was approved for, or to the address when they had no account then."""
    return or_(
        Share.audience_person_id == manager.id,
        Share.audience_person_id.is_(None) & (Share.audience_email_key == manager.email_key),
    )


def count_for_manager(session: Session, manager: Person) -> int:
    """How many standing pages a manager has received."""
    return session.scalar(select(func.count()).where(_for(manager), Share.audience == "manager", standing())) or 0


def shown_on(session: Session, person: Person) -> dict[UUID, list[Share]]:
    """A member's own standing pages by the change that stands on them; for that member only."""
    rows = session.execute(
        select(ShareChange.change_id, Share)
        .join(Share, Share.id == ShareChange.share_id)
        .where(Share.person_id == person.id, standing())
        .order_by(Share.approved_at.desc())
    )
    found: dict[UUID, list[Share]] = {}
    for change_id, share in rows:
        found.setdefault(change_id, []).append(share)
    return found


def share_behind(session: Session, secret: str, *, at: datetime) -> Share:
    """The standing page a mailed link leads to. Raises Expired, which says why when the page was taken back."""
    issued: Token | None = session.scalar(
        select(Token).where(Token.purpose == "read-share", Token.hash == tokens.hash_of(secret))
    )
    share: Share | None = (
        session.scalar(
            select(Share)
            .where(Share.id == UUID(issued.subject))
            .options(joinedload(Share.person), selectinload(Share.readings), selectinload(Share.support))
            .execution_options(populate_existing=True)
        )
        if issued
        else None
    )
    if share is not None:
        must_stand(share)
    tokens.find(session, "read-share", secret, at=at)
    if share is None:
        raise Expired(N_("This link has ended. Ask for a new one."))
    return share


def receipt_behind(session: Session, secret: str, *, at: datetime) -> bool:
    """Whether the page behind a receipt stands. Raises Expired for anything that is no receipt."""
    token = tokens.find(session, "share-receipt", secret, at=at)
    return bool(session.scalar(select(exists().where(Share.id == UUID(token.subject), standing()))))
