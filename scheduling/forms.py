"""Turns what people type about sessions into domain values; knows nothing of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from scheduling.models import Answer, CircleSession
from scheduling.recurrence import instant


def _uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """A member's answer to one session."""

    answer = RadioField(
        _l("Will you be there?"), choices=[SelectChoice(a.value, a.value) for a in Answer], coerce=Answer
    )


class MoveForm(FlaskForm):  # type: ignore[misc]
    """A new time for one session, on the wall clock of the person who moves it."""

    day = DateField(_l("Day"), validators=[InputRequired(_l("Choose a day."))])
    starts = TimeField(_l("Begins at"), validators=[InputRequired(_l("Choose a time, for example 14:30."))])

    @classmethod
    def for_session(cls, meeting: CircleSession, timezone: str, proposed: datetime | None = None) -> MoveForm:
        """The form holding a proposed time, or else the session's present one."""
        there = (proposed or meeting.starts_at).astimezone(ZoneInfo(timezone))
        return cls(day=there.date(), starts=there.time())

    def starts_at(self, timezone: str) -> datetime:
        """The chosen instant."""
        return instant(self.day.data, self.starts.data, timezone)


class HostForm(FlaskForm):  # type: ignore[misc]
    """Who hosts one session."""

    host = SelectField(_l("Who hosts?"), coerce=UUID)

    @classmethod
    def for_members(cls, members: Sequence[tuple[UUID, str]], current: Any = None) -> HostForm:
        """The form with the circle's members to choose from."""
        form = cls(host=current)
        form.host.choices = [SelectChoice(str(member), name) for member, name in members]
        return form


class PresenceForm(FlaskForm):  # type: ignore[misc]
    """Whether a session was held, and who was there."""

    held = RadioField(
        _l("Did you meet?"),
        choices=[SelectChoice("yes", _l("We met")), SelectChoice("no", _l("We did not meet"))],
        default="yes",
    )
    present = SelectMultipleField(
        _l("Who was there?"), coerce=UUID, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    @classmethod
    def for_members(cls, members: Sequence[tuple[UUID, str]], present: Sequence[UUID]) -> PresenceForm:
        """The form with the circle's members to tick."""
        form = cls(present=[str(member) for member in present])
        form.present.choices = [SelectChoice(str(member), name) for member, name in members]
        return form


class LeaveForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the token: leaving is confirmed by its button."""


class AwayForm(FlaskForm):  # type: ignore[misc]
    """Until when someone is away."""

    until = DateField(_l("Away until"), validators=[InputRequired(_l("Choose a day."))])


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """Who goes into which running circle."""

    enrollment = HiddenField(filters=[_uuid_or_none])
    circle = HiddenField(filters=[_uuid_or_none])


class MessageForm(FlaskForm):  # type: ignore[misc]
    """A lead's message."""

    subject = StringField(_l("Subject"), validators=[InputRequired(_l("Write a subject.")), Length(max=120)])
    text = TextAreaField(_l("Message"), validators=[InputRequired(_l("Write a message.")), Length(max=5000)])
