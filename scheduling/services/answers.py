"""Members' answers to sessions, from a page, a mailed link, a calendar, or a standing yes for the whole season."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError
from scheduling.models import Answer, CircleSession, InviteSent, Rsvp, Season, SessionState, StandingYes

#: Ways in which an answer comes without the member being signed in; they end when the session begins.
FROM_OUTSIDE = frozenset({"link", "calendar"})
PAGE, LINK, CALENDAR, STANDING = "page", "link", "calendar", "standing"


def answer(
    session: Session,
    meeting: CircleSession,
    person: Person,
    choice: Answer,
    *,
    source: str,
    at: datetime,
    said_at: datetime | None = None,
) -> Rsvp:
    """Record a member's answer; the later one wins whichever way it came.

    `said_at` is when the member answered, if that was before `at`. Raises DomainError once the session is over, and
    for a link or a calendar once it has begun.
    """
    if is_over(meeting, source=source, at=at):
        raise DomainError(N_("This session is over or was skipped, so there is nothing to answer."))
    answered_at = min(said_at or at, at)
    rsvp = session.get(Rsvp, (meeting.id, person.id))
    if rsvp is None:
        rsvp = Rsvp(session_id=meeting.id, person_id=person.id, answer=choice, source=source, answered_at=answered_at)
        session.add(rsvp)
    elif rsvp.answered_at <= answered_at:
        rsvp.answer, rsvp.source, rsvp.answered_at = choice, source, answered_at
    session.flush()
    return rsvp


def is_over(meeting: CircleSession, *, source: str, at: datetime) -> bool:
    """Whether an answer from this source comes too late."""
    ends = meeting.starts_at if source in FROM_OUTSIDE else meeting.ends_at
    return meeting.state is not SessionState.PLANNED or ends <= at


def come_every_week(session: Session, season: Season, person: Person, *, every: bool, at: datetime) -> None:
    """Say yes to this season's sessions to come as they are invited to, or stop saying so.

    Answers that stand are kept, whichever they are; sessions invited to already and not answered get a yes now.
    """
    standing = session.get(StandingYes, (season.id, person.id))
    if not every:
        if standing is not None:
            session.delete(standing)
            session.flush()
        return
    if standing is None:
        session.add(StandingYes(season_id=season.id, person_id=person.id, since=at))
    invited = (
        select(CircleSession)
        .join(InviteSent, InviteSent.session_id == CircleSession.id)
        .where(
            CircleSession.season_id == season.id,
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > at,
            InviteSent.person_id == person.id,
            InviteSent.method == "REQUEST",
        )
    )
    session.flush()
    for meeting in session.scalars(invited).all():
        answer_standing(session, meeting, [person.id], at=at)


def comes_every_week(session: Session, season: Season, person: Person) -> bool:
    """Whether a member has said that they come every week of a season."""
    return session.get(StandingYes, (season.id, person.id)) is not None


def answer_standing(session: Session, meeting: CircleSession, people: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Give a yes for those among some people who come every week and have not answered this session; says for whom.

    Call it before a session's invites are written, so that they say ACCEPTED.
    """
    wanted = set(people)
    if not wanted or is_over(meeting, source=STANDING, at=at):
        return set()
    coming = set(
        session.scalars(
            select(StandingYes.person_id).where(
                StandingYes.season_id == meeting.season_id, StandingYes.person_id.in_(wanted)
            )
        )
    )
    if coming:
        answered = select(Rsvp.person_id).where(Rsvp.session_id == meeting.id, Rsvp.person_id.in_(coming))
        coming -= set(session.scalars(answered))
    for person_id in coming:
        session.add(
            Rsvp(session_id=meeting.id, person_id=person_id, answer=Answer.YES, source=STANDING, answered_at=at)
        )
    session.flush()
    return coming
