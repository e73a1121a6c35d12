"""The lead's pages of publishing: which guide, what mails go to whom, publish, undo; and reading a guide."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from circles.models import CohortState
from circles.queries import cohort_for, is_lead
from circles.services import cohorts
from guides.content.markdown import render
from guides.content.queries import guide_of, newest_version, newest_versions, version_by_id
from guides.walk.blueprint import bp
from guides.walk.forms import GuideForm, PublishForm
from guides.walk.services import publishing
from guides.walk.services.preview import publishing_preview, publishing_progress


@bp.route("/cohorts/<uuid:cohort_id>/guide", methods=("GET", "POST"))
def choose_guide(cohort_id: UUID) -> ResponseReturnValue:
    """Choose the guide that a cohort's circles will follow."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    versions = newest_versions(db.session())
    plan = publishing.plan_of(db.session(), cohort)
    form = GuideForm.for_versions(
        [(version.id, version.title) for version in versions], plan.guide_version_id if plan else None
    )
    if form.validate_on_submit():
        publishing.choose_guide(db.session(), cohort, version_by_id(db.session(), form.guide.data))
        db.session.commit()
        flash(_("The guide is chosen. It can change until you publish."))
        return redirect(url_for("circles.cohort", cohort_id=cohort.id))
    return render_template("guides/choose_guide.html", cohort=cohort, versions=versions, plan=plan, form=form)


@bp.route("/cohorts/<uuid:cohort_id>/publish", methods=("GET", "POST"))
def publish(cohort_id: UUID) -> ResponseReturnValue:
    """What publishing will do to how many people, and doing it."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    if cohort.state is CohortState.PUBLISHING:
        return redirect(url_for("guides.publishing", cohort_id=cohort.id))
    if cohort.state is not CohortState.MATCHING:
        raise NotFound
    form = PublishForm()
    if form.validate_on_submit():
        try:
            revision = int(form.revision.data or 0)
            publishing.start_publishing(db.session(), cohort, revision, actor=me(), at=clock.now())
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
            return redirect(url_for("guides.publish", cohort_id=cohort_id))
        db.session.commit()
        return redirect(url_for("guides.publishing", cohort_id=cohort.id))
    preview = publishing_preview(db.session(), cohort)
    weeks = cohorts.weeks(cohort)
    return render_template("guides/publish.html", cohort=cohort, preview=preview, weeks=weeks, form=form)


@bp.get("/cohorts/<uuid:cohort_id>/publishing", endpoint="publishing")
def publishing_page(cohort_id: UUID) -> ResponseReturnValue:
    """How far publishing is, with Undo while nothing has left."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    progress = publishing_progress(db.session(), cohort, at=clock.now())
    template = "guides/_publishing.html" if request.headers.get("HX-Request") else "guides/publishing.html"
    return render_template(template, cohort=cohort, progress=progress)


@bp.post("/cohorts/<uuid:cohort_id>/publishing/undo")
def undo_publishing(cohort_id: UUID) -> ResponseReturnValue:
    """Take publishing back before anything has left."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    publishing.undo_publishing(db.session(), cohort, actor=me(), at=clock.now())
    db.session.commit()
    flash(_("Nothing was published and nobody was told."))
    return redirect(url_for("guides.publish", cohort_id=cohort.id))


@bp.post("/cohorts/<uuid:cohort_id>/publishing/now")
def publish_now(cohort_id: UUID) -> ResponseReturnValue:
    """Do not wait for the rest of the undo time."""
    cohort = cohort_for(db.session(), me(), cohort_id)
    publishing.publish_now(db.session(), cohort, at=clock.now())
    db.session.commit()
    return redirect(url_for("guides.publishing", cohort_id=cohort.id))


@bp.get("/guides")
def library() -> ResponseReturnValue:
    """The guides there are, for leads and administrators."""
    _leads_only()
    return render_template("guides/library.html", versions=newest_versions(db.session()))


@bp.get("/guides/<slug>")
def read_guide(slug: str) -> ResponseReturnValue:
    """A whole guide to read before choosing it."""
    _leads_only()
    guide = guide_of(newest_version(db.session(), slug))
    return render_template("guides/read_guide.html", guide=guide, render=render)


def _leads_only() -> None:
    if not (me().is_administrator or is_lead(db.session(), me())):
        raise NotFound
