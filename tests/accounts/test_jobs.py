"""Tidying: what is over is forgotten in time, and nothing before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, tokens
from app.accounts import jobs, sign_ins, throttle
from app.accounts.models import Attempt, PeopleImport, Person, SignIn
from app.accounts.services import importing
from app.jobs import ledger
from app.jobs.models import Job, JobState, WorkerBeat
from app.jobs_table import HANDLERS, PERIODIC
from app.storage import Storage, StoredFile
from app.tokens import Token


@pytest.fixture
def tidy(session: Session, run_jobs: Callable[[], int]) -> Callable[[], None]:
    """Runs the job as a worker does."""

    def now() -> None:
        ledger.enqueue(session, "accounts.tidy", {}, key=f"tidy:{clock.now().isoformat()}", at=clock.now())
        session.commit()
        run_jobs()
        session.expire_all()

    return now


def rows(session: Session, kind: Any) -> int:
    """How many rows there are."""
    return session.scalar(select(func.count()).select_from(kind)) or 0


def test_it_comes_due_by_itself() -> None:
    assert HANDLERS["accounts.tidy"] == "app.accounts.jobs:tidy"
    assert "accounts.tidy" in {entry.kind for entry in PERIODIC}


def test_tokens_go_a_week_after_they_ended(
    session: Session, tidy: Callable[[], None], person: Callable[..., Person]
) -> None:
    amara, at = person(), clock.now()
    old = at - jobs.KEEP_TOKENS - timedelta(hours=2)
    tokens.issue(session, "sign-in", amara.id, at=old)
    tokens.issue(session, "sign-in", amara.id, at=at)
    tokens.issue(session, "feed", amara.id, at=old - timedelta(days=400))
    tokens.issue(session, "feed", "someone else", at=old)
    tokens.revoke(session, "feed", "someone else", at=old)
    used = tokens.issue(session, "password-reset", amara.id, at=old)
    tokens.use(session, "password-reset", used, at=old)
    tidy()
    left = session.execute(select(Token.purpose, Token.created_at)).all()
    assert sorted(row[0] for row in left) == ["feed", "sign-in"], "a standing feed has no end"


def test_sign_ins_and_attempts_go(session: Session, tidy: Callable[[], None], person: Callable[..., Person]) -> None:
    amara, at = person(), clock.now()
    sign_ins.begin(session, amara, at=at - timedelta(days=90), days=30, method="link")
    sign_ins.begin(session, amara, at=at, days=30, method="link")
    throttle.attempt(session, throttle.PASSWORD, target="a", client="b", at=at - timedelta(hours=2))
    throttle.attempt(session, throttle.PASSWORD, target="a", client="b", at=at)
    tidy()
    assert rows(session, SignIn) == 1
    assert rows(session, Attempt) == 2


def test_finished_jobs_and_gone_workers_go_and_dead_letters_stay(session: Session, tidy: Callable[[], None]) -> None:
    at = clock.now()
    long_ago = at - timedelta(days=40)
    for key, state in (("done", JobState.DONE), ("dead", JobState.DEAD), ("cancelled", JobState.CANCELLED)):
        job = ledger.enqueue(session, "mail.send", {}, key=key, at=long_ago)
        job.state, job.finished_at = state, long_ago
    session.add(WorkerBeat(name="gone", started_at=long_ago, seen_at=long_ago))
    session.add(WorkerBeat(name="here", started_at=long_ago, seen_at=at))
    tidy()
    assert session.scalars(select(Job.key).where(Job.kind == "mail.send")).all() == ["dead"]
    assert session.scalars(select(WorkerBeat.name)).all() == ["here"]


def test_files_and_reports_of_imports_go(
    flask_app: Flask, session: Session, tidy: Callable[[], None], person: Callable[..., Person]
) -> None:
    ada, at = person(is_administrator=True), clock.now()
    storage: Storage = flask_app.extensions["storage"]
    content = b"email,name\na@example.org,A\n"
    old = importing.upload(session, storage, content, name="old.csv", actor=ada, at=at - timedelta(days=100))
    unanswered = importing.upload(session, storage, content, name="week.csv", actor=ada, at=at - timedelta(days=8))
    new = importing.upload(session, storage, content, name="new.csv", actor=ada, at=at)
    ids = (old.id, unanswered.id, new.id)
    tidy()
    assert [session.get(PeopleImport, one) is not None for one in ids] == [False, True, True]
    kept = session.get_one(PeopleImport, ids[2])
    assert [file.id for file in session.scalars(select(StoredFile))] == [kept.file_id]
    assert session.get_one(PeopleImport, ids[1]).file_id is None
