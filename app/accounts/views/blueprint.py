"""The blueprint of accounts, and what its views read from the request."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from flask import Blueprint, current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person, SignIn
from app.accounts.packages import Packages
from app.config import Config
from app.extensions import db
from app.mail.desk import Desk, desk_for
from app.storage import Storage

bp = Blueprint("accounts", __name__)

#: For so long after signing in nobody is asked again who they are.
PROVED = timedelta(minutes=15)


def me() -> Person:
    """The signed-in person; only for routes that are not public."""
    return cast(Person, current_user._get_current_object())


def this_sign_in() -> SignIn:
    """The sign-in of this browser; only for routes that are not public."""
    return cast(SignIn, g.sign_in)


def just_signed_in() -> bool:
    """Whether this browser signed in a moment ago."""
    return this_sign_in().created_at > clock.now() - PROVED


def session() -> Session:
    """The database session of the request."""
    return db.session()


def config() -> Config:
    """The settings."""
    return cast(Config, current_app.extensions["config"])


def storage() -> Storage:
    """Where files are kept."""
    return cast(Storage, current_app.extensions["storage"])


def packages() -> Packages:
    """What the packages above tell about people."""
    return cast(Packages, current_app.extensions["packages"])


def desk() -> Desk:
    """Who mails come from and where their links lead."""
    return desk_for(config(), session())


def client() -> str:
    """The network address that the request came from."""
    return request.remote_addr or "unknown"


def browser() -> str:
    """What the browser says it is."""
    return (request.user_agent.string or "")[:200]


def page_number() -> int:
    """The page asked for in the address, at least 1."""
    return max(1, request.args.get("page", 1, type=int))
