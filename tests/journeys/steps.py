"""What several people do in the same way: sign in by mail, watch a job, upload a file."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.browsers import PATIENCE, Visitor
from tests.journeys.servers import Mailbox

LINK = re.compile(r"https?://\S+")


def link_in(text: str, path: str) -> str:
    """The one address in a text whose path begins so."""
    found = {link for link in LINK.findall(text) if f"{path}" in link}
    assert len(found) == 1, (path, found)
    return found.pop()


def words_of(mailbox: Mailbox, address: str, subject: str) -> str:
    """The plain text of the newest mail to someone with that subject."""
    body = mailbox.wait_for(address, subject).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def sign_in(visitor: Visitor, mailbox: Mailbox, email: str) -> None:
    """Ask for a link, open the mail, confirm."""
    visitor.go("/sign-in")
    visitor.fill("E-mail address", email)
    visitor.click("Mail me a link")
    visitor.heading("Look in your mail")
    visitor.go(link_in(words_of(mailbox, email, "Your link to sign in"), "/sign-in/"))
    visitor.heading("Sign in as")
    visitor.click("Sign in")
    expect(visitor.page.get_by_text("Your menu:")).to_be_attached()


def upload(visitor: Visitor, label: str, name: str, text: str | bytes, folder: Path) -> None:
    """Choose a file in a form."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    visitor.page.get_by_label(label).set_input_files(path)


def wait_for_job(visitor: Visitor, words: str, *, seconds: float = PATIENCE / 1000) -> None:
    """Wait until a page that follows a job shows its result; without scripts, look again and again."""
    main = visitor.page.locator("main")
    if visitor.scripts:
        expect(main).to_contain_text(words, timeout=seconds * 1000)
        return
    deadline = time.monotonic() + seconds
    while words not in main.inner_text():
        assert time.monotonic() < deadline, f"no {words!r} on {visitor.page.url}: {main.inner_text()}"
        again = visitor.page.get_by_role("link", name="Look again")
        if again.is_visible():
            again.click()
        else:
            visitor.page.reload()
