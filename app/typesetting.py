"""Sets documents as PDF in processes of their own: what sets them is slow, and not safe in threads."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from app.pdf import render, warm_up

#: How often a process looks whether the worker that started it is still there.
WATCH_SECONDS = 1.0
#: Pages after which a process makes place for a new one, so that what the libraries keep does not grow.
PAGES_A_PROCESS = 500

_lock = threading.Lock()
_pools: dict[int, ProcessPoolExecutor] = {}


def set_pdf(html: str, *, title: str, language: str, processes: int) -> bytes:
    """The document as PDF bytes, made by one of so many processes, or by this one (0), one document at a time.

    Raises what `app.pdf.render` raises, and BrokenProcessPool when the process died; a new one takes its place.
    """
    if processes == 0:
        with _lock:
            return render(html, title=title, language=language)
    pool = _pool(processes)
    try:
        return pool.submit(render, html, title=title, language=language).result()
    except BrokenProcessPool:
        with _lock:
            if _pools.get(processes) is pool:
                del _pools[processes]
        raise


def close() -> None:
    """End the processes, for instance after a test; the next document starts new ones."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.shutdown()


def _pool(processes: int) -> ProcessPoolExecutor:
    with _lock:
        if processes not in _pools:
            _pools[processes] = ProcessPoolExecutor(
                processes,
                # A forked copy of a worker with threads may hold locks that nobody opens.
                mp_context=get_context("spawn"),
                initializer=_begin,
                initargs=(os.getpid(),),
                max_tasks_per_child=PAGES_A_PROCESS,
            )
        return _pools[processes]


def _begin(worker: int) -> None:
    """Start a process: Ctrl-C is for the worker, which ends its processes itself or takes them along when killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == worker:
            threading.Event().wait(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="worker-watch").start()
    warm_up()
