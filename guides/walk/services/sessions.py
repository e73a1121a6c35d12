"""Skipping and bringing back sessions along a walk: the weeks of the guide follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.desk import Desk
from guides.content.queries import guide_of
from guides.walk.models import SessionWeek, Walk
from guides.walk.services.labels import label_for
from guides.walk.weeks import after_skip, week_for
from scheduling.models import CircleSession, Season, SessionState
from scheduling.queries.access import season_of_circle
from scheduling.services import changes
from scheduling.services.calendars import invite_where_missing, note_change


def skip(
    session: Session, walk: Walk, meeting: CircleSession, *, leave_out: bool, actor: Person, desk: Desk, at: datetime
) -> int:
    """Skip a session. Its week moves to the next one, and so on, and a session is added at the end; with `leave_out`
    the circle leaves the week out instead. Calendars follow. Says how many mails go out. Raises DomainError.

    `walk.guide_version` and the meeting's season, circle and people are loaded.
    """
    season = _season(session, meeting.season.circle_id)
    standing = [m for m in season.sessions if m.state is not SessionState.CANCELLED]
    weeks = weeks_by_session(session, walk)
    index = next(i for i, m in enumerate(standing) if m.id == meeting.id)
    planned = after_skip([weeks.get(m.id) for m in standing], index, leave_out=leave_out)
    sent = changes.skip_session(session, meeting, actor=actor, desk=desk, at=at)
    session.execute(delete(SessionWeek).where(SessionWeek.session_id == meeting.id))
    later = standing[index + 1 :]
    guide = guide_of(walk.guide_version)
    if not leave_out and planned[-1] is not None:
        later.append(changes.add_at_end(session, season, label=label_for(guide, planned[-1]), at=at))
    sent += _assign(session, walk, later, planned, desk=desk, at=at)
    season = _season(session, meeting.season.circle_id)
    return sent + invite_where_missing(session, season.sessions, desk=desk, at=at)


def bring_back(
    session: Session, walk: Walk, meeting: CircleSession, *, actor: Person, desk: Desk, at: datetime
) -> CircleSession:
    """Undo a skip: the session returns, weeks move back, and a session that the skip added at the end is cancelled.

    Raises DomainError when its time has passed.
    """
    added = changes.bring_back(session, meeting, actor=actor, at=at)
    season = _season(session, meeting.season.circle_id)
    standing = [m for m in season.sessions if m.state is not SessionState.CANCELLED]
    guide = guide_of(walk.guide_version)
    if len(guide.weeks) > 1 and len(standing) > len(guide.weeks) and standing[-1].starts_at > at:
        changes.skip_session(session, standing[-1], actor=actor, desk=desk, at=at)
        session.execute(delete(SessionWeek).where(SessionWeek.session_id == standing[-1].id))
        standing.pop()
    later = [m for m in standing if m.starts_at >= added.starts_at]
    first = len(standing) - len(later)
    planned = [week_for(first + number, len(guide.weeks)) for number in range(1, len(later) + 1)]
    _assign(session, walk, later, planned, desk=desk, at=at)
    invite_where_missing(session, _season(session, meeting.season.circle_id).sessions, desk=desk, at=at)
    return added


def weeks_by_session(session: Session, walk: Walk) -> dict[UUID, int]:
    """The week of the guide that each session of a walk uses."""
    rows = session.execute(select(SessionWeek.session_id, SessionWeek.week).where(SessionWeek.walk_id == walk.id))
    return {row[0]: row[1] for row in rows}


def _assign(
    session: Session,
    walk: Walk,
    meetings: list[CircleSession],
    weeks: Sequence[int | None],
    *,
    desk: Desk,
    at: datetime,
) -> int:
    """Give sessions their weeks and titles; whoever holds an invite for a retitled one is told within minutes."""
    guide = guide_of(walk.guide_version)
    retitled: list[CircleSession] = []
    for meeting, week in zip(meetings, weeks, strict=False):
        row = session.get(SessionWeek, meeting.id)
        label = label_for(guide, week)
        if week is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(SessionWeek(session_id=meeting.id, walk_id=walk.id, week=week))
        else:
            row.week = week
        if meeting.title != label.title:
            meeting.title, meeting.description = label.title, label.description
            retitled.append(meeting)
    session.flush()
    return note_change(session, retitled, desk=desk, at=at)


def _season(session: Session, circle_id: UUID) -> Season:
    season = season_of_circle(session, circle_id)
    if season is None:
        raise LookupError("a circle with a walk has a season")
    session.refresh(season, ["sessions"])
    return season
