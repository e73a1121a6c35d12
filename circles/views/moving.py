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
from circles import queries, wording
from circles.forms import ConfirmForm
from circles.models import Cohort, DraftCircle
from circles.services import drafting
from circles.views.blueprint import bp, cohort_of_mine, cohort_page
from circles.views.board import circle_view, revision, spoken_of

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
    moved = drafting.preview_move(db.session(), cohort, revision(), person, to)
    if moved.step is None:
        return redirect(url_for(".match", cohort_id=cohort.id))
    pairs, attributes = moved.step.circles, drafting.rules_of(cohort).counted
    people = queries.people_of_draft(
        db.session(), cohort, [*(key for pair in pairs for entry in pair if entry for key in spoken_of(entry)), person]
    )
    names = {key: row.person.name for key, row in people.items()}
    changes = [
        {
            "name": old["name"],
            "before": circle_view(old, people, names, attributes),
            "after": circle_view(new, people, names, attributes) if new else None,
        }
        for old, new in pairs
    ]
    origin = next((old["name"] for old, _new in pairs if old["name"] != to), None)
    return render_template(
        "circles/move_preview.html",
        **cohort_page(
            cohort,
            draft=moved.draft,
            person=person,
            name=names.get(person, _("someone")),
            origin=origin,
            target=target,
            to=to,
            changes=changes,
            total_before=moved.draft.score,
            total_after=moved.figures.score,
        ),
    )


def _choose(cohort: Cohort, person: str, origin: str) -> ResponseReturnValue:
    current = drafting.latest(db.session(), cohort)
    if current is None:
        return redirect(url_for(".match", cohort_id=cohort.id))
    if person:
        place = queries.place_of(db.session(), current, person)
        origin = place.name if isinstance(place, DraftCircle) else ""
        movable = [person]
    else:
        movable = queries.circle_named(db.session(), current, origin).members
    words = request.args.get("words", "")[:80]
    people = queries.people_of_draft(db.session(), cohort, movable)
    targets = queries.open_circles(db.session(), current, but=origin, words=words, largest=cohort.size_max)
    return render_template(
        "circles/move.html",
        **cohort_page(
            cohort,
            draft=current,
            origin=origin,
            person=person,
            movable=[(key, people[key].person) for key in movable if key in people],
            targets=[(one.name, _target_words(one.entry)) for one in targets],
            words=words,
            many=bool(words) or len(targets) >= queries.MOST_TARGETS,
            most=queries.MOST_TARGETS,
            nowhere=NOWHERE,
        ),
    )


def _target_words(entry: dict[str, Any]) -> str:
    """A circle with its time and number of people."""
    time = wording.short_slot(entry["slots"][0] if entry["slots"] else None)
    return str(
        _("%(circle)s, %(time)s, %(people)s people", circle=entry["name"], time=time, people=len(entry["members"]))
    )


def _name(cohort: Cohort, person: str) -> str:
    found = queries.people_of_draft(db.session(), cohort, [person])
    return found[person].person.name if person in found else _("This person")
