"""Measures calendar feeds: `python -m tests.benchmarks.bench_feeds [--circles 400] [--postgresql]`.

One member has five seasons of 26 sessions each, among other circles that fill the tables. Prints what the member's
feed and the feed of one circle cost to read: whole, again with its tag (304), and as HEAD; the median of several reads
in processor time, and the number of statements.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Person
from app.db import unit_writes
from app.extensions import db
from circles.models import Program
from scheduling.recurrence import monday_of
from tests.benchmarks.product.installation import browser_of, installation
from tests.benchmarks.product.tables import print_table
from tests.factories import accounts
from tests.factories import circles as make
from tests.factories.scheduling import season

SEASONS, WEEKS, READS = 5, 26, 15


def fill(session: Session, others: int) -> tuple[Person, UUID]:
    """The member with five seasons, each of a cohort of its own, and one of the circles; `others` circles beside."""
    first = monday_of(clock.today("UTC")) - timedelta(weeks=4)
    program = make.program(session, accounts.person(session))
    member = accounts.person(session, name="Amara Osei")
    mine = [_season(session, program, [member, *_people(session)], first) for _ in range(SEASONS)]
    for _ in range(others):
        _season(session, program, _people(session), first)
    session.commit()
    return member, mine[0]


def _people(session: Session) -> list[Person]:
    return [accounts.person(session) for _ in range(4)]


def _season(session: Session, program: Program, people: list[Person], first: date) -> UUID:
    """A circle in a cohort of its own, with its sessions."""
    circle = make.circle(session, make.cohort(session, program), people)
    season(session, circle, at=clock.now() - timedelta(weeks=5), first=first, count=WEEKS)
    return circle.id


def address(browser: FlaskClient, circle: UUID | None) -> str:
    """A new feed address of the signed-in member."""
    page = browser.post("/calendar", data={"circle": str(circle)} if circle else {})
    found = re.search(rb"/feed/(?:circle/)?[\w-]+\.ics", page.data)
    if found is None:
        raise RuntimeError(f"no feed address on the page: {page.status}")
    return found[0].decode()


def read(client: FlaskClient, path: str, method: str, headers: Mapping[str, str]) -> tuple[TestResponse, list[str]]:
    """One request of a calendar program: the answer, and how long it took and how much it asked of the database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    took = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for _ in range(READS):
            statements.clear()
            began = time.process_time()
            answer = client.open(path, method=method, headers=dict(headers))
            took.append((time.process_time() - began) * 1000)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return answer, [
        f"{statistics.median(took):.1f}",
        str(len(statements)),
        str(answer.status_code),
        f"{len(answer.data):,}",
        str(answer.data.count(b"BEGIN:VEVENT")),
    ]


def main() -> None:
    """Fill an installation, read its feeds, print the figures."""
    parser = argparse.ArgumentParser(description="Measures calendar feeds.")
    parser.add_argument("--circles", type=int, default=400, help="other circles that fill the tables")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    rows = []
    with installation(postgresql=options.postgresql) as flask_app:
        flask_app.config["WTF_CSRF_ENABLED"] = False
        with flask_app.app_context():
            unit_writes.set(True)
            member, circle_id = fill(db.session(), options.circles)
            browser = browser_of(flask_app, db.session(), member)
            db.session.remove()
        with flask_app.app_context():
            calendar_program = flask_app.test_client()
            for name, which in (("all five seasons", None), ("one circle", circle_id)):
                path = address(browser, which)
                whole, figures = read(calendar_program, path, "GET", {})
                rows.append([name, "GET", *figures])
                tag = {"If-None-Match": whole.headers["ETag"]}
                rows.append([name, "GET with its tag", *read(calendar_program, path, "GET", tag)[1]])
                rows.append([name, "HEAD", *read(calendar_program, path, "HEAD", {})[1]])
    print_table("Calendar feeds", ["feed", "read as", "ms", "statements", "status", "bytes", "sessions"], rows)


if __name__ == "__main__":
    main()
