"""What each lock, rule and wish of a draft costs: starting the work, following it, and the list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError
from app.extensions import db
from app.jobs.models import Job, JobState
from circles import queries, wording
from circles.forms import ConfirmForm
from circles.models import Cohort
from circles.services import drafting, searching
from circles.views.blueprint import bp, cohort_of_mine, cohort_page


@bp.post("/cohorts/<uuid:cohort_id>/match/costs")
def start_costs(cohort_id: UUID) -> ResponseReturnValue:
    """Work out what each demand on the present draft costs."""
    cohort = cohort_of_mine(cohort_id)
    board = url_for(".match", cohort_id=cohort.id)
    current = drafting.latest(db.session(), cohort)
    if current is None or not ConfirmForm().validate_on_submit():
        return redirect(board)
    try:
        job = searching.start_what_if(db.session(), cohort, current, actor=me(), at=clock.now())
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
        return redirect(board)
    db.session.commit()
    return redirect(url_for(".costs", cohort_id=cohort.id, job_id=job.id))


@bp.get("/cohorts/<uuid:cohort_id>/match/costs/<int:job_id>")
def costs(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """How far the work is, or what each demand costs."""
    cohort = cohort_of_mine(cohort_id)
    job = queries.job_of_cohort(db.session(), cohort.id, job_id, (searching.WHAT_IF,))
    by_htmx = bool(request.headers.get("HX-Request"))
    if by_htmx and job.state is not JobState.DONE:
        return render_template("circles/_costs_progress.html", cohort=cohort, job=job)
    if by_htmx:
        return "", 200, {"HX-Refresh": "true"}
    return render_template(
        "circles/costs.html",
        **cohort_page(
            cohort,
            job=job,
            done=job.state is JobState.DONE,
            moved_on=job.payload["revision"] != cohort.draft_revision,
            **_lines(cohort, job),
        ),
    )


def _lines(cohort: Cohort, job: Job) -> dict[str, list[wording.CostLine]]:
    """What costs something, dearest first, and what costs nothing that can be told."""
    found: list[dict[str, Any]] = job.result.get("costs", [])
    people = queries.people_of_draft(db.session(), cohort, [key for one in found for key in one["people"]])
    names = {key: row.person.name for key, row in people.items()}
    attributes = drafting.rules_of(cohort).counted
    lines = [wording.cost_line(one, names, attributes) for one in found]
    return {"dear": [one for one in lines if one.measurable], "free": [one for one in lines if not one.measurable]}
