"""PDFs from asking to the file: made by jobs, tagged, private, and gone when what they are about is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.jobs.models import Job, JobState
from app.storage import Storage, StoredFile
from circles.models import ProgramLead
from practices.models import DocumentRequest, Share
from practices.services import reports
from tests.factories import practices as make
from tests.factories.practices import World
from tests.pdf.reading import open_pdf, tags, texts
from tests.practices.conftest import NOW

SignIn = Callable[[Person], FlaskClient]


def flat(data: bytes) -> str:
    return " ".join(" ".join(texts(data)).split())


def test_my_summary_has_my_words_and_is_tagged(
    session: Session, world: World, sign_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    change = make.change(session, world.amara, world.circle)
    make.check_in(session, change, 7, 2, line="Twice.", barriers=["people"])
    make.change(session, world.tomas, world.circle, after="Not hers.", shown=True)
    session.commit()
    browser = sign_in(world.amara)
    address = browser.post("/changes/summary").location
    waiting = browser.get(address)
    assert "The PDF is being made." in waiting.text
    assert 'hx-trigger="every 2s"' in waiting.text
    assert browser.get(f"{address}/file").location == address
    part = browser.get(address, headers={"HX-Request": "true"}).text
    assert part.strip().startswith('<div class="job-progress"')
    run_jobs()
    assert "Open the PDF" in browser.get(address).text
    answer = browser.get(f"{address}/file")
    assert answer.mimetype == "application/pdf"
    assert "My changes" in answer.headers["Content-Disposition"]
    words = flat(answer.data)
    for part_of in ("I show my draft when it is half done.", "Twice.", "what others may think", "Juniper"):
        assert part_of in words
    assert "Not hers." not in words
    found = {tag.kind for tag in tags(answer.data)}
    assert {"H1", "H2", "Figure", "Table"} <= found
    with open_pdf(answer.data) as pdf:
        assert str(pdf.Root.Lang) == "en"


def test_nobody_opens_anothers_document(
    session: Session, world: World, sign_in: SignIn, run_jobs: Callable[[], int], outsider: Person
) -> None:
    make.change(session, world.amara, world.circle)
    session.commit()
    address = sign_in(world.amara).post("/changes/summary").location
    run_jobs()
    for reader in (outsider, world.tomas, world.lead, world.manager):
        browser = sign_in(reader)
        assert browser.get(address).status_code == 404
        assert browser.get(f"{address}/file").status_code == 404


def test_the_managers_pdf_says_what_the_page_says(
    session: Session, world: World, sign_in: SignIn, run_jobs: Callable[[], int], flask_app: Flask
) -> None:
    change = make.change(session, world.amara, world.circle)
    share = make.share(session, world.amara, change, would_help="Fifteen minutes on Mondays.")
    session.commit()
    run_jobs()
    browser = sign_in(world.amara)
    address = browser.post(f"/shares/{share.id}/pdf").location
    data = browser.get(f"{address}/file").data
    words = flat(data)
    for part in (
        "What Amara Osei chose to show you",
        "I show my draft when it is half done.",
        "Fifteen minutes on Mondays.",
        f"Receipt {share.receipt}.",
        "Approved by Amara Osei on 14 October 2026, 12:00 in Berlin.",
        "coterie.test/r/",
    ):
        assert part in words
    assert len(session.scalars(select(StoredFile)).all()) == 1
    sign_in(world.amara).post(f"/shares/{share.id}/withdraw")
    assert browser.get(f"{address}/file").status_code == 410


def test_a_page_taken_back_before_its_pdf_is_made_gets_none(
    session: Session, world: World, run_jobs: Callable[[], int]
) -> None:
    share = make.share(session, world.amara, make.change(session, world.amara, world.circle))
    share.withdrawn_at, share.snapshot = NOW, ""
    session.commit()
    run_jobs()
    session.expire_all()
    assert session.scalars(select(Share.file_id)).one() is None
    job = session.scalars(select(Job).where(Job.kind == "practices.page_pdf")).one()
    assert (job.state, job.result) == (JobState.DONE, {"closed": True})


def test_the_report_as_pdf_is_made_once_for_the_figures_that_stand(
    session: Session, world: World, sign_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    reports.start_report(session, world.cohort, actor=world.lead, at=NOW)
    session.commit()
    run_jobs()
    browser = sign_in(world.lead)
    first = browser.post(f"/cohorts/{world.cohort.id}/report/pdf").location
    run_jobs()
    words = flat(browser.get(f"{first}/file").data)
    assert "What changed in how we work" in words
    assert "4 of 4 sessions due so far were held" in words
    again = browser.post(f"/cohorts/{world.cohort.id}/report/pdf").location
    assert browser.get(f"{again}/file").data.startswith(b"%PDF-")
    assert run_jobs() == 0
    session.delete(session.scalars(select(ProgramLead)).one())
    session.commit()
    assert browser.get(f"{first}/file").status_code == 404


def test_a_job_that_failed_says_so_and_an_old_file_can_be_made_again(
    session: Session, world: World, sign_in: SignIn, run_jobs: Callable[[], int], travel: time_machine.Traveller
) -> None:
    make.change(session, world.amara, world.circle)
    session.commit()
    browser = sign_in(world.amara)
    address = browser.post("/changes/summary").location
    job = session.scalars(select(Job).where(Job.kind == "practices.document")).one()
    job.state = JobState.DEAD
    session.commit()
    failed = browser.get(address).text
    assert "This could not be made." in failed
    assert "hx-trigger" not in failed
    second = browser.post("/changes/summary").location
    run_jobs()
    travel.move_to(NOW + timedelta(days=8))
    Storage().discard_expired(session, at=NOW + timedelta(days=8))
    session.commit()
    session.expire_all()
    assert "removed after a week" in browser.get(second).text
    assert session.scalars(select(DocumentRequest.file_id)).all() == [None, None]
