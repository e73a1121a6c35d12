"""Puts a service's refusal beside the field it is about."""

from __future__ import annotations

from flask_babel import gettext
from flask_wtf import FlaskForm

from app.errors import InvalidInput


def refuse(form: FlaskForm, error: InvalidInput) -> None:
    """Add the error to its field, or to the whole form."""
    words = error.render(gettext)
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, words]
    else:
        form.form_errors.append(words)
