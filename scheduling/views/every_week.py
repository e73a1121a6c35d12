"""Saying once for a season that one comes every week."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import NotFound
from app.extensions import db
from circles.queries import membership_for
from scheduling import queries
from scheduling.services.answers import come_every_week
from scheduling.views.blueprint import back, bp


@bp.post("/circles/<uuid:circle_id>/every-week")
def every_week(circle_id: UUID) -> ResponseReturnValue:
    """Come every week of this season unless I say otherwise, or be asked each time again."""
    membership_for(db.session(), me(), circle_id)
    season = queries.season_of_circle(db.session(), circle_id)
    if season is None or season.ended_at is not None:
        raise NotFound
    if request.form.get("every") not in ("yes", "no"):
        abort(400)
    every = request.form["every"] == "yes"
    come_every_week(db.session(), season, me(), every=every, at=clock.now())
    db.session.commit()
    flash(
        _("Your circle sees a yes from you for each session, until you say otherwise.")
        if every
        else _("You are asked each time again. Answers you gave stay as they are.")
    )
    return redirect(back())
