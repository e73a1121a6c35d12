"""Measures reminders: `python -m tests.benchmarks.bench_reminders [--circles 2000] [--workers 2] [--postgresql]`.

Makes circles of five whose sessions all come within one hour, so that every reminder is due at once, and starts real
worker processes. Prints how long it takes until each reminder is decided and written, and until the last mail has
left; mails go to the outbox, so a mail server's own pace is not in the figures. Processor time is that of all workers,
their start included. Each reminder must be there once.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, func, insert, select

from app.accounts.models import Person, StartedMail
from app.mail.models import MailState, OutgoingMail
from circles.models import Circle, Cohort, CohortState, Membership, Program
from scheduling.models import Answer, CircleSession, InviteSent, Rsvp, Season
from tests.benchmarks.product.tables import print_table
from tests.databases import migrated_database_url
from tests.journeys.servers import installation, stop

SIZE = 5
HOUR = timedelta(hours=1)
#: Rows of one INSERT.
CHUNK = 2000
#: The measurement ends after so many seconds, done or not.
LONGEST = 1500
DESCRIPTION = "Why this week matters, in a sentence or two of ordinary length.\n\n" + "\n".join(
    f"0:{10 * step:02d} Step {step} of the agenda" for step in range(6)
)


def calm_zone(now: datetime) -> str:
    """A zone in which it is about noon, so that quiet hours hold nothing back."""
    offset = 12 - now.hour
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


def fill(engine: Engine, circles: int) -> None:
    """Circles of five with three sessions; the next one begins in 23 to 24 hours."""
    now = datetime.now(UTC).replace(microsecond=0)
    zone, dice = calm_zone(now), random.Random(4)
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (Program, Cohort, Person, Circle, Membership, Season, CircleSession, InviteSent, Rsvp)
    }
    program, cohort = uuid.uuid4(), uuid.uuid4()
    rows[Program].append({"id": program, "name": "Program", "purpose": "", "created_at": now})
    rows[Cohort].append(
        {
            "id": cohort, "program_id": program, "name": "Cohort", "state": CohortState.RUNNING, "timezone": zone,
            "starts_on": now.date(), "enroll_from": now.date(), "enroll_until": now.date(), "join_nonce": "n",
            "created_at": now,
        }
    )  # fmt: skip
    for number in range(circles):
        circle, season = uuid.uuid4(), uuid.uuid4()
        rows[Circle].append({"id": circle, "cohort_id": cohort, "name": f"Circle {number}", "created_at": now})
        starts_at = now + timedelta(hours=23, seconds=dice.randrange(3000))
        wall = starts_at.astimezone(ZoneInfo(zone))
        monday = wall.date() - timedelta(days=wall.weekday())
        rows[Season].append(
            {
                "id": season, "circle_id": circle, "timezone": zone, "weekday": wall.weekday(),
                "starts": wall.time().replace(tzinfo=None), "minutes": 60, "weeks": [monday.isoformat()],
                "room_url": f"https://rooms.example/{season.hex}", "created_at": now,
            }
        )  # fmt: skip
        sessions = [uuid.uuid4() for _ in range(3)]
        for week, session in enumerate(sessions):
            begins = starts_at + timedelta(weeks=week)
            rows[CircleSession].append(
                {
                    "id": session, "season_id": season, "position": week + 1, "starts_at": begins,
                    "ends_at": begins + HOUR, "title": f"Week {week + 1}", "description": DESCRIPTION,
                    "uid": f"{session.hex}@coterie", "created_at": now, "updated_at": now,
                    "week": monday + timedelta(weeks=week), "local_date": wall.date() + timedelta(weeks=week),
                    "local_time": wall.time().replace(tzinfo=None), "timezone": zone,
                }
            )  # fmt: skip
        for place in range(SIZE):
            person, address = uuid.uuid4(), f"p{number}.{place}@example.org"
            rows[Person].append(
                {
                    "id": person, "name": f"Person {number} {place}", "email": address, "email_key": address,
                    "timezone": zone, "created_at": now, "updated_at": now,
                }
            )  # fmt: skip
            rows[Membership].append(
                {"id": uuid.uuid4(), "circle_id": circle, "person_id": person, "position": place, "joined_at": now}
            )
            rows[InviteSent] += [
                {
                    "id": uuid.uuid4(), "session_id": session, "person_id": person, "address": address, "held": True,
                    "method": "REQUEST", "sequence": 0, "stamped_at": now - timedelta(days=14),
                }
                for session in sessions[:2]
            ]  # fmt: skip
            if place % 2:
                rows[Rsvp].append(
                    {
                        "session_id": sessions[0], "person_id": person, "answer": Answer.YES, "source": "page",
                        "answered_at": now - timedelta(days=3),
                    }
                )  # fmt: skip
    with engine.begin() as connection:
        for table, values in rows.items():
            for start in range(0, len(values), CHUNK):
                connection.execute(insert(table), values[start : start + CHUNK])


def measure(folder: Path, url: str, circles: int, workers: int) -> list[str]:
    """One row of figures."""
    engine = create_engine(url)
    fill(engine, circles)
    house = installation(folder, 25, database_url=url, mail_transport="outbox", workers="1")
    expected = circles * SIZE
    begun = time.monotonic()
    written = sent = 0.0
    processes = [house.start("worker") for _ in range(workers)]
    try:
        while not sent and time.monotonic() - begun < LONGEST:
            time.sleep(0.5)
            if any(process.poll() is not None for process in processes):
                raise SystemExit(f"a worker ended:\n{house.said()[-2000:]}")
            with engine.connect() as connection:
                if not written and count(connection, select(func.count()).select_from(StartedMail)) >= expected:
                    written = time.monotonic() - begun
                waiting = select(func.count()).where(OutgoingMail.state == MailState.SENT)
                if written and count(connection, waiting) >= expected:
                    sent = time.monotonic() - begun
    finally:
        for process in processes:
            stop(process)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with engine.connect() as connection:
        mails = count(connection, select(func.count()).where(OutgoingMail.kind == "session.reminder"))
        people = count(
            connection,
            select(func.count(OutgoingMail.person_id.distinct())).where(OutgoingMail.kind == "session.reminder"),
        )
    engine.dispose()
    if written:
        assert mails == people == expected, f"{mails} reminders to {people} of {expected} people"
    return [
        f"{circles:,}",
        f"{mails:,}",
        f"{written:.0f}" if written else f"over {LONGEST}",
        f"{mails / written:.0f}" if written else "",
        f"{sent:.0f}" if sent else f"over {LONGEST}",
        f"{mails / sent:.0f}" if sent else "",
        f"{used.ru_utime + used.ru_stime:.0f}",
    ]


def count(connection: Any, statement: Any) -> int:
    """The number that a statement counts."""
    return int(connection.scalar(statement) or 0)


@contextmanager
def database(*, postgresql: bool) -> Iterator[tuple[Path, str]]:
    """A folder and an empty database in it."""
    with tempfile.TemporaryDirectory(prefix="coterie-bench-") as name:
        folder = Path(name)
        with migrated_database_url(folder, postgresql=postgresql) as url:
            yield folder, url


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--circles", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    # A run that is ended from outside, as by a time limit, says so, stops its workers and drops its database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal before all mails had left"))
    with database(postgresql=chosen.postgresql) as (folder, url):
        row = measure(folder, url, chosen.circles, chosen.workers)
    print_table(
        f"Reminders due at once, {chosen.workers} workers, {'PostgreSQL' if chosen.postgresql else 'SQLite'}",
        ["circles", "mails", "all written after, s", "a second", "all left after, s", "a second", "processor time, s"],
        [row],
    )


if __name__ == "__main__":
    main()
