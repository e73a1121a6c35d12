"""PDFs that people ask for: asking, the progress page, the file."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.errors import NotFound
from app.jobs.models import JobState
from circles.queries import cohort_for
from practices.blueprint import bp, session, storage
from practices.forms import EmptyForm
from practices.queries.documents import document_for, job_of
from practices.queries.figures import latest_snapshot
from practices.queries.shares import must_stand, own_share
from practices.services.documents import request_document
from practices.views.files import pdf_response


@bp.post("/changes/summary")
def request_summary() -> ResponseReturnValue:
    """Ask for my own summary as PDF."""
    return _asked("member", me().id)


@bp.post("/shares/<uuid:share_id>/pdf")
def request_page(share_id: UUID) -> ResponseReturnValue:
    """Ask for an approved page of mine as PDF. Its manager downloads it on the page, where that is recorded."""
    return _asked("manager", must_stand(own_share(session(), me(), share_id)).id)


@bp.post("/cohorts/<uuid:cohort_id>/report/pdf")
def request_report(cohort_id: UUID) -> ResponseReturnValue:
    """Ask for a cohort's report as PDF, from the figures that stand."""
    cohort = cohort_for(session(), me(), cohort_id)
    if latest_snapshot(session(), cohort.id) is None:
        raise NotFound
    return _asked("cohort", cohort.id)


def _asked(kind: str, subject_id: UUID) -> ResponseReturnValue:
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("practices.my_changes"))
    made = request_document(session(), kind, subject_id, actor=me(), at=clock.now())
    session().commit()
    return redirect(url_for("practices.document", document_id=made.id))


@bp.get("/documents/<uuid:document_id>")
def document(document_id: UUID) -> ResponseReturnValue:
    """How far a document is; with its link when it is done."""
    found = document_for(session(), me(), document_id)
    job = job_of(session(), found)
    context = {
        "document": found,
        "job": job,
        "failed": found.file_id is None and job is not None and job.state in (JobState.DEAD, JobState.CANCELLED),
        "expired": found.file_id is None and (job is None or job.state is JobState.DONE),
    }
    part = request.headers.get("HX-Request")
    return render_template("practices/_document.html" if part else "practices/document.html", **context)


@bp.get("/documents/<uuid:document_id>/file")
def document_file(document_id: UUID) -> ResponseReturnValue:
    """The finished PDF."""
    found = document_for(session(), me(), document_id)
    if found.file_id is None:
        return redirect(url_for("practices.document", document_id=document_id))
    return pdf_response(session(), storage(), found.file_id)
