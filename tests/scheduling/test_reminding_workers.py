"""Reminders under two real workers, one of them killed in the middle: each member gets one, and none is lost."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from app.accounts.models import StartedMail, StartedState
from app.mail.models import MailState, OutgoingMail
from tests.benchmarks.bench_reminders import SIZE, database, fill
from tests.journeys.servers import installation, stop

pytestmark = pytest.mark.journey
CIRCLES = 60


@pytest.mark.parametrize("postgresql", [False, True], ids=["sqlite", "postgresql"])
def test_two_workers_and_a_kill(postgresql: bool) -> None:
    with database(postgresql=postgresql) as (folder, url):
        engine = create_engine(url)
        fill(engine, CIRCLES)

        def count(what: object) -> int:
            with engine.connect() as connection:
                return int(connection.scalar(what) or 0)  # type: ignore[call-overload]

        decided = select(func.count()).select_from(StartedMail)
        left = select(func.count()).where(OutgoingMail.state == MailState.SENT)
        house = installation(folder, 25, database_url=url, mail_transport="outbox", workers="2", job_lease_seconds="3")
        first, second = house.start("worker"), house.start("worker")
        try:
            _wait(lambda: count(decided) >= SIZE, folder)
            stop(first, signal.SIGKILL)
            assert count(decided) < CIRCLES * SIZE, "the worker must be killed before all is done"
            _wait(lambda: count(decided) >= CIRCLES * SIZE, folder)
            _wait(lambda: count(left) >= CIRCLES * SIZE, folder)
        finally:
            stop(second)
        with engine.connect() as connection:
            mails = connection.execute(
                select(OutgoingMail.person_id, OutgoingMail.id).where(OutgoingMail.kind == "session.reminder")
            ).all()
            rows = connection.execute(select(StartedMail.person_id, StartedMail.state, StartedMail.mail_id)).all()
        engine.dispose()
        assert set(Counter(row.person_id for row in mails).values()) == {1}, "nobody gets two"
        assert len(mails) == CIRCLES * SIZE, "nobody gets none"
        assert {row.mail_id for row in rows} == {row.id for row in mails}
        assert {row.state for row in rows} == {StartedState.SENT}


def _wait(come: Callable[[], bool], folder: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not come():
        if time.monotonic() > deadline:
            raise AssertionError((folder / "worker.log").read_text(encoding="utf-8")[-3000:])
        time.sleep(0.05)
