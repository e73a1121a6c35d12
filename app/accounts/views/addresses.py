"""Further addresses that one's calendars may answer from."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts.forms.addresses import OtherAddressForm
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import EmptyForm
from app.accounts.services import other_addresses
from app.accounts.views.blueprint import bp, client, desk, me, session
from app.errors import InvalidInput


@bp.route("/profile/addresses", methods=("GET", "POST"))
def addresses() -> ResponseReturnValue:
    """My further addresses, and a field for another."""
    form = OtherAddressForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            other_addresses.ask(session(), desk(), me(), form.email.data, client=client(), at=clock.now())
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
        else:
            session().commit()
            flash(_("A mail with a link is on its way to %(email)s.", email=form.email.data.strip()))
            return redirect(url_for("accounts.addresses"))
    found = other_addresses.other_addresses(session(), me())
    return render_template("accounts/addresses.html", form=form, found=found, person=me()), status


@bp.post("/profile/addresses/<uuid:address_id>/remove")
def remove_address(address_id: UUID) -> ResponseReturnValue:
    """Take one of my further addresses away."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    gone = other_addresses.remove(session(), me(), address_id, at=clock.now())
    session().commit()
    flash(_("Answers from %(email)s do not count any more.", email=gone))
    return redirect(url_for("accounts.addresses"))


@bp.route("/confirm-address/<token>", methods=("GET", "POST"))
def confirm_other_address(token: str) -> ResponseReturnValue:
    """A link mailed to a further address: opening it shows a button, and the button adds the address."""
    form = EmptyForm()
    if form.validate_on_submit():
        other_addresses.confirm(session(), token, at=clock.now())
        session().commit()
        flash(_("Answers from this address count from now on."))
        return redirect(url_for("accounts.addresses"))
    person, email = other_addresses.asked(session(), token, at=clock.now())
    return render_template("accounts/confirm_other_address.html", form=form, person=person, email=email)
