from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.demo.diary import Diary
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.jobs.runner import JobRun

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ran: list[tuple[str, datetime]] = []


def remember(run: JobRun) -> None:
    """A handler that tells when it ran."""
    ran.append((run.payload["name"], run.at))


def fail(run: JobRun) -> None:
    """A handler that cannot."""
    raise RuntimeError("no")


@pytest.fixture
def diary(flask_app: Flask, session: Session) -> Diary:
    ran.clear()
    here = __name__
    return Diary(
        session,
        {"remember": f"{here}:remember", "late": f"{here}:remember", "fail": f"{here}:fail"},
        until=NOW,
        left=("late",),
    )


def job(diary: Diary, kind: str, name: str, at: datetime, wait: timedelta = timedelta()) -> None:
    ledger.enqueue(diary.session, kind, {"name": name}, key=name, at=at, run_at=at + wait)


def test_entries_come_in_order_of_time_and_of_writing(diary: Diary) -> None:
    seen: list[str] = []
    for name, ago in (("later", 1), ("first", 3), ("second", 3), ("never", -1)):
        diary.enter(NOW - ago * HOUR, lambda at, name=name: seen.append(f"{name} {at:%H:%M}"))
    diary.play()
    assert seen == ["first 09:00", "second 09:00", "later 11:00"]


def test_an_entry_may_write_further_ones(diary: Diary) -> None:
    seen: list[datetime] = []
    diary.enter(NOW - 2 * HOUR, lambda at: diary.enter(at + HOUR, lambda at: seen.append(at)))
    diary.play()
    assert seen == [NOW - HOUR]


def test_jobs_run_at_the_instant_at_which_they_come_due(diary: Diary, session: Session) -> None:
    diary.enter(NOW - 3 * HOUR, lambda at: job(diary, "remember", "at once", at))
    diary.enter(NOW - 3 * HOUR, lambda at: job(diary, "remember", "in a while", at, HOUR))
    diary.enter(NOW - 2 * HOUR, lambda at: diary.do((), at=at))
    diary.play()
    assert ran == [("at once", NOW - 3 * HOUR), ("in a while", NOW - 2 * HOUR)]
    done = session.query(Job).order_by(Job.id).all()
    assert [(one.state, one.finished_at) for one in done] == [
        (JobState.DONE, NOW - 3 * HOUR),
        (JobState.DONE, NOW - 2 * HOUR),
    ]


def test_long_work_is_left_for_the_worker(diary: Diary, session: Session) -> None:
    diary.enter(NOW - HOUR, lambda at: job(diary, "late", "a PDF", at))
    diary.play()
    assert ran == []
    assert session.query(Job).one().state is JobState.WAITING


def test_a_job_that_fails_stops_the_play(diary: Diary) -> None:
    diary.enter(NOW - HOUR, lambda at: job(diary, "fail", "broken", at))
    with pytest.raises(RuntimeError, match="no"):
        diary.play()


def test_no_worker_of_another_database_is_woken(diary: Diary, session: Session) -> None:
    diary.enter(NOW - HOUR, lambda at: job(diary, "late", "a PDF", at))
    diary.play()
    assert ledger.WAKE not in session.info
