"""A lead's messages to people of a cohort, and taking mails back while they wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import InvalidInput
from app.extensions import db
from circles import queries
from circles.forms import ConfirmForm, MessageForm
from circles.models import Cohort, Enrollment
from circles.services import inviting
from circles.services import messages as services
from circles.views.blueprint import blame, bp, cohort_of_mine, cohort_page, desk, uuids


@bp.route("/cohorts/<uuid:cohort_id>/message", methods=("GET", "POST"))
def write_message(cohort_id: UUID) -> ResponseReturnValue:
    """Write to everyone, to a part of them, or to one person (`to` names their enrollment)."""
    cohort = cohort_of_mine(cohort_id)
    one = _one(cohort)
    form = MessageForm(audience=request.args.get("audience", "all"), **_beginning(one))
    if one is not None:
        del form.audience
    if form.validate_on_submit() and form.checked.data != "edit":
        audience = form.audience.data if one is None else "one"
        try:
            recipients: Sequence[UUID] = (
                [one.person_id] if one else services.audience(db.session(), cohort, str(audience))
            )
            services.check_message(form.subject.data, form.text.data)
            if form.checked.data == "yes":
                return _send(cohort, recipients, form)
            return render_template(
                "circles/message_check.html",
                **cohort_page(cohort, form=form, one=one, count=len(recipients), audience=audience),
            )
        except InvalidInput as error:
            db.session.rollback()
            blame(form, error)
            cohort = cohort_of_mine(cohort_id)
    form.checked.data = ""
    return render_template("circles/message.html", **cohort_page(cohort, form=form, one=one))


def _send(cohort: Cohort, recipients: Sequence[UUID], form: MessageForm) -> ResponseReturnValue:
    batch = services.send_message_to(
        db.session(),
        cohort,
        recipients,
        subject=form.subject.data,
        text=form.text.data,
        actor=me(),
        desk=desk(),
        at=clock.now(),
    )
    db.session.commit()
    flash(ngettext("Your message goes to %(num)d person.", "Your message goes to %(num)d people.", batch.count))
    return redirect(url_for(".cohort", cohort_id=cohort.id))


@bp.post("/cohorts/<uuid:cohort_id>/mails/undo")
def take_back(cohort_id: UUID) -> ResponseReturnValue:
    """Stop mails that have not left, and undo the step that caused them."""
    cohort = cohort_of_mine(cohort_id)
    if ConfirmForm().validate_on_submit():
        people = inviting.take_back(
            db.session(), cohort, request.values.get("batch", "")[:64], actor=me(), at=clock.now()
        )
        db.session.commit()
        flash(ngettext("Taken back. %(num)d person gets no mail.", "Taken back. %(num)d people get no mail.", people))
    return redirect(url_for(".people" if request.form.get("back") == "people" else ".cohort", cohort_id=cohort.id))


def _one(cohort: Cohort) -> Enrollment | None:
    ids = uuids([request.args.get("to", "")])
    return queries.enrollment_of_cohort(db.session(), cohort, ids[0]) if ids else None


def _beginning(one: Enrollment | None) -> dict[str, str]:
    """Words to begin a message about hours or languages with."""
    if one is None:
        return {}
    name = one.person.first_name
    if request.args.get("about") == "hours":
        return {
            "subject": _("More hours in which you could meet"),
            "text": _(
                "Hello %(name)s,\n\nthere is no circle yet that meets in your hours. Could you mark a few more, "
                "even ones you like less?",
                name=name,
            ),
        }
    if request.args.get("about") == "languages":
        return {
            "subject": _("Languages you could meet in"),
            "text": _(
                "Hello %(name)s,\n\nthere is no circle yet in your languages. Is there another one you could talk in?",
                name=name,
            ),
        }
    return {}
