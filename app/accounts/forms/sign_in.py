"""What people type to sign in and to get a password back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from app.accounts.passwords import LEAST


class SignInForm(FlaskForm):  # type: ignore[misc]
    """An address, and a password for those who have one; without it a link is mailed."""

    email = EmailField(
        _l("E-mail address"),
        validators=[DataRequired(_l("Write your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"), validators=[Length(max=1000)], render_kw={"autocomplete": "current-password"}
    )


class AddressForm(FlaskForm):  # type: ignore[misc]
    """An address to mail a link to."""

    email = EmailField(
        _l("E-mail address"),
        validators=[DataRequired(_l("Write your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"},
    )


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, typed once: browsers and password managers show it."""

    password = PasswordField(
        _l("New password"),
        description=_l("At least %(least)s characters. A few words in a row are good.", least=LEAST),
        validators=[DataRequired(_l("Write a new password."))],
        render_kw={"autocomplete": "new-password"},
    )


class OwnPasswordForm(NewPasswordForm):
    """A new password for someone signed in, who first proves who they are."""

    current = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})


class NewAddressForm(FlaskForm):  # type: ignore[misc]
    """A new address for someone signed in."""

    email = StringField(
        _l("New e-mail address"),
        id="new-email",
        validators=[DataRequired(_l("Write the new address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email"},
    )
    current = PasswordField(
        _l("Present password"), id="address-current", render_kw={"autocomplete": "current-password"}
    )


class EmptyForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token that says it came from our page."""
