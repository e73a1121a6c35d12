"""Pages about cohorts: mine, a new one, one cohort with its next step, changing and copying it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, DomainError, InvalidInput
from app.extensions import db
from app.organization import organization
from circles import queries
from circles.attributes import questions_of, treated_of
from circles.forms import CohortForm, NameForm, treated_words
from circles.models import CohortState, EnrollmentState
from circles.services import cohorts as services
from circles.views.blueprint import address_of, blame, bp, cohort_of_mine, cohort_page, page_number

#: Days that a new cohort proposes: enrollment for two weeks, the first session a week later.
ENROLL_DAYS, START_DAYS = 14, 21


@bp.get("/cohorts")
def cohorts() -> ResponseReturnValue:
    """The cohorts of my programs."""
    found = queries.cohorts_of(db.session(), me(), page_number())
    mine = queries.programs_of(db.session(), me())
    return render_template("circles/cohorts.html", cohorts=found, programs=mine)


@bp.route("/programs/<uuid:program_id>/cohorts/new", methods=("GET", "POST"))
def new_cohort(program_id: UUID) -> ResponseReturnValue:
    """Make a cohort in draft."""
    program = queries.program_for(db.session(), me(), program_id)
    zone = organization(db.session()).timezone
    today = clock.today(zone)
    start = today + timedelta(days=START_DAYS - today.weekday())
    form = CohortForm(
        enroll_from=today, enroll_until=today + timedelta(days=ENROLL_DAYS), starts_on=start, timezone=zone
    )
    if form.validate_on_submit():
        try:
            made = services.create_cohort(db.session(), program, form.plan(), actor=me(), at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            return redirect(url_for(".cohort", cohort_id=made.id))
        program = queries.program_for(db.session(), me(), program_id)
    return render_template("circles/cohort_form.html", form=form, program=program, cohort=None)


@bp.get("/cohorts/<uuid:cohort_id>")
def cohort(cohort_id: UUID) -> ResponseReturnValue:
    """One cohort: where it stands and what comes next; a running one has a home of its own, where it is installed."""
    found = cohort_of_mine(cohort_id)
    home = address_of("pages.cohort_home", cohort_id=found.id)
    if home and found.state in (CohortState.RUNNING, CohortState.FINISHED) and request.args.get("view") != "rules":
        return redirect(home)
    counts = queries.counts_by_state(db.session(), found.id)
    running = found.state in (CohortState.RUNNING, CohortState.FINISHED)
    circles = queries.circles_page(db.session(), found.id, page_number()) if running else None
    return render_template(
        "circles/cohort.html",
        **cohort_page(
            found,
            counts=counts,
            people=sum(counts.values()),
            circles=circles,
            weeks=services.weeks(found),
            treated=treated_words(questions_of(found.questions), treated_of(found.attributes)),
            help_open=queries.open_help_count(db.session(), found.id) if running else 0,
            State=CohortState,
            Enrolled=EnrollmentState,
            guide_url=address_of("guides.choose_guide", cohort_id=found.id),
            publish_url=address_of("guides.publish", cohort_id=found.id),
            placing_url=address_of("scheduling.placing", cohort_id=found.id),
            home_url=home if running else None,
        ),
    )


@bp.route("/cohorts/<uuid:cohort_id>/edit", methods=("GET", "POST"))
def edit_cohort(cohort_id: UUID) -> ResponseReturnValue:
    """Change a cohort that is not published yet."""
    found = cohort_of_mine(cohort_id)
    form = CohortForm.for_cohort(found)
    if form.validate_on_submit():
        try:
            services.change_cohort(db.session(), found, form.plan(), actor=me(), at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            db.session.commit()
            flash(
                _("Saved. The draft keeps its scores until you search again.")
                if found.state is CohortState.MATCHING
                else _("Saved.")
            )
            return redirect(url_for(".cohort", cohort_id=cohort_id))
        found = cohort_of_mine(cohort_id)
    if found.state not in (CohortState.DRAFT, CohortState.ENROLLING, CohortState.MATCHING):
        raise DomainError(N_("This cohort is published; its rhythm and rules stand."))
    return render_template("circles/cohort_form.html", form=form, program=found.program, cohort=found)


@bp.route("/cohorts/<uuid:cohort_id>/copy", methods=("GET", "POST"))
def copy_cohort(cohort_id: UUID) -> ResponseReturnValue:
    """Copy a cohort's rules into the next one."""
    found = cohort_of_mine(cohort_id)
    form = NameForm(name=_("%(name)s, next", name=found.name)[:120])
    if form.validate_on_submit():
        try:
            copied = services.copy_cohort(db.session(), found, name=form.name.data, actor=me(), at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
            found = cohort_of_mine(cohort_id)
        else:
            db.session.commit()
            flash(_("Copied. Look over the dates."))
            return redirect(url_for(".edit_cohort", cohort_id=copied.id))
    return render_template("circles/copy_cohort.html", **cohort_page(found, form=form))
