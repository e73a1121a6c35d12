"""Mails of a cohort that have not left yet and can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.mail.models import MailState, OutgoingMail


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """Mails that one step of a lead caused: of which kind, to how many, and when they leave."""

    batch: str
    kind: str
    count: int
    leaves_at: datetime


def batch_prefix(cohort_id: UUID) -> str:
    """What the batch of every mail of a cohort's lead begins with."""
    return f"cohort:{cohort_id.hex}:"


def waiting_batches(session: Session, cohort_id: UUID, *, at: datetime) -> list[WaitingBatch]:
    """The batches that can still be taken back, the one that leaves first on top."""
    leaves = func.min(OutgoingMail.send_at)
    rows = session.execute(
        select(OutgoingMail.batch, OutgoingMail.kind, func.count(), leaves)
        .where(
            OutgoingMail.batch.startswith(batch_prefix(cohort_id), autoescape=True),
            OutgoingMail.state == MailState.WAITING,
            OutgoingMail.send_at > at,
        )
        .group_by(OutgoingMail.batch, OutgoingMail.kind)
        .order_by(leaves)
    )
    return [WaitingBatch(batch or "", kind, count, first) for batch, kind, count, first in rows]
