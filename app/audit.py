"""The append-only trail of who did what: no free text, each entry chained to the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Uuid, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base

CHAIN_LOCK = 0x0C07E41E


class AuditEntry(Base):
    """One action. The database refuses to change or delete a row (a trigger, see the first migration)."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(Uuid())
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


def _hash(entry: AuditEntry) -> str:
    fields = [
        entry.previous,
        entry.at.isoformat(),
        str(entry.actor_id or ""),
        entry.action,
        entry.object_kind,
        entry.object_id,
        json.dumps(entry.detail, sort_keys=True),
    ]
    return hashlib.sha256("\0".join(fields).encode()).hexdigest()


def record(
    session: Session,
    action: str,
    object_kind: str,
    object_id: UUID | str,
    *,
    actor_id: UUID | None,
    at: datetime,
    **detail: str | int | bool,
) -> AuditEntry:
    """Append one entry. `detail` holds counts and choices, never what people wrote."""
    if session.get_bind().dialect.name == "postgresql":
        # Two writers must not chain to the same entry; SQLite has one writer at a time anyway.
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1))
    entry = AuditEntry(
        at=at,
        actor_id=actor_id,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        detail=dict(detail),
        previous=last or "",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def first_broken(session: Session) -> int | None:
    """The id of the first entry whose chain does not hold, or None when the trail is whole."""
    previous = ""
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)):
        if entry.previous != previous or entry.hash != _hash(entry):
            return entry.id
        previous = entry.hash
    return None
