"""How long transactions that write keep the database to themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Held:
    """How long each writing transaction lasted: on SQLite from BEGIN IMMEDIATE to the end of COMMIT.

    `cpu` is the part of it in which this thread computed; on a busy machine the rest is mostly waiting for a processor.
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest one, 0 when none wrote."""
        return max(self.seconds, default=0.0)

    @property
    def longest_cpu(self) -> float:
        """The most that one of them computed, 0 when none wrote."""
        return max(self.cpu, default=0.0)


@contextmanager
def write_locks(engine: Engine) -> Iterator[Held]:
    """Watch an engine. SQLite holds its lock for every unit that may write; PostgreSQL counts units that did write."""
    held = Held()
    immediate = engine.dialect.name == "sqlite"

    def begun(connection: Connection) -> None:
        connection.info["since"] = time.perf_counter(), time.thread_time()

    def told(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN IMMEDIATE") if immediate else statement.lstrip().startswith(WRITES):
            connection.info["wrote"] = True

    def ended(_raw: object, record: Any) -> None:
        since, wrote = record.info.pop("since", None), record.info.pop("wrote", False)
        if since is not None and wrote:
            held.seconds.append(time.perf_counter() - since[0])
            held.cpu.append(time.thread_time() - since[1])

    # The clock starts after the application's own listener has sent BEGIN IMMEDIATE, so waiting does not count.
    listeners = (("begin", begun), ("before_cursor_execute", told), ("checkin", ended))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield held
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
