"""A member's private calendar feed: its address, and the calendar itself."""

from __future__ import annotations

import hashlib

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.errors import Expired, NotFound
from app.extensions import db
from scheduling.services.feeds import feed_bytes, has_feed, replace_feed
from scheduling.views.blueprint import bp, desk


@bp.route("/calendar", methods=("GET", "POST"))
def calendar() -> ResponseReturnValue:
    """My private feed: make it, or replace its address."""
    secret = None
    if request.method == "POST":
        secret = replace_feed(db.session(), me(), at=clock.now())
        db.session.commit()
    address = desk().url(url_for("scheduling.feed", token=secret)) if secret else ""
    return render_template("scheduling/calendar.html", address=address, standing=has_feed(db.session(), me()))


@bp.get("/feed/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """A member's feed: stable bytes, strong ETag, 304 when unchanged, 404 once replaced."""
    try:
        content = feed_bytes(db.session(), token, name="Coterie", at=clock.now())
    except Expired:
        raise NotFound from None
    response = Response(content, mimetype="text/calendar")
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.headers["Cache-Control"] = "private, max-age=300"
    return response.make_conditional(request)
