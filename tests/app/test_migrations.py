"""Migrating an installation that holds rows."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from app import upkeep
from app.config import Config
from app.extensions import db
from app.factory import create_app

FIRST = "0005_practices"


def test_a_table_made_anew_keeps_the_rows_that_point_at_it(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    flask_app = create_app(
        Config(secret_key="s" * 40, data_dir=tmp_path, database_url=f"sqlite:///{file}", testing=True)
    )
    with flask_app.app_context():
        upgrade(revision=FIRST)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(
                "INSERT INTO outgoing_mail (kind, recipient, recipient_name, subject, text, html, message_id,"
                " unsubscribe_url, state, created_at, send_at)"
                " VALUES ('welcome', 'a@example.org', 'A', 's', 't', '', 'm', '', 'sent', '2026-09-01', '2026-09-01')"
            )
            connection.execute("CREATE TABLE pointing (mail INTEGER REFERENCES outgoing_mail (id) ON DELETE CASCADE)")
            connection.execute("INSERT INTO pointing SELECT id FROM outgoing_mail")
            connection.commit()
        upgrade()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM outgoing_mail")).scalar() == 1
            assert connection.execute(text("SELECT count(*) FROM pointing")).scalar() == 1
        db.session.remove()
        db.engine.dispose()


def test_keys_are_enforced_again_once_the_schema_is_there(tmp_path: Path) -> None:
    flask_app = create_app(
        Config(secret_key="s" * 40, data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'new.db'}", testing=True)
    )
    with flask_app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        db.session.remove()
        db.engine.dispose()


def test_who_waited_for_another_process_finds_the_schema_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.db"
    config = Config(secret_key="s" * 40, data_dir=tmp_path, database_url=f"sqlite:///{file}", testing=True)
    looked, read, migrated = threading.Event(), upkeep.current_revision, upkeep.migrate_up

    def look() -> str | None:
        found = read()
        looked.set()
        return found

    monkeypatch.setattr(upkeep, "current_revision", look)
    monkeypatch.setattr(upkeep, "migrate_up", lambda **_names: pytest.fail("it was made already"))
    second = create_app(config)
    with ThreadPoolExecutor(1) as pool, Path(f"{file}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = pool.submit(upkeep.prepare, second)
        assert looked.wait(20)
        with create_app(config).app_context():
            migrated()
            db.session.remove()
            db.engine.dispose()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert waiting.result(20) is True
