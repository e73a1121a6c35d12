"""Signing in and out, and getting a password back."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from app import clock
from app.accounts import queries, sign_ins
from app.accounts.destinations import own_path
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import AddressForm, EmptyForm, NewPasswordForm, SignInForm
from app.accounts.models import Person
from app.accounts.services import signing_in
from app.accounts.views.blueprint import bp, browser, client, config, desk, session
from app.errors import InvalidInput

NEXT = "next"


@bp.route("/sign-in", methods=("GET", "POST"))
def sign_in() -> ResponseReturnValue:
    """Ask who it is: a link by mail, or a password."""
    if request.args.get("next"):
        cookie[NEXT] = own_path(request.args["next"])
    if current_user.is_authenticated:
        return redirect(cookie.pop(NEXT, None) or url_for("pages.home"))
    form = SignInForm()
    status = 200
    if form.validate_on_submit():
        if not form.password.data:
            return _mail_link(form)
        try:
            person, secret = signing_in.sign_in_by_password(
                session(),
                form.email.data,
                form.password.data,
                client=client(),
                at=clock.now(),
                days=config().sign_in_days,
                browser=browser(),
            )
        except InvalidInput as error:
            session().commit()
            refuse(form, error)
            status = error.status
        else:
            session().commit()
            return _welcome(person, secret, cookie.get(NEXT, ""))
    cast = queries.demonstration_people(session()) if config().demonstration else []
    return render_template("accounts/sign_in.html", form=form, cast=cast), status


def _mail_link(form: SignInForm) -> ResponseReturnValue:
    signing_in.mail_sign_in_link(
        session(), desk(), form.email.data, client=client(), next_path=cookie.get(NEXT, ""), at=clock.now()
    )
    session().commit()
    return render_template("accounts/look_in_mail.html", email=form.email.data.strip(), reset=False)


def _welcome(person: Person, secret: str, next_path: str) -> ResponseReturnValue:
    """Give the browser a fresh cookie that holds the new sign-in, and go on."""
    cookie.clear()
    cookie[sign_ins.SESSION_KEY] = secret
    cookie.permanent = True
    login_user(person)
    return redirect(own_path(next_path))


@bp.route("/sign-in/<token>", methods=("GET", "POST"))
def confirm_sign_in(token: str) -> ResponseReturnValue:
    """A mailed link: opening it shows a button, and the button signs in, so that mail scanners sign in nobody."""
    form = EmptyForm()
    if form.validate_on_submit():
        person, secret, next_path = signing_in.sign_in_by_link(
            session(), token, at=clock.now(), days=config().sign_in_days, browser=browser()
        )
        session().commit()
        return _welcome(person, secret, next_path)
    person = signing_in.link_holder(session(), "sign-in", token, at=clock.now())
    return render_template("accounts/confirm_sign_in.html", form=form, person=person)


@bp.post("/sign-in/demonstration")
def sign_in_demonstration() -> ResponseReturnValue:
    """One click as one of the invented people; there is no such page outside the demonstration."""
    if not config().demonstration:
        abort(404)
    try:
        person_id = UUID(request.form.get("person", ""))
    except ValueError:
        abort(404)
    person = queries.demonstration_person(session(), person_id)
    secret = signing_in.begin(
        session(), person, at=clock.now(), days=config().sign_in_days, method="demonstration", browser=browser()
    )
    session().commit()
    return _welcome(person, secret, cookie.get(NEXT, ""))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's sign-in."""
    found = sign_ins.standing(session(), cookie.get(sign_ins.SESSION_KEY, ""), at=clock.now())
    if found is not None:
        sign_ins.end(session(), found[1].id, at=clock.now(), only=found[0].id)
        session().commit()
    logout_user()
    cookie.clear()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"))


@bp.route("/forgot-password", methods=("GET", "POST"))
def forgot_password() -> ResponseReturnValue:
    """Mail a link that sets a new password."""
    form = AddressForm()
    if form.validate_on_submit():
        signing_in.mail_reset_link(session(), desk(), form.email.data, client=client(), at=clock.now())
        session().commit()
        return render_template("accounts/look_in_mail.html", email=form.email.data.strip(), reset=True)
    return render_template("accounts/forgot_password.html", form=form)


@bp.route("/reset-password/<token>", methods=("GET", "POST"))
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link, then sign in with it."""
    form = NewPasswordForm()
    status = 200
    if form.validate_on_submit():
        try:
            signing_in.reset_password(session(), token, form.password.data, at=clock.now())
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
            status = error.status
        else:
            session().commit()
            logout_user()
            cookie.clear()
            flash(_("Your new password is set. You are signed out everywhere; sign in with it now."))
            return redirect(url_for("accounts.sign_in"))
    person = signing_in.link_holder(session(), "password-reset", token, at=clock.now())
    return render_template("accounts/reset_password.html", form=form, person=person), status
