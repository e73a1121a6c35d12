"""The blueprint of circles, and the small things all its pages share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app import clock
from app.auth import me
from app.errors import InvalidInput
from app.extensions import db
from app.mail.desk import Desk, desk_for
from circles import queries
from circles.models import Cohort

bp = Blueprint("circles", __name__)


def desk() -> Desk:
    """Who mails come from and where their links lead."""
    return desk_for(current_app.extensions["config"], db.session())


def page_number() -> int:
    """The page of a list that is asked for; the first for anything that is no number."""
    text = request.args.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def uuids(texts: list[str]) -> list[UUID]:
    """The ids among some texts of a form; what is no id is left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def blame(form: FlaskForm, error: InvalidInput) -> None:
    """Show a refused value beside the field it belongs to, else above the form."""
    name = error.field
    field = form[name] if name and name in form else None
    if field is None or field.type == "FormField":
        form.form_errors.append(error.render(_))
    else:
        field.errors = [*field.errors, error.render(_)]


def cohort_page(cohort: Cohort, **more: Any) -> dict[str, Any]:
    """What every page of one cohort shows: the cohort, and mails that can still be taken back."""
    batches = queries.waiting_batches(db.session(), cohort.id, at=clock.now())
    return {"cohort": cohort, "batches": batches, "now": clock.now(), **more}


def address_of(endpoint: str, **values: Any) -> str | None:
    """The address of a page of a package that stands above this one; None where it is not installed."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def cohort_of_mine(cohort_id: UUID) -> Cohort:
    """A cohort that the signed-in person leads. Raises NotFound."""
    return queries.cohort_for(db.session(), me(), cohort_id)
