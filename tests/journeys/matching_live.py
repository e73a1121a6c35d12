"""What a lead does around a match: questions, contradictions, a search watched live, the board, costs, mending."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys import cast
from tests.journeys.browsers import Visitor
from tests.journeys.leading import GUIDE
from tests.journeys.matching_people import NEW, PEOPLE, PLACE, PLACED, SHIFT, UMA, VIC, XIA, YAN, late_file, people_file
from tests.journeys.pages import flawless_on_phones_too
from tests.journeys.setting_up import PROGRAM
from tests.journeys.steps import upload, wait_for_job

COHORT = "A cohort with questions"
#: Words about how near a score is to the best possible.
NEAR = re.compile(r"this is the best possible|within \d+\.\d % of the best possible")


def cohort(lena: Visitor) -> str:
    """A cohort with two questions of its own that raises the weakest circle; gives back the path of its page."""
    lena.menu("Programs")
    lena.click(PROGRAM)
    lena.click("New cohort")
    lena.fill("Name", COHORT)
    lena.page.get_by_label("First week").fill(cast.first_week().isoformat())
    lena.page.get_by_label("Enrollment opens").fill(cast.first_day_to_enroll().isoformat())
    lena.page.get_by_label("Enrollment closes").fill(cast.last_day_to_enroll().isoformat())
    lena.page.get_by_label("At least").fill("5")
    lena.page.get_by_label("Raise the weakest circle first").check()
    rows = lena.page.locator(".question-row")
    _question(rows.nth(0), PLACE, "Office; Home; Both", "mix")
    _question(rows.nth(1), NEW, "Yes; No", "not_alone")
    flawless_on_phones_too(lena)
    lena.click("Make the cohort")
    lena.heading(COHORT)
    path = lena.page.url.removeprefix(lena.url)
    lena.click("Choose the guide")
    lena.page.get_by_role("listitem").filter(has_text=GUIDE).get_by_role("button", name="Choose").click()
    lena.see("The guide is chosen.")
    return path


def people(lena: Visitor, path: str, folder: Path) -> None:
    """Everyone comes from a file whose extra column is kept as an answer and then has to be alike."""
    lena.go(f"{path}/people/import")
    upload(lena, "People file (CSV)", "matched.csv", people_file(), folder)
    lena.click("Read the file")
    wait_for_job(lena, "Good rows")
    lena.page.get_by_label(SHIFT).check()
    expect(lena.page.get_by_label(PLACE)).to_have_count(0)
    lena.click(f"Apply the {PEOPLE} good rows")
    wait_for_job(lena, "The file is applied.")
    lena.go(f"{path}/edit")
    row = lena.page.locator(".question-row").filter(has_text=SHIFT)
    expect(row).to_contain_text("From a people file")
    row.get_by_label("In a circle").select_option("alike")
    lena.click("Save")
    lena.go(path)
    for question, rule in ((PLACE, "Mix"), (NEW, "Nobody alone in it"), (SHIFT, "Alike")):
        expect(lena.page.get_by_role("listitem").filter(has_text=question)).to_contain_text(f"{rule}, 10 points")
    expect(lena.page.locator("dd", has_text="the weakest circle first")).to_be_visible()


def contradictions(lena: Visitor, path: str) -> None:
    """Enrollment opens and closes; who cannot have their way is named before any search, but not who avoids whom."""
    for step in ("Open enrollment…", "Close enrollment and match…"):
        lena.go(path)
        lena.click(step)
        lena.page.locator("main").get_by_role("button").first.click()
    lena.heading("Search for circles")
    wait_for_job(lena, "3 things stand in the way.")
    found = lena.page.locator("#contradictions")
    expect(found.get_by_role("listitem").filter(has_text=XIA)).to_contain_text(YAN)
    expect(found).to_contain_text(f"{YAN}: nobody else speaks French.")
    expect(found).to_contain_text("2 people who belong together cannot all be in one circle.")
    for name in (UMA, VIC):
        expect(found).not_to_contain_text(name)
    flawless_on_phones_too(lena)


def begin(lena: Visitor) -> str:
    """A search of two minutes; its first circles are on the page within seconds. Gives back its address."""
    lena.page.get_by_label("How long to search").select_option("120")
    began = time.monotonic()
    lena.click("Search")
    figures = lena.page.locator(".search-live .key-figures")
    expect(figures).to_be_visible()
    assert time.monotonic() - began < 15, "the first answer comes at once, even on a machine that is busy"
    expect(figures).to_contain_text(f"of {PEOPLE}")
    expect(lena.page.locator(".search-rings li")).to_have_count(6)
    expect(figures).not_to_contain_text("nan")
    flawless_on_phones_too(lena)
    return lena.page.url


def share(lena: Visitor) -> float:
    """How far the search on the page is, 0 to 100."""
    return float(lena.page.locator("progress").get_attribute("value") or 0)


def score(lena: Visitor) -> float:
    """The score on the page of a search."""
    return float(lena.page.locator(".key-figures dd").first.inner_text().split()[0])


def goes_on(lena: Visitor, beyond: float) -> None:
    """The page shows by itself that the search uses time again."""
    deadline = time.monotonic() + 60
    while share(lena) <= beyond:
        assert time.monotonic() < deadline, f"the search stays at {beyond} %"
        lena.page.wait_for_timeout(250)


def use(lena: Visitor) -> None:
    """Stop; what was found becomes the draft, with the weakest circle's score under the whole one."""
    before = score(lena)
    lena.click("Stop and use this")
    lena.heading("Review the match")
    figures = lena.page.locator(".key-figures")
    expect(figures).to_contain_text(f"{PLACED} of {PEOPLE}")
    expect(figures).to_contain_text("All kept")
    expect(figures).to_contain_text("the weakest circle scores")
    assert score(lena) >= before - 0.05
    unplaced = lena.page.get_by_role("complementary")
    for name in (UMA, VIC, XIA, YAN):
        expect(unplaced).to_contain_text(name)


