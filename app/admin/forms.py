"""What administrators type about the organization."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.accounts.people_csv.values import BadCell, address, timezone
from app.admin.settings import OrganizationSettings
from app.organization import Organization


def one_line(value: str | None) -> str:
    """Text on one line without space around."""
    return " ".join((value or "").split())


class OrganizationForm(FlaskForm):  # type: ignore[misc]
    """Name, logo, zone, mail and how long things are kept."""

    name = StringField(
        _l("Name of your organization"),
        filters=[one_line],
        description=_l("It stands at the top of every page and mail."),
        validators=[DataRequired(_l("Write a name.")), Length(max=120)],
    )
    logo = FileField(
        _l("Logo"),
        description=_l("PNG, JPEG, WebP or GIF, up to 8 MB. It is shown instead of the name, 32 pixels high."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )
    remove_logo = BooleanField(_l("Remove the logo"))
    timezone = StringField(
        _l("Time zone"),
        filters=[one_line],
        description=_l("Like Europe/Berlin. New people and cohorts begin with it."),
        validators=[DataRequired(_l("Write a time zone, like Europe/Berlin."))],
        render_kw={"list": "zones", "autocomplete": "off"},
    )
    mail_from = StringField(
        _l("Address mails come from"),
        filters=[one_line],
        description=_l("It also organizes every session in people’s calendars, so do not change it later."),
        validators=[Length(max=254)],
    )
    smtp_host = StringField(
        _l("Mail server"),
        filters=[one_line],
        description=_l("Empty: no mail leaves, and mails wait in this installation."),
        validators=[
            Optional(),
            Length(max=200),
            Regexp(r"^[A-Za-z0-9._:-]+$", message=_l("This is not a server name.")),
        ],
    )
    smtp_port = IntegerField(_l("Port"), validators=[Optional(), NumberRange(1, 65535)])
    smtp_security = SelectField(
        _l("Protection"),
        choices=[
            SelectChoice("starttls", _l("STARTTLS, as usual on port 587")),
            SelectChoice("tls", _l("TLS from the start, as usual on port 465")),
            SelectChoice("none", _l("None; only inside your own network")),
        ],
    )
    smtp_username = StringField(
        _l("User name"), filters=[one_line], validators=[Length(max=200)], render_kw={"autocomplete": "off"}
    )
    smtp_password = PasswordField(
        _l("Password"),
        description=_l("Leave it empty to keep the one that is stored."),
        validators=[Length(max=200)],
        render_kw={"autocomplete": "new-password"},
    )
    circle_text_months = IntegerField(
        _l("Months a finished cohort’s circle texts are kept"), validators=[InputRequired(), NumberRange(1, 120)]
    )
    mail_body_days = IntegerField(
        _l("Days the words of a mail are kept after it was sent"), validators=[InputRequired(), NumberRange(0, 365)]
    )

    @classmethod
    def of(cls, organization: Organization) -> OrganizationForm:
        """The form holding what is stored; the password is never shown."""
        return cls(obj=organization, smtp_password="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.smtp_password.data = self.smtp_password.data or ""

    def validate_timezone(self, field: StringField) -> None:
        """A zone that is known here, whatever its case."""
        try:
            field.data = timezone(field.data or "")
        except BadCell as bad:
            like = bad.like(bad.value) if bad.like else None
            if like:
                raise ValidationError(gettext("This is not a time zone. Did you mean %(zone)s?", zone=like)) from None
            raise ValidationError(gettext("This is not a time zone. Write it like Europe/Berlin.")) from None

    def validate_mail_from(self, field: StringField) -> None:
        """An address, if any; one is needed before mail can leave."""
        if not field.data:
            if self.smtp_host.data:
                raise ValidationError(gettext("Write the address that mails come from."))
            return
        try:
            field.data = address(field.data)
        except BadCell:
            raise ValidationError(gettext("This is not an e-mail address.")) from None

    def settings(self) -> OrganizationSettings:
        """What was typed."""
        return OrganizationSettings(
            name=self.name.data,
            timezone=self.timezone.data,
            mail_from=self.mail_from.data or "",
            smtp_host=self.smtp_host.data or "",
            smtp_port=self.smtp_port.data or 587,
            smtp_security=self.smtp_security.data,
            smtp_username=self.smtp_username.data or "",
            smtp_password=self.smtp_password.data or "",
            circle_text_months=self.circle_text_months.data,
            mail_body_days=self.mail_body_days.data,
        )

    def logo_content(self) -> bytes:
        """The bytes of the chosen logo; empty when none was chosen."""
        return bytes(self.logo.data.read()) if self.logo.data else b""


class RetryForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token that says it came from our page."""
