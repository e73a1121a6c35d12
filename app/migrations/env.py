"""Runs the migrations on the application's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def run() -> None:
    """Apply the migrations online, in one transaction each."""
    shared = context.config.attributes.get("connection")
    if shared is not None:
        _configure_and_run(shared)
        return
    with database.engine.connect() as connection:
        _configure_and_run(connection)
        connection.commit()


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
