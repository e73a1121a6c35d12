"""Turns what people type when they join a cohort into domain values; knows nothing of the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.people_csv.values import BadCell, languages, timezone
from circles.attributes import Question, questions_of
from circles.availability import GridError, parse_cells
from circles.models import Enrollment
from circles.services.enrolling import MAX_TEXT, About, Hours, Interests

#: Offered as tick boxes beside the languages of one's profile; any other can be written.
OFFERED_LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt")
_BETWEEN = re.compile(r"[;,\n\r]+")
_BETWEEN_NAMES = re.compile(r"[;\n\r]+")
_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+")
_SHOWN = 60


def plain(value: str | None) -> str:
    """Text without the one character that no database keeps."""
    return (value or "").replace("\x00", "")


def one_line(value: str | None) -> str:
    """Text on one line without space around."""
    return " ".join(plain(value).split())


def language_name(code: str) -> str:
    """A language in the reader's language; its code where it has no name."""
    return str((get_locale() or Locale("en")).languages.get(code, code))


def shown(text: str) -> str:
    """What someone typed, short enough for a message."""
    text = one_line(text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


class AddressForm(FlaskForm):  # type: ignore[misc]
    """The address of someone who is not signed in and wants to join."""

    email = EmailField(
        _l("E-mail address"),
        validators=[InputRequired(_l("Write your e-mail address.")), Length(max=254)],
        render_kw={"autocomplete": "email", "autocapitalize": "off", "spellcheck": "false"},
    )


class ZoneForm(FlaskForm):  # type: ignore[misc]
    """A time zone, by its IANA name in whatever case."""

    timezone = StringField(
        _l("Time zone"),
        filters=[one_line],
        validators=[InputRequired(_l("Write a time zone, like Europe/Berlin.")), Length(max=100)],
        render_kw={"list": "zones", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )

    def validate_timezone(self, field: StringField) -> None:
        """Finds the zone; for a near miss names the one that may be meant."""
        try:
            field.data = timezone(field.data or "")
        except BadCell as bad:
            like = bad.like(bad.value) if bad.like else None
            words = _("There is no time zone called “%(zone)s”.", zone=shown(bad.value))
            if like:
                words += " " + _("Did you mean %(zone)s?", zone=like)
            raise ValidationError(words) from None


class NewPersonForm(ZoneForm):
    """What an account needs of someone who is new here."""

    name = StringField(
        _l("Your name"),
        description=_l("As your circle should call you."),
        filters=[one_line],
        validators=[InputRequired(_l("Write your name.")), Length(max=200)],
        render_kw={"autocomplete": "name"},
    )


class AboutForm(FlaskForm):  # type: ignore[misc]
    """First page: what is on someone's mind."""

    concern = TextAreaField(
        _l("What keeps you up at night at work?"),
        description=_l("One or two sentences are enough. It helps to put you with people who know the same."),
        filters=[plain],
        validators=[Length(max=MAX_TEXT, message=_l("Keep it under %(max)d characters."))],
        render_kw={"rows": 4, "data-autosize": ""},
    )
    goals = TextAreaField(
        _l("What would you like to be different when the circle ends?"),
        filters=[plain],
        validators=[Length(max=MAX_TEXT, message=_l("Keep it under %(max)d characters."))],
        render_kw={"rows": 3, "data-autosize": ""},
    )

    #: The cohort's own questions by their key; `for_enrollment` gives each its field.
    questions: ClassVar[tuple[Question, ...]] = ()

    @classmethod
    def for_enrollment(cls, enrollment: Enrollment) -> AboutForm:
        """The form with the cohort's own questions and the answers so far; the cohort is loaded."""
        asked = tuple(one for one in questions_of(enrollment.cohort.questions) if one.asked)
        fields = {_question_field(one.key): _radios(one, enrollment.answers.get(one.key, "")) for one in asked}
        made = type(cls.__name__, (cls,), {**fields, "questions": asked})
        given = {_question_field(one.key): enrollment.answers.get(one.key, "") for one in asked}
        form: AboutForm = made(obj=enrollment, data=given)
        return form

    @property
    def question_fields(self) -> list[RadioField]:
        """The fields of the cohort's own questions, in their order."""
        return [self[_question_field(one.key)] for one in self.questions]

    def about(self) -> About:
        """What was typed."""
        answers = {one.key: self[_question_field(one.key)].data or "" for one in self.questions}
        return About(concern=self.concern.data or "", goals=self.goals.data or "", answers=answers)


def _question_field(key: str) -> str:
    return f"question_{key}"


def _radios(question: Question, answer: str) -> RadioField:
    """One question as radio buttons; an answer from a people file that is no choice stays one."""
    answers = dict.fromkeys([*question.choices, *([answer] if answer else [])])
    choices = [SelectChoice(one, one) for one in answers]
    return RadioField(
        question.text,
        choices=[*choices, SelectChoice("", _l("I would rather not say"))],
        default="",
        validate_choice=True,
        validators=[Optional()],
    )


def ticks(label: Any) -> SelectMultipleField:
    """Any number of choices as tick boxes."""
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


class InterestsForm(FlaskForm):  # type: ignore[misc]
    """Second page: topics and languages."""

    topics = ticks(_l("What would you like to talk about?"))
    own_topics = StringField(
        _l("Other topics"),
        description=_l("Separate them with commas."),
        validators=[Length(max=1000)],
    )
    languages = ticks(_l("Languages you can talk in"))
    own_languages = StringField(
        _l("Other languages"),
        description=_l("For example: Turkish, Ukrainian."),
        validators=[Length(max=300)],
    )

    @classmethod
    def for_enrollment(cls, enrollment: Enrollment, profile_languages: Iterable[str]) -> InterestsForm:
        """The form with a cohort's topics and the answers so far."""
        offered = enrollment.cohort.topics
        own = [topic for topic in enrollment.topics if topic not in offered]
        form = cls(
            topics=[topic for topic in enrollment.topics if topic in offered],
            own_topics=", ".join(own),
            languages=enrollment.languages,
        )
        codes = dict.fromkeys([*enrollment.languages, *profile_languages, *OFFERED_LANGUAGES])
        form.topics.choices = [(topic, topic) for topic in offered]
        form.languages.choices = sorted(((code, language_name(code)) for code in codes), key=lambda pair: pair[1])
        return form

    def validate_own_languages(self, field: StringField) -> None:
        """Languages by English name or code."""
        try:
            languages(field.data or "")
        except BadCell as bad:
            like = bad.like(bad.value) if bad.like else None
            words = _("“%(value)s” is not a language known here.", value=shown(bad.value))
            if like:
                words += " " + _("Did you mean %(value)s?", value=like)
            raise ValidationError(words) from None

    def interests(self) -> Interests:
        """What was chosen and typed."""
        own = [one_line(topic) for topic in _BETWEEN.split(self.own_topics.data or "")]
        return Interests(
            topics=(*(self.topics.data or ()), *own),
            languages=(*(self.languages.data or ()), *languages(self.own_languages.data or "")),
        )


class HoursForm(ZoneForm):
    """Third page: hours as two lists, a day a line, as the grid writes them."""

    can = TextAreaField(_l("Hours you can meet"), validators=[Length(max=5000)])
    prefer = TextAreaField(_l("Of these, hours you prefer"), validators=[Length(max=5000)])

    def validate_can(self, field: TextAreaField) -> None:
        """Every line names a day and times."""
        _check_lines(field)

    def validate_prefer(self, field: TextAreaField) -> None:
        """Every line names a day and times."""
        _check_lines(field)

    def hours(self) -> Hours:
        """What was painted or typed."""
        return Hours(timezone=self.timezone.data, available=_joined(self.can.data), preferred=_joined(self.prefer.data))


class PeopleForm(FlaskForm):  # type: ignore[misc]
    """Fourth page: each field takes names or addresses to add to those that stand as tick boxes."""

    wish = StringField(_l("People you would like to meet"), validators=[Length(max=1000)])
    together = StringField(_l("People you want to be in one circle with"), validators=[Length(max=1000)])
    avoid = StringField(_l("People you would rather not meet"), validators=[Length(max=1000)])
    glad_to_host = BooleanField(_l("I am glad to host the first session"))

    def typed(self, kind: str) -> list[str]:
        """The names and addresses in one field, separated by semicolons; addresses by commas or spaces too."""
        pieces: list[str] = []
        for text in _BETWEEN_NAMES.split(self[kind].data or ""):
            pieces += _BETWEEN_ADDRESSES.split(text) if "@" in text else [text]
        return [piece for piece in map(one_line, pieces) if piece]


def _joined(text: str | None) -> str:
    return "; ".join(line.strip(" ;") for line in (text or "").splitlines() if line.strip(" ;"))


def _check_lines(field: TextAreaField) -> None:
    problems = []
    for number, line in enumerate((field.data or "").splitlines(), start=1):
        try:
            parse_cells(line)
        except GridError as error:
            params = {name: shown(value) if isinstance(value, str) else value for name, value in error.params.items()}
            problem = _(error.message) % params
            problems.append(_("Line %(line)s: %(problem)s", line=number, problem=problem))
    if problems:
        raise ValidationError(" ".join(problems[:5]))
