"""Queries and time per page for every role, at a small and at a large number of enrollments."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from werkzeug.routing import BuildError

from app import clock
from app.accounts.models import Person
from app.db import unit_writes
from app.extensions import db
from practices.services.reports import start_report
from tests.benchmarks.product.changes import add_changes
from tests.benchmarks.product.drafts import draft_of
from tests.benchmarks.product.installation import browser_of, installation
from tests.benchmarks.product.tables import print_table
from tests.benchmarks.product.world import SIZE, populate
from tests.jobs_in_tests import drain

MEMBER, LEAD, MANAGER, ADMINISTRATOR = "member", "lead", "manager", "administrator"
TIMES = 5
#: Not queries: how units begin and end.
FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page as one role opens it; `arguments` name what of the world stands in its address."""

    role: str
    endpoint: str
    arguments: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """What the table calls it."""
        return f"{self.endpoint} ({self.role})" + "".join(f" {name}={value}" for name, value in self.query)


def _page(role: str, endpoint: str, query: dict[str, str] | None = None, **arguments: str) -> PageOf:
    return PageOf(role, endpoint, tuple(arguments.items()), tuple((query or {}).items()))


PAGES: tuple[PageOf, ...] = (
    _page(MEMBER, "pages.home"),
    _page(MEMBER, "guides.week", circle_id="circle", number="week"),
    _page(MEMBER, "guides.this_week", circle_id="circle"),
    _page(MEMBER, "pages.circle", circle_id="circle"),
    _page(MEMBER, "circles.agreement", circle_id="circle"),
    _page(MEMBER, "scheduling.my_sessions"),
    _page(MEMBER, "scheduling.calendar"),
    _page(MEMBER, "practices.my_changes"),
    _page(MEMBER, "practices.circle_changes", circle_id="circle"),
    _page(MEMBER, "practices.my_shares"),
    _page(MEMBER, "accounts.profile"),
    _page(MEMBER, "accounts.my_data"),
    _page(LEAD, "pages.home"),
    _page(LEAD, "circles.programs"),
    _page(LEAD, "circles.cohorts"),
    _page(LEAD, "circles.cohort", cohort_id="running"),
    _page(LEAD, "pages.cohort_home", cohort_id="running"),
    _page(LEAD, "circles.people", cohort_id="running"),
    _page(LEAD, "circles.people", {"page": "2"}, cohort_id="running"),
    _page(LEAD, "circles.people", {"q": "person 0001"}, cohort_id="running"),
    _page(LEAD, "circles.person", cohort_id="matching", enrollment_id="enrollment"),
    _page(LEAD, "circles.write_message", cohort_id="running"),
    _page(LEAD, "circles.help_requests", cohort_id="running"),
    _page(LEAD, "scheduling.placing", cohort_id="running"),
    _page(LEAD, "practices.my_reports"),
    _page(LEAD, "practices.report", cohort_id="running"),
    _page(LEAD, "circles.cohort", cohort_id="matching"),
    _page(LEAD, "circles.match", cohort_id="matching"),
    _page(LEAD, "guides.publish", cohort_id="matching"),
    _page(LEAD, "guides.library"),
    _page(MANAGER, "pages.home"),
    _page(MANAGER, "practices.pages"),
    _page(ADMINISTRATOR, "accounts.people"),
    _page(ADMINISTRATOR, "accounts.people", {"page": "2"}),
    _page(ADMINISTRATOR, "accounts.people", {"q": "person 0001"}),
    _page(ADMINISTRATOR, "accounts.person", person_id="member"),
    _page(ADMINISTRATOR, "accounts.imports"),
    _page(ADMINISTRATOR, "admin.mails"),
    _page(ADMINISTRATOR, "admin.health"),
    _page(ADMINISTRATOR, "admin.trail"),
    _page(ADMINISTRATOR, "admin.settings"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One page at one size: its answer, statements sent, milliseconds of the median request, size."""

    status: int
    queries: int
    milliseconds: float
    kilobytes: int


def measure_pages(sizes: Sequence[int], *, postgresql: bool) -> None:
    """Print the table of pages, and what could not be measured."""
    found = [measured_at(size, postgresql=postgresql) for size in sizes]
    small, large = found[0], found[-1]
    rows, missing = [], []
    for page in PAGES:
        if page not in small or page not in large:
            missing.append(page.label)
            continue
        before, after = small[page], large[page]
        remark = " ".join(
            word
            for word, holds in (
                (f"answered {after.status}", before.status != 200 or after.status != 200),
                ("QUERIES GROW", after.queries > before.queries),
                ("slow", after.milliseconds > 300),
                ("long", after.kilobytes > 500),
            )
            if holds
        )
        rows.append(
            (
                page.label,
                before.queries,
                after.queries,
                f"{before.milliseconds:.0f}",
                f"{after.milliseconds:.0f}",
                after.kilobytes,
                remark,
            )
        )
    names = [f"{size:,}" for size in (sizes[0], sizes[-1])]
    columns = ("page", f"queries at {names[0]}", f"at {names[1]}", f"ms at {names[0]}", f"at {names[1]}", "KB", "")
    print_table(f"Pages on {'PostgreSQL' if postgresql else 'SQLite'}, by enrollments", columns, rows)
    if missing:
        print("No such page in this version: " + ", ".join(missing))


def measured_at(size: int, *, postgresql: bool) -> dict[PageOf, Measured]:
    """Every page that there is, in an installation of its own with `size` enrollments."""
    with installation(postgresql=postgresql) as flask_app:
        browsers, values, engine = _prepare(flask_app, size)
        # Rows made above must not slow the collector down during requests.
        gc.collect()
        gc.freeze()
        found = {}
        for page in PAGES:
            address = _address(flask_app, page, values)
            if address is not None:
                found[page] = _measure(browsers[page.role], address, engine)
        return found


def _prepare(flask_app: Flask, size: int) -> tuple[dict[str, FlaskClient], dict[str, Any], Engine]:
    with flask_app.app_context():
        unit_writes.set(True)
        session, at = db.session(), clock.now()
        world = populate(session, size, at=at)
        add_changes(session, world, at=at)
        draft_of(session, world.matching, world.waiting, size=SIZE, at=at)
        session.commit()
        if db.engine.dialect.name == "postgresql":
            # What autovacuum does on a real server; SQLite is measured as it is installed, without statistics.
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
        start_report(session, world.running, actor=world.lead, at=at)
        session.commit()
        drain(flask_app)
        values = {
            "circle": world.circle,
            "week": 5,
            "running": world.running.id,
            "matching": world.matching.id,
            "enrollment": world.waiting[0],
            "member": world.member,
        }
        people = {
            MEMBER: session.get_one(Person, world.member),
            LEAD: world.lead,
            MANAGER: world.manager,
            ADMINISTRATOR: world.administrator,
        }
        browsers = {role: browser_of(flask_app, session, person) for role, person in people.items()}
        return browsers, values, db.engine


def _address(flask_app: Flask, page: PageOf, values: dict[str, Any]) -> str | None:
    try:
        with flask_app.test_request_context():
            named = {name: values[value] for name, value in page.arguments}
            return url_for(page.endpoint, **named, **dict(page.query))
    except BuildError:
        return None


def _measure(browser: FlaskClient, address: str, engine: Engine) -> Measured:
    browser.get(address)
    with _statements(engine) as seen:
        response = browser.get(address)
    queries = len(seen)
    times: list[float] = []
    while len(times) < TIMES and sum(times) < 5:
        began = time.perf_counter()
        browser.get(address)
        times.append(time.perf_counter() - began)
    return Measured(response.status_code, queries, statistics.median(times) * 1000, len(response.data) // 1024)


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(FRAMES):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
