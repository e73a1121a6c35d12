"""Turns what people type about a circle's weekly time into domain values; knows nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectChoice, SelectField, SelectMultipleField, TimeField
from wtforms.validators import AnyOf, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from scheduling.models import Vote
from scheduling.recurrence import Slot, instant

WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
#: Hours from 00:00 to 04:00 may be skipped or come twice when clocks change.
NIGHT_ENDS = time(4)


class PollForm(FlaskForm):  # type: ignore[misc]
    """The times to offer: of those found for the circle, and up to two of one's own, until a day."""

    times = SelectMultipleField(
        _l("Times that suit everyone"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    day_one = SelectField(_l("Another day"), validators=[Optional()])
    time_one = TimeField(_l("Begins at"), validators=[Optional()])
    day_two = SelectField(_l("One more day"), validators=[Optional()])
    time_two = TimeField(_l("Begins at"), validators=[Optional()])
    until = DateField(_l("Answers until the end of"), validators=[InputRequired(_l("Choose a day."))])

    @classmethod
    def for_times(cls, labels: Sequence[str], *, today: date) -> PollForm:
        """The form with found times to tick, all of them ticked at first, and a deadline four days ahead."""
        form = cls(until=today + timedelta(days=4), times=list(range(len(labels))))
        form.times.choices = [SelectChoice(place, label) for place, label in enumerate(labels)]
        days = [SelectChoice("", _l("No day"))] + [SelectChoice(str(day), name) for day, name in enumerate(WEEKDAYS)]
        form.day_one.choices = form.day_two.choices = days
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """A day needs a time, on the half hour and not in the small hours."""
        fine = bool(super().validate(extra_validators))
        for day, field in ((self.day_one, self.time_one), (self.day_two, self.time_two)):
            problem = None if field.errors else _problem(day.data, field.data)
            if problem is not None:
                field.errors, fine = [problem], False
        return fine

    def own_slots(self, timezone: str, minutes: int) -> list[Slot]:
        """The times somebody typed, on their own clock."""
        pairs = ((self.day_one.data, self.time_one.data), (self.day_two.data, self.time_two.data))
        return [Slot(int(day), at, timezone, minutes) for day, at in pairs if day and at is not None]

    def closes_at(self, timezone: str) -> datetime:
        """The last minute of the chosen day on somebody's clock."""
        return instant(self.until.data, time(23, 59), timezone)


class SettleForm(FlaskForm):  # type: ignore[misc]
    """The time that is settled on, by its place in the poll."""

    option = IntegerField(validators=[InputRequired()])


class HourForm(FlaskForm):  # type: ignore[misc]
    """Which of the hours asked for somebody can free, or that they cannot."""

    spells = SelectMultipleField(
        _l("Which of these could you free, every week?"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )

    @classmethod
    def for_spells(cls, labels: Sequence[str]) -> HourForm:
        """The form with the hours to tick."""
        form = cls()
        form.spells.choices = [SelectChoice(place, label) for place, label in enumerate(labels)]
        return form


class PlainForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token: what is meant is said by the address."""


class GuestAnswerForm(FlaskForm):  # type: ignore[misc]
    """Whether a guest is welcome."""

    answer = SelectField(choices=["yes", "no"], validators=[AnyOf(["yes", "no"])])


def votes_of(sent: Mapping[str, str], positions: Sequence[int]) -> dict[int, Vote]:
    """The answers to each time that can be read; what is missing or unknown is left out."""
    known = {vote.value: vote for vote in Vote}
    said = {position: known.get(sent.get(f"option{position}", "")) for position in positions}
    return {position: vote for position, vote in said.items() if vote is not None}


def _problem(day: str | None, at: time | None) -> Any:
    """What is wrong with a day and time of one's own, if anything."""
    if bool(day) != (at is not None):
        return _l("Give both a day and a time, or neither.")
    if at is not None and (at.minute % 30 or at.second):
        return _l("Choose a time on the half hour, for example 14:30.")
    if at is not None and at < NIGHT_ENDS:
        return _l("Hours before 4:00 may be skipped when clocks change. Choose a later one.")
    return None
