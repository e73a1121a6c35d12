"""Home and the pages that mix packages: they only read."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app.extensions import db
from app.visibility import TABLE, Reader

bp = Blueprint("pages", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """The signed-in person's home."""
    return render_template("app/home.html")


@bp.get("/who-can-see-what")
def who_can_see_what() -> ResponseReturnValue:
    """The table of who sees what, in words."""
    return render_template("app/who_can_see_what.html", table=TABLE, readers=list(Reader))


@bp.get("/help", endpoint="help")
def help_page() -> ResponseReturnValue:
    """Help for members, leads and managers."""
    return render_template("app/help.html")


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Whether the web process reaches its database."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
