"""Bad input, tried in a real browser: each gets a clear answer, and nothing is lost or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import cast, leading, setting_up
from tests.journeys.browsers import Visitor, browser, visitor
from tests.journeys.servers import free_port, installation
from tests.journeys.steps import link_in, upload, wait_for_job

pytestmark = pytest.mark.journey
HOSTILE = 'Ada <script>alert(1)</script><img src="x" onerror="alert(2)">'
#: Name, bytes, and what the report says; `None` for the row means the whole file.
BROKEN = (
    ("sheet.xlsx", b"PK\x03\x04" + b"\x00" * 60, "This is a spreadsheet file, not CSV."),
    ("utf16.csv", "email,name\nzo@example.org,Zoë\n".encode("utf-16"), "The file is written in UTF-16."),
    ("latin.csv", "email,name\nzo@example.org,Zoë\n".encode("latin-1"), "The file is not UTF-8"),
    ("empty.csv", b"", "The file is empty."),
    ("noname.csv", b"email\nzo@example.org\n", "The column “name” is missing from the first row."),
    ("quote.csv", b'email,name\nzo@example.org,"Zo\n', "The quotation marks in this row do not pair up"),
)


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """The administrator of an installation that was just set up."""
    folder = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        house = installation(folder, free_port())
        stack.enter_context(house.running("run"))
        chrome = stack.enter_context(browser(folder))
        house.wait_until_it_answers()
        made = visitor(chrome, house.url)
        link = link_in(house.run("admin", "create", cast.ADMINISTRATOR), "/sign-in/")
        made.go(link)
        made.click("Sign in")
        made.heading("Set up Coterie")
        made.fill("Name of your organization", setting_up.ORGANIZATION)
        made.click("Save and go on")
        yield made
        # The link of the terminal worked once.
        late = visitor(chrome, house.url)
        late.expected.add(410)
        late.go(link)
        late.heading("This link no longer works")
        late.close()
        made.close()


def test_files_that_cannot_be_read(ada: Visitor, tmp_path: Path) -> None:
    ada.expected |= {422, 400}
    for name, content, words in BROKEN:
        ada.go("/people/imports")
        upload(ada, "CSV file", name, content, tmp_path)
        ada.click("Check this file")
        wait_for_job(ada, words)
        expect(ada.page.get_by_role("button", name="Apply the good rows")).to_have_count(0)
    ada.go("/people/imports")
    expect(ada.page.get_by_role("listitem").filter(has_text="utf16.csv")).to_contain_text("could not be read")
    ada.go("/people?state=all")
    expect(ada.page.locator("tbody tr")).to_have_count(1)


def test_an_upload_that_is_too_large(ada: Visitor, tmp_path: Path) -> None:
    ada.expected.add(413)
    ada.go("/people/imports")
    upload(ada, "CSV file", "large.csv", b"email,name\n" + b"x" * (13 * 1024 * 1024), tmp_path)
    ada.click("Check this file")
    ada.see("larger than")
    ada.go("/people/imports")
    expect(ada.page.get_by_text("large.csv")).to_have_count(0)


def test_a_name_is_text_whatever_it_looks_like(ada: Visitor) -> None:
    ada.go("/profile")
    ada.page.locator("#name").fill(HOSTILE)
    ada.click("Save my profile")
    expect(ada.page.locator("#name")).to_have_value(HOSTILE)
    ada.go("/people")
    expect(ada.page.locator("tbody")).to_contain_text(HOSTILE)
    expect(ada.page.locator("header")).to_contain_text(HOSTILE)
    expect(ada.page.locator("img[src='x'], main script")).to_have_count(0)
    assert not ada.problems


def test_a_form_from_elsewhere_is_refused(ada: Visitor) -> None:
    ada.expected.add(400)
    ada.go("/profile")
    ada.page.locator("#job_title").fill("Intruder")
    ada.page.evaluate("() => document.querySelectorAll('[name=csrf_token]').forEach(one => { one.value = 'wrong'; })")
    ada.click("Save my profile")
    ada.see("This form was open too long or came from elsewhere.")
    ada.go("/profile")
    expect(ada.page.locator("#job_title")).to_have_value("")


def test_a_form_that_cannot_be_saved_keeps_what_was_typed(ada: Visitor) -> None:
    ada.expected.add(422)
    setting_up.new_program(ada)
    ada.click("New cohort")
    ada.fill("Name", leading.COHORT)
    ada.page.get_by_label("First week").fill(cast.first_day_to_enroll().isoformat())
    ada.page.get_by_label("Enrollment opens").fill(cast.last_day_to_enroll().isoformat())
    ada.page.get_by_label("Enrollment closes").fill(cast.first_day_to_enroll().isoformat())
    ada.click("Make the cohort")
    problems = ada.page.locator(".form-errors")
    expect(problems).to_be_visible()
    expect(problems.get_by_role("link").first).to_have_attribute("href", "#enroll_until")
    expect(ada.page.get_by_label("Name", exact=True)).to_have_value(leading.COHORT)


def test_addresses_that_lead_nowhere(ada: Visitor) -> None:
    ada.expected |= {404, 410}
    for path in ("/cohorts/00000000-0000-0000-0000-000000000000", "/nowhere", "/join/" + "0" * 64, "/sign-in/made-up"):
        ada.go(path)
        expect(ada.page.locator("h1")).to_be_visible()
        expect(ada.page.get_by_role("link", name="Go to your home page")).to_be_visible()
