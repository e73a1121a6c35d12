"""Documents are set in processes of their own, which come back when one dies and go when their worker goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from app import typesetting
from app.pdf import AssetRefused, render

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "<html><head></head><body><h1>One page</h1></body></html>"


@pytest.fixture(autouse=True, scope="module")
def closed() -> Iterator[None]:
    yield
    typesetting.close()


def set_page(number: int = 0, processes: int = 1) -> bytes:
    page = PAGE.replace("One page", f"Page {number}")
    return typesetting.set_pdf(page, title=f"Page {number}", language="en", processes=processes)


def test_it_is_the_same_document_wherever_it_is_set() -> None:
    here = render(PAGE.replace("One page", "Page 7"), title="Page 7", language="en")
    assert set_page(7) == set_page(7, processes=0) == here


def test_threads_share_the_processes() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda number: set_page(number, 2), range(8)))
    assert len(set(made)) == 8
    assert all(content.startswith(b"%PDF") for content in made)


def test_what_a_document_may_not_reach_is_refused_there_too() -> None:
    page = PAGE.replace("</h1>", '</h1><img src="file:///etc/passwd" alt="x">')
    with pytest.raises(AssetRefused):
        typesetting.set_pdf(page, title="Refused", language="en", processes=1)


def test_a_process_that_dies_is_replaced() -> None:
    set_page()
    (child,) = typesetting._pools[1]._processes
    os.kill(child, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        # The death may be noticed a moment later.
        [set_page(number) for number in range(20)]
    assert set_page().startswith(b"%PDF")


def test_processes_go_when_their_worker_is_killed() -> None:
    script = (
        "from app import typesetting\n"
        "if __name__ == '__main__':\n"
        f"    typesetting.set_pdf({PAGE!r}, title='t', language='en', processes=1)\n"
        "    (pool,) = typesetting._pools.values()\n"
        "    print(*pool._processes, flush=True)\n"
        "    import time; time.sleep(60)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        assert _lives(child)
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()
    until = time.monotonic() + 20
    while _lives(child) and time.monotonic() < until:
        time.sleep(0.2)
    assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
        # In a container nobody may be there to bury the dead.
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc").exists()
