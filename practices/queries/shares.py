"""Approved pages: for the member who approved them, and for whom they were approved while they stand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import N_, Expired, NotFound
from practices.models import Share


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
        .options(joinedload(Share.person), selectinload(Share.support))
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
