"""Starts and ends the web server and the worker: what `coterie run`, `worker` and `demo` do."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from types import FrameType

import waitress
from flask import Flask

from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.jobs.registry import Jobs
from app.jobs.worker import Worker

log = logging.getLogger(__name__)
STOP_SECONDS = 15.0
#: How often the worker beside a web server is looked after, and the least time between two starts of it.
RESTART_SECONDS = 2.0


def log_to_stderr(level: str) -> None:
    """Plain lines on standard error; addresses with tokens in them are never logged."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for noisy in ("alembic", "huey", "waitress.queue", "weasyprint", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def serve_web(config: Config) -> None:
    """Serve pages until interrupted."""
    flask_app = create_app(config)
    waitress.serve(flask_app, host=config.host, port=config.port, threads=config.web_threads, ident="Coterie")


def make_worker(flask_app: Flask, config: Config) -> Worker:
    """A worker for an application; the caller runs it."""
    jobs: Jobs = flask_app.extensions["jobs"]
    return Worker(
        flask_app,
        db,
        jobs.carrier,
        jobs.handlers,
        jobs.periodic,
        threads=config.workers,
        lease=timedelta(seconds=config.job_lease_seconds),
    )


def run_worker(config: Config) -> None:
    """Do jobs until SIGTERM or SIGINT; running jobs are finished first."""
    flask_app = create_app(config)
    worker = make_worker(flask_app, config)

    def stop(number: int, frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    end_with_parent(worker)
    worker.run_forever()


def end_with_parent(worker: Worker) -> None:
    """Stop the worker when the program that started it is gone, so that no orphan keeps a database open."""
    parent = int(os.environ.get(CHILD, "0"))
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            if worker.over.wait(1.0):
                return
        worker.stop()

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


#: Set for a worker started by `serve_all`: the server's process, which may be gone before the worker looks.
CHILD = "COTERIE_CHILD_WORKER"


def serve_all(config: Config, arguments: list[str], environment: Mapping[str, str]) -> int:
    """Web server and worker together; one Ctrl-C or SIGTERM ends both.

    The worker is a child process (`arguments` is its command line), since setting PDF pages would slow the web threads.
    """
    keeper = WorkerKeeper(arguments, {**environment, CHILD: str(os.getpid())})
    keeper.start()

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Named for SIGINT as well: a program that a shell script started in the background begins with it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        serve_web(config)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        log.error("cannot listen on %s:%s: %s", config.host, config.port, error.strerror)
        return 1
    finally:
        keeper.end()
    return 0


class WorkerKeeper(threading.Thread):
    """Keeps one worker process alive beside the web server: one that dies is told of and started again."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        super().__init__(daemon=True, name="worker-keeper")
        self.arguments, self.environment = arguments, environment
        self.over = threading.Event()
        self.child = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.arguments, env=self.environment, start_new_session=True)  # noqa: S603

    def run(self) -> None:
        while not self.over.wait(RESTART_SECONDS):
            code = self.child.poll()
            if code is not None and not self.over.is_set():
                log.error("the worker ended with %s and is started again", code)
                self.child = self._begin()

    def end(self) -> None:
        """Stop keeping, and end the worker."""
        self.over.set()
        self.join()
        end_child(self.child)


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Ask the worker to stop, and insist after a while."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
