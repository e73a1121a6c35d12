"""One's own password, address and sign-ins, and stopping kinds of mail."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.accounts import browsers, queries
from app.accounts.forms.refusals import refuse
from app.accounts.forms.sign_in import EmptyForm, NewAddressForm, OwnPasswordForm
from app.accounts.services import addresses, signing_in
from app.accounts.views.blueprint import bp, client, desk, just_signed_in, me, packages, session, this_sign_in
from app.errors import InvalidInput
from app.extensions import csrf


@bp.app_template_filter("browser_words")
def browser_words(agent: str) -> str:
    """What a browser says it is, in a few words."""
    text, values = browsers.described(agent)
    return str(_(text, **values))


@bp.get("/profile/sign-in")
def security() -> ResponseReturnValue:
    """How I sign in: address, password, and where I am signed in."""
    return _render(OwnPasswordForm(formdata=None), NewAddressForm(formdata=None))


def _render(password: OwnPasswordForm, address: NewAddressForm, status: int = 200) -> ResponseReturnValue:
    standing = queries.sign_ins_of(session(), me(), at=clock.now())
    return (
        render_template(
            "accounts/security.html",
            password_form=password,
            address_form=address,
            sign_ins=standing,
            this=this_sign_in(),
            proved=just_signed_in(),
            person=me(),
        ),
        status,
    )


@bp.post("/profile/password")
def change_password() -> ResponseReturnValue:
    """Set or change my password."""
    form = OwnPasswordForm()
    if not form.validate_on_submit():
        return _render(form, NewAddressForm(formdata=None), 422)
    try:
        signing_in.change_password(
            session(),
            me(),
            form.password.data,
            current=form.current.data or "",
            proved=just_signed_in(),
            keep=this_sign_in().id,
            client=client(),
            at=clock.now(),
        )
    except InvalidInput as error:
        session().commit()
        refuse(form, error)
        return _render(form, NewAddressForm(formdata=None), error.status)
    session().commit()
    flash(_("Your password is set. Other devices are signed out."))
    return redirect(url_for("accounts.security"))


@bp.post("/profile/email")
def change_email() -> ResponseReturnValue:
    """Ask for another address; it counts once confirmed there."""
    form = NewAddressForm()
    if not form.validate_on_submit():
        return _render(OwnPasswordForm(formdata=None), form, 422)
    try:
        signing_in.prove_again(
            session(), me(), current=form.current.data or "", proved=just_signed_in(), client=client(), at=clock.now()
        )
        addresses.ask_for_address(session(), desk(), me(), form.email.data, client=client(), at=clock.now())
    except InvalidInput as error:
        session().commit()
        refuse(form, error)
        return _render(OwnPasswordForm(formdata=None), form, error.status)
    session().commit()
    flash(_("A mail with a link is on its way to %(email)s. Until you open it nothing changes.", email=form.email.data))
    return redirect(url_for("accounts.security"))


@bp.route("/confirm-email/<token>", methods=("GET", "POST"))
def confirm_email(token: str) -> ResponseReturnValue:
    """A link mailed to a new address: opening it shows a button, and the button changes the address."""
    form = EmptyForm()
    if form.validate_on_submit():
        addresses.change_address(session(), desk(), token, packages(), at=clock.now())
        session().commit()
        flash(_("Mails come to your new address from now on. Sign in with it."))
        return redirect(url_for("accounts.profile"))
    person, email = addresses.asked_address(session(), token, at=clock.now())
    return render_template("accounts/confirm_email.html", form=form, person=person, email=email)


@bp.post("/profile/sign-ins/<uuid:sign_in_id>/end")
def end_sign_in(sign_in_id: UUID) -> ResponseReturnValue:
    """Sign one of my devices out."""
    if EmptyForm().validate_on_submit():
        signing_in.end_sign_in(session(), me(), sign_in_id, at=clock.now())
        session().commit()
        flash(_("That device is signed out."))
    return redirect(url_for("accounts.security"))


@bp.post("/profile/sign-ins/end-others")
def end_other_sign_ins() -> ResponseReturnValue:
    """Sign all my other devices out."""
    if EmptyForm().validate_on_submit():
        ended = signing_in.end_others(session(), me(), this_sign_in().id, at=clock.now())
        session().commit()
        flash(ngettext("One other device is signed out.", "%(num)s other devices are signed out.", ended))
    return redirect(url_for("accounts.security"))


@bp.route("/stop-mails/<token>", methods=("GET", "POST"))
def unsubscribe(token: str) -> ResponseReturnValue:
    """Stop one kind of mail: a button for people, and the one-click request that mail programs send."""
    form = EmptyForm(meta={"csrf": False})
    done = False
    if form.validate_on_submit():
        addresses.stop_mails(session(), token, at=clock.now())
        session().commit()
        done = True
    person, _kind = addresses.kind_to_stop(session(), token, at=clock.now())
    return render_template("accounts/stop_mails.html", person=person, done=done)


# Mail programs send the one-click request without having seen our page; the secret in the address is the permission.
csrf.exempt(unsubscribe)
