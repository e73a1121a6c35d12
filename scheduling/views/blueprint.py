"""The blueprint of sessions, and what its views share."""

from __future__ import annotations

from flask import Blueprint, current_app, request, url_for

from app.extensions import db
from app.mail.desk import Desk, desk_for

bp = Blueprint("scheduling", __name__)


def desk() -> Desk:
    """What mails of this installation need to know."""
    return desk_for(current_app.extensions["config"], db.session())


def back() -> str:
    """The page someone came from, if it is one of ours, else home."""
    target = request.args.get("next") or request.form.get("next") or ""
    if target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return url_for("pages.home")
