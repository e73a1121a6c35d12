"""Private calendar feeds: their addresses, and the calendars behind them."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import Expired, NotFound
from app.extensions import db
from circles.queries import membership_for
from circles.queries.mine import circles_of
from scheduling.services import feeds
from scheduling.views.blueprint import bp, desk


@bp.route("/calendar", methods=("GET", "POST"))
def calendar() -> ResponseReturnValue:
    """My private feeds: make an address, replace it, or end it."""
    address, made_for = "", None
    if request.method == "POST":
        membership = None
        if request.form.get("circle"):
            try:
                membership = membership_for(db.session(), me(), UUID(request.form["circle"]))
            except ValueError:
                abort(400)
        if "end" in request.form:
            feeds.end_feed(db.session(), me(), membership, at=clock.now())
            db.session.commit()
            flash(_("The address is ended. Calendars that looked there find nothing any more."))
            return redirect(url_for("scheduling.calendar"))
        secret = feeds.replace_feed(db.session(), me(), membership, at=clock.now())
        address = desk().url(url_for("scheduling.circle_feed" if membership else "scheduling.feed", token=secret))
        made_for = membership.circle_id if membership else None
        db.session.commit()
    return render_template(
        "scheduling/calendar.html",
        address=address,
        made_for=made_for,
        lines=feeds.feeds_of(db.session(), me(), circles_of(db.session(), me().id)),
    )


@bp.get("/feed/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """All sessions of a member: stable bytes, strong ETag, 304 when unchanged, 404 once replaced."""
    try:
        return _as_calendar(feeds.feed_bytes(db.session(), token, name="Coterie", at=clock.now()))
    except Expired:
        raise NotFound from None


@bp.get("/feed/circle/<token>.ics")
def circle_feed(token: str) -> ResponseReturnValue:
    """The sessions of one circle for one member, in the same way; 404 also once they left."""
    try:
        return _as_calendar(feeds.circle_feed_bytes(db.session(), token, at=clock.now()))
    except Expired:
        raise NotFound from None


def _as_calendar(content: bytes) -> ResponseReturnValue:
    response = Response(content, mimetype="text/calendar")
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.headers["Cache-Control"] = "private, max-age=300"
    return response.make_conditional(request)
