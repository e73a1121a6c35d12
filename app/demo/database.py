"""The demonstration's database file: made when there is none, thrown away on request."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import clock, upkeep
from app.config import Config
from app.demo.building import OPENED_BEFORE, build, is_empty
from app.extensions import db
from app.factory import create_app
from circles.models import Cohort

Say = Callable[[str], None]
#: When the demonstration is older than this, its circles are past their fifth week.
FRESH_FOR = timedelta(days=7)
_BESIDE = ("", "-wal", "-shm", "-journal")


def ready(config: Config, *, fresh: bool, say: Say) -> Flask:
    """The application on a demonstration that is there and up to date; made if it is empty or wanted afresh."""
    path = _path(config)
    if fresh:
        _remove(path)
        _remove(path.with_name(f"{path.stem}-queue.db"))
    if not path.exists() or not path.stat().st_size:
        _make(config, path, say)
        return create_app(config)
    flask_app = create_app(config)
    upkeep.prepare(flask_app)
    with flask_app.app_context():
        empty = is_empty(db.session())
        db.session.remove()
        db.engine.dispose()
    if empty:
        _remove(path)
        _make(config, path, say)
        flask_app = create_app(config)
    return flask_app


def age(flask_app: Flask, at: datetime) -> timedelta:
    """How long ago the demonstration was made."""
    with flask_app.app_context():
        opened = select(Cohort.created_at).order_by(Cohort.created_at).offset(2).limit(1)
        third = db.session().scalar(opened)
        db.session.remove()
    return at - (third + OPENED_BEFORE) if third else timedelta()


def _make(config: Config, path: Path, say: Say) -> None:
    """Build beside the file's place and move it there whole, so that what was interrupted is not taken for done."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.stem}-in-the-making.db")
    _remove(partial)
    say("Making the demonstration: 64 people, whose circles are in their fifth week. It takes a moment, this once.")
    flask_app = create_app(replace(config, database_url=f"sqlite:///{partial}"))
    upkeep.prepare(flask_app)
    with flask_app.app_context():
        build(db.session(), config, flask_app.extensions["storage"], clock.now())
        db.session.remove()
        db.engine.dispose()
    with closing(sqlite3.connect(partial)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    partial.replace(path)
    _remove(partial)
    _remove(partial.with_name(f"{partial.stem}-queue.db"))


def _path(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _remove(path: Path) -> None:
    for beside in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + beside).unlink()
