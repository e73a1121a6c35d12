"""What members write along the walk: private notes, ticks, circle notes, the summary, commitments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, InvalidInput, NotAllowed
from guides.walk.models import BeforeTick, CircleNote, Commitment, NoteKind, Outcome, PrivateNote, Walk

MAX_PRIVATE = 10_000
MAX_NOTE = 4000
MAX_COMMITMENT = 500


def write_private(
    session: Session, walk: Walk, week: int, prompt: str, text: str, *, actor: Person, at: datetime
) -> None:
    """Keep one's own words on a page or in answer to its question; empty words remove them. Raises InvalidInput."""
    if len(text) > MAX_PRIVATE:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="text", length=MAX_PRIVATE)
    note = session.get(PrivateNote, (walk.id, actor.id, week, prompt))
    if not text.strip():
        if note is not None:
            session.delete(note)
    elif note is None:
        session.add(
            PrivateNote(walk_id=walk.id, person_id=actor.id, week=week, prompt=prompt, text=text.strip(), updated_at=at)
        )
    else:
        note.text, note.updated_at = text.strip(), at
    session.flush()


def tick(session: Session, walk: Walk, week: int, item: str, *, done: bool, actor: Person, at: datetime) -> None:
    """Tick or untick one thing to do before a session; only its member sees it."""
    row = session.get(BeforeTick, (walk.id, actor.id, week, item))
    if done and row is None:
        session.add(BeforeTick(walk_id=walk.id, person_id=actor.id, week=week, item=item, at=at))
    if not done and row is not None:
        session.delete(row)
    session.flush()


def add_note(session: Session, walk: Walk, week: int, text: str, *, actor: Person, at: datetime) -> CircleNote:
    """Add an entry to the circle's notes under one's own name. Raises InvalidInput."""
    note = CircleNote(
        walk_id=walk.id, week=week, kind=NoteKind.NOTE, author_id=actor.id, text=_note_text(text), written_at=at
    )
    session.add(note)
    session.flush()
    return note


def edit_note(session: Session, note: CircleNote, text: str, *, actor: Person, at: datetime) -> None:
    """Rewrite one's own entry; empty words remove it. Raises NotAllowed, InvalidInput."""
    if note.author_id != actor.id:
        raise NotAllowed(N_("Only its author can change a note."))
    if not text.strip():
        session.delete(note)
    else:
        note.text, note.edited_at = _note_text(text), at
    session.flush()


def open_note(session: Session, note: CircleNote, *, actor: Person, at: datetime) -> None:
    """Open one's own entry to people who joined after it was written. Raises NotAllowed for anyone else's."""
    if note.author_id != actor.id:
        raise NotAllowed(N_("Only its author can open a note to people who joined later."))
    note.opened_at = note.opened_at or at
    session.flush()


def write_summary(session: Session, walk: Walk, week: int, text: str, *, actor: Person, at: datetime) -> CircleNote:
    """The summary of a week's session, one an author; writing again replaces one's own. Raises InvalidInput."""
    found: CircleNote | None = session.scalar(
        select(CircleNote).where(
            CircleNote.walk_id == walk.id,
            CircleNote.week == week,
            CircleNote.kind == NoteKind.SUMMARY,
            CircleNote.author_id == actor.id,
        )
    )
    if found is not None:
        found.text, found.edited_at = _note_text(text), at
        session.flush()
        return found
    note = CircleNote(
        walk_id=walk.id, week=week, kind=NoteKind.SUMMARY, author_id=actor.id, text=_note_text(text), written_at=at
    )
    session.add(note)
    session.flush()
    return note


def commit_to(session: Session, walk: Walk, week: int, text: str, *, actor: Person, at: datetime) -> Commitment:
    """Say the one thing one will do before the next session; saying it again replaces it until it has an outcome.

    Raises InvalidInput.
    """
    words = " ".join(text.split())
    if not words:
        raise InvalidInput(N_("Write one thing you will do before the next session."), field="text")
    if len(words) > MAX_COMMITMENT:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="text", length=MAX_COMMITMENT)
    found: Commitment | None = session.scalar(
        select(Commitment).where(
            Commitment.walk_id == walk.id, Commitment.week == week, Commitment.person_id == actor.id
        )
    )
    if found is None:
        found = Commitment(walk_id=walk.id, week=week, person_id=actor.id, text=words, made_at=at)
        session.add(found)
    elif found.outcome is None:
        found.text = words
    else:
        raise InvalidInput(N_("This one has an outcome already, so it stands."), field="text")
    session.flush()
    return found


def say_outcome(
    session: Session, commitment: Commitment, outcome: Outcome, note: str, *, actor: Person, at: datetime
) -> None:
    """What became of one's own commitment. Raises NotAllowed for anyone else's."""
    if commitment.person_id != actor.id:
        raise NotAllowed(N_("Only the person who said it can say what became of it."))
    if len(note) > MAX_COMMITMENT:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="note", length=MAX_COMMITMENT)
    commitment.outcome, commitment.outcome_note, commitment.outcome_at = outcome, note.strip(), at
    session.flush()


def _note_text(text: str) -> str:
    words = text.strip()
    if not words:
        raise InvalidInput(N_("Write something first."), field="text")
    if len(words) > MAX_NOTE:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="text", length=MAX_NOTE)
    return words
