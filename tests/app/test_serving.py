from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.serving import end_child

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def served(tmp_path: Path, port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`coterie run` on an empty database of its own, until the context ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COTERIE_")}
    environment = kept | {
        "COTERIE_SECRET_KEY": "only for tests, only for tests, only for tests",
        "COTERIE_DATA_DIR": str(tmp_path),
        "COTERIE_PORT": str(port),
    }
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "app", "run", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as server,
    ):
        try:
            yield server
        finally:
            server.kill()


def answers(port: int, path: str) -> tuple[int, str]:
    """Status and Location of a page, once the server is up."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    return answer.status, answer.getheader("Location", "")
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def workers_in(folder: Path) -> list[int]:
    """Processes that work for the installation in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"COTERIE_DATA_DIR={folder}\0".encode() in environment and b"\0worker\0" in words:
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_empty_installation_says_how_to_begin_and_ends_whole(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with served(tmp_path, port) as server:
        assert answers(port, "/healthz")[0] == 200
        status, location = answers(port, "/")
        assert (status, location.startswith("/sign-in")) == (302, True)
        assert len(workers_in(tmp_path)) == 1
        server.send_signal(number)
        said = server.stdout.read() if server.stdout else ""
        assert server.wait(PATIENCE) == 0
    assert f"Coterie: http://127.0.0.1:{port}" in said
    assert "coterie admin create EMAIL" in said
    assert workers_in(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes through /proc")
def test_a_worker_does_not_outlive_a_server_that_was_killed(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, port) as server:
        assert answers(port, "/healthz")[0] == 200
        ends = time.monotonic() + PATIENCE
        while not workers_in(tmp_path) and time.monotonic() < ends:
            time.sleep(0.1)
        assert workers_in(tmp_path)
        server.kill()
        while workers_in(tmp_path) and time.monotonic() < ends:
            time.sleep(0.2)
    assert workers_in(tmp_path) == []


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, port) as server:
        assert answers(port, "/healthz")[0] == 200
        first = worker_of(server.pid)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        ends = time.monotonic() + PATIENCE
        while worker_of(server.pid) in (None, first):
            assert time.monotonic() < ends
            time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    assert "started again" in (tmp_path / "log").read_text()


def worker_of(server: int) -> int | None:
    """The process that a server started and that lives."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == server and fields[0] != "Z":
            return int(status.parent.name)
    return None


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with served(tmp_path, taken.getsockname()[1]) as server:
            assert server.wait(PATIENCE) == 1
    assert "cannot listen on 127.0.0.1" in (tmp_path / "log").read_text()


def test_a_child_that_will_not_end_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.serving.STOP_SECONDS", 0.3)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        end_child(child)
        assert child.returncode == -signal.SIGKILL
