"""Health, jobs and the trail as administrators read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import audit, clock
from app.accounts.models import Person
from app.jobs import ledger
from app.jobs.models import Job, JobState, WorkerBeat
from app.organization import organization

Browsers = Callable[[Person], FlaskClient]
Make = Callable[..., Person]


@pytest.fixture
def admin(person: Make, session: Session) -> Person:
    """An administrator of an organization that is set up."""
    organization(session).set_up_at = clock.now()
    return person(name="Ada Admin", is_administrator=True)


def dead(session: Session, key: str = "dead", error: str = "OSError: no way there") -> Job:
    """A job that was given up."""
    job = ledger.enqueue(session, "mail.send", {"mail": 0}, key=key, at=clock.now())
    token = ledger.claim(session, job.id, at=clock.now())
    assert token is not None
    ledger.fail(session, job.id, token, error, at=clock.now(), final=True)
    session.commit()
    return job


@pytest.mark.parametrize("path", ["/admin/health", "/admin/trail", "/admin/mails"])
def test_they_are_for_administrators(
    sign_in: Browsers, client: FlaskClient, outsider: Person, admin: Person, path: str
) -> None:
    assert client.get(path).headers["Location"].startswith("/sign-in")
    assert sign_in(outsider).get(path).status_code == 404
    assert sign_in(admin).get(path).status_code == 200


def test_health_says_that_no_worker_runs(sign_in: Browsers, session: Session, admin: Person) -> None:
    browser = sign_in(admin)
    assert "no worker is running" in browser.get("/admin/health").get_data(as_text=True)
    now = clock.now()
    session.add(WorkerBeat(name="here:1", started_at=now, seen_at=now))
    session.add(WorkerBeat(name="there:2", started_at=now, seen_at=now - timedelta(minutes=5)))
    session.commit()
    page = browser.get("/admin/health").get_data(as_text=True)
    assert "no worker is running" not in page
    assert "Nothing needs you today." in page
    assert page.index("here:1") < page.index("running", page.index("here:1")) < page.index("there:2")
    assert "gone" in page[page.index("there:2") :]


def test_health_shows_versions_database_and_disk(sign_in: Browsers, admin: Person) -> None:
    page = sign_in(admin).get("/admin/health").get_data(as_text=True)
    for words in ("SQLAlchemy", "Python", "free of", "schema 0"):
        assert words in page
    assert "SQLite" in page or "PostgreSQL" in page


def test_dead_letters_are_shown_and_run_again(
    sign_in: Browsers, session: Session, admin: Person, outsider: Person, run_jobs: Callable[[], int]
) -> None:
    job = dead(session)
    browser = sign_in(admin)
    page = browser.get("/admin/health").get_data(as_text=True)
    assert "OSError: no way there" in page
    assert sign_in(outsider).post(f"/admin/jobs/{job.id}/retry").status_code == 404
    assert browser.post(f"/admin/jobs/{job.id}/retry").status_code == 302
    session.refresh(job)
    assert job.state is JobState.WAITING
    assert run_jobs() == 1
    again = browser.post(f"/admin/jobs/{job.id}/retry", follow_redirects=True).get_data(as_text=True)
    assert "not among the failed ones any more" in again


def test_the_oldest_due_job_is_named(sign_in: Browsers, session: Session, admin: Person) -> None:
    at = clock.now() - timedelta(hours=3)
    ledger.enqueue(session, "mail.send", {}, key="waits", at=at)
    ledger.enqueue(session, "mail.send", {}, key="later", at=clock.now(), run_at=clock.now() + timedelta(hours=1))
    session.commit()
    page = sign_in(admin).get("/admin/health").get_data(as_text=True)
    assert "oldest since" in page
    assert f"{at.hour}:{at.minute:02}" in page


def test_health_asks_the_same_however_much_there_is(
    sign_in: Browsers, session: Session, admin: Person, queries: list[str]
) -> None:
    browser = sign_in(admin)
    browser.get("/admin/health")
    counts = []
    for more in (1, 60):
        for number in range(more):
            dead(session, f"{more}:{number}")
        queries.clear()
        page = browser.get("/admin/health").get_data(as_text=True)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 19
    assert page.count("Retry</button>") == 50
    assert "Page 1 of 2" in page


def test_the_trail_names_people_and_is_paged(
    sign_in: Browsers, session: Session, admin: Person, queries: list[str]
) -> None:
    browser = sign_in(admin)
    counts = []
    for size in (2, 60):
        for number in range(size):
            audit.record(
                session, "cohort.created", "cohort", str(number), actor_id=admin.id, at=clock.now(), people=number
            )
        session.commit()
        queries.clear()
        page = browser.get("/admin/trail").get_data(as_text=True)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6
    assert "Ada Admin" in page
    assert "people: 59" in page
    assert page.count("a cohort was made") == 50
    checked = browser.get("/admin/trail?check=1").get_data(as_text=True)
    assert "The trail is whole" in checked


def test_a_job_is_shown_to_whoever_caused_it(
    sign_in: Browsers, session: Session, admin: Person, outsider: Person, person: Make
) -> None:
    amara = person(name="Amara")
    job = ledger.enqueue(session, "circles.match", {}, key="match", at=clock.now(), owner_id=amara.id)
    session.commit()
    assert sign_in(outsider).get(f"/jobs/{job.id}").status_code == 404
    assert sign_in(admin).get(f"/jobs/{job.id}").status_code == 200
    browser = sign_in(amara)
    waiting = browser.get(f"/jobs/{job.id}").get_data(as_text=True)
    assert "This waits for a worker." in waiting
    assert "Look again" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    job.state, job.done_steps, job.total_steps, job.result = JobState.DONE, 5, 5, {"url": "/cohorts/x/board"}
    session.commit()
    part = browser.get(f"/jobs/{job.id}", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert 'href="/cohorts/x/board"' in part
    assert "<html" not in part
    assert "hx-trigger" not in part
    job.result = {"url": "//evil.example"}
    session.commit()
    assert "evil.example" not in browser.get(f"/jobs/{job.id}").get_data(as_text=True)


def test_a_dead_job_says_so_without_its_error(sign_in: Browsers, session: Session, person: Make) -> None:
    amara = person(name="Amara")
    job = dead(session)
    job.owner_id = amara.id
    session.commit()
    page = sign_in(amara).get(f"/jobs/{job.id}").get_data(as_text=True)
    assert "This stopped with an error." in page
    assert "no way there" not in page
