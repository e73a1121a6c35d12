"""The blueprint of practice changes, and what its views need of the application."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, current_app, request
from sqlalchemy.orm import Session

from app.accounts.destinations import HOME, own_path
from app.extensions import db
from app.mail.desk import Desk, desk_for
from app.storage import Storage

bp = Blueprint("practices", __name__)


def session() -> Session:
    """The database session of the request."""
    return db.session()


def desk() -> Desk:
    """Who mails come from and where their links lead."""
    return desk_for(current_app.extensions["config"], db.session())


def storage() -> Storage:
    """Where finished documents are kept."""
    return cast(Storage, current_app.extensions["storage"])


def back_to(default: str) -> str:
    """Where a form asked to return to, when that is a page of this site; else the default."""
    asked = request.values.get("next")
    path = own_path(asked) if asked else default
    return path if path != HOME or asked == HOME else default
