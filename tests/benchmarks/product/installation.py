"""An application on a database of its own for one measurement: a SQLite file, or a real PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts import sign_ins
from app.accounts.models import Person
from app.auth import SESSION_KEY
from app.config import Config
from app.db import unit_writes
from app.extensions import db
from app.factory import create_app
from tests.databases import migrated_database_url


@contextmanager
def installation(*, postgresql: bool) -> Iterator[Flask]:
    """An empty installation with today's schema; everything is gone afterwards.

    The caller opens application contexts: requests made inside one would share its session and who is signed in.
    """
    with (
        tempfile.TemporaryDirectory(prefix="coterie-bench-") as name,
        migrated_database_url(Path(name), postgresql=postgresql) as url,
    ):
        config = Config(
            secret_key="only for measuring, only for measuring",
            data_dir=Path(name) / "data",
            database_url=url,
            base_url="http://coterie.example",
            mail_transport="outbox",
            mail_from="circles@coterie.example",
            testing=True,
        )
        flask_app = create_app(config)
        # A page that fails is a figure too, and does not end the measurement.
        flask_app.config["PROPAGATE_EXCEPTIONS"] = False
        yield flask_app
        with flask_app.app_context():
            db.engine.dispose()


def browser_of(flask_app: Flask, session: Session, person: Person) -> FlaskClient:
    """A browser that is signed in as a person."""
    unit_writes.set(True)
    secret = sign_ins.begin(session, person, at=clock.now(), days=1, method="bench")
    session.commit()
    browser = flask_app.test_client()
    with browser.session_transaction() as cookie:
        cookie[SESSION_KEY] = secret
        cookie["_user_id"] = str(person.id)
        cookie["_fresh"] = True
    return browser
