"""A circle's own page, for its members."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.extensions import db
from app.figures import RingMember
from app.pages.blueprint import bp
from circles.queries import circle_for
from circles.queries.agreements import agreement_state
from circles.queries.mine import newest_circle_id
from guides.walk.queries.page import week_numbers
from practices.queries.changes import shown_in_circle
from scheduling.models import SessionState
from scheduling.queries import active_members, season_of_circle
from scheduling.queries.running import rings
from scheduling.services.changes import may_change


@bp.get("/my-circle")
def my_circle() -> ResponseReturnValue:
    """The circle I joined last."""
    circle_id = newest_circle_id(db.session(), me().id)
    return redirect(url_for("pages.circle", circle_id=circle_id) if circle_id else url_for("pages.home"))


@bp.get("/circles/<uuid:circle_id>")
def circle(circle_id: UUID) -> ResponseReturnValue:
    """Who is in my circle, our sessions, our agreement, and what peers show."""
    session, person, at = db.session(), me(), clock.now()
    found = circle_for(session, person, circle_id)
    season = season_of_circle(session, circle_id)
    members = active_members(found)
    mine = next(member for member in members if member.person_id == person.id)
    place = members.index(mine)
    ordered = [*members[place:], *members[:place]]
    sessions = list(season.sessions) if season else []
    skipped = [m for m in sessions if m.state is SessionState.CANCELLED and m.starts_at > at]
    back = {m.replaces_id for m in sessions}
    return render_template(
        "app/circle.html",
        circle=found,
        season=season,
        members=ordered,
        membership=mine,
        ring=[RingMember(member.person.name, member.person.initials) for member in ordered],
        words=rings(session, [circle_id], at=at)[circle_id],
        weeks=week_numbers(session, [m.id for m in sessions]),
        sessions=[m for m in sessions if m.state is not SessionState.CANCELLED],
        skipped=[m for m in skipped if m.id not in back],
        changeable={m.id for m in sessions if may_change(m, sessions, person, at=at)},
        agreement=agreement_state(session, found, reader=person),
        shown=shown_in_circle(session, person, circle_id),
        at=at,
        today=clock.today(person.timezone),
    )
