"""What members do with their circle's agreement, their private word to the lead, and the lead's list of these."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts.models import Person
from app.auth import me
from app.errors import DomainError, InvalidInput, NotFound
from app.extensions import db
from app.mail.compose import compose
from app.mail.services import write
from circles import queries
from circles.forms import AgreementForm, ConfirmForm, HelpForm
from circles.models import Agreement, Circle
from circles.services import agreements as services
from circles.views.blueprint import blame, bp, cohort_of_mine, cohort_page, desk, page_number


@bp.get("/circles/<uuid:circle_id>/agreement")
def agreement(circle_id: UUID) -> ResponseReturnValue:
    """The circle's own rules, who is in, and the editor."""
    circle = queries.circle_for(db.session(), me(), circle_id)
    return _agreement_page(circle, None)


@bp.post("/circles/<uuid:circle_id>/agreement")
def write_agreement(circle_id: UUID) -> ResponseReturnValue:
    """Write a new version; `next` leads back to the page the form stood on."""
    circle = queries.circle_for(db.session(), me(), circle_id)
    form = AgreementForm()
    if form.validate_on_submit():
        try:
            services.write_agreement(
                db.session(),
                circle,
                lines=form.lines.data.splitlines(),
                managers=form.managers.data or "",
                actor=me(),
                at=clock.now(),
                after=int(form.after.data) if str(form.after.data).isdigit() else None,
            )
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
            circle = queries.circle_for(db.session(), me(), circle_id)
        else:
            db.session.commit()
            flash(_("Your circle sees the agreement. You are in; the others are asked."))
            return redirect(_back(circle_id))
    return _agreement_page(circle, form), 422


@bp.post("/circles/<uuid:circle_id>/agreement/in")
def say_in(circle_id: UUID) -> ResponseReturnValue:
    """Say "I'm in" to the version that was read."""
    circle = queries.circle_for(db.session(), me(), circle_id)
    version = request.form.get("version", "")
    standing = queries.agreement_state(db.session(), circle, reader=me()).latest
    if ConfirmForm().validate_on_submit() and standing is not None:
        if str(standing.version) != version:
            flash(_("Someone wrote a newer version meanwhile. Read it first."), "attention")
        else:
            services.say_in(db.session(), standing, actor=me(), at=clock.now())
            db.session.commit()
            flash(_("You are in. Your circle sees it."))
    return redirect(_back(circle_id))


@bp.route("/circles/<uuid:circle_id>/help", methods=("GET", "POST"))
def ask_for_help(circle_id: UUID) -> ResponseReturnValue:
    """A private word to the leads; the circle does not see it."""
    membership = queries.membership_for(db.session(), me(), circle_id)
    circle, cohort = membership.circle, membership.circle.cohort
    leads = queries.leads_of(db.session(), cohort.program_id)
    form = HelpForm()
    if form.validate_on_submit():
        try:
            services.ask_for_help(db.session(), circle, text=form.text.data, actor=me(), at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
        else:
            _tell_leads(circle, leads)
            db.session.commit()
            flash(_("Your lead has it. Your circle does not see it."))
            return redirect(_back(circle_id, home=True))
    return render_template("circles/help.html", circle=circle, form=form, leads=leads)


@bp.get("/cohorts/<uuid:cohort_id>/help-requests")
def help_requests(cohort_id: UUID) -> ResponseReturnValue:
    """Members' private words to the leads of a cohort."""
    cohort = cohort_of_mine(cohort_id)
    closed = request.args.get("show") == "closed"
    found = queries.help_requests(db.session(), cohort.id, page=page_number(), closed=closed)
    open_count = queries.open_help_count(db.session(), cohort.id)
    return render_template(
        "circles/help_requests.html", **cohort_page(cohort, requests=found, closed=closed, open_count=open_count)
    )


@bp.post("/cohorts/<uuid:cohort_id>/help-requests/<uuid:request_id>/close")
def close_help(cohort_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """A lead has dealt with a private word."""
    found = queries.help_request_for(db.session(), me(), request_id)
    if found.circle.cohort_id != cohort_id:
        raise NotFound
    if ConfirmForm().validate_on_submit():
        try:
            services.close_help(db.session(), found, actor=me(), at=clock.now())
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
        else:
            db.session.commit()
            flash(_("Noted as dealt with."))
    return redirect(url_for(".help_requests", cohort_id=cohort_id))


def _agreement_page(circle: Circle, form: AgreementForm | None) -> str:
    state = queries.agreement_state(db.session(), circle, reader=me())
    editing = form is not None or request.args.get("edit") == "1" or state.latest is None
    return render_template(
        "circles/agreement.html",
        circle=circle,
        state=state,
        editing=editing,
        form=form or _holding(state.latest),
        members=[row for row in circle.memberships if row.left_at is None],
    )


def _holding(standing: Agreement | None) -> AgreementForm:
    if standing is None:
        return AgreementForm(formdata=None)
    return AgreementForm(
        formdata=None, lines="\n".join(standing.lines), managers=standing.managers, after=str(standing.version)
    )


def _tell_leads(circle: Circle, leads: Sequence[Person]) -> None:
    """Tell the leads that there is a word for them; the word itself stays on the page."""
    at, place = clock.now(), desk()
    for lead in leads:
        composed = compose(
            "circles/emails/help_asked",
            locale=lead.locale,
            person=lead,
            circle=circle,
            cohort=circle.cohort,
            url=place.url(url_for("circles.help_requests", cohort_id=circle.cohort_id)),
            desk=place,
        )
        write(db.session(), composed, kind="circle.help", to=lead.email, name=lead.name, person_id=lead.id, at=at)


def _back(circle_id: UUID, *, home: bool = False) -> str:
    """The page a form stood on, if it is one of ours."""
    target = request.args.get("next") or request.form.get("next") or ""
    if target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return url_for("pages.home") if home else url_for(".agreement", circle_id=circle_id)
