"""Asking for a PDF: a row for who asked, and the job that makes the file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Person
from app.jobs import ledger
from app.storage import Storage
from circles.models import Circle
from circles.queries.mine import circles_of
from practices.models import DocumentRequest, FollowUp, Share
from practices.queries.changes import changes_of
from practices.queries.courses import change_row, session_days
from practices.queries.figures import latest_snapshot
from practices.summaries import MemberSummary, WitnessLine, member_change, member_summary
from scheduling.queries.running import rings

MAKE = "practices.document"
#: A finished file is kept so long; it can be made again at any time.
KEPT = timedelta(days=7)


def request_document(session: Session, kind: str, subject_id: UUID, *, actor: Person, at: datetime) -> DocumentRequest:
    """Ask for a document; the caller has loaded its subject for the actor. A file that is there already is taken."""
    document = DocumentRequest(person_id=actor.id, kind=kind, subject_id=subject_id, requested_at=at)
    document.file_id = _made_already(session, kind, subject_id)
    session.add(document)
    session.flush()
    if document.file_id is None:
        job = ledger.enqueue(
            session,
            MAKE,
            {"document": str(document.id)},
            key=f"document:{document.id}:{secrets.token_hex(4)}",
            at=at,
            owner_id=actor.id,
        )
        document.job_id = job.id
        session.flush()
    return document


def _made_already(session: Session, kind: str, subject_id: UUID) -> UUID | None:
    if kind == "manager":
        share = session.get(Share, subject_id)
        return share.file_id if share else None
    if kind == "cohort":
        snapshot = latest_snapshot(session, subject_id)
        return snapshot.file_id if snapshot else None
    return None


def keep_file(
    session: Session, storage: Storage, content: bytes, *, kind: str, title: str, at: datetime, expires: bool = True
) -> UUID:
    """Store a finished PDF and say its id."""
    file = storage.keep(
        session,
        content,
        kind=f"practices.{kind}",
        name=f"{title}.pdf",
        content_type="application/pdf",
        at=at,
        expires_at=at + KEPT if expires else None,
    )
    return file.id


def gather_member_summary(
    session: Session, person: Person, barriers: Mapping[str, str], *, today: date, at: datetime
) -> MemberSummary:
    """Everything a member recorded about their changes, as the summary takes it; for that member only.

    `barriers` are the words of practices.areas.BARRIERS in the member's language.
    """
    changes = changes_of(session, person.id)
    days = session_days(session, {change.circle_id for change in changes if change.circle_id})
    asked = session.scalars(select(FollowUp).where(FollowUp.change_id.in_([change.id for change in changes]))).all()
    memberships = circles_of(session, person.id)
    circle = memberships[0].circle if memberships else _last_circle(session, [c.circle_id for c in changes])
    return member_summary(
        [
            member_change(
                change_row(change, [row for row in asked if row.change_id == change.id]),
                sessions=days.get(change.circle_id, ()),
                today=today,
                barriers={
                    entry.on_date: [barriers.get(key, key) for key in entry.barriers] for entry in change.check_ins
                },
                witnesses=[
                    WitnessLine(seen.person.name, seen.at.date(), seen.line) for seen in change.witnesses if seen.at
                ],
            )
            for change in changes
        ],
        member_name=person.name,
        cohort_name=circle.cohort.name if circle else "",
        circle_name=circle.name if circle else "",
        weeks=rings(session, [circle.id], at=at)[circle.id] if circle else [],
        made_on=today,
        language=person.locale,
    )


def _last_circle(session: Session, circle_ids: list[UUID | None]) -> Circle | None:
    known = [circle_id for circle_id in circle_ids if circle_id is not None]
    if not known:
        return None
    return session.scalar(select(Circle).where(Circle.id == known[0]).options(selectinload(Circle.cohort)))
