"""Forgetting a person: what they wrote goes, figures that were counted stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import Person
from app.storage import StoredFile
from practices.models import DocumentRequest, PracticeChange, Share, Witness


def erase(session: Session, person: Person, *, at: datetime) -> None:
    """Remove a person's changes, lines and pages, close every page of theirs, and forget them as a reader of others'.

    Files end with the next tidying, wherever they are kept; nobody can open them from now on.
    """
    for share in session.scalars(select(Share).where(Share.person_id == person.id)).all():
        tokens.revoke(session, "read-share", share.id, at=at)
        tokens.revoke(session, "share-receipt", share.id, at=at)
        _end_file(session, share, at=at)
        session.delete(share)
    for document in session.scalars(select(DocumentRequest).where(DocumentRequest.person_id == person.id)).all():
        if document.kind == "member":
            _end_file(session, document, at=at)
        session.delete(document)
    session.execute(delete(Witness).where(Witness.person_id == person.id))
    session.flush()
    session.execute(
        delete(PracticeChange)
        .where(PracticeChange.person_id == person.id)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Share)
        .where(Share.audience_person_id == person.id)
        .values(audience_person_id=None, audience_name="—", audience_email="", audience_email_key="")
    )
    session.flush()


def _end_file(session: Session, holder: Share | DocumentRequest, *, at: datetime) -> None:
    if holder.file_id is not None:
        session.execute(update(StoredFile).where(StoredFile.id == holder.file_id).values(expires_at=at))
        holder.file_id = None
