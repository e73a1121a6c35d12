"""Migrating, backing up, restoring and checking an installation."""

from __future__ import annotations

import fcntl
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade as migrate_up
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import audit, clock
from app.config import Config
from app.extensions import db
from app.jobs import ledger
from app.jobs.models import JobState, WorkerBeat
from app.mail.transport import Outbox, Smtp, sender_address, transport_for
from app.organization import organization

FORMAT = 1
MANIFEST = "coterie-backup.json"
DATABASE = "database"
FILES = "files"
#: A worker tells that it lives every few seconds; one that was silent for so long is gone.
SILENT = timedelta(minutes=1)
#: The key of PostgreSQL's lock for migrating; any number that nothing else here uses.
MIGRATING = 7_281_146


class UpkeepError(Exception):
    """What went wrong, in one sentence for the terminal."""


def prepare(flask_app: Flask) -> bool:
    """Bring the database to today's schema; True when something was done."""
    with flask_app.app_context():
        newest = newest_revision(flask_app)
        if current_revision() == newest:
            return False
        with _alone():
            # Another process may have done it while this one waited.
            if current_revision() != newest:
                migrate_up(directory=flask_app.extensions["migrate"].directory)
        db.session.remove()
        db.engine.dispose()
        return True


@contextmanager
def _alone() -> Iterator[None]:
    """Hold back other processes that start on the same database: each migration is a transaction of its own."""
    if db.engine.dialect.name == "sqlite":
        path = Path(f"{db.engine.url.database}.migrating")
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
            # Whoever waits holds this file still; whoever comes later finds today's schema.
            path.unlink(missing_ok=True)
        return
    with db.engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(MIGRATING)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(MIGRATING)))


def current_revision() -> str | None:
    """The schema revision the database is at; None when empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision(flask_app: Flask) -> str | None:
    """The schema revision this program needs."""
    return ScriptDirectory(flask_app.extensions["migrate"].directory).get_current_head()


def backup(config: Config, target: Path) -> None:
    """Write database and stored files into one tar file, consistent while people work. Raises UpkeepError."""
    if target.exists():
        raise UpkeepError(f"{target} exists already; choose another name")
    manifest = {"format": FORMAT, "made_at": clock.now().isoformat(), "kind": _kind(config)}
    partial = target.with_name(target.name + ".partial")
    try:
        with tarfile.open(partial, "w:gz") as tar:
            _add_bytes(tar, MANIFEST, json.dumps(manifest).encode(), clock.now())
            _add_bytes(tar, DATABASE, _dump(config), clock.now())
            folder = config.data_dir / FILES
            if folder.is_dir():
                tar.add(folder, arcname=FILES)
        partial.rename(target)
    except OSError as error:
        raise UpkeepError(f"{target} could not be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def restore(config: Config, source: Path) -> None:
    """Put a backup back in place of an empty database. Raises UpkeepError and changes nothing when it cannot."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            manifest = json.loads(_read(tar, MANIFEST))
            if manifest.get("format") != FORMAT or manifest.get("kind") != _kind(config):
                raise UpkeepError(
                    f"{source} is a {manifest.get('kind')} backup, format {manifest.get('format')}; "
                    f"this installation needs {_kind(config)}, format {FORMAT}"
                )
            data = _read(tar, DATABASE)
            _load(config, data)
            members = [member for member in tar.getmembers() if member.name.startswith(FILES + "/") and member.isfile()]
            tar.extractall(config.data_dir, members=members, filter="data")
    except (OSError, tarfile.TarError, KeyError, json.JSONDecodeError) as error:
        raise UpkeepError(f"{source} is not a whole Coterie backup: {error}") from error


def _kind(config: Config) -> str:
    return "postgresql" if config.database_url.startswith("postgresql") else "sqlite"


def _dump(config: Config) -> bytes:
    if _kind(config) == "postgresql":
        url = config.database_url.replace("+psycopg", "", 1)
        return _run(["pg_dump", "--format=custom", "--no-owner", url])
    path = Path(config.database_url.removeprefix("sqlite:///"))
    if not path.exists():
        raise UpkeepError(f"there is no database at {path}")
    source, copy = sqlite3.connect(path), sqlite3.connect(":memory:")
    try:
        source.backup(copy)
        return copy.serialize()
    finally:
        source.close()
        copy.close()


