"""A lead gives a circle without a weekly time one of those that suit everyone."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from app.mail.desk import desk_for
from guides.walk.blueprint import bp
from guides.walk.services.opening import open_weekly_time
from scheduling.queries.polls import times_for


@bp.post("/circles/<uuid:circle_id>/weekly-time")
def set_weekly_time(circle_id: UUID) -> ResponseReturnValue:
    """Set the time and send the invites; members see it at once."""
    at = clock.now()
    times = times_for(db.session(), me(), circle_id, at=at)
    if not times.leads:
        raise NotFound
    if FlaskForm().validate_on_submit():
        try:
            open_weekly_time(
                db.session(),
                times.circle,
                request.form.get("place", 0, type=int),
                actor=me(),
                desk=desk_for(current_app.extensions["config"], db.session()),
                at=at,
            )
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
        else:
            db.session.commit()
            flash(_("The circle has a weekly time. Everyone gets the invites for its first sessions."))
    return redirect(url_for("scheduling.season", circle_id=circle_id))
