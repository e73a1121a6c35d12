"""Help, who can see what, and whether the server is well."""

from __future__ import annotations

from flask import Response, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app.errors import NotFound
from app.extensions import db
from app.organization import organization
from app.pages.blueprint import bp
from app.storage import Storage
from app.visibility import TABLE, Reader, Sight


@bp.get("/who-can-see-what")
def who_can_see_what() -> ResponseReturnValue:
    """The table of who sees what, in words."""
    return render_template("app/who_can_see_what.html", table=TABLE, readers=list(Reader), sights=Sight)


@bp.get("/help", endpoint="help")
def help_page() -> ResponseReturnValue:
    """Help for members, leads and managers."""
    return render_template("app/help.html")


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Whether the web process reaches its database."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}


@bp.get("/logo")
def organization_logo() -> ResponseReturnValue:
    """The organization's logo, re-encoded at upload."""
    logo_id = organization(db.session()).logo_id
    if logo_id is None:
        raise NotFound
    storage: Storage = current_app.extensions["storage"]
    file, content = storage.read(db.session(), logo_id)
    response = Response(content, mimetype=file.content_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
