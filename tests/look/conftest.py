"""The gallery of pieces as an application of its own, and a browser looking at it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, sync_playwright

from tools.gallery import ROOT, create_gallery

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def gallery() -> Flask:
    """The gallery's application: the real templates and styles, no database."""
    return create_gallery()


@pytest.fixture
def draw(gallery: Flask) -> Callable[..., str]:
    """Render a line of template in the gallery."""

    def render(source: str, **values: Any) -> str:
        with gallery.test_request_context():
            return render_template_string(source, **values)

    return render


@pytest.fixture(scope="session")
def gallery_address() -> Iterator[str]:
    """Where the gallery is served, by a process of its own, while the tests run."""
    command = [sys.executable, "-m", "tools.gallery", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().removeprefix("Gallery: ").strip().removesuffix("/pieces")
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A local Chrome or Chromium; gone with the module, since a process can drive one Playwright at a time."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chrome or Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, gallery_address: str) -> Iterator[Callable[..., Page]]:
    """Open a page of the gallery; at the end no script error and no breach of the content policy may have shown."""
    problems: list[str] = []
    contexts = []

    def visit(name: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.goto(f"{gallery_address}/{name}", wait_until="networkidle")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []
