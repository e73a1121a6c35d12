"""Moving one person of the draft by hand: whom and where to, what it would do to both circles, and doing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError
from app.extensions import db
from circles import draft, queries, wording
from circles.forms import ConfirmForm
from circles.models import Cohort, MatchDraft
from circles.services import drafting
from circles.views.blueprint import bp, cohort_of_mine, cohort_page
from circles.views.board import circle_view, revision

#: What the form sends for "without a circle".
NOWHERE = "-"


@bp.route("/cohorts/<uuid:cohort_id>/match/move", methods=("GET", "POST"))
def move_person(cohort_id: UUID) -> ResponseReturnValue:
    """Choose, preview, move: the preview shows both circles' new scores before anything is kept."""
    cohort = cohort_of_mine(cohort_id)
    person, target = request.values.get("person", "")[:36], request.values.get("circle", "")[:80]
    try:
        if request.method == "POST" and ConfirmForm().validate_on_submit():
            return _move(cohort, person, target)
        if person and target:
            return _preview(cohort, person, target)
        return _choose(cohort, person, request.args.get("from", "")[:80])
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
        return redirect(url_for(".match", cohort_id=cohort_id))


def _move(cohort: Cohort, person: str, target: str) -> ResponseReturnValue:
    to = None if target == NOWHERE else target
    drafting.move(db.session(), cohort, revision(), person, to, actor=me(), at=clock.now())
    name = _name(cohort, person)
    db.session.commit()
    flash(
        _("%(name)s is in %(circle)s now.", name=name, circle=to) if to else _("%(name)s has no circle now.", name=name)
    )
    return redirect(url_for(".match", cohort_id=cohort.id, show="moved"))


def _preview(cohort: Cohort, person: str, target: str) -> ResponseReturnValue:
    to = None if target == NOWHERE else target
    current, moved = drafting.preview_move(db.session(), cohort, revision(), person, to)
    before = current.document
    origin = draft.place_of(before, person)
    if origin == to:
        return redirect(url_for(".match", cohort_id=cohort.id))
    touched = [name for name in (origin, to) if name]
    entries = {name: (draft.circle_named(before, name), _after(moved, name)) for name in touched}
    spoken = [key for pair in entries.values() for entry in pair if entry for key in entry["members"]]
    people = queries.people_of_draft(db.session(), cohort, [*spoken, person])
    names = {key: row.person.name for key, row in people.items()}
    changes = [
        {
            "name": name,
            "before": circle_view(old, people, names),
            "after": circle_view(new, people, names) if new else None,
        }
        for name, (old, new) in entries.items()
    ]
    return render_template(
        "circles/move_preview.html",
        **cohort_page(
            cohort,
            draft=current,
            person=person,
            name=names.get(person, _("someone")),
            origin=origin,
            target=target,
            to=to,
            changes=changes,
            total_before=before["score"],
            total_after=moved["score"],
        ),
    )


def _choose(cohort: Cohort, person: str, origin: str) -> ResponseReturnValue:
    current = drafting.latest(db.session(), cohort)
    if current is None:
        return redirect(url_for(".match", cohort_id=cohort.id))
    if person:
        origin = draft.place_of(current.document, person) or ""
    movable = [person] if person else draft.circle_named(current.document, origin)["members"]
    people = queries.people_of_draft(db.session(), cohort, movable)
    return render_template(
        "circles/move.html",
        **cohort_page(
            cohort,
            draft=current,
            origin=origin,
            person=person,
            movable=[(key, people[key].person) for key in movable if key in people],
            targets=_targets(cohort, current, origin),
            nowhere=NOWHERE,
        ),
    )


def _targets(cohort: Cohort, current: MatchDraft, origin: str) -> list[tuple[str, str]]:
    """Circles with room that are not kept as they are, with their time and number of people."""
    free = [
        one
        for one in current.document["circles"]
        if one["name"] != origin and not one.get("locked") and len(one["members"]) < cohort.size_max
    ]
    return [
        (
            one["name"],
            _(
                "%(circle)s, %(time)s, %(people)s people",
                circle=one["name"],
                time=wording.short_slot(one["slots"][0] if one["slots"] else None),
                people=len(one["members"]),
            ),
        )
        for one in sorted(free, key=lambda one: str(one["name"]))
    ]


def _after(document: draft.Document, name: str) -> dict[str, Any] | None:
    return next((one for one in document["circles"] if one["name"] == name), None)


def _name(cohort: Cohort, person: str) -> str:
    found = queries.people_of_draft(db.session(), cohort, [person])
    return found[person].person.name if person in found else _("This person")
