"""Turns what members and leads type along a walk into values; knows nothing of the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length, Optional, Regexp

from guides.walk.models import Outcome
from guides.walk.services.writing import MAX_COMMITMENT, MAX_NOTE, MAX_PRIVATE

OUTCOMES = (
    (Outcome.DID_IT.value, _l("Did it")),
    (Outcome.PARTLY.value, _l("Partly")),
    (Outcome.NOT_YET.value, _l("Not yet")),
    (Outcome.LET_GO.value, _l("Let it go")),
)

#: The buttons of a running session.
PRESSES = (
    "start",
    "start_here",
    "next_step",
    "previous",
    "next_speaker",
    "pause",
    "resume",
    "more_time",
    "join",
    "finish",
)


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A circle note, or the summary of a session."""

    text = TextAreaField(_l("Add a note for the circle"), validators=[Length(max=MAX_NOTE)])


class PrivateForm(FlaskForm):  # type: ignore[misc]
    """One's own words, free or in answer to a question of the page."""

    prompt = HiddenField()
    text = TextAreaField(_l("My notes"), validators=[Length(max=MAX_PRIVATE)])


class TickForm(FlaskForm):  # type: ignore[misc]
    """One thing to do before the session, done or not."""

    item = HiddenField()
    done = BooleanField()


class CommitmentForm(FlaskForm):  # type: ignore[misc]
    """The one thing until the next session."""

    text = StringField(_l("Until the next session I will …"), validators=[Length(max=MAX_COMMITMENT)])


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    """What became of it."""

    outcome = RadioField(
        _l("What became of it?"), choices=[SelectChoice(value, label) for value, label in OUTCOMES], coerce=Outcome
    )
    note = StringField(_l("A word about it"), validators=[Length(max=MAX_COMMITMENT)])


class PressForm(FlaskForm):  # type: ignore[misc]
    """A button of a running session, and how often something had been pressed when it was shown."""

    press = HiddenField(validators=[AnyOf(PRESSES)])
    revision = HiddenField(validators=[Optional(), Regexp(r"^[0-9]{1,9}$")])
    #: Who is there after all.
    person = HiddenField(validators=[Optional(), Regexp(r"^[0-9a-f-]{36}$")])


class SkipForm(FlaskForm):  # type: ignore[misc]
    """What becomes of the week of a skipped session."""

    week = RadioField(
        _l("What about its page?"),
        choices=[
            SelectChoice("shift", _l("It moves to the next session, and a session is added at the end")),
            SelectChoice("leave_out", _l("We leave this page out; all other dates and pages stay")),
        ],
        default="shift",
    )


class GuideForm(FlaskForm):  # type: ignore[misc]
    """The guide that a cohort's circles will follow."""

    guide = SelectField(_l("Guide"), coerce=UUID)

    @classmethod
    def for_versions(cls, versions: Sequence[tuple[UUID, str]], current: UUID | None) -> GuideForm:
        """The form with the newest version of each guide to choose from."""
        form = cls(guide=str(current) if current else None)
        form.guide.choices = [SelectChoice(str(version_id), title) for version_id, title in versions]
        return form


class PublishForm(FlaskForm):  # type: ignore[misc]
    """The revision of the draft that the preview showed."""

    revision = HiddenField()
