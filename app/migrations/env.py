"""Runs the migrations on the application's own engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

database = current_app.extensions["migrate"].db


def run() -> None:
    """Apply the migrations online, in one transaction each."""
    shared = context.config.attributes.get("connection")
    if shared is not None:
        _configure_and_run(shared)
        return
    with database.engine.connect() as connection, _children_kept(connection):
        _configure_and_run(connection)
        connection.commit()


@contextmanager
def _children_kept(connection: Connection) -> Iterator[None]:
    """SQLite makes a changed table anew and drops the old one; with keys enforced, rows that point at it would go too.

    The switch works outside of a transaction only, so it is set on the driver's own connection.
    """
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _configure_and_run(connection: object) -> None:
    context.configure(
        connection=connection,
        target_metadata=database.metadatas[None],
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
