"""One's own profile, picture and data."""

from __future__ import annotations

import json

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from app import clock, i18n
from app.accounts import data
from app.accounts.forms.people import EraseForm
from app.accounts.forms.profile import PictureForm, ProfileForm
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import EmptyForm
from app.accounts.models import Person
from app.accounts.services import profile as profiles
from app.accounts.services.signing_in import prove_again
from app.accounts.views.blueprint import bp, client, desk, just_signed_in, me, packages, session, storage
from app.errors import DomainError, InvalidInput, TooLarge


@bp.route("/profile", methods=("GET", "POST"), endpoint="profile")
def profile_page() -> ResponseReturnValue:
    """My profile: read and change it."""
    form = ProfileForm.of(me(), _manager_address())
    status = 200
    if form.validate_on_submit():
        try:
            profiles.change_profile(session(), me(), form.profile(), packages(), desk=desk(), at=clock.now())
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
            status = error.status
        else:
            session().commit()
            flash(_("Your profile is saved."))
            return redirect(url_for("accounts.profile"))
    return _render(form, PictureForm(), status)


def _render(form: ProfileForm, picture_form: PictureForm, status: int = 200) -> ResponseReturnValue:
    return (
        render_template(
            "accounts/profile.html", form=form, picture_form=picture_form, zones=sorted(i18n.TIMEZONES), person=me()
        ),
        status,
    )


def _manager_address() -> str:
    if me().manager_id is None:
        return me().manager_email
    manager = session().get(Person, me().manager_id)
    return manager.email if manager else ""


@bp.post("/profile/picture")
def change_picture() -> ResponseReturnValue:
    """Put a picture on my bead."""
    form = PictureForm()
    if form.validate_on_submit():
        try:
            profiles.change_picture(session(), storage(), me(), form.content(), at=clock.now())
        except (InvalidInput, TooLarge) as error:
            session().rollback()
            form.picture.errors = [error.render(_)]
            return _render(ProfileForm.of(me(), _manager_address()), form, error.status)
        session().commit()
        flash(_("Your picture is saved."))
    return redirect(url_for("accounts.profile"))


@bp.post("/profile/picture/remove")
def remove_picture() -> ResponseReturnValue:
    """Show my initials again."""
    if EmptyForm().validate_on_submit():
        profiles.remove_picture(session(), storage(), me(), at=clock.now())
        session().commit()
        flash(_("Your picture is gone; your initials are shown."))
    return redirect(url_for("accounts.profile"))


@bp.get("/profile/data")
def my_data() -> ResponseReturnValue:
    """What is held about me, and how to take it away."""
    return render_template("accounts/data.html", form=EraseForm())


@bp.get("/profile/data.json")
def download_data() -> ResponseReturnValue:
    """Everything held about me, as one file."""
    found = data.export(session(), me(), packages(), at=clock.now())
    body = json.dumps(found, ensure_ascii=False, indent=2)
    return Response(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@bp.post("/profile/erase")
def erase_account() -> ResponseReturnValue:
    """Erase my account for good, after proving who I am."""
    form = EraseForm()
    if not form.validate_on_submit():
        return render_template("accounts/data.html", form=form), 422
    try:
        prove_again(
            session(), me(), current=form.current.data or "", proved=just_signed_in(), client=client(), at=clock.now()
        )
        data.erase(session(), storage(), desk(), me(), packages(), actor=me(), at=clock.now())
    except InvalidInput as error:
        session().commit()
        refuse(form, error)
        return render_template("accounts/data.html", form=form), error.status
    except DomainError as error:
        session().rollback()
        form.form_errors.append(error.render(_))
        return render_template("accounts/data.html", form=form), error.status
    session().commit()
    logout_user()
    flash(_("Your account and what you wrote are erased."))
    return redirect(url_for("accounts.sign_in"))
