"""Which proposal for which person or circle a lead chooses; knows nothing of the database."""

from __future__ import annotations

from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length


def uuid_or_none(text: str | None) -> UUID | None:
    """An id from an address or a form; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class MendForm(FlaskForm):  # type: ignore[misc]
    """A proposal by its mark, and what it is about: a person's enrollment or a circle."""

    person = HiddenField(filters=[uuid_or_none])
    circle = HiddenField(filters=[uuid_or_none])
    mark = HiddenField(validators=[InputRequired(), Length(max=64)])
