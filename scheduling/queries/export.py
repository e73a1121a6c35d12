"""Everything this package holds about a person, for the export of their account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle
from scheduling.models import Attendance, CircleSession, Rsvp, Season


def export(session: Session, person: Person) -> dict[str, Any]:
    """My answers to invites and whether I was noted as present, by session."""
    of_session = (CircleSession.starts_at, Circle.name)
    answers = session.execute(
        select(Rsvp, *of_session)
        .join(CircleSession, CircleSession.id == Rsvp.session_id)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Rsvp.person_id == person.id)
        .order_by(CircleSession.starts_at)
    )
    presence = session.execute(
        select(Attendance, *of_session)
        .join(CircleSession, CircleSession.id == Attendance.session_id)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Attendance.person_id == person.id)
        .order_by(CircleSession.starts_at)
    )
    return {
        "answers": [
            {
                "session": at.isoformat(),
                "circle": circle,
                "answer": rsvp.answer.value,
                "at": rsvp.answered_at.isoformat(),
            }
            for rsvp, at, circle in answers
        ],
        "presence": [
            {"session": at.isoformat(), "circle": circle, "present": row.present} for row, at, circle in presence
        ],
    }
