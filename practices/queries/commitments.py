"""Commitments of the walk that are about one practice change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from guides.walk.models import Commitment
from guides.walk.queries.page import week_numbers
from practices.models import ChangeCommitment
from practices.queries.timeline import last_meeting


def commitments_about(session: Session, change_id: UUID) -> Sequence[Commitment]:
    """What a change's member said they would do about it, newest first; the caller has loaded the change for them."""
    return session.scalars(
        select(Commitment)
        .join(ChangeCommitment, ChangeCommitment.commitment_id == Commitment.id)
        .where(ChangeCommitment.change_id == change_id)
        .order_by(Commitment.week.desc())
    ).all()


def week_to_commit(session: Session, circle_id: UUID, *, at: datetime) -> int | None:
    """The week whose commitment stands until the next session: that of the session that began last."""
    meeting = last_meeting(session, circle_id, at=at)
    return week_numbers(session, [meeting.id]).get(meeting.id) if meeting else None
