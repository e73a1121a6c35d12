"""A page for a manager: chosen, looked at, approved, opened, answered, withdrawn; and the member's own summary."""

from __future__ import annotations

import io

import pypdfium2
from playwright.sync_api import expect

from tests.journeys.browsers import Visitor
from tests.journeys.circle_life import CHANGE
from tests.journeys.pages import flawless
from tests.journeys.servers import Mailbox
from tests.journeys.steps import link_in, wait_for_job, words_of

SENTENCE = "My colleagues now catch mistakes while they are cheap."
SUPPORT = "Take the first hour of Tuesday for it."


def words_in(pdf: bytes) -> str:
    """The text of a PDF's pages, on one line."""
    assert pdf.startswith(b"%PDF")
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def approve(member: Visitor) -> str:
    """Choose, look at exactly the page, approve; gives back the path of the approved page."""
    member.menu("My changes")
    member.click("Make a page for my manager")
    member.page.get_by_label(CHANGE).check()
    member.fill("One sentence of yours about it", SENTENCE)
    member.click("Look at the page")
    member.heading("This is exactly what your manager will see")
    preview = member.page.locator(".page-preview")
    expect(preview).to_contain_text(CHANGE)
    expect(preview).to_contain_text(SENTENCE)
    flawless(member)
    member.click("Approve and send to Max")
    member.see("Your receipt:")
    member.see("Not opened yet.")
    return member.page.url.removeprefix(member.url)


def read_and_answer(manager: Visitor, mailbox: Mailbox, address: str) -> str:
    """The mailed link shows a cover; a click opens the page, its PDF says the same, one line goes back."""
    link = link_in(words_of(mailbox, address, "chose to show you a page"), "/s/")
    manager.go(link)
    manager.heading("Mia Moreno chose to show you a page")
    flawless(manager)
    expect(manager.page.get_by_text(SENTENCE)).to_have_count(0)
    manager.click("Open the page")
    manager.see(SENTENCE)
    flawless(manager)
    mailbox.wait_until(lambda: manager.file_behind("PDF").startswith(b"%PDF"), "the page as PDF")
    pdf = words_in(manager.file_behind("PDF"))
    assert SENTENCE in pdf
    assert CHANGE in pdf
    manager.fill("What will you do to support this?", SUPPORT)
    manager.click("Send to Mia")
    manager.see("Only Mia reads it.")
    return link


def sees_the_answer(member: Visitor, mailbox: Mailbox, address: str, path: str) -> None:
    """The member is told by mail, reads the line, and sees when the page was opened."""
    words_of(mailbox, address, "answered your page")
    member.go(path)
    member.see(SUPPORT)
    receipt = member.page.locator("aside")
    expect(receipt).to_contain_text("opened")
    expect(receipt).to_contain_text("PDF downloaded")


def withdraw(member: Visitor, path: str) -> None:
    """Taken back: the page closes at once."""
    member.go(path)
    member.click("Withdraw…")
    member.heading("Withdraw the page?")
    member.click("Withdraw it")
    member.see("This page is withdrawn")


def finds_it_closed(manager: Visitor, mailbox: Mailbox, address: str, link: str) -> None:
    """The link says so, shows nothing of the page, and one mail came."""
    words_of(mailbox, address, "took a page back")
    manager.expected.add(410)
    manager.go(link)
    expect(manager.page.locator("main")).to_contain_text("taken back by the person who wrote it")
    expect(manager.page.get_by_text(SENTENCE)).to_have_count(0)


def own_summary(member: Visitor) -> str:
    """The words of the member's own PDF."""
    member.menu("My changes")
    member.click("Make my summary")
    wait_for_job(member, "Open the PDF", seconds=40)
    return words_in(member.file_behind("Open the PDF"))
