"""Makes the application: the only place that knows every package."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from app import auth, figures, i18n, navigation
from app.blueprints import BLUEPRINTS
from app.config import Config
from app.errors import DomainError
from app.extensions import babel, bootstrap, csrf, db, migrate, prepare_engine
from app.jobs import ledger
from app.jobs.carrier import Carrier
from app.jobs.registry import Jobs
from app.jobs_table import HANDLERS, PERIODIC
from app.organization import organization
from app.packages_table import PACKAGES
from app.relations import relations_of
from app.storage import Storage

ROOT = Path(__file__).resolve().parent.parent
MAX_UPLOAD_BYTES = 12 * 1024 * 1024

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)


class Application(Flask):
    """Flask that logs which kind of page went wrong, not its address, since some addresses are secrets."""

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception that no page answers for."""
        kind = request.url_rule.rule if request.url_rule else "an address without a page"
        self.logger.error("Exception on %s [%s]", kind, request.method, exc_info=exc_info)


def create_app(config: Config) -> Flask:
    """An application bound to one configuration; nothing acts before this is called."""
    flask_app = Application(
        "app", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"), static_folder="static"
    )
    config.data_dir.mkdir(parents=True, exist_ok=True)
    flask_app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.public_url.startswith("https://"),
        SESSION_COOKIE_NAME="coterie_demonstration" if config.demonstration else "coterie",
        PERMANENT_SESSION_LIFETIME=timedelta(days=config.sign_in_days),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE=i18n.DEFAULT_LOCALE,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "app" / "translations"),
        BOOTSTRAP_SERVE_LOCAL=True,
        TESTING=config.testing,
    )
    flask_app.extensions["config"] = config
    flask_app.extensions["packages"] = PACKAGES
    flask_app.extensions["storage"] = Storage(config.data_dir / "files" if config.storage == "folder" else None)
    logging.getLogger("coterie").setLevel(config.log_level.upper())
    if config.trusted_proxies:
        hops = config.trusted_proxies
        flask_app.wsgi_app = ProxyFix(flask_app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _bind_extensions(flask_app)
    _bind_jobs(flask_app, config)
    auth.init_app(flask_app)
    for blueprint in BLUEPRINTS:
        flask_app.register_blueprint(blueprint)
    _bind_templates(flask_app, config)
    _bind_errors(flask_app)
    flask_app.after_request(_secure)
    return flask_app


def _bind_extensions(flask_app: Flask) -> None:
    db.init_app(flask_app)
    with flask_app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(flask_app, db, directory=str(ROOT / "app" / "migrations"), render_as_batch=True)
    csrf.init_app(flask_app)
    bootstrap.init_app(flask_app)
    babel.init_app(flask_app, locale_selector=_locale, timezone_selector=_timezone)


def _bind_jobs(flask_app: Flask, config: Config) -> None:
    flask_app.extensions["jobs"] = Jobs(HANDLERS, PERIODIC, Carrier(config.database_url, config.data_dir))


@event.listens_for(db.session, "after_commit")
def _wake_workers(session: Session) -> None:
    """Tell workers of the jobs that this commit made visible."""
    waiting = session.info.pop(ledger.WAKE, None)
    if waiting and not current_app.testing:
        jobs: Jobs = current_app.extensions["jobs"]
        jobs.carrier.wake(waiting)


@event.listens_for(db.session, "after_soft_rollback")
def _forget_wakes(session: Session, previous: object) -> None:
    session.info.pop(ledger.WAKE, None)


def _locale() -> str:
    forced: str | None = g.get("locale")
    if forced:
        return forced
    if current_user and current_user.is_authenticated and current_user.locale in i18n.LOCALES:
        return str(current_user.locale)
    return request.accept_languages.best_match(i18n.LOCALES) or i18n.DEFAULT_LOCALE


def _timezone() -> str:
    if current_user and current_user.is_authenticated:
        return str(current_user.timezone)
    return "UTC"


def _bind_templates(flask_app: Flask, config: Config) -> None:
    flask_app.jinja_env.trim_blocks = True
    flask_app.jinja_env.lstrip_blocks = True
    flask_app.jinja_env.add_extension("jinja2.ext.do")
    flask_app.jinja_env.globals.update(figures=figures, place_of=i18n.place_of)
    flask_app.jinja_env.filters.update(i18n.FILTERS)

    @flask_app.context_processor
    def shell() -> dict[str, object]:
        locale = str(get_locale() or i18n.DEFAULT_LOCALE)
        return {
            "organization": organization(db.session()),
            "demonstration": config.demonstration,
            "language": locale,
            "direction": i18n.text_direction(locale),
            "nav": _header_links() if request else [],
            "public_url": config.public_url,
            "page_url": _page_url,
            "outbox_url": "/outbox" if config.demonstration else None,
        }


def _header_links() -> list[navigation.NavItem]:
    if not current_user.is_authenticated:
        return []
    return navigation.items(relations_of(db.session(), auth.me()), request.endpoint or "")


def _page_url(number: int) -> str:
    """The address of the present page with another page of its list."""
    arguments: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(request.endpoint or "pages.home", **arguments)


def _bind_errors(flask_app: Flask) -> None:
    @flask_app.errorhandler(DomainError)
    def refuse(error: DomainError) -> ResponseReturnValue:
        db.session.rollback()
        return render_template("errors/error.html", status=error.status, message=error.render(gettext)), error.status

    @flask_app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> ResponseReturnValue:
        message = gettext(
            "This form was open too long or came from elsewhere. Go back, load the page again and send it once more."
        )
        return render_template("errors/error.html", status=400, message=message), 400

    @flask_app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        db.session.rollback()
        messages = {
            404: gettext("There is nothing here for you."),
            405: gettext("This address does not take that kind of request."),
            413: gettext("That file is larger than this page accepts."),
            429: gettext("Too many attempts. Wait a few minutes and try again."),
        }
        status = error.code or 500
        message = messages.get(status, gettext("Something went wrong. Nothing was changed."))
        return render_template("errors/error.html", status=status, message=message), status


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    by_token = request.endpoint in auth.BY_TOKEN
    headers.setdefault("Referrer-Policy", "no-referrer" if by_token else "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "private, no-store" if by_token else "private, no-cache")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
