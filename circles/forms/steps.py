"""Short forms: names, addresses, files, messages, searches, and buttons that only confirm."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length


class ProgramForm(FlaskForm):  # type: ignore[misc]
    """A program's name and purpose."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Give the program a name.")), Length(max=120)])
    purpose = TextAreaField(
        _l("Purpose"),
        description=_l("What changes in how people work? People read it before they sign up."),
        validators=[Length(max=4000)],
    )


class LeadForm(FlaskForm):  # type: ignore[misc]
    """Who else leads a program."""

    email = StringField(_l("E-mail address"), validators=[InputRequired(_l("Write an address.")), Length(max=254)])


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name of a copy."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Give the cohort a name.")), Length(max=120)])


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token: the step is confirmed by its button."""


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Addresses pasted from anywhere."""

    addresses = TextAreaField(
        _l("E-mail addresses"),
        description=_l("One a line, or separated by commas. “Ann Lee <ann@example.org>” gives the name too."),
        validators=[InputRequired(_l("Paste at least one address.")), Length(max=400_000)],
    )


class PeopleFileForm(FlaskForm):  # type: ignore[misc]
    """A people file."""

    file = FileField(_l("People file (CSV)"), validators=[FileRequired(_l("Choose a file."))])


class MessageForm(FlaskForm):  # type: ignore[misc]
    """A lead's message."""

    audience = RadioField(
        _l("To whom?"),
        choices=[
            SelectChoice("all", _l("Everyone invited or taking part")),
            SelectChoice("taking_part", _l("Everyone taking part")),
            SelectChoice("without_circle", _l("People without a circle")),
            SelectChoice("not_answered", _l("People who have not answered yet")),
        ],
        default="all",
    )
    subject = StringField(_l("Subject"), validators=[InputRequired(_l("Write a subject.")), Length(max=120)])
    text = TextAreaField(_l("Message"), validators=[InputRequired(_l("Write a message.")), Length(max=5000)])
    checked = HiddenField()


class SearchForm(FlaskForm):  # type: ignore[misc]
    """How long a search for circles may take."""

    seconds = SelectField(
        _l("How long to search"),
        coerce=int,
        default=30,
        choices=[
            SelectChoice(10, _l("10 seconds")),
            SelectChoice(30, _l("Half a minute")),
            SelectChoice(120, _l("2 minutes")),
            SelectChoice(600, _l("10 minutes")),
        ],
    )


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """A circle's own rules, one a line."""

    lines = TextAreaField(
        _l("What we agree on"),
        description=_l("One line for each. For example: what is said here stays here."),
        validators=[InputRequired(_l("Write at least one line.")), Length(max=8000)],
    )
    managers = TextAreaField(
        _l("How managers may take part"),
        description=_l("In your own words. You can leave it empty."),
        validators=[Length(max=2000)],
    )
    after = HiddenField(default="0")


class HelpForm(FlaskForm):  # type: ignore[misc]
    """A private word to the leads."""

    text = TextAreaField(
        _l("What would help?"),
        validators=[InputRequired(_l("Write a sentence about what would help.")), Length(max=2000)],
    )
