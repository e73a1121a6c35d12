"""Saying what one will do about a change before the next session."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from guides.walk.models import Commitment, Walk
from guides.walk.services.writing import commit_to
from practices.models import ChangeCommitment, PracticeChange


def commit_to_change(
    session: Session, change: PracticeChange, walk: Walk, week: int, text: str, *, actor: Person, at: datetime
) -> Commitment:
    """The one thing until the next session, tied to a change; it is the same commitment that the week's page shows.

    Raises InvalidInput.
    """
    commitment = commit_to(session, walk, week, text, actor=actor, at=at)
    tie = session.get(ChangeCommitment, commitment.id)
    if tie is None:
        session.add(ChangeCommitment(commitment_id=commitment.id, change_id=change.id))
    else:
        tie.change_id = change.id
    session.flush()
    return commitment
