"""Requested documents: for whom they were made, and whether they may still be read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import NotFound
from app.jobs.models import Job
from circles.queries import cohort_for
from practices.models import DocumentRequest
from practices.queries.shares import must_stand, own_share


def document_for(session: Session, person: Person, document_id: UUID) -> DocumentRequest:
    """A document for whoever asked for it, while they may still read what it is about.

    Raises NotFound for everyone else, and for a lead who leads no more; Expired for a page that was taken back.
    """
    found: DocumentRequest | None = session.scalar(
        select(DocumentRequest).where(DocumentRequest.id == document_id, DocumentRequest.person_id == person.id)
    )
    if found is None:
        raise NotFound
    if found.kind == "cohort":
        cohort_for(session, person, found.subject_id)
    elif found.kind == "manager":
        must_stand(own_share(session, person, found.subject_id))
    return found


def job_of(session: Session, document: DocumentRequest) -> Job | None:
    """The job that makes a document."""
    return session.get(Job, document.job_id) if document.job_id else None
