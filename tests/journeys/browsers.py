"""A real Chromium, one window for each person, that remembers whatever a page did wrong."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Error, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
#: How long a page may take on a busy machine, in milliseconds.
PATIENCE = 20_000


def chromium() -> str:
    """The local Chrome or Chromium; fails with what to install."""
    for name in PROGRAMS:
        found = shutil.which(name) or (f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else None)
        if found:
            return found
    raise AssertionError("Journeys need a local Chromium or Chrome, such as Debian's package chromium.")


@contextlib.contextmanager
def browser(pictures: Path) -> Iterator[Browser]:
    """A browser without a screen, closed at the end; after a failure each window's picture is in the folder."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield started
        except BaseException:
            for number, page in enumerate(page for context in started.contexts for page in context.pages):
                with contextlib.suppress(Error):
                    page.screenshot(path=pictures / f"window-{number}.png", full_page=True)
            raise
        finally:
            started.close()


@dataclass
class Visitor:
    """One person's window: where they are, and what pages did that no page should do."""

    url: str
    context: BrowserContext
    page: Page
    scripts: bool = True
    problems: list[str] = field(default_factory=list)
    #: Answers of the server that a journey provokes on purpose; Chromium reports them on the console.
    expected: set[int] = field(default_factory=set)

    def go(self, path: str) -> None:
        """Open a page by its path or whole address."""
        self.page.goto(path if path.startswith("http") else self.url + path)

    def click(self, name: str, *, role: Any = None, exact: bool = True) -> None:
        """Press the one button or follow the one link of that name."""
        roles = (role,) if role else ("button", "link")
        found = self.page.get_by_role(roles[0], name=name, exact=exact)
        for other in roles[1:]:
            found = found.or_(self.page.get_by_role(other, name=name, exact=exact))
        found.click()

    def menu(self, name: str) -> None:
        """Follow a link of the header."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()

    def fill(self, label: str, value: str) -> None:
        """Write into the one field with that label."""
        typed = self.page.locator("textarea, input:not([type=radio], [type=checkbox])")
        self.page.get_by_label(label).and_(typed).fill(value)

    def see(self, words: str) -> None:
        """Wait until the page says these words."""
        expect(self.page.locator("main")).to_contain_text(words)

    def heading(self, words: str) -> None:
        """Wait until the page's heading says these words."""
        expect(self.page.locator("h1")).to_contain_text(words)

    def file_behind(self, name: str) -> bytes:
        """What a link or a form's button answers with, for files that the browser would show by itself."""
        here = self.page.get_by_role("link", name=name, exact=True)
        found = here.or_(self.page.get_by_role("button", name=name, exact=True))
        asks = found.evaluate(
            "it => it.form ? [it.form.action, Object.fromEntries(new FormData(it.form))] : [it.href, null]"
        )
        address, fields = asks
        request = self.context.request
        answer = request.get(address) if fields is None else request.post(address, form=fields)
        assert answer.ok, (address, answer.status)
        return answer.body()

    def close(self) -> None:
        """Close the window; fails when a page did something wrong."""
        self.context.close()
        assert not self.problems, self.problems


def visitor(of: Browser, url: str, *, scripts: bool = True, **options: Any) -> Visitor:
    """A new window that shares nothing with the others."""
    context = of.new_context(
        java_script_enabled=scripts, locale="en-GB", **{"viewport": DESK, "reduced_motion": "reduce", **options}
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    made = Visitor(url, context, page, scripts)

    def hear(message: ConsoleMessage) -> None:
        refused = any(f"status of {status}" in message.text for status in made.expected)
        if message.type == "error" and not refused:
            made.problems.append(f"{page.url}: {message.text}")

    def refuse(dialog: Dialog) -> None:
        made.problems.append(f"{page.url} opened a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", hear)
    page.on("dialog", refuse)
    page.on("pageerror", lambda error: made.problems.append(f"{page.url}: {error}"))
    return made
