"""The steps of a cohort: each has a page that says what it does to how many, and a button that does it."""

from __future__ import annotations

from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, DomainError
from app.extensions import db
from circles import queries
from circles.forms import ConfirmForm
from circles.models import Cohort, CohortState, EnrollmentState
from circles.services import cohorts as services
from circles.services import inviting, searching
from circles.views.blueprint import bp, cohort_of_mine, cohort_page

DAY = "d MMMM yyyy"
#: Steps that are taken here; publishing belongs to the package that knows guides.
TAKEN_HERE = (CohortState.DRAFT, CohortState.ENROLLING, CohortState.MATCHING, CohortState.FINISHED)


@bp.route("/cohorts/<uuid:cohort_id>/step/<target>", methods=("GET", "POST"))
def step_cohort(cohort_id: UUID, target: str) -> ResponseReturnValue:
    """Confirm a step, then take it."""
    cohort = cohort_of_mine(cohort_id)
    if target not in [state.value for state in TAKEN_HERE]:
        abort(404)
    state = CohortState(target)
    if state not in services.STEPS[cohort.state]:
        raise DomainError(N_("This cohort has moved on meanwhile. Load the page again."))
    form = ConfirmForm()
    if form.validate_on_submit():
        opened = cohort.state is CohortState.ENROLLING
        services.step(db.session(), cohort, state, actor=me(), at=clock.now())
        unsent = 0
        if opened and state is CohortState.MATCHING:
            unsent = inviting.take_back_invitations(db.session(), cohort, actor=me(), at=clock.now())
            searching.start_check(db.session(), cohort, actor=me(), at=clock.now())
        if state is CohortState.ENROLLING:
            services.open_join_link(db.session(), cohort, current_app.config["SECRET_KEY"], at=clock.now())
        db.session.commit()
        flash(_DONE[state]())
        if unsent:
            flash(
                ngettext(
                    "The invitation of %(num)d person had not left, and is taken back.",
                    "The invitations of %(num)d people had not left, and are taken back.",
                    unsent,
                )
            )
        if state is CohortState.MATCHING:
            return redirect(url_for(".match", cohort_id=cohort.id))
        return redirect(url_for(".cohort", cohort_id=cohort.id))
    counts = queries.counts_by_state(db.session(), cohort.id)
    if state is CohortState.MATCHING and cohort.state is CohortState.ENROLLING and not counts[EnrollmentState.ENROLLED]:
        flash(_("Nobody has enrolled yet, so there is nobody to match."), "attention")
        return redirect(url_for(".cohort", cohort_id=cohort.id))
    title, effects, label = _words(cohort, state, counts)
    return render_template(
        "circles/step.html",
        **cohort_page(
            cohort, title=title, effects=effects, label=label, target=target, danger=state is CohortState.FINISHED
        ),
    )


_DONE = {
    CohortState.DRAFT: lambda: _("The cohort is a draft again."),
    CohortState.ENROLLING: lambda: _("Enrollment is open."),
    CohortState.MATCHING: lambda: _("Enrollment is closed. Nobody is told of a circle yet."),
    CohortState.FINISHED: lambda: _("The cohort is finished."),
}


def _words(cohort: Cohort, state: CohortState, counts: dict[EnrollmentState, int]) -> tuple[str, list[str], str]:
    if state is CohortState.ENROLLING:
        return _opening(cohort, counts)
    if state is CohortState.MATCHING:
        return _closing(counts)
    if state is CohortState.FINISHED:
        return (
            _("Finish the cohort?"),
            [
                ngettext(
                    "%(num)d person has a circle. They keep what they wrote and can read it.",
                    "%(num)d people have a circle. They keep what they wrote and can read it.",
                    counts[EnrollmentState.PLACED],
                ),
                _("No further session is planned for the cohort, and no further person can be placed."),
                _("Follow-ups on practice changes still come 30, 60 and 90 days after the last session."),
                _("This cannot be undone."),
            ],
            _("Finish the cohort"),
        )
    return (
        _("Make it a draft again?"),
        [_("Nobody was invited yet, so nobody is told."), _("The sign-up link does not work until you open it again.")],
        _("Make it a draft again"),
    )


def _opening(cohort: Cohort, counts: dict[EnrollmentState, int]) -> tuple[str, list[str], str]:
    if cohort.state is CohortState.MATCHING:
        return (
            _("Open enrollment again?"),
            [
                ngettext(
                    "%(num)d enrolled person can change their answers again.",
                    "%(num)d enrolled people can change their answers again.",
                    counts[EnrollmentState.ENROLLED],
                ),
                _("The sign-up link works until %(day)s.", day=format_date(cohort.enroll_until, DAY)),
                _("The draft of the circles stays; search again once enrollment is closed."),
                _("No mail is sent."),
            ],
            _("Open enrollment again"),
        )
    return (
        _("Open enrollment?"),
        [
            _(
                "People can sign up from %(first)s to %(last)s, by the sign-up link or your invitation.",
                first=format_date(cohort.enroll_from, DAY),
                last=format_date(cohort.enroll_until, DAY),
            ),
            _("Managers take part. This stands from now on.")
            if cohort.managers_take_part
            else _("Managers do not take part. This stands from now on."),
            _("No mail is sent until you invite people."),
        ],
        _("Open enrollment"),
    )


def _closing(counts: dict[EnrollmentState, int]) -> tuple[str, list[str], str]:
    effects = [
        ngettext(
            "%(num)d enrolled person will be matched.",
            "%(num)d enrolled people will be matched.",
            counts[EnrollmentState.ENROLLED],
        )
    ]
    if counts[EnrollmentState.APPLIED]:
        effects.append(
            ngettext(
                "%(num)d person still waits for your approval and will not be matched.",
                "%(num)d people still wait for your approval and will not be matched.",
                counts[EnrollmentState.APPLIED],
            )
        )
    if counts[EnrollmentState.INVITED]:
        effects.append(
            ngettext(
                "%(num)d invited person has not answered and will not be matched.",
                "%(num)d invited people have not answered and will not be matched.",
                counts[EnrollmentState.INVITED],
            )
        )
    effects.append(_("The sign-up link stops working. You can open enrollment again."))
    effects.append(_("No mail is sent."))
    return _("Close enrollment and match?"), effects, _("Close enrollment")
