"""Proposals for a person without a circle or a circle that is too small or too large; a lead carries one out."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from circles.models import Cohort, CohortState
from circles.queries import cohort_for
from circles.queries.running import circles_below, circles_page
from scheduling.mending_forms import MendForm, uuid_or_none
from scheduling.queries.mending import circle_of_cohort, circles_above, members_of
from scheduling.services import rearranging
from scheduling.views.blueprint import bp, desk
from scheduling.views.offers import offer_view, refusal_words


@bp.get("/cohorts/<uuid:cohort_id>/mend")
def mend(cohort_id: UUID) -> ResponseReturnValue:
    """What can be done about one person or circle, before and after; without one, which circles need something."""
    cohort = _running(cohort_id)
    person, circle = uuid_or_none(request.args.get("person")), uuid_or_none(request.args.get("circle"))
    if person is None and circle is None:
        return _overview(cohort)
    session, at = db.session(), clock.now()
    trigger = rearranging.trigger_for(session, cohort, enrollment=person, circle=circle)
    shown = circle or (trigger.circle.id if trigger and trigger.circle else None)
    found = circle_of_cohort(session, cohort.id, shown) if shown else None
    offers = rearranging.offers_for(session, cohort, trigger, at=at) if trigger else None
    return render_template(
        "scheduling/mend.html",
        cohort=cohort,
        trigger=trigger,
        circle=found,
        person=person,
        members=members_of(session, shown) if shown else [],
        offers=offers,
        views=[offer_view(offer) for offer in offers.offers] if offers else [],
        reasons=refusal_words(offers.refusals) if offers else [],
    )


@bp.post("/cohorts/<uuid:cohort_id>/mend")
def apply_mend(cohort_id: UUID) -> ResponseReturnValue:
    """Carry one proposal out, if it is still possible; else nothing is done."""
    cohort = _running(cohort_id)
    form = MendForm()
    if not form.validate_on_submit():
        abort(400)
    session = db.session()
    person, circle = form.person.data, form.circle.data
    if person is None and circle is None:
        raise NotFound
    back = url_for("scheduling.mend", cohort_id=cohort_id, person=person, circle=circle)
    trigger = rearranging.trigger_for(session, cohort, enrollment=person, circle=circle)
    if trigger is None:
        flash(_("Something changed meanwhile, so nothing was done."), "attention")
        return redirect(back)
    try:
        done = rearranging.apply(session, cohort, trigger, form.mark.data, actor=me(), desk=desk(), at=clock.now())
    except DomainError as error:
        session.rollback()
        flash(error.render(_), "attention")
        return redirect(back)
    session.commit()
    flash(_done(done))
    return redirect(url_for("pages.cohort_home", cohort_id=cohort_id))


def _done(done: rearranging.Applied) -> str:
    words: str
    if done.new_circle:
        words = ngettext(
            "%(circle)s is being made with %(num)d person. Its invites and welcomes leave within minutes.",
            "%(circle)s is being made with %(num)d people. Its invites and welcomes leave within minutes.",
            done.placed,
            circle=done.new_circle,
        )
        return words
    parts = []
    if done.moved:
        parts.append(ngettext("%(num)d person moved", "%(num)d people moved", done.moved))
    if done.placed:
        parts.append(ngettext("%(num)d person placed", "%(num)d people placed", done.placed))
    parts.append(ngettext("%(num)d mail leaves now", "%(num)d mails leave now", done.mails))
    words = _("Done: %(what)s.", what=", ".join(parts))
    return words


def _overview(cohort: Cohort) -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "scheduling/mend_circles.html",
        cohort=cohort,
        below=circles_below(session, cohort),
        above=circles_above(session, cohort),
        circles=circles_page(session, cohort.id, request.args.get("page", 1, type=int)),
    )


def _running(cohort_id: UUID) -> Cohort:
    cohort = cohort_for(db.session(), me(), cohort_id)
    if cohort.state is not CohortState.RUNNING:
        raise NotFound
    return cohort