def for_the_best_total(lena: Visitor, path: str) -> None:
    """With the other aim, a short search says in words how near it is to the best possible."""
    lena.go(f"{path}/edit")
    lena.page.get_by_label("Best total").check()
    lena.click("Save")
    lena.go(f"{path}/match")
    lena.page.get_by_label("How long to search").select_option("30")
    lena.click("Search again")
    lena.heading("Searching for circles")
    expect(lena.page.locator("h1")).to_contain_text("Review the match", timeout=60_000)
    expect(lena.page.locator(".key-figures")).to_contain_text(NEAR)


def follow_advice(lena: Visitor, path: str) -> None:
    """A circle that someone was taken from is too small; a move that the board suggests mends it."""
    lena.go(f"{path}/match?show=all")
    lena.page.get_by_role("link", name=re.compile("^Move someone")).first.click()
    lena.page.get_by_role("radio").first.check()
    lena.click("See the new score")
    lena.page.locator("main").get_by_role("button", name=re.compile("^Move ")).click()
    lena.heading("Review the match")
    lena.go(f"{path}/match")
    expect(lena.page.locator(".key-figures")).to_contain_text("it cannot be published so")
    lena.page.locator("article.board-circle").first.locator(".score-parts").scroll_into_view_if_needed()
    lena.page.get_by_role("link", name=re.compile("^See it first")).first.click()
    lena.see("Nothing is kept yet.")
    flawless_on_phones_too(lena)
    lena.page.locator("main").get_by_role("button", name=re.compile("^Move ")).click()
    lena.heading("Review the match")
    expect(lena.page.locator(".key-figures")).to_contain_text("All kept")


def begin_costs(lena: Visitor, path: str) -> str:
    """Have the costs of the draft worked out meanwhile; gives back the address of their page."""
    lena.go(f"{path}/match")
    lena.click("Work out the costs")
    lena.heading("What each wish and rule costs")
    flawless_on_phones_too(lena)
    return lena.page.url


