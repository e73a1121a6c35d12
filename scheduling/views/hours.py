"""My hours while my circles meet: change them after seeing which circles that touches."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock, i18n
from app.auth import me
from app.errors import InvalidInput, NotFound
from app.extensions import db
from circles.availability import GridError, WeeklyGrid
from circles.enrollment_forms import HoursForm
from scheduling.services.my_hours import hours_of, keep_hours, touched
from scheduling.views.blueprint import bp


@bp.route("/hours", methods=("GET", "POST"))
def my_hours() -> ResponseReturnValue:
    """Paint or write my hours; a look first names the circles whose sessions they leave outside."""
    rows = hours_of(db.session(), me())
    if not rows:
        raise NotFound
    newest = rows[0]
    minutes = newest.cohort.minutes
    form = HoursForm(timezone=newest.timezone, can=newest.available, prefer=newest.preferred)
    valid = form.validate_on_submit()
    zone = form.timezone.data if i18n.is_timezone(form.timezone.data or "") else newest.timezone
    hours = form.hours()
    grid = _grid(hours.available, hours.preferred)
    if valid and "look" not in request.form:
        try:
            keep_hours(db.session(), me(), grid, hours.timezone, at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            form[error.field or "can"].errors = [error.render(_)]
        else:
            db.session.commit()
            flash(_("Your hours are kept. No session moved by it."))
            return redirect(url_for("scheduling.my_sessions"))
    page = {
        "form": form,
        "grid": grid,
        "starts": grid.starts(minutes),
        "minutes": minutes,
        "zone": zone,
        "zones": sorted(i18n.TIMEZONES),
        "weekends": any(cell >= 5 * 48 for cell in grid.can),
        "circles": touched(db.session(), me(), grid, zone, at=clock.now()),
        "looked": valid and bool(grid.can),
    }
    return render_template("scheduling/hours.html", **page), 422 if form.errors else 200


def _grid(available: str, preferred: str) -> WeeklyGrid:
    """The hours for the figures; none while they cannot be read, which the form says itself."""
    try:
        return WeeklyGrid.parse(available, preferred)
    except GridError:
        return WeeklyGrid(frozenset())
