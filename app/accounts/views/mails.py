"""The mails one gets: a choice for each kind."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts.forms.mails import MailsForm
from app.accounts.mail_kinds import CEILING
from app.accounts.services import mail_choices
from app.accounts.views.blueprint import bp, me, session


@bp.route("/profile/mails", methods=("GET", "POST"))
def mails() -> ResponseReturnValue:
    """Which mails I get."""
    form = MailsForm.of(me())
    if form.validate_on_submit():
        mail_choices.choose(session(), me(), form.choices(), at=clock.now())
        session().commit()
        flash(_("Your choice is saved. It holds from the next mail on."))
        return redirect(url_for("accounts.mails"))
    return render_template("accounts/mails.html", form=form, ceiling=CEILING), 422 if form.errors else 200
