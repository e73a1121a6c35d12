"""Health, jobs and the audit trail."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import audit, clock
from app.admin import incoming, queries, services
from app.admin.forms import RetryForm
from app.admin.views.blueprint import administrator, bp, config, page_number, session
from app.auth import me
from app.errors import DomainError
from app.jobs.models import JobState


@bp.get("/admin/health")
def health() -> ResponseReturnValue:
    """Queue, dead letters, mail, workers, database, disk and versions on one page."""
    administrator()
    found = queries.health(session(), config().data_dir, at=clock.now(), page=page_number())
    return render_template(
        "admin/health.html",
        health=found,
        incoming=incoming.incoming(session(), at=clock.now()),
        at=clock.now(),
        page_url=lambda page: url_for("admin.health", page=page),
    )


@bp.post("/admin/jobs/<int:job_id>/retry")
def retry_job(job_id: int) -> ResponseReturnValue:
    """Let a dead job run again."""
    actor = administrator()
    if not RetryForm().validate_on_submit():
        abort(400)
    try:
        services.retry_job(session(), job_id, actor=actor, at=clock.now())
    except DomainError as error:
        session().rollback()
        flash(error.render(_), "attention")
    else:
        session().commit()
        flash(_("The job runs again."))
    return redirect(url_for("admin.health"))


@bp.get("/admin/trail")
def trail() -> ResponseReturnValue:
    """Who did what, from the latest; `check` also reads the whole chain."""
    administrator()
    checked = request.args.get("check") is not None
    broken = audit.first_broken(session()) if checked else None
    return render_template(
        "admin/trail.html",
        found=queries.trail_page(session(), page=page_number()),
        checked=checked,
        broken=broken,
        page_url=lambda page: url_for("admin.trail", page=page),
    )


@bp.get("/jobs/<int:job_id>")
def job(job_id: int) -> ResponseReturnValue:
    """How far a job is, for the person who caused it or an administrator."""
    found = queries.job_for(session(), me(), job_id)
    template = "admin/_job.html" if request.headers.get("HX-Request") else "admin/job.html"
    return render_template(template, job=found, dead=found.state is JobState.DEAD, result_url=_result_url(found.result))


def _result_url(result: dict[str, object]) -> str | None:
    """The path a finished job leads to, if it is one of ours."""
    url = result.get("url")
    return url if isinstance(url, str) and url.startswith("/") and not url.startswith("//") else None
