"""The page of one session for somebody who comes to it as a guest."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.extensions import db
from guides.agenda import timed
from guides.content.markdown import render
from guides.content.queries import guide_of
from guides.walk import queries
from guides.walk.blueprint import bp
from guides.walk.services.labels import spoken_days
from scheduling.queries import active_members, roles_of


@bp.get("/sessions/<uuid:session_id>/guest")
def guest_page(session_id: UUID) -> ResponseReturnValue:
    """The session's page and what is noted around it; nothing older, and nothing of the circle's other weeks."""
    found = queries.guest_week(db.session(), me(), session_id)
    meeting, guide = found.guest.meeting, guide_of(found.walk.guide_version)
    week = guide.week(found.number)
    members = active_members(meeting.season.circle)
    roles = roles_of(meeting)
    host = next((m.person.name for m in members if roles is not None and m.person_id == roles.host), "")
    return render_template(
        "guides/guest.html",
        found=found,
        meeting=meeting,
        circle=meeting.season.circle,
        week=week,
        weeks=len(guide.weeks),
        agenda=timed(week, minutes=meeting.season.minutes, people=len(members) + 1, planned_for=guide.circle.target),
        body=render(week.body),
        days=spoken_days({}, found.number, me().timezone),
        host=host,
        at=clock.now(),
    )