def costs(lena: Visitor, address: str) -> None:
    """What each rule and wish costs, in points; the draft they are about is not the present one any more."""
    lena.go(address)
    wait_for_job(lena, "By how many points", seconds=120)
    lena.see("The draft has changed since.")
    flawless_on_phones_too(lena)


def two_at_once(lena: Visitor, other: Visitor, path: str) -> None:
    """Two windows on one draft: the later one is told, loses nothing, and can do it again."""
    lena.go(f"{path}/match?show=all")
    other.go(f"{path}/match?show=all")
    lena.page.get_by_role("button", name="Keep this circle as it is").first.click()
    lena.see("stays as it is when you search again")
    other.page.get_by_role("button", name="Keep this circle as it is").last.click()
    other.see("Someone else changed the draft meanwhile.")
    expect(other.page.locator(".board-head", has_text="kept")).to_have_count(1)
    other.page.get_by_role("button", name="Keep this circle as it is").last.click()
    other.see("stays as it is when you search again")


def publish(lena: Visitor, path: str) -> None:
    """Publish at once and wait until every circle runs."""
    lena.go(f"{path}/match")
    lena.click("Preview publishing…")
    lena.heading("Publish the circles")
    lena.page.get_by_role("button", name=re.compile(r"^Publish \d+ circles$")).click()
    lena.click("Publish now")
    wait_for_job(lena, "circles are published.", seconds=60)


def someone_comes_late(lena: Visitor, path: str, folder: Path) -> None:
    """One more row of a file: the person waits, and the page shows their places before and after."""
    lena.go(f"{path}/people/import")
    upload(lena, "People file (CSV)", "late.csv", late_file(), folder)
    lena.click("Read the file")
    wait_for_job(lena, "Good rows")
    lena.click("Apply 1 good row")
    wait_for_job(lena, "The file is applied.")
    lena.go(f"{path}/placing")
    lena.click("Lou Late")
    lena.see("Where Lou Late could go")
    lena.page.get_by_role("link", name=re.compile("^(Other ways|See what is possible)")).click()
    lena.heading("A circle for Lou Late")
    _before_and_after(lena)


def someone_leaves(member: Visitor) -> str:
    """A member leaves their circle; gives back its name."""
    member.menu("My circle")
    member.click("Leave the circle…")
    member.heading("Leave")
    circle = member.page.locator("h1").inner_text().removeprefix("Leave ").rstrip("?")
    member.page.locator("main").get_by_role("button", name="Leave the circle").click()
    expect(member.page).not_to_have_url(re.compile("/leave"))
    return circle


def nothing_mends(lena: Visitor, path: str, circle: str) -> None:
    """With every other circle at its least size and nobody waiting, the page says what stands against every way."""
    _small(lena, path, circle)
    lena.see("Nothing is possible under the rules")
    flawless_on_phones_too(lena)


def mend_small(lena: Visitor, path: str, circle: str) -> None:
    """Someone waits now, so the circle is mended by one press, before and after side by side."""
    _small(lena, path, circle)
    _before_and_after(lena).get_by_role("button", name=re.compile("^Do this")).click()
    lena.heading(COHORT)
    expect(lena.page.get_by_text(re.compile(r"Done: .*1 person placed"))).to_be_visible()
    lena.go(f"{path}/mend")
    lena.see("No circle is.")


def _small(lena: Visitor, path: str, circle: str) -> None:
    lena.go(f"{path}/mend")
    lena.page.get_by_role("link", name=re.compile(f"^See what is possible.*{circle}")).click()
    lena.heading(f"{circle} is below its least size")


def _before_and_after(lena: Visitor) -> Locator:
    first = lena.page.locator(".main-column > section").nth(1)
    expect(first.get_by_role("heading", name="Before")).to_be_visible()
    expect(first.get_by_role("heading", name="After")).to_be_visible()
    flawless_on_phones_too(lena)
    return first


def _question(row: Locator, text: str, answers: str, rule: str) -> None:
    row.get_by_label("Question").fill(text)
    row.get_by_label("Answers to choose from").fill(answers)
    row.get_by_label("In a circle").select_option(rule)
