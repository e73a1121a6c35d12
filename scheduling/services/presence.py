"""Noting who was there, one person at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from scheduling.models import Attendance, CircleSession, SessionState
from scheduling.queries.people import active_members


def note_one(
    session: Session, meeting: CircleSession, person_id: UUID, *, present: bool, actor: Person, at: datetime
) -> None:
    """Say whether one member was there; it can be corrected by saying it again, by anyone in the circle.

    The session counts as held once somebody was there, as missed once everybody was not. Raises DomainError before it
    began or when it was cancelled, InvalidInput for people outside the circle.
    """
    if meeting.state is SessionState.CANCELLED or meeting.starts_at > at:
        raise DomainError(N_("This can be said once the session has begun."))
    members = {membership.person_id for membership in active_members(meeting.season.circle)}
    if person_id not in members:
        raise InvalidInput(N_("Choose people in your circle."), field="present")
    rows = {
        row.person_id: row for row in session.scalars(select(Attendance).where(Attendance.session_id == meeting.id))
    }
    row = rows.get(person_id)
    if row is None:
        row = rows[person_id] = Attendance(session_id=meeting.id, person_id=person_id)
        session.add(row)
    row.present, row.noted_by, row.noted_at = present, actor.id, at
    there = sum(one.present for one in rows.values())
    if there:
        meeting.state = SessionState.HELD
    else:
        meeting.state = SessionState.MISSED if members <= rows.keys() else SessionState.PLANNED
    closed = meeting.state is not SessionState.PLANNED
    meeting.present, meeting.closed_at = (there, at) if closed else (None, None)
    session.flush()