def _load(config: Config, data: bytes) -> None:
    if _kind(config) == "postgresql":
        url = config.database_url.replace("+psycopg", "", 1)
        if _holds_people(url):
            raise UpkeepError("the database holds data; name an empty one, so that nothing is overwritten")
        _run(["pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", f"--dbname={url}"], data)
        return
    path = Path(config.database_url.removeprefix("sqlite:///"))
    if path.exists() and path.stat().st_size:
        raise UpkeepError(f"{path} holds data; move it away first, so that nothing is overwritten")
    config.data_dir.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    check = sqlite3.connect(partial)
    try:
        answer = check.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        answer = str(error)
    finally:
        check.close()
    if answer != "ok":
        partial.unlink()
        raise UpkeepError(f"the database in the backup is damaged: {answer}")
    partial.replace(path)


def _holds_people(url: str) -> bool:
    """Whether somebody has an account in a PostgreSQL database."""
    try:
        with psycopg.connect(url) as connection:
            there = connection.execute("SELECT to_regclass('person')").fetchone()
            if there is None or there[0] is None:
                return False
            return connection.execute("SELECT 1 FROM person LIMIT 1").fetchone() is not None
    except psycopg.Error as error:
        raise UpkeepError(f"the database cannot be reached: {str(error).splitlines()[0]}") from error


def _run(command: list[str], stdin: bytes | None = None) -> bytes:
    if shutil.which(command[0]) is None:
        raise UpkeepError(f"{command[0]} is not installed; it comes with PostgreSQL's client programs")
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it failed"]
        raise UpkeepError(f"{command[0]}: {said[-1]}")
    return done.stdout


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), int(at.timestamp()), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    stream = tar.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream.read()


def check(flask_app: Flask, config: Config) -> Iterator[tuple[bool, str]]:
    """Each part of the installation: whether it is well, and in words what is so or what to mend."""
    yield True, f"Settings: {len(config.secret_key)} characters of secret, data in {config.data_dir}"
    with flask_app.app_context():
        try:
            ready = current_revision() == newest_revision(flask_app)
        except SQLAlchemyError as error:
            yield False, f"Database: it cannot be reached: {str(error).splitlines()[0]}"
        else:
            yield from _check_database(flask_app)
            # The rest is read from tables that are not there before the upgrade.
            if ready:
                yield from _check_mail(config)
                yield from _check_jobs()
                yield _check_worker()
    yield from _check_fonts(flask_app)


def _check_database(flask_app: Flask) -> Iterator[tuple[bool, str]]:
    have, need = current_revision(), newest_revision(flask_app)
    yield (
        have == need,
        f"Database: schema {have or 'empty'}" + ("" if have == need else f", needs {need}: coterie upgrade"),
    )
    if have == need:
        broken = audit.first_broken(db.session())
        yield broken is None, "Audit trail: whole" if broken is None else f"Audit trail: entry {broken} was changed"


def _check_mail(config: Config) -> Iterator[tuple[bool, str]]:
    transport = transport_for(config, db.session())
    sender = sender_address(config, db.session())
    if isinstance(transport, Outbox):
        yield False, "Mail: no server is set; mails stay in the outbox. Set COTERIE_SMTP_HOST or use the first-run page"
        return
    if isinstance(transport, Smtp):
        try:
            transport.greet()
        except (OSError, ValueError) as error:
            yield False, f"Mail: {transport.host}:{transport.port} does not answer as wanted: {error}"
            return
        yield True, f"Mail: {transport.host}:{transport.port} answers; mails come from {sender}"


def _check_jobs() -> Iterator[tuple[bool, str]]:
    numbers = ledger.counts(db.session())
    late = len(ledger.due(db.session(), at=clock.now()))
    yield (
        not numbers[JobState.DEAD],
        f"Jobs: {late} due, {numbers[JobState.DEAD]} dead"
        + ("; see the health page" if numbers[JobState.DEAD] else ""),
    )
    yield True, f"Organization: {organization(db.session()).name or 'not set up yet; sign in as administrator'}"


def _check_worker() -> tuple[bool, str]:
    seen = db.session.scalar(select(func.max(WorkerBeat.seen_at)))
    if seen is None:
        return True, "Worker: none has run yet; coterie run and coterie worker start one"
    silent = clock.now() - seen
    if silent > SILENT:
        when = f"{seen:%Y-%m-%d %H:%M} UTC"
        return False, f"Worker: none lives, the last was seen at {when}; start coterie run or coterie worker"
    return True, f"Worker: seen {int(silent.total_seconds())} seconds ago"


def _check_fonts(flask_app: Flask) -> Iterator[tuple[bool, str]]:
    vendor = Path(str(flask_app.static_folder)) / "vendor"
    fonts = len(list(vendor.rglob("*.woff2"))) if vendor.is_dir() else 0
    yield (
        fonts > 0,
        f"Fonts and scripts: {fonts} font files" if fonts else "Fonts and scripts: missing; run make assets",
    )
