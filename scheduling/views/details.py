"""The host's page that gives a session another title or room."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from scheduling import queries
from scheduling.models import CircleSession, Season
from scheduling.season_forms import ALL, DetailsForm
from scheduling.services import changes
from scheduling.services import details as services
from scheduling.views.blueprint import back, bp, desk


@bp.route("/sessions/<uuid:session_id>/details", methods=("GET", "POST"))
def details(session_id: UUID) -> ResponseReturnValue:
    """Give this or the next session another title, or the circle another room; invites follow within minutes."""
    meeting, season = _changeable(session_id)
    form = DetailsForm.for_session(meeting)
    if form.validate_on_submit():
        try:
            _save(meeting, season, form)
        except InvalidInput as error:
            db.session.rollback()
            wrong = form.title if error.field == "title" else form.room
            wrong.errors = [*wrong.errors, error.render(_)]
            meeting, season = _changeable(session_id)
        else:
            db.session.commit()
            flash(_("Saved. Invites and calendars follow within fifteen minutes."))
            return redirect(back())
    return render_template("scheduling/details.html", meeting=meeting, form=form, next_url=back())


def _save(meeting: CircleSession, season: Season, form: DetailsForm) -> None:
    session, link, at = db.session(), (form.room.data or "").strip(), clock.now()
    services.rename_session(session, meeting, form.title.data or "", actor=me(), desk=desk(), at=at)
    if form.sessions.data == ALL:
        services.change_season_room(session, season, link, actor=me(), desk=desk(), at=at)
        services.change_room(session, meeting, "", actor=me(), desk=desk(), at=at)
    elif link != meeting.room:
        services.change_room(session, meeting, link, actor=me(), desk=desk(), at=at)


def _changeable(session_id: UUID) -> tuple[CircleSession, Season]:
    meeting = queries.member_session(db.session(), me(), session_id)
    season = queries.season_of_circle(db.session(), meeting.season.circle_id)
    if season is None:
        raise NotFound
    if not changes.may_change(meeting, list(season.sessions), me(), at=clock.now()):
        raise NotAllowed(N_("The host of this or the next session can change it."))
    return meeting, season
