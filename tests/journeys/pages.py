"""Walks from page to page as someone would by following links, each kind of page once, and looks at every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.journeys.browsers import DESK, PHONE, Visitor

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
#: WCAG 2.2 at levels A and AA.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """tags => axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}).then(found =>
  found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`))"""
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > width + 1)
    .slice(0, 4).map(one => one.outerHTML.slice(0, 160));
}"""
_CHANGING = re.compile(r"(?<=/)([0-9a-f]{8}-[0-9a-f-]{27}|\d+)(?=/|$)")
#: Files, and addresses with a secret in them, which have journeys of their own.
_LEAVE_OUT = re.compile(
    r"\.(pdf|ics|json|csv)$|/file$|/picture$|^/outbox/\d+/page$|^/(static|logo|answer|s|r|join)(/|$)"
)

#: A mail that someone got; the addresses in it are for them.
_MAIL = re.compile(r"/outbox/\d+")


def kind(address: str) -> str:
    """An address without what differs between pages of the same kind."""
    parts = urlsplit(address)
    names = sorted(re.findall(r"(\w+)=", parts.query))
    return _CHANGING.sub("*", parts.path) + (f"?{'&'.join(names)}" if names else "")


def walk(visitor: Visitor, start: str, seen: set[str]) -> Iterator[str]:
    """Open a page, then every page its links lead to and so on, but no kind twice; each is open when it is yielded."""
    todo = [visitor.url + start]
    while todo:
        address = todo.pop(0).partition("#")[0]
        if not address.startswith(visitor.url + "/") or _LEAVE_OUT.search(urlsplit(address).path):
            continue
        if kind(address) in seen:
            continue
        seen.add(kind(address))
        answer = visitor.page.goto(address)
        assert answer is not None
        assert answer.status == 200, (address, answer.status)
        if not _MAIL.fullmatch(urlsplit(address).path):
            todo += visitor.page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)")
        yield address.removeprefix(visitor.url)


def violations(page: Page) -> list[str]:
    """What axe finds on the open page."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: list[Any] = page.evaluate(RUN, TAGS)
    return [str(one) for one in found]


def too_wide(page: Page) -> list[str]:
    """What makes the open page scroll sideways."""
    return [str(one) for one in page.evaluate(WIDER)]


def flawless(visitor: Visitor) -> None:
    """The open page keeps to WCAG 2.2 AA and does not scroll sideways."""
    if not visitor.scripts:
        return
    visitor.page.wait_for_load_state()
    before = list(visitor.problems)
    found = [*violations(visitor.page), *too_wide(visitor.page)]
    # What axe does to a page is not the page's doing.
    visitor.problems[:] = before
    assert not found, (visitor.page.url, found)


def flawless_on_phones_too(visitor: Visitor) -> None:
    """The open page is flawless at the width of a desk and of a phone."""
    flawless(visitor)
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    flawless(visitor)
    visitor.page.set_viewport_size(DESK)  # type: ignore[arg-type]
