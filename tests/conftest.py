"""A real database for every test that asks for one, a fixed cast, a frozen clock when wanted, and no mail by accident.

The schema is made by the migrations, once per worker process. Each test then runs inside a savepoint that is rolled
back, so that even commits leave nothing behind. COTERIE_TEST_DATABASE=postgresql runs the same tests there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, g, request_started
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import clock
from app.accounts import sign_ins
from app.accounts.models import Person
from app.auth import SESSION_KEY
from app.config import Config
from app.extensions import db
from app.factory import create_app
from tests.databases import migrated_database_url
from tests.factories import accounts as make_accounts
from tests.jobs_in_tests import drain

# A test says nothing by the time it takes: that depends on what else the machine does.
settings.register_profile("coterie", deadline=None)
settings.load_profile("coterie")

ON_POSTGRESQL = os.environ.get("COTERIE_TEST_DATABASE") == "postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses the database, so that it can be run again on PostgreSQL."""
    for item in items:
        if "flask_app" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with today's schema, made by the migrations."""
    with migrated_database_url(tmp_path_factory.mktemp("database"), postgresql=ON_POSTGRESQL) as url:
        yield url


@pytest.fixture(scope="session")
def base_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application per worker process."""
    config = Config(
        secret_key="only for tests, only for tests, only for tests",
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        base_url="http://coterie.test",
        mail_transport="outbox",
        mail_from="circles@coterie.test",
        pdf_processes=0,
        testing=True,
    )
    made = create_app(config)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def flask_app(base_app: Flask) -> Iterator[Flask]:
    """The application, its database rolled back after the test."""
    with base_app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        engines = db.engines
        engine = engines[None]
        engines[None] = connection  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        # All requests of a test share its application context; who is signed in must not leak from one to the next.
        request_started.connect(_forget_request, base_app)
        try:
            yield base_app
        finally:
            request_started.disconnect(_forget_request, base_app)
            db.session.remove()
            engines[None] = engine
            outer.rollback()
            connection.close()


def _forget_request(sender: Flask, **extra: object) -> None:
    for name in list(g):
        g.pop(name)


@pytest.fixture
def session(flask_app: Flask) -> Session:
    """The database session of the test."""
    return db.session()


@pytest.fixture
def client(flask_app: Flask) -> FlaskClient:
    """A browser that is not signed in; forms need no CSRF token in this one."""
    flask_app.config["WTF_CSRF_ENABLED"] = False
    return flask_app.test_client()


@pytest.fixture
def sign_in(flask_app: Flask, session: Session) -> Callable[[Person], FlaskClient]:
    """Gives a browser that is signed in as a person."""
    flask_app.config["WTF_CSRF_ENABLED"] = False

    def browser_of(person: Person) -> FlaskClient:
        secret = sign_ins.begin(session, person, at=clock.now(), days=30, method="test")
        session.commit()
        browser = flask_app.test_client()
        with browser.session_transaction() as cookie:
            cookie[SESSION_KEY] = secret
            cookie["_user_id"] = str(person.id)
            cookie["_fresh"] = True
        return browser

    return browser_of


@pytest.fixture
def run_jobs(flask_app: Flask) -> Callable[[], int]:
    """Does every job that is due, in this process, until none is; says how many."""
    return lambda: drain(flask_app)


@pytest.fixture
def person(session: Session) -> Callable[..., Person]:
    """Makes people: person(name="Amara Osei", timezone="Europe/Lisbon")."""
    return lambda **fields: make_accounts.person(session, **fields)


@pytest.fixture
def outsider(person: Callable[..., Person]) -> Person:
    """Someone signed in who has nothing to do with what the test is about."""
    return person(name="Olga Outsider")


@pytest.fixture
def queries(flask_app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database so far; clear it before what is to be counted."""
    from sqlalchemy import event

    seen: list[str] = []
    connection = db.engine

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's shell reaches a test."""
    for name in list(os.environ):
        if name.startswith("COTERIE_") and name != "COTERIE_TEST_DATABASE":
            monkeypatch.delenv(name)


def count_rows(session: Session, table: str) -> int:
    """Rows in a table, for tests that nothing was lost or added."""
    return int(session.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0)
