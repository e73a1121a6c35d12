"""Forgetting what one person wrote along their walks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.models import Person
from guides.walk.models import BeforeTick, CircleNote, Commitment, PrivateNote


def erase(session: Session, person: Person, *, at: datetime) -> None:
    """Delete a person's notes, private and shown to the circle, their commitments and ticks."""
    session.execute(delete(PrivateNote).where(PrivateNote.person_id == person.id))
    session.execute(delete(BeforeTick).where(BeforeTick.person_id == person.id))
    session.execute(delete(CircleNote).where(CircleNote.author_id == person.id))
    session.execute(delete(Commitment).where(Commitment.person_id == person.id))
    session.flush()
