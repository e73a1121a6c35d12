"""The search for circles: starting it, following it live, using what it has or giving it up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, DomainError, InvalidInput
from app.extensions import db
from app.figures import RingMember
from app.jobs.models import Job, JobState
from circles import queries, wording
from circles.forms import ConfirmForm, SearchForm
from circles.models import Cohort, CohortState, MatchSearch
from circles.services import searching
from circles.views.blueprint import bp, cohort_of_mine, cohort_page


@bp.post("/cohorts/<uuid:cohort_id>/match/search")
def start_search(cohort_id: UUID) -> ResponseReturnValue:
    """Start a search around the circles the lead keeps; one at a time."""
    cohort = cohort_of_mine(cohort_id)
    form = SearchForm()
    if not form.validate_on_submit():
        raise InvalidInput(N_("Choose how long to search."))
    search = searching.start_search(
        db.session(),
        cohort,
        seconds=form.seconds.data,
        seed=secrets.randbelow(1_000_000) + 1,
        actor=me(),
        at=clock.now(),
    )
    db.session.commit()
    return redirect(url_for(".search_progress", cohort_id=cohort_id, job_id=search.job_id))


@bp.post("/cohorts/<uuid:cohort_id>/match/check")
def check_answers(cohort_id: UUID) -> ResponseReturnValue:
    """Look once more for answers that contradict themselves."""
    cohort = cohort_of_mine(cohort_id)
    if ConfirmForm().validate_on_submit() and cohort.state is CohortState.MATCHING:
        searching.start_check(db.session(), cohort, actor=me(), at=clock.now())
        db.session.commit()
    return redirect(url_for(".match", cohort_id=cohort.id))


@bp.get("/cohorts/<uuid:cohort_id>/match/search/<int:job_id>")
def search_progress(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """The best found so far, and how near it is to the best possible; the board once the search is done."""
    cohort, job = _search_job(cohort_id, job_id)
    by_htmx = bool(request.headers.get("HX-Request"))
    if job.state is JobState.DONE:
        board = url_for(".match", cohort_id=cohort.id)
        return ("", 200, {"HX-Redirect": board}) if by_htmx else redirect(board)
    search = searching.search_of_job(db.session(), job)
    values: dict[str, Any] = {
        "job": job,
        "search": search,
        "rings": _rings(cohort, search),
        "near": wording.bound_words(search.score or 0.0, search.bound, search.bound_kind),
        "left": max(0, round(search.asked * (1 - search.share))),
    }
    if by_htmx:
        return render_template("circles/_search_progress.html", cohort=cohort, **values)
    return render_template("circles/search.html", **cohort_page(cohort, **values))


@bp.post("/cohorts/<uuid:cohort_id>/match/search/<int:job_id>/stop")
def stop_search(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """End the search now with the best it has."""
    cohort, job = _search_job(cohort_id, job_id)
    here = url_for(".search_progress", cohort_id=cohort.id, job_id=job.id)
    if ConfirmForm().validate_on_submit():
        try:
            searching.ask_to_stop(db.session(), searching.search_of_job(db.session(), job))
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
        else:
            db.session.commit()
    return redirect(here)


@bp.post("/cohorts/<uuid:cohort_id>/match/search/<int:job_id>/cancel")
def cancel_search(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """Give the search up; the draft stays as it was."""
    cohort, job = _search_job(cohort_id, job_id)
    if ConfirmForm().validate_on_submit():
        searching.cancel(db.session(), searching.search_of_job(db.session(), job), job, at=clock.now())
        db.session.commit()
        flash(_("The search is given up. The draft is as it was."))
    return redirect(url_for(".match", cohort_id=cohort.id))


def _search_job(cohort_id: UUID, job_id: int) -> tuple[Cohort, Job]:
    cohort = cohort_of_mine(cohort_id)
    return cohort, queries.job_of_cohort(db.session(), cohort.id, job_id, (searching.MATCH,))


def _rings(cohort: Cohort, search: MatchSearch) -> list[Sequence[RingMember]]:
    """The first few circles of the best so far."""
    people = queries.people_of_draft(db.session(), cohort, [key for circle in search.first for key in circle])
    return [
        [RingMember(people[key].person.name, people[key].person.initials, "plain") for key in circle if key in people]
        for circle in search.first
    ]
