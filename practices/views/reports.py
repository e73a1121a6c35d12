"""The lead's report of a cohort, from stored figures only."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.jobs.models import Job, JobState
from circles.queries import bounds, cohort_for, is_lead
from practices import statuses
from practices.blueprint import bp, session
from practices.cohort_report import CohortReport
from practices.documents import hidden_words, status_parts
from practices.forms import EmptyForm
from practices.queries.figures import latest_snapshot, reports_of
from practices.services import reports as services

CIRCLES_ON_A_PAGE = 60


@bp.get("/reports")
def my_reports() -> ResponseReturnValue:
    """The reports of the cohorts I lead."""
    if not is_lead(session(), me()):
        raise NotFound
    return render_template(
        "practices/reports.html", page=reports_of(session(), me(), page=request.args.get("page", 1, type=int))
    )


@bp.route("/cohorts/<uuid:cohort_id>/report", methods=("GET", "POST"))
def report(cohort_id: UUID) -> ResponseReturnValue:
    """What changed in a cohort, under the five-person rule; a button has today's figures made, at most weekly."""
    cohort, at = cohort_for(session(), me(), cohort_id), clock.now()
    if EmptyForm().validate_on_submit():
        try:
            services.start_report(session(), cohort, actor=me(), at=at)
        except DomainError as error:
            session().rollback()
            flash(error.render(_), "attention")
        else:
            session().commit()
        return redirect(url_for("practices.report", cohort_id=cohort_id))
    snapshot = latest_snapshot(session(), cohort.id)
    made = CohortReport.from_document(snapshot.document) if snapshot else None
    job = session().scalar(select(Job).where(Job.key == services.report_key(cohort, at)))
    soonest = services.next_report_on(snapshot)
    page, pages, offset = bounds(
        request.args.get("page", 1, type=int), len(made.circles) if made else 0, CIRCLES_ON_A_PAGE
    )
    under_way = job is not None and job.state in (JobState.WAITING, JobState.RUNNING)
    if request.headers.get("HX-Request") and not under_way:
        return "", 200, {"HX-Redirect": url_for("practices.report", cohort_id=cohort_id)}
    template = "practices/_report_progress.html" if request.headers.get("HX-Request") else "practices/report.html"
    return render_template(
        template,
        cohort=cohort,
        report=made,
        job=job,
        under_way=under_way,
        failed=job is not None and job.state is JobState.DEAD,
        next_on=soonest if soonest and soonest > clock.today(cohort.timezone) else None,
        circles=made.circles[offset : offset + CIRCLES_ON_A_PAGE] if made else (),
        page=page,
        pages=pages,
        parts=status_parts(made.total) if made and not made.total.hidden else [],
        hidden_words=hidden_words,
        frequency_words=[_(words) for words in statuses.FREQUENCIES],
    )
