"""What people type about themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from babel import Locale
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app import i18n
from app.accounts.models import CalendarChoice, Person
from app.accounts.people_csv.problems import MESSAGES, shown
from app.accounts.people_csv.values import BadCell, languages, timezone
from app.accounts.profile import Profile


def one_line(value: str | None) -> str:
    """Text on one line without space around."""
    return " ".join((value or "").split())


def read(reader: Callable[[str], Any], text: str) -> Any:
    """A value read as in a people file. Raises ValidationError in words."""
    try:
        return reader(text)
    except BadCell as bad:
        suggestion = bad.like(bad.value) if bad.like else None
        code = f"{bad.code}_like" if suggestion else bad.code
        params = dict(bad.params) | {"value": shown(bad.value), "suggestion": suggestion}
        raise ValidationError(gettext(MESSAGES[code]) % params) from None


def check_timezone(form: FlaskForm, field: StringField) -> None:
    """A zone that is known here, whatever its case."""
    field.data = read(timezone, one_line(field.data)) or field.data
    if not i18n.is_timezone(field.data or ""):
        raise ValidationError(gettext(MESSAGES["zone"]) % {"value": shown(field.data or "")})


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """One's own profile."""

    name = StringField(
        _l("Name"), filters=[one_line], validators=[DataRequired(_l("Write your name.")), Length(max=200)],
        render_kw={"autocomplete": "name"},
    )  # fmt: skip
    pronouns = StringField(_l("Pronouns"), filters=[one_line], validators=[Length(max=60)])
    job_title = StringField(_l("Job title"), filters=[one_line], validators=[Length(max=120)])
    department = StringField(_l("Department"), filters=[one_line], validators=[Length(max=120)])
    location = StringField(_l("Place"), filters=[one_line], validators=[Length(max=120)])
    level = StringField(_l("Level"), filters=[one_line], validators=[Length(max=60)])
    languages = StringField(
        _l("Languages you can meet in"), description=_l("For example: English, German. Separate them with commas.")
    )
    bio = TextAreaField(_l("A few words about you"), validators=[Length(max=600)])
    timezone = StringField(
        _l("Time zone"),
        description=_l("Like Europe/Berlin. All times are shown to you in this zone."),
        validators=[DataRequired(_l("Write a time zone, like Europe/Berlin.")), check_timezone],
        render_kw={"list": "zones", "autocomplete": "off"},
    )
    locale = SelectField(_l("Language of pages and mails"), validate_choice=True)
    calendar_choice = RadioField(
        _l("How sessions come into your calendar"),
        choices=[
            SelectChoice(CalendarChoice.INVITES.value, _l("Invites by mail")),
            SelectChoice(CalendarChoice.FEED.value, _l("A private feed you subscribe to")),
            SelectChoice(CalendarChoice.NEITHER.value, _l("Neither; I look here")),
        ],
    )
    manager = StringField(
        _l("Your manager’s e-mail address"),
        filters=[one_line],
        validators=[Length(max=254)],
        render_kw={"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = [
            SelectChoice(code, Locale.parse(code, sep="-").get_display_name() or code) for code in i18n.LOCALES
        ]

    @classmethod
    def of(cls, person: Person, manager: str) -> ProfileForm:
        """The form holding a person's present profile; `manager` is an address or empty."""
        return cls(
            name=person.name,
            pronouns=person.pronouns,
            job_title=person.job_title,
            department=person.department,
            location=person.location,
            level=person.level,
            languages=", ".join(person.languages),
            bio=person.bio,
            timezone=person.timezone,
            locale=person.locale if person.locale in i18n.LOCALES else i18n.DEFAULT_LOCALE,
            calendar_choice=person.calendar_choice.value,
            manager=manager,
        )

    def validate_languages(self, field: StringField) -> None:
        """Languages by name or code."""
        read(languages, field.data or "")

    def profile(self) -> Profile:
        """What was typed."""
        return Profile(
            name=self.name.data,
            pronouns=self.pronouns.data,
            job_title=self.job_title.data,
            department=self.department.data,
            location=self.location.data,
            level=self.level.data,
            languages=languages(self.languages.data or ""),
            bio=(self.bio.data or "").strip(),
            timezone=self.timezone.data,
            locale=self.locale.data,
            calendar_choice=CalendarChoice(self.calendar_choice.data),
            manager=self.manager.data,
        )


class PictureForm(FlaskForm):  # type: ignore[misc]
    """An uploaded picture."""

    picture = FileField(
        _l("Picture"),
        description=_l("PNG, JPEG, WebP or GIF, up to 8 MB. The middle square of it is shown."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )

    def content(self) -> bytes:
        """The bytes of the file; empty when none was chosen."""
        return bytes(self.picture.data.read()) if self.picture.data else b""
