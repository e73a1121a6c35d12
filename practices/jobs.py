"""Work of practice changes that takes longer than a page may: PDFs, figures, follow-ups."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app import clock
from app.accounts.models import Person
from app.config import Config
from app.db import reading
from app.errors import Expired
from app.jobs.runner import Final, JobRun
from app.mail.desk import Desk, desk_for
from app.organization import organization
from app.storage import Storage
from app.typesetting import set_pdf
from circles.models import Cohort
from practices import documents
from practices.areas import AREAS, BARRIERS
from practices.cohort_report import CohortReport
from practices.models import DocumentRequest, ReportSnapshot, Share
from practices.queries.figures import latest_snapshot
from practices.queries.shares import must_stand
from practices.services import follow_ups, reports
from practices.services.documents import gather_member_summary, keep_file
from practices.services.shares import links
from practices.summaries import ManagerPage

LANGUAGE = "en"


def make_document(run: JobRun) -> None:
    """Make the PDF that someone asked for. Doing it again after a crash finds the file or makes it anew."""
    session = run.session
    document = session.get(DocumentRequest, UUID(run.payload["document"]))
    if document is None or document.file_id is not None:
        return
    kind, subject, owner = document.kind, document.subject_id, document.person_id
    if kind == "member":
        _make_member_summary(run, document.id, owner)
    elif kind == "manager":
        file_id = _make_page(run, subject)
        session.get_one(DocumentRequest, document.id).file_id = file_id
    else:
        _make_cohort_report(run, document.id, subject)


def _make_member_summary(run: JobRun, document_id: UUID, person_id: UUID) -> None:
    session = run.session
    person = session.get_one(Person, person_id)
    with force_locale(person.locale):
        barriers = {key: _(words) for key, words in BARRIERS.items()}
    summary = gather_member_summary(session, person, barriers, today=clock.today(person.timezone), at=run.at)
    run.progress(1, 3)
    content, title = _set(run, lambda: documents.member_summary(summary))
    run.progress(2, 3)
    file_id = keep_file(session, _storage(), content, kind="member", title=title, at=run.at)
    session.get_one(DocumentRequest, document_id).file_id = file_id


def _make_cohort_report(run: JobRun, document_id: UUID, cohort_id: UUID) -> None:
    session = run.session
    snapshot = latest_snapshot(session, cohort_id)
    if snapshot is None:
        raise Final("there are no figures to print")
    report, snapshot_id = CohortReport.from_document(snapshot.document), snapshot.id
    run.progress(1, 3)
    content, title = _set(run, lambda: documents.cohort_report(report))
    run.progress(2, 3)
    file_id = keep_file(session, _storage(), content, kind="cohort", title=title, at=run.at, expires=False)
    session.get_one(DocumentRequest, document_id).file_id = file_id
    session.get_one(ReportSnapshot, snapshot_id).file_id = file_id


def make_page_pdf(run: JobRun) -> None:
    """Set an approved page as PDF, so that it is there when its manager opens it."""
    try:
        _make_page(run, UUID(run.payload["share"]))
    except Expired:
        run.result["closed"] = True


def _make_page(run: JobRun, share_id: UUID) -> UUID:
    """The file of a standing page. A page taken back while it was set keeps no file. Raises Expired."""
    session = run.session
    share = session.get(Share, share_id)
    if share is None:
        raise Final("the page is gone")
    if must_stand(share).file_id is not None:
        return cast(UUID, share.file_id)
    page = ManagerPage.from_json(share.snapshot)
    addresses = links(share, _desk(run))
    member = session.get_one(Person, share.person_id)
    approval = documents.Approval(
        share.approved_at, member.timezone, share.receipt, addresses.receipt_url, addresses.read_url
    )
    run.progress(1, 3)
    content, title = _set(run, lambda: documents.manager_page(page, approval))
    run.progress(2, 3)
    share = session.get_one(Share, share_id, populate_existing=True, with_for_update=True)
    must_stand(share)
    if share.file_id is None:
        share.file_id = keep_file(session, _storage(), content, kind="manager", title=title, at=run.at, expires=False)
        session.flush()
    return share.file_id


def make_report(run: JobRun) -> None:
    """Count a cohort and store its figures, unless some less than a week old stand.

    Counting takes seconds in a large cohort, so it only reads; the write lock is taken for storing alone.
    """
    session, cohort_id = run.session, UUID(run.payload["cohort"])
    with reading(session):
        cohort = session.get(Cohort, cohort_id)
        if cohort is None:
            raise Final("the cohort is gone")
        language = organization(session).locale or LANGUAGE
        with force_locale(language):
            labels = {key: _(words) for key, words in AREAS.items()} | {"": _("Not said")}
            nowhere = _("Without a department")
        made = reports.count_cohort(session, cohort, labels, nowhere, language=language, at=run.at)
    if made is not None:
        reports.keep_figures(session, cohort_id, made, at=run.at)


def ask_follow_ups(run: JobRun) -> None:
    """Write what is due after a circle's last session, and ask everyone whose answer is due, one mail a person."""
    session, desk = run.session, _desk(run)
    session.commit()
    last: UUID | None = None
    while True:
        with reading(session):
            found = follow_ups.changes_to_plan(session, after=last, at=run.at)
        if not found:
            break
        last = found[-1]
        follow_ups.plan_follow_ups(session, found, at=run.at)
        run.progress(0, 1)
    asked, today = 0, run.at.date()
    while people := follow_ups.people_to_ask(session, today=today):
        for number, person_id in enumerate(people, 1):
            asked += follow_ups.ask_person(session, person_id, desk=desk, today=today, at=run.at)
            if number % 10 == 0:
                run.progress(asked, asked + 1)
        run.progress(asked, asked + 1)
    run.result["asked"] = asked


def _set(run: JobRun, word: Callable[[], documents.Document]) -> tuple[bytes, str]:
    """The PDF of a document and its title; the database is free while it is worded and set."""
    config: Config = current_app.extensions["config"]
    with reading(run.session):
        document = word()
    content = set_pdf(document.html, title=document.title, language=document.language, processes=config.pdf_processes)
    return content, document.title


def _storage() -> Storage:
    return cast(Storage, current_app.extensions["storage"])


def _desk(run: JobRun) -> Desk:
    return desk_for(current_app.extensions["config"], run.session)
