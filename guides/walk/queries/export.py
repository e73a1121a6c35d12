"""Everything a person wrote along their walks, for the export of their account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from guides.walk.models import CircleNote, Commitment, PrivateNote


def export(session: Session, person: Person) -> dict[str, Any]:
    """My notes, what I wrote for my circle, and my commitments with what became of them, by week."""
    private = session.scalars(
        select(PrivateNote).where(PrivateNote.person_id == person.id).order_by(PrivateNote.week, PrivateNote.prompt)
    )
    shown = session.scalars(select(CircleNote).where(CircleNote.author_id == person.id).order_by(CircleNote.written_at))
    commitments = session.scalars(
        select(Commitment).where(Commitment.person_id == person.id).order_by(Commitment.made_at)
    )
    return {
        "private_notes": [
            {"week": note.week, "question": note.prompt, "text": note.text, "at": note.updated_at.isoformat()}
            for note in private
        ],
        "circle_notes": [
            {"week": note.week, "kind": note.kind.value, "text": note.text, "at": note.written_at.isoformat()}
            for note in shown
        ],
        "commitments": [
            {
                "week": one.week,
                "text": one.text,
                "outcome": one.outcome.value if one.outcome else None,
                "note": one.outcome_note,
                "at": one.made_at.isoformat(),
            }
            for one in commitments
        ],
    }
