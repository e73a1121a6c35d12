"""What members do to take part: the sign-up link, and the form of four short pages."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.journeys import cast
from tests.journeys.browsers import Visitor
from tests.journeys.pages import flawless
from tests.journeys.servers import Mailbox
from tests.journeys.steps import link_in, words_of

HALF_HOURS = 48


def with_account(person: Visitor, mailbox: Mailbox, email: str, join_url: str) -> None:
    """Someone with an account who is not signed in: address, mailed link, one click, join."""
    _ask(person, email, join_url)
    person.go(link_in(words_of(mailbox, email, "Your link to sign in"), "/sign-in/"))
    person.click("Sign in")
    person.click("Join")
    person.heading("What is on your mind?")


def as_new_person(person: Visitor, mailbox: Mailbox, email: str, name: str, join_url: str) -> None:
    """Someone who was never here: the mailed link asks for a name and a zone and makes the account."""
    _ask(person, email, join_url)
    person.go(link_in(words_of(mailbox, email, "Your link to join"), "/join/confirm/"))
    person.fill("Your name", name)
    person.fill("Time zone", "Europe/London")
    person.click("Make my account and go on")
    person.heading("What is on your mind?")


def _ask(person: Visitor, email: str, join_url: str) -> None:
    person.go(join_url)
    person.see("Managers stay out.")
    flawless(person)
    person.fill("E-mail address", email)
    person.click("Mail me a link")
    person.heading("Look in your mail")


def first_pages(person: Visitor, concern: str, topic: str) -> None:
    """What is on someone's mind, topics and languages; then the page of the hours is open."""
    person.fill("What keeps you up at night at work?", concern)
    person.click("Save and go on")
    person.heading("What do you want to talk about?")
    person.page.get_by_label(topic, exact=True).check()
    person.page.get_by_label("English", exact=True).check()
    person.click("Save and go on")
    person.heading("When could you meet each week?")


def last_page(person: Visitor) -> None:
    """Nobody to wish for; the answers are sent."""
    person.click("Save and go on")
    person.heading("Whom would you like to meet?")
    flawless(person)
    person.click("Send my answers")
    person.heading("You are in")
    flawless(person)


def cell(person: Visitor, day: int, hour: int) -> Locator:
    """The half hour that begins at a full hour of a day, Monday being 0."""
    return person.page.locator(f'td[data-cell="{day * HALF_HOURS + 2 * hour}"]')


def paint_with_mouse(person: Visitor, days: tuple[int, int], hours: tuple[int, int]) -> None:
    """Drag over a rectangle of the grid: both days, from the first hour to half an hour into the second."""
    mouse = person.page.mouse
    start, end = cell(person, days[0], hours[0]), cell(person, days[1], hours[1])
    end.scroll_into_view_if_needed()
    start.hover()
    mouse.down()
    end.hover()
    mouse.up()
    expect(end).to_have_attribute("data-state", "can")
    expect(start).to_have_attribute("data-state", "can")


def paint_with_keys(person: Visitor, hours: tuple[int, int]) -> None:
    """Paint Monday with space and Shift with arrows, then copy it to every day; prefer one hour of Tuesday."""
    press = person.page.keyboard.press
    cell(person, 0, hours[0]).focus()
    press("Space")
    for _half in range(2 * (hours[1] - hours[0]) - 1):
        press("Shift+ArrowDown")
    expect(cell(person, 0, hours[1] - 1)).to_have_attribute("data-state", "can")
    person.page.get_by_role("button", name="Copy Monday to every day").press("Enter")
    person.page.get_by_role("button", name="Prefer", exact=True).press("Space")
    cell(person, 0, hours[0]).focus()
    press("ArrowRight")
    press("Space")
    press("Shift+ArrowDown")
    expect(cell(person, 1, hours[0])).to_have_attribute("data-state", "prefer")
    flawless(person)


def write_hours(person: Visitor, can: str, prefer: str = "") -> None:
    """The same without painting: two lists."""
    person.fill("Hours you can meet", can)
    person.fill("Of these, hours you prefer", prefer)


def mia(person: Visitor, mailbox: Mailbox, join_url: str) -> None:
    """At a desk, with a mouse."""
    with_account(person, mailbox, cast.MIA, join_url)
    first_pages(person, "Drafts that nobody sees until it is too late.", "feedback")
    paint_with_mouse(person, (0, 2), (13, 17))
    last_page(person)


def tom(person: Visitor, mailbox: Mailbox, join_url: str) -> None:
    """On a phone, with the keys of a screen reader."""
    with_account(person, mailbox, cast.TOM, join_url)
    first_pages(person, "Too many meetings.", "focus")
    paint_with_keys(person, (12, 18))
    last_page(person)


def nia(person: Visitor, mailbox: Mailbox, join_url: str) -> None:
    """New here, writes her hours as a list."""
    as_new_person(person, mailbox, cast.NIA, cast.NAME_OF_NIA, join_url)
    first_pages(person, "I do not know whom to ask.", "feedback")
    person.click("Write them as a list")
    write_hours(person, "Mon 12:00-18:00; Tue 12:00-18:00\nWed 12:00-18:00", "Tue 13:00-15:00")
    last_page(person)
