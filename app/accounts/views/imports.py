"""Importing people from a file: upload, report, apply or change nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts import queries
from app.accounts.forms.people import PeopleFileForm
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import EmptyForm
from app.accounts.import_plan import FOR_COHORTS
from app.accounts.models import ImportState, PeopleImport
from app.accounts.people_csv import COLUMNS
from app.accounts.services import importing
from app.accounts.views.blueprint import bp, me, packages, page_number, session, storage
from app.errors import InvalidInput, TooLarge
from app.jobs.models import Job

LINES = 50


@bp.route("/people/imports", methods=("GET", "POST"))
def imports() -> ResponseReturnValue:
    """Upload a people file; what it would change is shown before anything does."""
    queries.require_people(session(), me(), packages())
    form = PeopleFileForm()
    status = 200
    if form.validate_on_submit():
        try:
            record = importing.upload(
                session(), storage(), form.content(), name=form.file_name(), actor=me(), at=clock.now()
            )
        except (InvalidInput, TooLarge) as error:
            session().rollback()
            refuse(
                form,
                error if isinstance(error, InvalidInput) else InvalidInput(error.message, field="file", **error.params),
            )
            status = error.status
        else:
            session().commit()
            return redirect(url_for("accounts.people_import", import_id=record.id))
    return (
        render_template(
            "accounts/imports.html",
            form=form,
            records=queries.imports_of(session(), me()),
            columns=[column for column in COLUMNS if column not in FOR_COHORTS],
            for_cohorts=FOR_COHORTS,
        ),
        status,
    )


@bp.get("/people/imports/<uuid:import_id>", endpoint="people_import")
def one_import(import_id: UUID) -> ResponseReturnValue:
    """Where an import stands: its progress, its report, or what it did."""
    queries.require_people(session(), me(), packages())
    record = queries.import_for(session(), me(), import_id)
    job = session().get(Job, record.job_id) if record.job_id else None
    view = request.args.get("view", "problems" if record.problems else "changes")
    lines = record.problems if view == "problems" else record.changes
    pages = max(1, -(-len(lines) // LINES))
    page = min(page_number(), pages)
    context: dict[str, Any] = {
        "record": record,
        "job": job,
        "view": view,
        "lines": lines[(page - 1) * LINES : page * LINES],
        "page": page,
        "pages": pages,
        "page_url": lambda number: url_for("accounts.people_import", import_id=import_id, view=view, page=number),
        "cohort_columns": [column for column in record.columns if column in FOR_COHORTS],
        "kept": importing.KEPT,
        "under_way": record.state in (ImportState.CHECKING, ImportState.APPLYING),
    }
    if request.headers.get("HX-Request") and not context["under_way"]:
        # The work is done: let htmx load the whole page with the report instead of one more bar.
        return "", 200, {"HX-Redirect": url_for("accounts.people_import", import_id=import_id)}
    template = "accounts/_import_progress.html" if request.headers.get("HX-Request") else "accounts/import.html"
    return render_template(template, **context)


@bp.post("/people/imports/<uuid:import_id>/apply")
def apply_import(import_id: UUID) -> ResponseReturnValue:
    """Apply the good rows."""
    record = _answered(import_id)
    importing.start(session(), record, actor=me(), at=clock.now())
    session().commit()
    return redirect(url_for("accounts.people_import", import_id=import_id))


@bp.post("/people/imports/<uuid:import_id>/discard")
def discard_import(import_id: UUID) -> ResponseReturnValue:
    """Change nothing."""
    record = _answered(import_id)
    importing.discard(session(), storage(), record, at=clock.now())
    session().commit()
    flash(_("Nothing was changed, and the file is forgotten."))
    return redirect(url_for("accounts.imports"))


def _answered(import_id: UUID) -> PeopleImport:
    queries.require_people(session(), me(), packages())
    if not EmptyForm().validate_on_submit():
        abort(400)
    return queries.import_for(session(), me(), import_id)
