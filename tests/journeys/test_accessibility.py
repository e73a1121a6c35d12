"""Every kind of page of the demonstration, for each of its people: WCAG 2.2 AA, phones, keyboard, a clean console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import pages
from tests.journeys.browsers import DESK, PHONE, Visitor, browser, visitor
from tests.journeys.servers import Installation, demonstration

pytestmark = pytest.mark.journey
#: Kinds of pages that are looked at for every person, since each sees another one.
OWN = {"/", "/who-can-see-what"}


@dataclass
class House:
    """The demonstration while it runs, and the kinds of pages seen so far."""

    installation: Installation
    chrome: Browser
    seen: set[str] = field(default_factory=set)

    def sign_in(self, name: str, **options: object) -> Visitor:
        """One of its people, by one click."""
        person = visitor(self.chrome, self.installation.url, **options)
        person.go("/sign-in")
        person.click(f"Sign in as {name}")
        expect(person.page.locator(".person-menu")).to_be_visible()
        return person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("demonstration")
    with ExitStack() as stack:
        made = demonstration(folder)
        made.run("demo", "--build-only")
        stack.enter_context(made.running("demo"))
        chrome = stack.enter_context(browser(folder))
        made.wait_until_it_answers()
        yield House(made, chrome)


def look_at(person: Visitor, start: str, seen: set[str]) -> tuple[int, list[str]]:
    """Walk through all that someone can reach; how many pages, and what is wrong with them."""
    wrong: list[str] = []
    count = 0
    for path in pages.walk(person, start, seen):
        count += 1
        # What axe does to the page afterwards is not the page's doing.
        wrong += person.problems
        page = person.page
        wrong += [f"{path}: {one}" for one in pages.violations(page)]
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            wrong += [f"{path} at {width}: wider than the phone: {one}" for one in pages.too_wide(page)]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="dark")
        wrong += [f"{path} on a phone in the dark: {one}" for one in pages.violations(page)]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        person.problems.clear()
    return count, wrong


@pytest.mark.parametrize(
    ("name", "least"),
    [("", 5), ("Amara Osei", 25), ("Linh Pham", 3), ("Ingrid Solberg", 4), ("Marcus Adeyemi", 25), ("Karin Holm", 8)],
)
def test_pages_are_for_everyone(house: House, name: str, least: int) -> None:
    person = house.sign_in(name) if name else visitor(house.chrome, house.installation.url)
    house.seen -= OWN
    count, wrong = look_at(person, "/" if name else "/sign-in", house.seen)
    assert not wrong, "\n".join(wrong)
    assert count >= least
    person.close()


def test_what_looks_at_pages_finds_faults(house: House) -> None:
    person = house.sign_in("Amara Osei")
    assert not pages.violations(person.page)
    person.page.evaluate("() => document.querySelector('main').append(document.createElement('img'))")
    assert [one for one in pages.violations(person.page) if one.startswith("image-alt")]
    person.page.evaluate("() => { document.querySelector('main').lastChild.width = 3000; }")
    assert pages.too_wide(person.page)


def test_the_keyboard_is_enough(house: House) -> None:
    amara = house.sign_in("Amara Osei")
    press = amara.page.keyboard.press
    amara.go("/")
    press("Tab")
    skip = amara.page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press("Enter")
    expect(amara.page.locator("main")).to_be_focused()
    yes = amara.page.get_by_role("button", name="Yes", exact=True)
    tab_to(amara, yes.get_attribute("value") or "", "value")
    press("Enter")
    expect(amara.page.get_by_role("button", name="Yes", exact=True)).to_have_attribute("aria-pressed", "true")
    amara.page.wait_for_load_state()
    menu = amara.page.locator(".person-menu > summary")
    menu.focus()
    press("Enter")
    expect(amara.page.get_by_role("link", name="My profile")).to_be_visible()
    press("Escape")
    expect(menu).to_be_focused()
    expect(amara.page.get_by_role("link", name="My profile")).to_be_hidden()
    amara.close()


def tab_to(person: Visitor, value: str, attribute: str, most: int = 60) -> None:
    """Press Tab until something with that attribute has the focus."""
    for _press in range(most):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("name => document.activeElement?.getAttribute(name)", attribute) == value:
            return
    raise AssertionError(f"nothing with {attribute}={value} is reached by Tab")
