"""Deny by default: every route asks for a signed-in person unless it is listed here or takes a token."""

from __future__ import annotations

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.accounts import sign_ins
from app.accounts.models import Person
from app.db import unit_writes
from app.extensions import db, login_manager
from app.tokens import PURPOSES

SESSION_KEY = sign_ins.SESSION_KEY

#: Endpoints that anyone may call without a token.
PUBLIC: frozenset[str] = frozenset(
    {
        "static",
        "accounts.sign_in",
        "accounts.forgot_password",
        "accounts.sign_in_demonstration",
        "pages.health",
        "pages.help",
        "pages.who_can_see_what",
        "pages.organization_logo",
        # A mail server hands mails over here; the signature of each request is its permission.
        "scheduling.inbound_mail",
    }
)

#: Endpoints whose secret in the address is the permission; they come from the one table of tokens.
BY_TOKEN: frozenset[str] = frozenset(purpose.endpoint for purpose in PURPOSES.values())

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(flask_app: Flask) -> None:
    """Guard every route of the application."""
    login_manager.init_app(flask_app)
    login_manager.user_loader(_load_person)
    # Runs before Flask-Login touches the database, so that reading requests never wait for the write lock.
    flask_app.before_request_funcs.setdefault(None, []).insert(0, _choose_unit)
    flask_app.before_request(_require_person)
    flask_app.after_request(_note_seen)


def me() -> Person:
    """The signed-in person; only for routes that are not public."""
    found = current_user._get_current_object()
    if not isinstance(found, Person):
        raise RuntimeError("this route is public, so nobody may be signed in")
    return found


def _choose_unit() -> None:
    unit_writes.set(request.method not in SAFE_METHODS)


def _load_person(person_id: str) -> Person | None:
    secret = session.get(SESSION_KEY)
    if not secret:
        return None
    found = sign_ins.standing(db.session(), secret, at=clock.now())
    if found is None or str(found[1].id) != person_id:
        return None
    g.sign_in = found[0]
    return found[1]


def _require_person() -> BaseResponse | None:
    if request.endpoint is None or request.endpoint in PUBLIC or request.endpoint in BY_TOKEN:
        return None
    if current_user.is_authenticated:
        return None
    target = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("accounts.sign_in", next=target))


def _note_seen(response: Response) -> Response:
    """Refresh "last seen" now and then, in a unit of its own after the page is made; losing it is harmless."""
    sign_in = g.get("sign_in")
    if sign_in is None or sign_in.seen_at + sign_ins.SEEN_STEP > clock.now():
        return response
    try:
        db.session.rollback()
        unit_writes.set(True)
        row = db.session.get(type(sign_in), sign_in.id)
        if row is not None:
            row.seen_at = clock.now()
        db.session.commit()
    except Exception:
        db.session.rollback()
    return response
