"""Addresses that mail does not reach."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.admin import incoming
from app.admin.forms import RetryForm
from app.admin.views.blueprint import administrator, bp, page_number, session


@bp.get("/admin/addresses")
def addresses() -> ResponseReturnValue:
    """Addresses that mail came back from or waits for, and why."""
    administrator()
    return render_template("admin/addresses.html", found=incoming.addresses_page(session(), page=page_number()))


@bp.post("/admin/addresses/try-again")
def try_address_again() -> ResponseReturnValue:
    """Send every mail to an address again, because someone has mended it."""
    actor = administrator()
    if not RetryForm().validate_on_submit():
        abort(400)
    incoming.try_again(session(), request.form.get("address", ""), actor=actor, at=clock.now())
    session().commit()
    flash(_("Mails go to this address again."))
    return redirect(url_for("admin.addresses"))
