"""Inviting people into a cohort: by pasted addresses, or chosen from everyone here."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import N_, DomainError, InvalidInput
from app.extensions import db
from circles import queries
from circles.forms import InviteForm
from circles.models import Cohort, CohortState
from circles.queries.people import people_by_id
from circles.services import inviting as services
from circles.services.mailing import Batch
from circles.views.blueprint import blame, bp, cohort_of_mine, cohort_page, desk, uuids

#: People chosen from a list at once.
MOST_CHOSEN = 50


@bp.route("/cohorts/<uuid:cohort_id>/people/invite", methods=("GET", "POST"))
def invite_people(cohort_id: UUID) -> ResponseReturnValue:
    """Paste addresses; the next page says what inviting each would do, and then does it."""
    cohort = _open(cohort_id)
    form = InviteForm()
    if form.validate_on_submit():
        try:
            pasted = services.read_pasted(form.addresses.data)
        except InvalidInput as error:
            blame(form, error)
        else:
            if request.form.get("sure") != "yes" or (pasted.wrong and not pasted.addresses):
                guests = services.sort_guests(db.session(), cohort, pasted.addresses)
                return render_template(
                    "circles/invite_check.html", **cohort_page(cohort, pasted=pasted, guests=guests, form=form)
                )
            batch = services.invite_addresses(db.session(), cohort, pasted, actor=me(), desk=desk(), at=clock.now())
            return _invited(cohort, batch)
    return render_template("circles/invite.html", **cohort_page(cohort, form=form))


@bp.route("/cohorts/<uuid:cohort_id>/people/choose", methods=("GET", "POST"))
def choose_people(cohort_id: UUID) -> ResponseReturnValue:
    """Search everyone here, tick some, and invite them."""
    cohort = _open(cohort_id)
    if request.method == "POST":
        ids = uuids(request.form.getlist("person"))[:MOST_CHOSEN]
        people = people_by_id(db.session(), ids)
        if not people:
            flash(_("Tick at least one person."), "attention")
            return redirect(url_for(".choose_people", cohort_id=cohort.id, q=request.form.get("q", "")[:100]))
        batch = services.invite_people(db.session(), cohort, people, actor=me(), desk=desk(), at=clock.now())
        return _invited(cohort, batch)
    words = request.args.get("q", "").strip()[:100]
    found = queries.people_outside(db.session(), cohort.id, words) if words else []
    return render_template("circles/choose_people.html", **cohort_page(cohort, q=words, found=found, most=MOST_CHOSEN))


def _open(cohort_id: UUID) -> Cohort:
    cohort = cohort_of_mine(cohort_id)
    if cohort.state is not CohortState.ENROLLING:
        raise DomainError(N_("Enrollment for this cohort is not open."))
    return cohort


def _invited(cohort: Cohort, batch: Batch | None) -> ResponseReturnValue:
    db.session.commit()
    if batch is None:
        flash(_("Everyone is in the cohort already, so nobody is invited."), "attention")
    else:
        flash(ngettext("%(num)d person is invited.", "%(num)d people are invited.", batch.count))
    return redirect(url_for(".people", cohort_id=cohort.id))
