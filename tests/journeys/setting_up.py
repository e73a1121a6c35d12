"""What the administrator does: the first sign-in, the first-run page, people from a file, a program with its lead."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.journeys import cast
from tests.journeys.browsers import Visitor
from tests.journeys.pages import flawless
from tests.journeys.servers import Installation, Mailbox
from tests.journeys.steps import link_in, upload, wait_for_job, words_of

ORGANIZATION = "Example & Daughters"
PROGRAM = "Work in the open"


def first_sign_in(ada: Visitor, house: Installation) -> None:
    """The terminal's link signs in once; home leads to the first-run page."""
    said = house.run("admin", "create", cast.ADMINISTRATOR)
    ada.go(link_in(said, "/sign-in/"))
    ada.click("Sign in")
    ada.heading("Set up Coterie")


def first_run(ada: Visitor, mailbox: Mailbox) -> None:
    """Name, zone, and a test mail that really comes."""
    flawless(ada)
    ada.fill("Name of your organization", ORGANIZATION)
    ada.fill("Time zone", "Europe/Berlin")
    ada.click("Save and send me a test mail")
    ada.see("the mail server took a test mail")
    assert ORGANIZATION in str(mailbox.wait_for(cast.ADMINISTRATOR, "A test mail from")["Subject"])
    words_of(mailbox, cast.ADMINISTRATOR, "A test mail from")


def import_people(ada: Visitor, folder: Path) -> None:
    """A file is checked first; its bad row is named, and the good ones are applied by a job."""
    ada.menu("People")
    ada.click("Import from a file")
    upload(ada, "CSV file", "people.csv", cast.PEOPLE, folder)
    ada.click("Check this file")
    wait_for_job(ada, "Apply the good rows")
    flawless(ada)
    row = ada.page.get_by_role("row", name="nowhere(at)example.org")
    expect(row).to_contain_text("14")
    expect(row).to_contain_text("email")
    ada.click("Apply the good rows")
    wait_for_job(ada, "The good rows are applied.")
    ada.go("/people")
    expect(ada.page.get_by_role("row").filter(has_text=cast.MIA)).to_be_visible()
    expect(ada.page.get_by_text("No Where")).to_have_count(0)


def program(ada: Visitor) -> None:
    """A program with Lena as its lead."""
    new_program(ada)
    ada.click("Add a lead or hand over")
    ada.fill("E-mail address", cast.LEAD)
    ada.click("Add")
    ada.see("Lena Lind")


def new_program(ada: Visitor) -> None:
    """The first program of the installation."""
    ada.menu("Programs")
    ada.click("Make a program")
    ada.fill("Name", PROGRAM)
    ada.fill("Purpose", "People show their work before it is done.")
    ada.click("Make the program")
    ada.heading(PROGRAM)
