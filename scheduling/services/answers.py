"""Members' answers to sessions, from a page, a mailed link or later a calendar."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError
from scheduling.models import Answer, CircleSession, Rsvp, SessionState


def answer(
    session: Session, meeting: CircleSession, person: Person, choice: Answer, *, source: str, at: datetime
) -> Rsvp:
    """Record a member's answer; the later one wins whichever way it came. Raises DomainError once it is over."""
    if meeting.state is not SessionState.PLANNED or meeting.ends_at <= at:
        raise DomainError(N_("This session is over or was skipped, so there is nothing to answer."))
    rsvp = session.get(Rsvp, (meeting.id, person.id))
    if rsvp is None:
        rsvp = Rsvp(session_id=meeting.id, person_id=person.id, answer=choice, source=source, answered_at=at)
        session.add(rsvp)
    elif rsvp.answered_at <= at:
        rsvp.answer, rsvp.source, rsvp.answered_at = choice, source, at
    session.flush()
    return rsvp
