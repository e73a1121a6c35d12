"""The scripts in a real browser: painting hours, dragging people, menus, copying; and the pages without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ("pieces", "home", "week", "availability", "board")
Open = Callable[..., Page]

pytestmark = pytest.mark.journey


def cell(page: Page, day: int, hour: float) -> str:
    """The selector of a half hour."""
    return f'td[data-cell="{day * 48 + int(hour * 2)}"]'


def drag(page: Page, start: str, end: str) -> None:
    """Press on one half hour and release on another."""
    page.locator(start).hover()
    page.mouse.down()
    page.locator(end).hover()
    page.mouse.up()


def hours(page: Page) -> tuple[str, str]:
    """What the form would send."""
    return page.locator("[name=can]").input_value(), page.locator("[name=prefer]").input_value()


def test_a_drag_paints_a_block_and_undo_takes_it_back(open_page: Open) -> None:
    page = open_page("availability")
    before = hours(page)
    drag(page, cell(page, 2, 9), cell(page, 3, 9.5))
    can, prefer = hours(page)
    assert "Wed 09:00-10:00 13:00-15:00" in can
    assert "Thu 08:30-12:00 14:00-16:00" in can
    assert "Thu 10:00-11:30" in prefer
    page.get_by_role("button", name="Undo").click()
    assert hours(page) == before


def test_preferring_counts_as_possible_and_clearing_removes_both(open_page: Open) -> None:
    page = open_page("availability")
    page.get_by_role("button", name="Prefer").click()
    drag(page, cell(page, 4, 14), cell(page, 4, 15))
    can, prefer = hours(page)
    assert "Fri 09:00-11:00 14:00-15:30" in can
    assert "Fri 14:00-15:30" in prefer
    page.get_by_role("button", name="Clear").click()
    drag(page, cell(page, 0, 8), cell(page, 4, 17.5))
    assert hours(page) == ("", "")


def test_the_totals_follow(open_page: Open) -> None:
    page = open_page("availability")
    totals = page.locator("[data-availability-totals]")
    assert totals.locator("b").all_inner_texts() == ["18", "5.5", "28"]
    expect(totals.get_by_text("Enough to find you a circle.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    drag(page, cell(page, 0, 8), cell(page, 3, 17.5))
    assert totals.locator("b").all_inner_texts() == ["2", "0", "3"]
    expect(totals.get_by_text("Enough to find you a circle.")).to_be_hidden()


def test_everything_can_be_painted_from_the_keyboard(open_page: Open) -> None:
    page = open_page("availability")
    page.locator('td[tabindex="0"]').focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert "Wed 08:00-09:30 13:00-15:00" in hours(page)[0]
    focused = page.locator("td:focus")
    assert focused.get_attribute("aria-label") == "Wednesday 9:00, you can"
    page.keyboard.press("Space")
    assert focused.get_attribute("aria-label") == "Wednesday 9:00, not marked"
    page.keyboard.press("Control+z")
    assert "Wed 08:00-09:30" in hours(page)[0]
    assert page.locator('td[tabindex="0"]').count() == 1


def test_the_edge_of_the_day_is_not_the_next_day(open_page: Open) -> None:
    page = open_page("availability")
    page.get_by_role("button", name="Show all 24 hours").click()
    page.locator(cell(page, 0, 23.5)).click()
    page.keyboard.press("ArrowDown")
    assert page.locator("td:focus").get_attribute("data-cell") == "47"


def test_monday_is_copied_to_every_day_shown(open_page: Open) -> None:
    page = open_page("availability")
    page.get_by_role("button", name="Copy Monday to every day").click()
    can, prefer = hours(page)
    assert can.split(";\n") == [f"{day} 09:00-11:00 13:00-15:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    assert prefer.count("09:30-10:30") == 5


def test_the_list_and_the_grid_are_two_views_of_the_same_hours(open_page: Open) -> None:
    page = open_page("availability")
    page.get_by_role("button", name="Write them as a list").click()
    page.locator("[name=can]").fill("mon 6:00-7:30\nSaturday: 10:00-11:00")
    page.locator("[name=prefer]").fill("")
    page.get_by_role("button", name="Paint them on the grid").click()
    expect(page.locator(cell(page, 0, 6))).to_have_attribute("data-state", "can")
    page.locator(cell(page, 0, 8)).click()
    assert hours(page)[0] == "Mon 06:00-07:30 08:00-08:30;\nSat 10:00-11:00"


def test_a_list_that_cannot_be_read_stays_as_it_was_written(open_page: Open) -> None:
    page = open_page("availability")
    page.get_by_role("button", name="Write them as a list").click()
    page.locator("[name=can]").fill("Mon nine to five")
    page.get_by_role("button", name="Paint them on the grid").click()
    expect(page.locator("[data-availability-drawn]")).to_be_hidden()
    assert page.locator("[name=can]").input_value() == "Mon nine to five"
    assert not page.locator("[name=can]").evaluate("field => field.checkValidity()")
    page.locator("[name=can]").fill("Mon 09:00-17:00")
    assert page.locator("[name=can]").evaluate("field => field.checkValidity()")


def test_touch_paints_too(open_page: Open) -> None:
    page = open_page("availability", viewport={"width": 390, "height": 900}, has_touch=True, is_mobile=True)
    page.locator(cell(page, 2, 9)).tap()
    assert "Wed 09:00-09:30 13:00-15:00" in hours(page)[0]


def test_without_scripts_the_hours_are_a_list(open_page: Open) -> None:
    page = open_page("availability", java_script_enabled=False)
    expect(page.locator("table.availability-grid")).to_be_hidden()
    expect(page.get_by_label("Hours you can meet")).to_be_visible()
    assert hours(page)[0].startswith("Mon 09:00-11:00 13:00-15:00;\nTue")


def test_the_weekend_is_shown_when_asked_for_or_marked(open_page: Open) -> None:
    page = open_page("availability?days=7&shown=5")
    expect(page.get_by_role("columnheader", name="Saturday")).to_be_hidden()
    page.get_by_role("button", name="Copy Monday to every day").click()
    assert "Sat" not in hours(page)[0]
    page.get_by_role("button", name="Show the weekend").click()
    expect(page.get_by_role("columnheader", name="Saturday")).to_be_visible()
    expect(page.get_by_role("button", name="Show the weekend")).to_be_hidden()
    page.locator(cell(page, 5, 10)).click()
    assert hours(page)[0].endswith("Sat 10:00-10:30")


def test_the_hours_of_last_time_can_be_taken_and_undone(open_page: Open) -> None:
    page = open_page("availability?last=1")
    before = hours(page)
    page.get_by_role("button", name="Same as last time").first.click()
    assert hours(page) == ("Wed 09:00-10:00", "")
    expect(page.locator(cell(page, 2, 9))).to_have_attribute("data-state", "can")
    page.get_by_role("button", name="Undo").click()
    assert hours(page) == before


def test_a_drag_sends_the_form_of_the_menu(open_page: Open) -> None:
    page = open_page("board")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.wait_for_selector("[data-board-ready]")
    person = page.locator('[data-circle="hazel"] [data-person]').nth(1)
    target = page.locator('[data-circle="rowan"]')
    box, goal = person.bounding_box(), target.bounding_box()
    assert box
    assert goal
    page.mouse.move(box["x"] + 12, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(goal["x"] + 80, goal["y"] + 10, steps=12)
    page.mouse.move(goal["x"] + 60, goal["y"] + 20, steps=4)
    with page.expect_navigation():
        page.mouse.up()
    assert sent == ["csrf_token=sample&person=hazel2&circle=rowan"]


def test_the_menu_moves_a_person_without_a_drag(open_page: Open) -> None:
    page = open_page("board", java_script_enabled=False)
    page.get_by_text("Move… TR").first.click()
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.locator("details[open] button").click()
    assert posted.value.post_data == "csrf_token=sample&person=hazel2&circle=rowan"


def test_menus_close_on_escape_and_outside(open_page: Open) -> None:
    page = open_page("home")
    menu = page.locator(".person-menu")
    summary = menu.locator("summary")
    summary.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_the_link_is_copied_and_says_so(open_page: Open) -> None:
    page = open_page("home", permissions=["clipboard-read", "clipboard-write"])
    link = page.locator("[data-copy]")
    link.click()
    expect(link).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "https://meet.example/abc"


def test_a_growing_text_area_shows_all_it_holds(open_page: Open) -> None:
    page = open_page("home", viewport={"width": 390, "height": 900})
    area = page.locator("textarea[data-autosize]")
    area.fill("One line after another. " * 20)
    assert area.evaluate("area => area.scrollHeight <= area.clientHeight + 2")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_window(open_page: Open, name: str) -> None:
    page = open_page(name)
    for width in (1280, 900, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page: Open, name: str) -> None:
    page = open_page(name, bypass_csp=True, reduced_motion="reduce")
    page.add_script_tag(path=str(AXE))
    for width, theme in ((1280, "light"), (1280, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found = page.evaluate(f"axe.run({{runOnly: {json.dumps(AXE_RULES)}}})")
        problems = [(item["id"], [node["html"][:120] for node in item["nodes"]]) for item in found["violations"]]
        assert problems == [], (width, theme)


def test_progress_is_asked_for_until_the_work_is_done(open_page: Open) -> None:
    page = open_page("pieces")
    expect(page.get_by_text("8 of 13")).to_be_visible(timeout=8000)
    expect(page.get_by_text("13 of 13")).to_be_visible(timeout=8000)
    expect(page.get_by_text("the work goes on")).to_have_count(0)
    expect(page.get_by_role("link", name="See the circles")).to_be_visible()


def test_print_leaves_the_page_and_drops_the_frame(open_page: Open) -> None:
    page = open_page("week?theme=dark")
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("link", name="Print this page")).to_be_hidden()
    expect(page.get_by_role("heading", name="Ask earlier")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
