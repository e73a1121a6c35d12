"""Turns what members and managers type about practice changes into values; knows nothing of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from practices import statuses
from practices.areas import AREAS, BARRIERS
from practices.models import Status, Visibility
from practices.services.changes import MAX_LINE, MAX_STATEMENT, Statement

SCALE = [SelectChoice(str(value), str(value)) for value in range(1, 6)]
LEVELS = [SelectChoice(str(level), words) for level, words in enumerate(statuses.FREQUENCIES)]


def level(text: Any) -> int | None:
    """A frequency from 0 to 4; None when nothing was chosen. Raises ValueError."""
    if text is None or text == "":
        return None
    number = int(text)
    if not 0 <= number <= 4:
        raise ValueError(_("Choose how often from the list."))
    return number


def words(value: str | None) -> str:
    """Text without space around."""
    return (value or "").strip()


class StatementForm(FlaskForm):  # type: ignore[misc]
    """What a member writes about one change. Lengths and choices are checked by the statement itself."""

    after = TextAreaField(_l("From now on"), filters=[words])
    before = TextAreaField(_l("Until now"), filters=[words])
    cue = StringField(_l("When …"), filters=[words])
    action = StringField(_l("then I …"), filters=[words])
    area = SelectField(_l("What it is about"), default="")
    resolve = RadioField(_l("How much I want this"), choices=SCALE, coerce=int, default=3)
    confidence = RadioField(_l("How sure I am that I will do it"), choices=SCALE, coerce=int, default=3)
    baseline = RadioField(_l("How often do you do it now?"), choices=LEVELS, coerce=level, validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area.choices = [SelectChoice("", _("Not said")), *(SelectChoice(key, _(AREAS[key])) for key in AREAS)]

    def statement(self) -> Statement:
        """What was typed, as a value."""
        return Statement(
            after=self.after.data or "",
            before=self.before.data or "",
            cue=self.cue.data or "",
            action=self.action.data or "",
            area=self.area.data or "",
            resolve=self.resolve.data or 3,
            confidence=self.confidence.data or 3,
            baseline=self.baseline.data,
        )


class WriteForm(StatementForm):
    """A new change: the statement, in which circle it is written, and who can see it."""

    #: The id the change will have, made with the form, so that sending it twice writes it once.
    key = HiddenField(default=lambda: str(uuid4()))
    circle = SelectField(_l("Written in"))
    week = HiddenField()
    visibility = RadioField(_l("Who can see it"), default=Visibility.ME.value)

    @classmethod
    def for_circles(cls, circles: Sequence[tuple[UUID, str]], **start: Any) -> WriteForm:
        """The form with the member's circles to choose from; without one it is theirs alone."""
        form = cls(**start)
        form.circle.choices = [SelectChoice(str(circle_id), name) for circle_id, name in circles]
        form.circle.choices.append(SelectChoice("", _("Outside a circle")))
        form.visibility.choices = [
            SelectChoice(Visibility.ME.value, _("Only me")),
            SelectChoice(Visibility.CIRCLE.value, _("My circle: who is a member now")),
        ]
        return form

    def change_id(self) -> UUID:
        """The id for the new change; a new one when the form came without."""
        try:
            return UUID(self.key.data or "")
        except ValueError:
            return uuid4()

    def circle_id(self) -> UUID | None:
        """The circle chosen, if any."""
        return UUID(self.circle.data) if self.circle.data else None

    def week_number(self) -> int | None:
        """The week of the guide that prompted it, if any."""
        return int(self.week.data) if (self.week.data or "").isdigit() else None


class CheckInForm(FlaskForm):  # type: ignore[misc]
    """How it goes: how often, a line, what got in the way, where it stands. All may stay empty but one."""

    frequency = RadioField(_l("How often"), choices=LEVELS, coerce=level, validate_choice=False)
    line = StringField(_l("What helped, or got in the way?"), filters=[words], validators=[Length(max=MAX_LINE)])
    barriers = SelectMultipleField(
        _l("What got in the way?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    status = SelectField(_l("Where it stands"), default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.barriers.choices = [SelectChoice(key, _(BARRIERS[key])) for key in BARRIERS]
        self.status.choices = status_choices()

    def chosen_status(self) -> Status | None:
        """The status chosen; None leaves it as it is."""
        return Status(self.status.data) if self.status.data else None


def status_choices() -> list[Any]:
    """The statuses that a check-in may say, with "as it is" first."""
    return [
        SelectChoice("", _("As it is")),
        SelectChoice(Status.PLANNED.value, _("Not yet begun")),
        SelectChoice(Status.TRYING.value, _("Not yet, still trying")),
        SelectChoice(Status.PARTLY.value, _("In part")),
        SelectChoice(Status.FULLY.value, _("Part of how I work")),
        SelectChoice(Status.DROPPED.value, _("I let it go")),
    ]


class StatusForm(FlaskForm):  # type: ignore[misc]
    """Where a change stands."""

    status = RadioField(_l("Where does it stand?"))

    @classmethod
    def for_status(cls, now: Status) -> StatusForm:
        """The form with what may be said; letting go and replacing have pages of their own."""
        form = cls(status=now.value)
        form.status.choices = [
            SelectChoice(status.value, _(statuses.said(status.value)))
            for status in (Status.PLANNED, Status.TRYING, Status.PARTLY, Status.FULLY)
        ]
        return form


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a change is let go."""

    reason = TextAreaField(_l("Why I let it go"), filters=[words], validators=[Length(max=MAX_LINE)])


class VisibilityForm(FlaskForm):  # type: ignore[misc]
    """Who can see a change."""

    visibility = RadioField(_l("Who can see it"))

    @classmethod
    def for_circle(cls, name: str, now: Visibility) -> VisibilityForm:
        """The two choices, the circle by name."""
        form = cls(visibility=now.value)
        form.visibility.choices = [
            SelectChoice(Visibility.ME.value, _("Only me")),
            SelectChoice(Visibility.CIRCLE.value, _("%(circle)s, who is a member today", circle=name)),
        ]
        return form


class PeerForm(FlaskForm):  # type: ignore[misc]
    """Whom to ask whether they saw it."""

    peer = RadioField(_l("Whom do you ask?"), coerce=UUID)

    @classmethod
    def for_peers(cls, peers: Sequence[tuple[UUID, str]]) -> PeerForm:
        """The peers a change is shown to."""
        form = cls()
        form.peer.choices = [SelectChoice(str(person_id), name) for person_id, name in peers]
        return form


class UntilNextForm(FlaskForm):  # type: ignore[misc]
    """The one thing until the next session."""

    text = StringField(_l("Until the next session I will …"), filters=[words], validators=[Length(max=MAX_LINE)])


class SeenForm(FlaskForm):  # type: ignore[misc]
    """A peer's "I saw this"."""

    line = StringField(_l("What did you see?"), filters=[words], validators=[Length(max=MAX_STATEMENT)])


class SupportForm(FlaskForm):  # type: ignore[misc]
    """A manager's line back."""

    text = TextAreaField(_l("Your line back"), filters=[words])


class EmptyForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token."""
