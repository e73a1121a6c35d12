"""Settings for a command, the application it works on, and a database that is ready for it."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click
import psycopg
from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import clock, upkeep
from app.config import MIN_SECRET_LENGTH, Config, ConfigError
from app.extensions import db
from app.factory import create_app
from guides.content.services import store_library

P = ParamSpec("P")
R = TypeVar("R")

#: Tells the child worker of `coterie demo` to work on the demonstration database.
DEMONSTRATION = "COTERIE_CHILD_DEMONSTRATION"
#: What the demonstration signs with is kept beside its database, so that links and sign-ins outlive a restart.
SECRET_FILE = "demonstration-secret"  # noqa: S105  a file's name
BAD_INPUT = 2


def load_config(*, demonstration: bool = False) -> Config:
    """Settings from the environment, or an exit that names each wrong one."""
    environment = dict(os.environ)
    if demonstration:
        for short in ("HOST", "PORT"):
            if short in environment:
                environment.setdefault(f"COTERIE_{short}", environment[short])
    try:
        config = Config.load(environment, demonstration=demonstration)
    except ConfigError as error:
        click.echo(f"Coterie cannot start with these settings:\n{error}", err=True)
        sys.exit(BAD_INPUT)
    return replace(config, secret_key=kept_secret(config.data_dir)) if demonstration else config


def kept_secret(folder: Path) -> str:
    """The demonstration's own secret, made once and readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / SECRET_FILE
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = file.read_text(encoding="ascii", errors="replace").strip()
        if len(kept) >= MIN_SECRET_LENGTH:
            return kept
        file.unlink()
        return kept_secret(folder)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        secret = secrets.token_urlsafe(48)
        opened.write(secret)
    return secret


def application(config: Config) -> Flask:
    """The application on its database. Raises ClickException when the database does not answer."""
    try:
        flask_app = create_app(config)
        with flask_app.app_context():
            upkeep.current_revision()
    except (psycopg.OperationalError, SQLAlchemyError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
        raise click.ClickException(f"The database cannot be reached; see COTERIE_DATABASE_URL. {said}") from error
    return flask_app


def bring_up(flask_app: Flask) -> bool:
    """Today's schema and the library's guides in the database; True when the schema was changed."""
    changed = upkeep.prepare(flask_app)
    with flask_app.app_context():
        store_library(db.session(), at=clock.now())
        db.session.commit()
        db.session.remove()
    return changed


def with_app(command: Callable[Concatenate[Flask, P], R]) -> Callable[P, R]:
    """Give a command the application on a database with today's schema, inside its context."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        flask_app = application(load_config())
        upkeep.prepare(flask_app)
        with flask_app.app_context():
            return command(flask_app, *args, **kwargs)

    return wrapped
