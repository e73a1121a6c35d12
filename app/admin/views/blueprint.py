"""The blueprint of administration, and who may use it."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.auth import me
from app.config import Config
from app.errors import NotFound
from app.extensions import db
from app.organization import organization

bp = Blueprint("admin", __name__)


def administrator() -> Any:
    """The signed-in administrator. Raises NotFound for anyone else."""
    if not me().is_administrator:
        raise NotFound
    return me()


def session() -> Session:
    """The database session of the request."""
    return db.session()


def config() -> Config:
    """The settings."""
    return cast(Config, current_app.extensions["config"])


def page_number() -> int:
    """The page asked for in the address, at least 1."""
    return max(1, request.args.get("page", 1, type=int))


def demonstration_only() -> None:
    """Raises NotFound outside the demonstration."""
    if not config().demonstration:
        raise NotFound


@bp.before_app_request
def _first_run() -> ResponseReturnValue | None:
    """An administrator who comes home to an organization without a name sets it up first."""
    if request.endpoint != "pages.home" or not current_user.is_authenticated or not current_user.is_administrator:
        return None
    if organization(session()).set_up_at is not None:
        return None
    return redirect(url_for("admin.first_run"))


@bp.app_context_processor
def _outbox() -> dict[str, object]:
    """Where the demonstration shows its mails, for the line at the top of every page."""
    if not config().demonstration or not request or not current_user.is_authenticated:
        return {}
    return {"outbox_url": url_for("admin.outbox")}
