"""Everything a lead decides about a cohort, as a form."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation

from app.i18n import TIMEZONES
from circles.forms.attributes import AttributesForm, attributes_data
from circles.forms.weights import PART_WORDS, WeightsForm
from circles.matching import Weights
from circles.models import Cadence, Cohort, Objective
from circles.services.cohorts import Plan


def _first_week(form: CohortForm, field: DateField) -> None:
    """A rhythm needs its first week; chosen dates bring their own."""
    if any(text.strip() for text in field.raw_data or ()):
        return
    field.errors = []
    if form.cadence.data == Cadence.DATES.value:
        raise StopValidation
    raise StopValidation(_("Choose the first week."))


class CohortForm(FlaskForm):  # type: ignore[misc]
    """Everything a lead decides about a cohort."""

    name = StringField(
        _l("Name"),
        description=_l("For example: Work in the open, autumn 2026"),
        validators=[InputRequired(_l("Give the cohort a name.")), Length(max=120)],
    )
    purpose = TextAreaField(
        _l("Purpose"), description=_l("People read it before they sign up."), validators=[Length(max=4000)]
    )
    cadence = RadioField(
        _l("How often do circles meet?"),
        choices=[
            SelectChoice(Cadence.WEEKLY.value, _l("Every week")),
            SelectChoice(Cadence.FORTNIGHTLY.value, _l("Every two weeks")),
            SelectChoice(Cadence.DATES.value, _l("In the weeks of dates I choose")),
        ],
        default=Cadence.WEEKLY.value,
    )
    starts_on = DateField(_l("First week"), description=_l("Any day of it."), validators=[_first_week])
    sessions = IntegerField(_l("Number of sessions"), default=12, validators=[Optional(), NumberRange(1, 60)])
    chosen_dates = TextAreaField(
        _l("Chosen dates"),
        description=_l("One a line, like 2026-09-16. Each circle meets in that week, on its own day."),
        validators=[Length(max=2000)],
    )
    minutes = SelectField(
        _l("Length of a session"),
        coerce=int,
        default=60,
        choices=[
            SelectChoice(30, _l("30 minutes")),
            SelectChoice(60, _l("1 hour")),
            SelectChoice(90, _l("1½ hours")),
            SelectChoice(120, _l("2 hours")),
            SelectChoice(150, _l("2½ hours")),
            SelectChoice(180, _l("3 hours")),
            SelectChoice(210, _l("3½ hours")),
            SelectChoice(240, _l("4 hours")),
        ],
    )
    timezone = SelectField(
        _l("Time zone of the cohort"),
        description=_l("Enrollment opens and closes by it. Each circle meets at a time in its own zones."),
        choices=[SelectChoice(name, name.replace("_", " ")) for name in sorted(TIMEZONES)],
        default="UTC",
    )
    size_min = IntegerField(
        _l("At least"), default=4, validators=[InputRequired(_l("Write a number.")), NumberRange(3, 12)]
    )
    size_target = IntegerField(
        _l("Best"), default=5, validators=[InputRequired(_l("Write a number.")), NumberRange(3, 12)]
    )
    size_max = IntegerField(
        _l("At most"), default=6, validators=[InputRequired(_l("Write a number.")), NumberRange(3, 12)]
    )
    slots = IntegerField(
        _l("Weekly times in common"),
        description=_l("A circle needs so many, so that it can change its time later."),
        default=2,
        validators=[InputRequired(_l("Write a number.")), NumberRange(1, 6)],
    )
    enroll_from = DateField(_l("Enrollment opens"), validators=[InputRequired(_l("Choose a day."))])
    enroll_until = DateField(_l("Enrollment closes"), validators=[InputRequired(_l("Choose a day."))])
    approval_required = BooleanField(
        _l("I approve each person who signs up"),
        description=_l("Without it, whoever has the sign-up link is in once they answered."),
    )
    managers_take_part = RadioField(
        _l("Do managers take part?"),
        choices=[
            SelectChoice("no", _l("No. Managers get nothing but the pages members send them.")),
            SelectChoice(
                "yes", _l("Yes. Every named manager gets the same mails about the cohort, whatever members share.")
            ),
        ],
        default="no",
        description=_l("The sign-up page says so, and it cannot change once enrollment has begun."),
    )
    topics = TextAreaField(
        _l("Topics to choose from"),
        description=_l("One a line, up to 40. People choose from them and can add their own."),
        validators=[Length(max=4000)],
    )
    weights = FormField(WeightsForm)
    objective = RadioField(
        _l("What should the match aim at?"),
        choices=[
            SelectChoice(Objective.TOTAL.value, _l("Best total: the circles together score as high as can be.")),
            SelectChoice(
                Objective.WEAKEST.value,
                _l("Raise the weakest circle first: no circle is much worse than the others, and the total is lower."),
            ),
        ],
        default=Objective.TOTAL.value,
    )
    attributes = FormField(AttributesForm)
    catch_up = BooleanField(
        _l("People may catch up in another circle"),
        description=_l("Who misses a session may join another circle's session of the same week, if its host agrees."),
    )

    @classmethod
    def for_cohort(cls, cohort: Cohort) -> CohortForm:
        """The form holding what was decided so far."""
        same = (
            "name",
            "purpose",
            "starts_on",
            "sessions",
            "minutes",
            "timezone",
            "size_min",
            "size_target",
            "size_max",
        )
        more = ("slots", "enroll_from", "enroll_until", "approval_required")
        return cls(
            data={name: getattr(cohort, name) for name in (*same, *more)}
            | {
                "cadence": cohort.cadence.value,
                "chosen_dates": "\n".join(cohort.chosen_dates),
                "topics": "\n".join(cohort.topics),
                "managers_take_part": "yes" if cohort.managers_take_part else "no",
                "objective": cohort.objective.value,
                "attributes": attributes_data(cohort),
                "catch_up": cohort.catch_up,
                "weights": {part: float(cohort.weights.get(part, getattr(Weights(), part))) for part in PART_WORDS},
            }
        )

    def validate_chosen_dates(self, field: TextAreaField) -> None:
        """Every line is a date; the message names the first that is not."""
        if self.cadence.data == Cadence.DATES.value:
            for line in _lines(field.data):
                _date(line)

    def plan(self) -> Plan:
        """What the lead decided. Call it once the form is valid."""
        by_dates = self.cadence.data == Cadence.DATES.value
        questions, attributes = self.attributes.form.read()
        chosen = tuple(_date(line) for line in _lines(self.chosen_dates.data)) if by_dates else ()
        return Plan(
            name=self.name.data,
            purpose=(self.purpose.data or "").strip(),
            timezone=self.timezone.data,
            starts_on=self.starts_on.data or (min(chosen) if chosen else self.enroll_until.data),
            cadence=Cadence(self.cadence.data),
            chosen_dates=chosen,
            sessions=self.sessions.data or 12,
            minutes=self.minutes.data,
            size_min=self.size_min.data,
            size_target=self.size_target.data,
            size_max=self.size_max.data,
            slots=self.slots.data,
            enroll_from=self.enroll_from.data,
            enroll_until=self.enroll_until.data,
            approval_required=self.approval_required.data,
            managers_take_part=self.managers_take_part.data == "yes",
            topics=tuple(line[:80] for line in _lines(self.topics.data)),
            weights={part: float(self.weights.form[part].data) for part in PART_WORDS},
            objective=Objective(self.objective.data),
            questions=questions,
            attributes=attributes,
            catch_up=self.catch_up.data,
        )


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _date(line: str) -> date:
    try:
        return date.fromisoformat(line)
    except ValueError:
        raise ValidationError(_("“%(line)s” is not a date like 2026-09-16.", line=line[:40])) from None
