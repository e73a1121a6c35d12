"""The only file that knows huey: it wakes workers with a job's id, and nothing else travels through it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

log = logging.getLogger(__name__)
TASK = "run_job"
MODULE = "coterie"


class JobIdSerializer(Serializer):  # type: ignore[misc]
    """Carries a job's id as JSON. Huey's default is pickle, which lets whoever can write the queue run code."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps({"id": data.id, "job": int(data.args[0])}).encode()

    def _deserialize(self, data: bytes) -> Any:
        content = json.loads(data)
        return Message(
            id=str(content["id"]),
            name=f"{MODULE}.{TASK}",
            args=(int(content["job"]),),
            kwargs={},
            retries=0,
            retry_delay=0,
        )


class Carrier:
    """Wakes workers, and is the worker's own consumer of wake-ups. Losing a wake-up is harmless: workers sweep."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        self.huey = _queue(database_url, data_dir)
        self._run: Callable[[int], None] = _nobody_listens
        self._task = self.huey.task(name=TASK)(self._call)

    def _call(self, job_id: int) -> None:
        self._run(job_id)

    _call.__module__ = MODULE

    def wake(self, job_ids: Iterable[int]) -> None:
        """Tell workers about jobs that are due. Never raises: the transaction that wrote them has committed."""
        for job_id in job_ids:
            try:
                self._task(job_id)
            except Exception:
                log.warning("workers could not be told of job %s; they will find it", job_id, exc_info=True)
                return

    def consumer(self, run: Callable[[int], None], *, workers: int) -> Consumer:
        """A consumer whose threads call `run` with each id that arrives; the caller starts and stops it."""
        self._run = run
        return _ThreadConsumer(self.huey, workers=workers, worker_type="thread", periodic=False, max_delay=1.0)


class _ThreadConsumer(Consumer):  # type: ignore[misc]
    """A consumer that leaves signals to the program around it."""

    def _set_signal_handlers(self) -> None:
        return


def _queue(database_url: str, data_dir: Path) -> Huey:
    """The queue beside the database: a SQLite file of its own, or tables in the same PostgreSQL."""
    options: dict[str, Any] = {"serializer": JobIdSerializer(), "results": False, "utc": True}
    if database_url.startswith("postgresql"):
        return PostgresHuey("coterie", dsn=database_url.replace("+psycopg", "", 1), **options)
    name = Path(database_url.removeprefix("sqlite:///")).stem
    return SqliteHuey("coterie", filename=str(data_dir / f"{name}-queue.db"), **options)


def _nobody_listens(job_id: int) -> None:
    raise RuntimeError(f"job {job_id} arrived where no worker runs")
