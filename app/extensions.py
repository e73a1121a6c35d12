"""The Flask extensions, made without an application; only the factory binds them."""

from __future__ import annotations

from sqlite3 import Connection as SqliteConnection
from typing import Any

from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from app.db import Base, unit_writes

# What goes wrong with a statement is logged; the names and addresses in it are not.
db = SQLAlchemy(model_class=Base, session_options={"autoflush": True}, engine_options={"hide_parameters": True})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
bootstrap = Bootstrap5()


def prepare_engine(engine: Engine) -> None:
    """Give a SQLite engine write-ahead logging, foreign keys and explicit transactions; others keep details back."""
    event.listen(engine, "handle_error", _keep_values_back)
    if engine.dialect.name != "sqlite":
        return

    def on_connect(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # A unit that reads and then writes fails with "locked" unless it takes the write lock at its start.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if unit_writes.get() else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _keep_values_back(context: ExceptionContext) -> None:
    """PostgreSQL says in a second line, DETAIL, which values it refused; that line does not belong into a log."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\nDETAIL:")[0], *error.args[1:])
