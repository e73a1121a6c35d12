"""Pages about the people of a cohort: the list, one person's answers, approving, declining, withdrawing."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import N_, DomainError
from app.extensions import db
from circles import queries, wording
from circles.attributes import questions_of
from circles.availability import WEEKDAYS, GridError, WeeklyGrid
from circles.forms import ConfirmForm
from circles.models import Cohort, CohortState, EnrollmentState, WishKind
from circles.services import cohorts, inviting
from circles.views.blueprint import address_of, bp, cohort_of_mine, cohort_page, desk, page_number, uuids
from circles.wording.words import short_weekday

#: People approved or declined at once.
MOST_AT_ONCE = 500


@bp.get("/cohorts/<uuid:cohort_id>/people")
def people(cohort_id: UUID) -> ResponseReturnValue:
    """Everyone in a cohort, by state, with what to do about them."""
    cohort = cohort_of_mine(cohort_id)
    state = _state(request.args.get("state", ""))
    words = request.args.get("q", "")[:100]
    found = queries.enrollments_page(db.session(), cohort.id, state=state, words=words, page=page_number())
    return render_template(
        "circles/people.html",
        **cohort_page(
            cohort,
            counts=queries.counts_by_state(db.session(), cohort.id),
            people=found,
            state=state,
            q=words,
            join_url=_join_url(cohort),
            States=EnrollmentState,
            enrolling=cohort.state is CohortState.ENROLLING,
        ),
    )


@bp.route("/cohorts/<uuid:cohort_id>/link", methods=("GET", "POST"))
def renew_link(cohort_id: UUID) -> ResponseReturnValue:
    """Replace the sign-up link; the page says that the old one ends."""
    cohort = cohort_of_mine(cohort_id)
    if ConfirmForm().validate_on_submit():
        cohorts.open_join_link(db.session(), cohort, current_app.config["SECRET_KEY"], at=clock.now(), renew=True)
        db.session.commit()
        flash(_("The new link works, the old one does not."))
        return redirect(url_for(".people", cohort_id=cohort.id))
    effects = [
        _("Whoever has the old link cannot sign up with it any more."),
        _("Who signed up already stays in the cohort."),
        _("No mail is sent. Pass the new link on yourself."),
    ]
    return render_template(
        "circles/confirm.html",
        **cohort_page(
            cohort,
            title=_("Replace the sign-up link?"),
            effects=effects,
            label=_("Replace the link"),
            back=url_for(".people", cohort_id=cohort.id),
        ),
    )


@bp.post("/cohorts/<uuid:cohort_id>/people/decide")
def decide(cohort_id: UUID) -> ResponseReturnValue:
    """Approve or decline people who wait: first a page that says who is told what, then the step."""
    cohort = cohort_of_mine(cohort_id)
    approve = request.form.get("verdict") != "decline"
    chosen = queries.enrollments_of_cohort(
        db.session(), cohort, uuids(request.form.getlist("enrollment"))[:MOST_AT_ONCE]
    )
    waiting = [row for row in chosen if row.state is EnrollmentState.APPLIED]
    back = url_for(".people", cohort_id=cohort.id, state=EnrollmentState.APPLIED.value)
    if not waiting:
        flash(_("Choose people who wait for your approval first."), "attention")
        return redirect(back)
    if request.form.get("sure") != "yes":
        return render_template("circles/decide.html", **cohort_page(cohort, people=waiting, approve=approve, back=back))
    inviting.decide(db.session(), cohort, waiting, approve=approve, actor=me(), desk=desk(), at=clock.now())
    db.session.commit()
    if approve:
        flash(ngettext("%(num)d person is in.", "%(num)d people are in.", len(waiting)))
    else:
        flash(ngettext("%(num)d person is declined.", "%(num)d people are declined.", len(waiting)))
    return redirect(url_for(".people", cohort_id=cohort.id))


@bp.get("/cohorts/<uuid:cohort_id>/people/<uuid:enrollment_id>")
def person(cohort_id: UUID, enrollment_id: UUID) -> ResponseReturnValue:
    """One person's answers; whom they would rather not meet only as a number."""
    cohort = cohort_of_mine(cohort_id)
    enrollment = queries.enrollment_of_cohort(db.session(), cohort, enrollment_id)
    named = {
        kind: sorted(wish.email_key for wish in enrollment.wishes if wish.kind is kind)
        for kind in (WishKind.WISH, WishKind.TOGETHER)
    }
    try:
        grid = WeeklyGrid.parse(enrollment.available, enrollment.preferred)
    except GridError:
        grid = None
    return render_template(
        "circles/person.html",
        **cohort_page(
            cohort,
            enrollment=enrollment,
            grid=grid,
            named=named,
            kinds=WishKind,
            language_names=wording.language_names,
            short_weekday=lambda name: short_weekday(WEEKDAYS.index(name)),
            answers=[
                (question.text, enrollment.answers[question.key])
                for question in questions_of(cohort.questions)
                if enrollment.answers.get(question.key)
            ],
            avoiding=sum(wish.kind is WishKind.AVOID for wish in enrollment.wishes),
            States=EnrollmentState,
        ),
    )


@bp.route("/cohorts/<uuid:cohort_id>/people/<uuid:enrollment_id>/withdraw", methods=("GET", "POST"))
def withdraw_person(cohort_id: UUID, enrollment_id: UUID) -> ResponseReturnValue:
    """Take someone out of a cohort who has no circle; the page says that they are told."""
    cohort = cohort_of_mine(cohort_id)
    enrollment = queries.enrollment_of_cohort(db.session(), cohort, enrollment_id)
    back = url_for(".person", cohort_id=cohort.id, enrollment_id=enrollment.id)
    if enrollment.state in (EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED, EnrollmentState.PLACED):
        raise DomainError(
            N_("This person has a circle. Take them out of the circle instead.")
            if enrollment.state is EnrollmentState.PLACED
            else N_("This person is not taking part already.")
        )
    name = enrollment.person.name
    if ConfirmForm().validate_on_submit():
        inviting.withdraw(db.session(), cohort, enrollment, actor=me(), desk=desk(), at=clock.now())
        db.session.commit()
        flash(_("%(name)s is out of the cohort.", name=name))
        return redirect(url_for(".people", cohort_id=cohort.id))
    effects = [
        _("%(name)s is not matched, and gets one mail that says so in five minutes.", name=name),
        _("Their answers stay until the cohort's texts are erased. You can invite them again."),
    ]
    return render_template(
        "circles/confirm.html",
        **cohort_page(
            cohort,
            title=_("Take %(name)s out?", name=name),
            effects=effects,
            label=_("Take out"),
            back=back,
            danger=True,
        ),
    )


def _state(text: str) -> EnrollmentState | None:
    return next((state for state in EnrollmentState if state.value == text), None)


def _join_url(cohort: Cohort) -> str | None:
    """The sign-up link while it works; reading a page never makes one."""
    if cohort.state is not CohortState.ENROLLING:
        return None
    key = current_app.config["SECRET_KEY"]
    secret = cohorts.standing_join_secret(db.session(), cohort, key, at=clock.now())
    path = address_of("circles.join", token=secret) if secret else None
    return desk().url(path) if path else None
