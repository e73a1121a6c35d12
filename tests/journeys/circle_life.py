"""What members do once circles meet: read their mails, answer, meet the week's page, write a practice change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.journeys.browsers import Visitor
from tests.journeys.pages import flawless
from tests.journeys.servers import Mailbox
from tests.journeys.steps import link_in
from tests.scheduling.readers import read_alike
from tests.scheduling.readers.reading import Reading

CHANGE = "I show my draft when it is half done"
ACTION = "I send it to one colleague with one question"
#: What a circle keeps is text, whatever it looks like.
NOTE = "Tea first <script>alert(1)</script> <img src=x onerror=alert(2)> [later](javascript:alert(3)) **screens**."
SUBJECT_OF_WELCOME = "Your circle: "


def invites(mailbox: Mailbox, address: str) -> list[EmailMessage]:
    """The mails to someone that carry an invite, oldest first."""
    return [mail for mail in mailbox.to(address) if calendar_of(mail) is not None]


def calendar_of(mail: EmailMessage) -> bytes | None:
    """The calendar text of a mail, whose method in the header is that in the text."""
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            text = part.get_payload(decode=True)
            assert isinstance(text, bytes)
            assert f"METHOD:{part.get_param('method')}" in text.decode()
            return text
    return None


def understood(texts: Sequence[bytes]) -> list[Reading]:
    """What independent readers understand of each calendar text, which holds one event; they must agree."""
    found: list[Reading] = []
    for events in read_alike(texts):
        assert len(events) == 1
        found.append(events[0])
    return found


def read_invites(mailbox: Mailbox, addresses: Sequence[str]) -> dict[str, list[Reading]]:
    """Everyone's two invites, oldest first."""
    texts = {address: [calendar_of(mail) or b"" for mail in invites(mailbox, address)] for address in addresses}
    assert {len(found) for found in texts.values()} == {2}
    found = understood([text for both in texts.values() for text in both])
    return {address: found[2 * number : 2 * number + 2] for number, address in enumerate(addresses)}


def spoken(meeting: Reading, zone: str) -> str:
    """A session as home says it to someone in a zone."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (meeting.starts_at, meeting.ends_at))
    return f"{start:%A} {start.day} {start:%B}, {start:%H:%M}–{end:%H:%M}"


def welcomed(mailbox: Mailbox, addresses: Sequence[str]) -> None:
    """Everyone has one welcome and two invites, and nothing twice."""
    for address in addresses:
        mailbox.wait_for(address, SUBJECT_OF_WELCOME)
        mailbox.wait_until(lambda address=address: len(invites(mailbox, address)) == 2, f"two invites to {address}")
        welcomes = [mail for mail in mailbox.to(address) if SUBJECT_OF_WELCOME in str(mail["Subject"])]
        assert len(welcomes) == 1


def sees_the_session(member: Visitor, meetings: Sequence[Reading], zone: str) -> None:
    """Home and the list of sessions say the instants of the invites, in the member's own zone."""
    assert meetings[0].starts_at < meetings[1].starts_at
    member.go("/")
    member.heading(spoken(meetings[0], zone))
    member.go("/sessions")
    for meeting in meetings:
        start: datetime = meeting.starts_at.astimezone(ZoneInfo(zone))
        member.see(f"{start:%A} {start.day} {start:%B}")
        member.see(f"{start:%H:%M}")


def answer_by_mail(member: Visitor, mail: EmailMessage) -> None:
    """The mail's link shows the session; opening it answers nothing, pressing Yes does. No sign-in is needed."""
    body = mail.get_body(("plain",))
    assert body is not None
    link = link_in(str(body.get_content()), "/answer/")
    member.go(link)
    flawless(member)
    yes = member.page.get_by_role("button", name="Yes", exact=True)
    expect(yes).to_have_attribute("aria-pressed", "false")
    yes.click()
    expect(member.page.get_by_role("button", name="Yes", exact=True)).to_have_attribute("aria-pressed", "true")
    member.see("You said “Yes”.")


def agree(member: Visitor) -> None:
    """Week 1: the circle's own rules, and “I'm in”."""
    member.go("/this-week")
    member.heading("Begin as a circle")
    member.page.get_by_label("Our rules, one a line").fill("What is said here stays here.\nWe begin on time.")
    member.click("Save the agreement")
    member.see("We begin on time.")
    said = member.page.get_by_text("You said “I’m in”.")
    if not said.is_visible():
        member.click("I’m in")
    expect(said).to_be_visible()


def say_in(peer: Visitor) -> None:
    """A peer finds the agreement and is in too."""
    peer.go("/this-week")
    peer.see("We begin on time.")
    peer.click("I’m in")
    expect(peer.page.get_by_text("You said “I’m in”.")).to_be_visible()


def write_on_the_week(member: Visitor) -> None:
    """A private note, a note for the circle, and one thing until the next session."""
    member.page.locator("#private-notes").fill("Only for me.")
    member.page.locator("#my-notes").get_by_role("button", name="Save").click()
    member.see("Saved. Only you can see it.")
    member.page.locator("#circle-note").fill(NOTE)
    member.page.locator("#notes").get_by_role("button", name="Add").click()
    expect(member.page.locator("#notes")).to_contain_text(NOTE)
    member.page.locator("#commitment").fill("Ask Tom about his reviews.")
    member.page.locator("#after").get_by_role("button", name="Save").click()
    member.see("Saved. Your circle sees it and asks next time.")


def finds_on_the_week(peer: Visitor, author: str) -> None:
    """A peer reads what the circle sees and nothing that is private."""
    peer.go("/this-week")
    expect(peer.page.locator("#notes")).to_contain_text(NOTE)
    expect(peer.page.locator("#notes")).to_contain_text(author)
    expect(peer.page.locator("#after")).to_contain_text("Ask Tom about his reviews.")
    expect(peer.page.get_by_text("Only for me.")).to_have_count(0)


def change(member: Visitor) -> str:
    """A practice change from the week's page, first for its member alone; gives back the path of its page."""
    member.go("/this-week")
    member.click("Try something else")
    member.heading("One thing I do differently")
    flawless(member)
    member.page.get_by_label("From now on").fill(CHANGE)
    member.page.get_by_label("When …").fill("I have been on a document for two hours")
    member.page.get_by_label("then I …").fill(ACTION)
    member.page.locator(".frequency").filter(has_text="Rarely").click()
    member.click("Save")
    member.heading(CHANGE)
    return member.page.url.removeprefix(member.url).partition("?")[0]


def show_to_circle(member: Visitor, path: str, peer: Visitor) -> None:
    """Nobody else sees the change before its member shows it to the circle; then a peer does."""
    peer.menu("My circle")
    peer.click("See all")
    expect(peer.page.get_by_text(CHANGE)).to_have_count(0)
    member.go(path)
    member.click("Change")
    member.page.get_by_label("who is a member today", exact=False).check()
    member.click("Save")
    peer.page.reload()
    peer.see(CHANGE)
