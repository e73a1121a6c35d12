"""Periodic work on sessions: invites, changes that wait to be told, zones whose rules change, seasons that are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.jobs.runner import JobRun
from app.mail.desk import desk_for
from circles.models import Circle, Cohort, CohortState, Membership
from scheduling.models import CircleSession, InviteSent, Season, SessionState
from scheduling.queries.access import member_session_by_id, season_of_circle, season_with_sessions
from scheduling.recurrence import Wall
from scheduling.services.calendars import HORIZON, invite_where_missing, tell_noted_changes
from scheduling.services.changes import end_season, follow_zone

#: Sessions whose instants are recomputed between two signs of life.
AT_ONCE = 1000


def extend_horizon(run: JobRun) -> None:
    """Invite members to sessions that have come within the horizon; one circle a transaction, so nothing waits long."""
    session = run.session
    desk = desk_for(current_app.extensions["config"], session)
    circle_ids = circles_to_invite(session, at=run.at)
    for number, circle_id in enumerate(circle_ids, start=1):
        season = season_of_circle(session, circle_id)
        if season is not None:
            invite_where_missing(session, season.sessions, desk=desk, at=run.at)
        run.progress(number, len(circle_ids))


def circles_to_invite(session: Session, *, at: datetime) -> Sequence[UUID]:
    """Circles with a present member who was never told of one of the next sessions."""
    # Sessions are ranked once for all seasons; counting the earlier ones of each takes minutes on thousands of circles.
    place = func.row_number().over(
        partition_by=CircleSession.season_id, order_by=(CircleSession.starts_at, CircleSession.id)
    )
    ranked = (
        select(CircleSession.id, Season.circle_id, place.label("place"))
        .join(Season, Season.id == CircleSession.season_id)
        .where(Season.ended_at.is_(None), CircleSession.state == SessionState.PLANNED, CircleSession.starts_at > at)
        .subquery()
    )
    told = exists().where(InviteSent.session_id == ranked.c.id, InviteSent.person_id == Membership.person_id)
    return session.scalars(
        select(ranked.c.circle_id)
        .join(Membership, Membership.circle_id == ranked.c.circle_id)
        .where(ranked.c.place <= HORIZON, Membership.left_at.is_(None), ~told)
        .distinct()
    ).all()


def tell_changes(run: JobRun) -> None:
    """Tell what has changed about a season's sessions in the last minutes, in one mail each."""
    session = run.session
    season = season_with_sessions(session, UUID(run.payload["season"]))
    if season is not None:
        desk = desk_for(current_app.extensions["config"], session)
        run.result["mails"] = tell_noted_changes(session, season, desk=desk, at=run.at)


def follow_zones(run: JobRun) -> None:
    """Move sessions to come whose wall time means another instant than it did, because rules of their zone changed."""
    session = run.session
    desk = desk_for(current_app.extensions["config"], session)
    # Rules may have come with an update since this process began.
    ZoneInfo.clear_cache()
    seen = moved = 0
    last: UUID | None = None
    while page := _page(session, last, at=run.at):
        for session_id in [meeting_id for meeting_id, wall, starts_at in page if wall.instant != starts_at]:
            meeting = member_session_by_id(session, session_id)
            if meeting is not None and follow_zone(session, meeting, desk=desk, at=run.at):
                moved += 1
                # One session a transaction: changed rules can move thousands, and what is told stays told.
                run.progress(seen, seen, f"{moved}")
        seen, last = seen + len(page), page[-1][0]
        run.progress(seen, seen, f"{moved}")
    run.result.update(sessions=seen, moved=moved)


def _page(session: Session, last: UUID | None, *, at: datetime) -> list[tuple[UUID, Wall, datetime]]:
    """The next sessions to come in order of id, with what their instants are derived from."""
    row = CircleSession
    statement = (
        select(row.id, row.local_date, row.local_time, row.timezone, row.starts_at)
        .where(row.state == SessionState.PLANNED, row.starts_at > at)
        .order_by(row.id)
        .limit(AT_ONCE)
    )
    if last is not None:
        statement = statement.where(row.id > last)
    return [(key, Wall(on, wall, zone), starts_at) for key, on, wall, zone, starts_at in session.execute(statement)]


def end_seasons(run: JobRun) -> None:
    """End the seasons of finished cohorts and ended circles: sessions to come leave every calendar."""
    session = run.session
    desk = desk_for(current_app.extensions["config"], session)
    over = (
        select(Season.circle_id)
        .join(Circle, Circle.id == Season.circle_id)
        .join(Cohort, Cohort.id == Circle.cohort_id)
        .where(Season.ended_at.is_(None), or_(Cohort.state == CohortState.FINISHED, Circle.ended_at.is_not(None)))
    )
    circle_ids = list(session.scalars(over))
    for number, circle_id in enumerate(circle_ids, start=1):
        season = season_of_circle(session, circle_id)
        if season is not None:
            end_season(session, season, actor=None, desk=desk, at=run.at)
        run.progress(number, len(circle_ids))
