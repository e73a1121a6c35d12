"""What the lead does: a cohort, its people, the match, publishing, the report."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys import cast
from tests.journeys.browsers import Visitor
from tests.journeys.pages import flawless
from tests.journeys.setting_up import PROGRAM
from tests.journeys.steps import upload, wait_for_job

COHORT = "First cohort"
GUIDE = "Working in the open"


def cohort(lena: Visitor) -> str:
    """A cohort with its rhythm, a guide, and open enrollment; gives back the path of its page."""
    lena.menu("Programs")
    lena.click(PROGRAM)
    lena.click("New cohort")
    lena.fill("Name", COHORT)
    lena.page.get_by_label("First week").fill(cast.first_week().isoformat())
    lena.page.get_by_label("Enrollment opens").fill(cast.first_day_to_enroll().isoformat())
    lena.page.get_by_label("Enrollment closes").fill(cast.last_day_to_enroll().isoformat())
    lena.fill("Topics to choose from", "feedback\nfocus")
    lena.click("Make the cohort")
    lena.heading(COHORT)
    path = lena.page.url.removeprefix(lena.url)
    lena.click("Choose the guide")
    lena.page.get_by_role("listitem").filter(has_text=GUIDE).get_by_role("button", name="Choose").click()
    lena.see("The guide is chosen.")
    lena.click("Open enrollment…")
    lena.heading("Open enrollment?")
    flawless(lena)
    lena.page.locator("main").get_by_role("button").first.click()
    lena.see("Enrollment is open.")
    return path


def import_members(lena: Visitor, path: str, folder: Path) -> None:
    """People with their hours from a file: read first, then applied; they need not answer the form."""
    lena.go(f"{path}/people")
    lena.click("Import a people file")
    upload(lena, "People file (CSV)", "cohort.csv", cast.COHORT, folder)
    lena.click("Read the file")
    wait_for_job(lena, "Good rows")
    flawless(lena)
    lena.click("Apply the 8 good rows")
    wait_for_job(lena, "The file is applied.")
    lena.click("See the people")
    expect(lena.page.get_by_role("row", name="Enrolled")).to_have_count(8)


def join_link(lena: Visitor, path: str) -> str:
    """The sign-up link as the lead passes it on."""
    lena.go(f"{path}/people")
    link = lena.page.get_by_role("link", name="/join/").get_attribute("href")
    assert link is not None
    return link


def match(lena: Visitor, path: str, people: int) -> None:
    """Close enrollment, search, and look at a board on which everyone has a circle."""
    lena.go(path)
    lena.click("Close enrollment and match…")
    lena.page.locator("main").get_by_role("button").first.click()
    lena.heading("Search for circles")
    lena.page.get_by_label("How long to search").select_option("10")
    lena.click("Search")
    wait_for_job(lena, "Review the match", seconds=40)
    figures = lena.page.locator(".key-figures")
    expect(figures).to_contain_text("All kept")
    expect(figures).to_contain_text(f"{people} of {people}")
    flawless(lena)


def circles_on_the_board(lena: Visitor, path: str) -> dict[str, list[str]]:
    """The draft: each circle's people by name."""
    lena.go(f"{path}/match?show=all")
    found: dict[str, list[str]] = {}
    for circle in lena.page.locator("article.board-circle").all():
        people = circle.locator(".board-people")
        name = people.get_attribute("data-circle")
        assert name is not None
        found[name] = [person.strip() for person in people.locator("li > span:not(.bead)").all_inner_texts()]
    return found


def move_and_undo(lena: Visitor, path: str) -> None:
    """Move someone by the menu, see the new score before it is done, and take it back."""
    before = circles_on_the_board(lena, path)
    larger = max(before, key=lambda name: len(before[name]))
    someone = next(name for name in before[larger] if not name.startswith(("Mia", "Tom", "Nia")))
    lena.page.locator(f'article:has([data-circle="{larger}"])').get_by_role("link", name="Move someone").click()
    lena.page.get_by_label(someone).check()
    lena.click("See the new score")
    lena.see("Nothing is kept yet.")
    flawless(lena)
    lena.click(f"Move {someone}")
    lena.heading("Review the match")
    moved = circles_on_the_board(lena, path)
    assert someone not in moved[larger]
    assert {*chain(*moved.values())} == {*chain(*before.values())}
    lena.click("Undo the last change")
    lena.heading("Review the match")
    after = circles_on_the_board(lena, path)
    assert {name: sorted(people) for name, people in after.items()} == {
        name: sorted(people) for name, people in before.items()
    }


def publish(lena: Visitor, path: str, people: int) -> None:
    """The preview says how many mails go out; publish, and do not wait the five minutes."""
    lena.go(f"{path}/match?show=all")
    lena.click("Preview publishing…")
    lena.heading("Publish the circles")
    expect(lena.page.locator(".key-figures")).to_contain_text(str(2 * people))
    lena.see(f"{3 * people} mails go out in all")
    flawless(lena)
    lena.click("Publish 2 circles")
    lena.see("Nothing has left yet.")
    flawless(lena)
    lena.click("Publish now")
    wait_for_job(lena, "2 circles are published.", seconds=40)
    lena.click("To the cohort")


def report(lena: Visitor, path: str) -> bytes:
    """The report hides what is about fewer than five people, on the page and in the PDF; gives back the PDF."""
    lena.go(f"{path}/report")
    lena.click("Make today’s figures")
    wait_for_job(lena, "Fewer than five people have answered")
    lena.see("Circles and sessions")
    flawless(lena)
    lena.click("PDF")
    wait_for_job(lena, "Open the PDF", seconds=40)
    return lena.file_behind("Open the PDF")
