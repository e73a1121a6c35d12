"""What leads and administrators type about other people, and the last question before erasing."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from app.accounts.forms.profile import check_timezone, one_line


class EraseForm(FlaskForm):  # type: ignore[misc]
    """Whether someone means it."""

    sure = BooleanField(
        _l("Yes, erase my account and what I wrote"), validators=[DataRequired(_l("Tick this if you mean it."))]
    )
    current = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})


class NewPersonForm(FlaskForm):  # type: ignore[misc]
    """One person to be added by hand."""

    name = StringField(_l("Name"), filters=[one_line], validators=[DataRequired(_l("Write a name.")), Length(max=200)])
    email = EmailField(
        _l("E-mail address"),
        filters=[one_line],
        validators=[DataRequired(_l("Write an e-mail address.")), Length(max=254)],
    )
    timezone = StringField(
        _l("Time zone"),
        description=_l("Like Europe/Berlin."),
        validators=[DataRequired(_l("Write a time zone, like Europe/Berlin.")), check_timezone],
        render_kw={"list": "zones", "autocomplete": "off"},
    )
    manager = StringField(_l("Manager’s e-mail address"), filters=[one_line], validators=[Length(max=254)])


class PeopleFileForm(FlaskForm):  # type: ignore[misc]
    """An uploaded people file."""

    file = FileField(_l("CSV file"), render_kw={"accept": ".csv,text/csv"})

    def content(self) -> bytes:
        """The bytes of the file; empty when none was chosen."""
        return bytes(self.file.data.read()) if self.file.data else b""

    def file_name(self) -> str:
        """What the file is called at home."""
        return str(self.file.data.filename or "")[:200] if self.file.data else ""
