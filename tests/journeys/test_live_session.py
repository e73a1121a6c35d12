"""A session run in several windows at once: one clock, told to those who cannot see it, and nothing typed is lost."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import waitress
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app import clock
from app.accounts import sign_ins
from app.accounts.models import Person
from app.auth import SESSION_KEY
from app.config import Config
from app.extensions import db
from app.factory import create_app
from scheduling.models import CircleSession
from tests.databases import migrated_database_url
from tests.factories import practices as make
from tests.journeys.browsers import DESK, PHONE, browser
from tests.journeys.servers import SECRET, free_port

pytestmark = pytest.mark.journey
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Hall:
    """A served circle whose second session began a few seconds ago."""

    flask_app: Flask
    chrome: Browser
    url: str
    path: str
    people: dict[str, UUID]
    problems: list[str]

    def window(self, name: str, **options: Any) -> Page:
        """The session in a window of its own, signed in as a member."""
        with self.flask_app.app_context():
            person = db.session.get_one(Person, self.people[name])
            secret = sign_ins.begin(db.session(), person, at=clock.now(), days=1, method="test")
            db.session.commit()
            db.session.remove()
        serializer = self.flask_app.session_interface.get_signing_serializer(self.flask_app)  # type: ignore[attr-defined]
        value = serializer.dumps({SESSION_KEY: secret, "_user_id": str(self.people[name]), "_fresh": True})
        context = self.chrome.new_context(**{"viewport": DESK, **options})
        context.add_cookies([{"name": self.flask_app.config["SESSION_COOKIE_NAME"], "value": value, "url": self.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        return page

    def open(self, name: str, **options: Any) -> Page:
        """The same, with the page loaded."""
        page = self.window(name, **options)
        page.goto(self.url + self.path)
        return page


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as stack:
        address = stack.enter_context(migrated_database_url(tmp_path, postgresql=False))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        config = Config(
            secret_key=SECRET, data_dir=tmp_path, database_url=address, base_url=url, mail_transport="outbox"
        )
        flask_app = create_app(config)
        with flask_app.app_context():
            world = make.world(db.session(), held=1)
            meeting = db.session.get_one(CircleSession, world.season.sessions[1].id)
            meeting.starts_at = clock.now() - timedelta(seconds=5)
            meeting.ends_at = meeting.starts_at + timedelta(minutes=60)
            people = {person.first_name: person.id for person in (world.amara, world.tomas, world.linh, world.jonas)}
            path = f"/circles/{world.circle.id}/weeks/2/live"
            db.session.commit()
            db.session.remove()
        server = waitress.create_server(flask_app, host="127.0.0.1", port=port, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        stack.callback(thread.join, 10)
        stack.callback(server.close)
        chrome = stack.enter_context(browser(tmp_path))
        made = Hall(flask_app, chrome, url, path, people, [])
        yield made
        assert made.problems == []


def test_every_screen_follows_and_nothing_typed_is_lost(hall: Hall) -> None:
    host, peer = hall.open("Tomás"), hall.open("Linh", viewport=PHONE)
    expect(peer.get_by_text("nobody has started the clock")).to_be_visible()
    host.get_by_role("button", name="Start from the top").click()
    expect(host.get_by_role("button", name="Pause")).to_be_visible()
    peer.goto(hall.url + hall.path)
    peer.get_by_label("Add a note for the circle", exact=True).last.fill("Half a sentence")
    host.get_by_role("button", name="Next: Linh").click()
    expect(peer.locator("[data-live-left]")).to_have_text("left for Linh")
    expect(peer.locator("[data-live-say]")).to_have_text("Linh Pham speaks, 2:15 minutes.")
    expect(peer.get_by_role("textbox").first).to_have_value("Half a sentence")
    expect(host.get_by_role("button", name="Next: Jonas")).to_be_focused()
    expect(peer.get_by_role("button", name="End the session…")).to_have_count(0)
    peer.get_by_role("button", name="Pause").click()
    expect(host.locator(".live-clock")).to_contain_text("paused")
    expect(host.locator("[data-live-say]")).to_have_text("Paused.")
    host.locator("[data-live-end] summary").click()
    host.get_by_role("button", name="End it for everyone").click()
    expect(host.get_by_role("heading", name="The session is over")).to_be_visible()
    expect(peer.get_by_role("heading", name="The session is over")).to_be_visible()
    expect(peer.locator("[data-live-end]")).to_be_hidden()


def test_of_presses_at_the_same_instant_one_counts(hall: Hall) -> None:
    page = hall.open("Tomás")
    page.get_by_role("button", name="Start from the top").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    fields = {
        "csrf_token": page.locator(".live-presses [name=csrf_token]").input_value(),
        "revision": page.locator(".live-presses [name=revision]").input_value(),
        "press": "next_speaker",
    }

    def press(_number: int) -> int:
        request = urllib.request.Request(hall.url + hall.path, urllib.parse.urlencode(fields).encode())
        request.add_header("Cookie", cookies)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with ThreadPoolExecutor(6) as together:
        statuses = list(together.map(press, range(6)))
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
    expect(page.locator("[data-live-left]")).to_have_text("left for Linh")


def test_the_clock_runs_and_the_last_half_minute_is_told_once(hall: Hall) -> None:
    page = hall.window("Tomás", reduced_motion="reduce")
    page.clock.install()
    page.goto(hall.url + hall.path)
    page.get_by_role("button", name="Start from the top").click()
    told, shown = page.locator("[data-live-say]"), page.locator("[data-live-clock]")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    # The drawn part must tick before time is put forward, or it would begin to count only afterwards.
    drawn = shown.text_content() or ""
    expect(shown).not_to_have_text(drawn)
    # The server's clock is not the one that is put forward here, so the page must not ask it meanwhile.
    page.route("**/live/now*", lambda route: route.fulfill(status=204))
    page.clock.fast_forward(60_000)
    expect(shown).to_contain_text("1:1")
    expect(told).not_to_contain_text("Half a minute")
    page.clock.fast_forward(47_000)
    expect(told).to_have_text("Half a minute left for Tomás.")
    page.clock.fast_forward(45_000)
    expect(shown).to_contain_text("+0:")
    expect(page.locator("[data-live-over]")).to_have_text("over, Tomás")


def test_axe_finds_nothing_while_it_runs(hall: Hall) -> None:
    page = hall.open("Tomás", bypass_csp=True, reduced_motion="reduce")
    page.get_by_role("button", name="Start from the top").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.add_script_tag(path=str(AXE))
    for width, theme in ((1280, "light"), (1280, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found = page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")
        problems = [(item["id"], [node["html"][:120] for node in item["nodes"]]) for item in found["violations"]]
        assert problems == [], (width, theme)
        assert page.evaluate("document.documentElement.scrollWidth") == width
