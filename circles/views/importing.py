"""A people file for a cohort: upload, the report of what it would do, and applying it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts.people_csv import COLUMNS
from app.auth import me
from app.errors import N_, DomainError, InvalidInput
from app.extensions import db
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.storage import Storage
from circles import queries
from circles.forms import ConfirmForm, PeopleFileForm
from circles.models import Cohort, CohortState
from circles.services import importing
from circles.views.blueprint import bp, cohort_of_mine, cohort_page

CHECK, APPLY = "circles.check_people", "circles.import_people"
MAX_UPLOAD = 10_000_000
OPTIONAL_COLUMNS = tuple(column for column in COLUMNS if column not in ("email", "name"))
#: How long an uploaded file waits for a decision.
KEPT = timedelta(days=2)


@bp.route("/cohorts/<uuid:cohort_id>/people/import", methods=("GET", "POST"))
def import_people(cohort_id: UUID) -> ResponseReturnValue:
    """Upload a people file; a job reads it and says what it would do."""
    cohort = _open(cohort_id)
    form = PeopleFileForm()
    if form.validate_on_submit():
        content = form.file.data.read(MAX_UPLOAD + 1)
        if len(content) > MAX_UPLOAD:
            megabytes = f"{MAX_UPLOAD / 1_000_000:g}"
            form.file.errors = [_("The file is larger than %(limit)s MB. Split it.", limit=megabytes)]
        elif not content:
            form.file.errors = [_("The file is empty.")]
        else:
            job = _check(cohort, content, form.file.data.filename or "people.csv")
            db.session.commit()
            return redirect(url_for(".import_report", cohort_id=cohort.id, job_id=job.id))
    return render_template("circles/import.html", **cohort_page(cohort, form=form, columns=OPTIONAL_COLUMNS))


@bp.get("/cohorts/<uuid:cohort_id>/people/import/<int:job_id>")
def import_report(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """How far a file is, what it would do, or what it did."""
    cohort = cohort_of_mine(cohort_id)
    job = queries.job_of_cohort(db.session(), cohort.id, job_id, (CHECK, APPLY))
    values: dict[str, Any] = {"job": job, "applying": job.kind == APPLY, "JobState": JobState}
    if request.headers.get("HX-Request") and job.state in (JobState.WAITING, JobState.RUNNING):
        return render_template("circles/_import_progress.html", cohort=cohort, **values)
    page = render_template("circles/import_report.html", **cohort_page(cohort, **values))
    if request.headers.get("HX-Request"):
        # The work is done: the whole page is loaded again, not a part of it.
        return "", 200, {"HX-Refresh": "true"}
    return page


@bp.post("/cohorts/<uuid:cohort_id>/people/import/<int:job_id>")
def apply_import(cohort_id: UUID, job_id: int) -> ResponseReturnValue:
    """Apply the good rows, apply only a file without errors, or change nothing."""
    cohort = _open(cohort_id)
    job = queries.job_of_cohort(db.session(), cohort.id, job_id, (CHECK,))
    if not ConfirmForm().validate_on_submit() or job.state is not JobState.DONE:
        raise DomainError(N_("This file is not read yet. Load the page again."))
    choice = request.form.get("choice")
    if choice == "nothing":
        _storage().discard(db.session(), UUID(job.payload["file"]))
        db.session.commit()
        flash(_("Nothing was changed, and the file is gone."))
        return redirect(url_for(".people", cohort_id=cohort.id))
    if choice != "good" or not job.result.get("good"):
        raise InvalidInput(N_("Choose what to do with the file."))
    keep = [name for name in job.result.get("extra", ()) if name in request.form.getlist("keep")]
    try:
        importing.check_columns(cohort, keep)
    except InvalidInput as error:
        flash(error.render(_), "attention")
        return redirect(url_for(".import_report", cohort_id=cohort.id, job_id=job.id))
    applied = ledger.enqueue(
        db.session(),
        APPLY,
        {
            "cohort": str(cohort.id),
            "file": job.payload["file"],
            "name": job.payload["name"],
            "invite": request.form.get("invite") == "1",
            "keep": keep,
        },
        key=f"import:{job.id}",
        at=clock.now(),
        owner_id=me().id,
    )
    db.session.commit()
    return redirect(url_for(".import_report", cohort_id=cohort.id, job_id=applied.id))


def _check(cohort: Cohort, content: bytes, name: str) -> Job:
    at = clock.now()
    file = _storage().keep(
        db.session(), content, kind="people", name=name, content_type="text/csv", at=at, expires_at=at + KEPT
    )
    payload = {"cohort": str(cohort.id), "file": str(file.id), "name": file.name}
    return ledger.enqueue(db.session(), CHECK, payload, key=f"check:{file.id}", at=at, owner_id=me().id)


def _open(cohort_id: UUID) -> Cohort:
    cohort = cohort_of_mine(cohort_id)
    if cohort.state not in (CohortState.DRAFT, CohortState.ENROLLING, CohortState.MATCHING, CohortState.RUNNING):
        raise DomainError(N_("People cannot come into this cohort now."))
    return cohort


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
