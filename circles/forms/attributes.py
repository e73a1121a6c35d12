"""A cohort's own questions, and how circles treat what people are and answer, as parts of the cohort's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from circles.attributes import (
    DEFAULT_WEIGHT,
    IGNORE,
    Question,
    Treated,
    new_key,
    questions_of,
    split_choices,
    treated_of,
)
from circles.forms.weights import WEIGHT_WORDS, with_given
from circles.matching.candidates import OWN_FIELDS
from circles.models import Cohort

OWN_WORDS = {"department": _l("Department"), "location": _l("Place"), "level": _l("Level")}
RULE_WORDS = (
    (IGNORE, _l("Ignore it")),
    ("mix", _l("Mix")),
    ("alike", _l("Alike")),
    ("not_alone", _l("Nobody alone in it")),
)
#: Rows for questions beyond those a cohort has.
SPARE = 2


class TreatedForm(Form):  # type: ignore[misc]
    """How circles treat one attribute, and how much it counts."""

    rule = SelectField(
        _l("In a circle"), choices=[SelectChoice(value, words) for value, words in RULE_WORDS], default=IGNORE
    )
    weight = SelectField(_l("Counts"), coerce=float, default=DEFAULT_WEIGHT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weight.choices = with_given([pair for pair in WEIGHT_WORDS if pair[0]], self.weight.data)

    @property
    def treated(self) -> Treated | None:
        """What was chosen; None for an attribute that is ignored."""
        return None if self.rule.data == IGNORE else Treated(self.rule.data, float(self.weight.data))


class QuestionForm(TreatedForm):
    """One question of the cohort's own, or a column that a people file brought."""

    key = HiddenField(validators=[Length(max=40)])
    asked = HiddenField(default="1")
    text = StringField(_l("Question"), validators=[Length(max=200)])
    answers = StringField(
        _l("Answers to choose from"),
        description=_l("Separated by semicolons, like: Office; Home; Both"),
        validators=[Length(max=1800)],
    )

    @property
    def question(self) -> Question | None:
        """The question that was written; None for an empty row."""
        text = " ".join((self.text.data or "").split())
        choices = split_choices(self.answers.data or "")
        if not text and not choices:
            return None
        return Question(self.key.data or new_key(), text, choices, asked=self.asked.data != "0")


class AttributesForm(Form):  # type: ignore[misc]
    """How circles treat department, place and level, and the cohort's own questions."""

    department = FormField(TreatedForm, OWN_WORDS["department"])
    location = FormField(TreatedForm, OWN_WORDS["location"])
    level = FormField(TreatedForm, OWN_WORDS["level"])
    questions = FieldList(FormField(QuestionForm), min_entries=SPARE, max_entries=20)

    @property
    def own(self) -> list[FormField]:
        """The fields of department, place and level."""
        return [self[key] for key in OWN_FIELDS]

    def read(self) -> tuple[tuple[Question, ...], dict[str, Treated]]:
        """The questions, and how each attribute is treated."""
        treated = {key: self[key].form.treated for key in OWN_FIELDS}
        questions = []
        for entry in self.questions:
            question = entry.form.question
            if question is not None:
                questions.append(question)
                treated[question.key] = entry.form.treated
        return tuple(questions), {key: one for key, one in treated.items() if one is not None}


def attributes_data(cohort: Cohort) -> dict[str, Any]:
    """What a cohort has decided so far, for the form, with a few empty rows."""
    treated = treated_of(cohort.attributes)

    def values(key: str) -> dict[str, Any]:
        one = treated.get(key)
        return {"rule": one.rule, "weight": one.weight} if one else {"rule": IGNORE, "weight": DEFAULT_WEIGHT}

    rows: list[dict[str, Any]] = [
        {
            "key": question.key,
            "asked": "1" if question.asked else "0",
            "text": question.text,
            "answers": "; ".join(question.choices),
            **values(question.key),
        }
        for question in questions_of(cohort.questions)
    ]
    return {**{key: values(key) for key in OWN_FIELDS}, "questions": rows + _spare()}


def treated_words(questions: Sequence[Question], treated: dict[str, Treated]) -> list[tuple[str, str]]:
    """Each attribute that counts, by name, with how it is treated in words."""
    names = {key: str(words) for key, words in OWN_WORDS.items()} | {one.key: one.text for one in questions}
    rules = {value: str(words) for value, words in RULE_WORDS}
    return [
        (names[key], _("%(rule)s, %(points)s points", rule=rules[one.rule], points=f"{one.weight:g}"))
        for key, one in treated.items()
        if key in names
    ]


def _spare() -> list[dict[str, Any]]:
    return [{"key": "", "asked": "1", "text": "", "answers": "", "rule": IGNORE} for _row in range(SPARE)]
