"""Periodic work on sessions: invites as they come within the horizon, and seasons that are over."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.jobs.runner import JobRun
from app.mail.desk import desk_for
from circles.models import Circle, Cohort, CohortState, Membership
from scheduling.models import CircleSession, InviteSent, Season, SessionState
from scheduling.queries.access import season_of_circle
from scheduling.services.calendars import HORIZON, invite_where_missing
from scheduling.services.changes import end_season


def extend_horizon(run: JobRun) -> None:
    """Invite members to sessions that have come within the horizon; one circle a transaction, so nothing waits long."""
    session = run.session
    desk = desk_for(current_app.extensions["config"], session)
    uninvited = (
        select(Season.circle_id)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            Season.ended_at.is_(None),
            CircleSession.state == SessionState.PLANNED,
            CircleSession.starts_at > run.at,
            Membership.left_at.is_(None),
            ~exists().where(InviteSent.session_id == CircleSession.id, InviteSent.person_id == Membership.person_id),
            _within_horizon(run.at),
        )
        .distinct()
    )
    circle_ids = list(session.scalars(uninvited))
    for number, circle_id in enumerate(circle_ids, start=1):
        season = season_of_circle(session, circle_id)
        if season is not None:
            invite_where_missing(session, season.sessions, desk=desk, at=run.at)
        run.progress(number, len(circle_ids))


def _within_horizon(at: datetime) -> ColumnElement[bool]:
    """True for a session with fewer than HORIZON planned sessions of its season between now and it."""
    earlier = aliased(CircleSession)
    return (
        select(func.count())
        .select_from(earlier)
        .where(
            earlier.season_id == CircleSession.season_id,
            earlier.state == SessionState.PLANNED,
            earlier.starts_at > at,
            earlier.starts_at < CircleSession.starts_at,
        )
        .scalar_subquery()
        < HORIZON
    )


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
