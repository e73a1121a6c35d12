"""The search for circles: starting it, and following it; it goes on when the page is closed."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth import me
from app.errors import N_, InvalidInput
from app.extensions import db
from app.jobs.models import Job, JobState
from circles import queries
from circles.forms import SearchForm
from circles.services import drafting
from circles.views.blueprint import bp, cohort_of_mine, cohort_page


@bp.post("/cohorts/<uuid:cohort_id>/match/search")
def start_search(cohort_id: UUID) -> ResponseReturnValue:
    """Start a search around the circles the lead keeps; one at a time."""
    cohort = cohort_of_mine(cohort_id)
    form = SearchForm()
    if not form.validate_on_submit():
        raise InvalidInput(N_("Choose how long to search."))
    job = queries.search_under_way(db.session(), cohort.id)
    if job is None:
        job = drafting.start_match(
            db.session(),
            cohort,
            seconds=form.seconds.data,
            seed=secrets.randbelow(1_000_000) + 1,
            actor=me(),
            at=clock.now(),
        )
        db.session.commit()
    return redirect(url_for(".search_progress", cohort_id=cohort_id, job_id=job.id))


@bp.get("/cohorts/<uuid:cohort_id>/match/search/<int:job_id>")
def search_progress(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """How far a search is; the board once it is done."""
    cohort = cohort_of_mine(cohort_id)
    job = queries.job_of_cohort(db.session(), cohort.id, job_id, (drafting.MATCH,))
    by_htmx = bool(request.headers.get("HX-Request"))
    if job.state is JobState.DONE:
        board = url_for(".match", cohort_id=cohort.id)
        return ("", 200, {"HX-Redirect": board}) if by_htmx else redirect(board)
    values = {"job": job, "found": _found(job), "JobState": JobState}
    if by_htmx:
        return render_template("circles/_search_progress.html", cohort=cohort, **values)
    return render_template("circles/search.html", **cohort_page(cohort, **values))


def _found(job: Job) -> tuple[int, int, str] | None:
    """What the search has so far, from its note: people placed, of how many, and the score."""
    placed, slash, rest = job.note.partition("/")
    people, space, score = rest.partition(" ")
    if not (slash and space and placed.isdigit() and people.isdigit()):
        return None
    return int(placed), int(people), score
