"""The ledger: one worker wins, nothing is lost, a repeated key is harmless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.mail.compose import Composed
from app.mail.models import MailState
from app.mail.services import take_back, write


def test_a_key_written_twice_is_one_job(session: Session) -> None:
    first = ledger.enqueue(session, "mail.send", {}, key="same", at=clock.now())
    second = ledger.enqueue(session, "mail.send", {}, key="same", at=clock.now())
    assert first.id == second.id


def test_only_one_worker_claims_a_job(session: Session) -> None:
    job = ledger.enqueue(session, "mail.send", {}, key="one", at=clock.now())
    assert ledger.claim(session, job.id, at=clock.now()) is not None
    assert ledger.claim(session, job.id, at=clock.now()) is None


def test_a_job_whose_worker_died_is_due_again_after_its_lease(session: Session) -> None:
    at = clock.now()
    job = ledger.enqueue(session, "mail.send", {}, key="lost", at=at)
    first = ledger.claim(session, job.id, at=at)
    assert job.id not in ledger.due(session, at=at)
    later = at + ledger.LEASE + timedelta(seconds=1)
    assert job.id in ledger.due(session, at=later)
    second = ledger.claim(session, job.id, at=later)
    assert second is not None
    assert first is not None
    assert not ledger.finish(session, job.id, first, at=later, result={}), "the old worker's effect must be rolled back"
    assert ledger.finish(session, job.id, second, at=later, result={})


def test_a_job_that_keeps_failing_ends_among_the_dead_and_can_be_retried(session: Session) -> None:
    at = clock.now()
    job = ledger.enqueue(session, "mail.send", {}, key="bad", at=at)
    for _ in range(ledger.MAX_ATTEMPTS):
        token = ledger.claim(session, job.id, at=at)
        assert token is not None
        ledger.fail(session, job.id, token, "no", at=at)
        at += timedelta(days=1)
    session.refresh(job)
    assert job.state is JobState.DEAD
    assert ledger.retry(session, job.id, at=at)
    assert job.id in ledger.due(session, at=at)


def test_mail_is_sent_once_and_can_be_taken_back_before(
    flask_app: Flask, session: Session, run_jobs: Callable[[], int], person: Callable[..., Person]
) -> None:
    amara = person(name="Amara Osei")
    at = clock.now()
    words = Composed("A subject", "Some text", "<p>Some text</p>")
    now = write(session, words, kind="test", to=amara.email, at=at)
    later = write(session, words, kind="test", to=amara.email, at=at, send_at=at + timedelta(minutes=5), batch="b")
    session.commit()
    run_jobs()
    session.expire_all()
    assert now.state is MailState.SENT
    assert later.state is MailState.WAITING
    assert take_back(session, "b", at=at) == 1
    session.expire_all()
    assert later.state is MailState.CANCELLED
    assert session.get(Job, 0) is None
