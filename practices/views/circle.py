"""What a circle's members show each other, and the check-in at a session's end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import InvalidInput
from circles.queries import circle_for
from practices.blueprint import back_to, bp, session
from practices.forms import EmptyForm, SeenForm, level, status_choices
from practices.models import Occasion, PracticeChange, Status
from practices.queries.changes import open_changes_in, shown_change, shown_in_circle
from practices.queries.courses import charted
from practices.queries.timeline import last_meeting
from practices.services import changes as services
from scheduling.models import CircleSession


@bp.get("/circles/<uuid:circle_id>/changes")
def circle_changes(circle_id: UUID) -> ResponseReturnValue:
    """What peers of my circle show me, and what I show them."""
    circle = circle_for(session(), me(), circle_id)
    rows = charted(session(), shown_in_circle(session(), me(), circle_id), today=clock.today(me().timezone))
    order = {member.person_id: member.position for member in circle.memberships}
    rows.sort(key=lambda row: (row.change.person_id == me().id, order.get(row.change.person_id, 99)))
    return render_template("practices/circle_changes.html", circle=circle, rows=rows)


@bp.post("/changes/<uuid:change_id>/seen")
def say_seen(change_id: UUID) -> ResponseReturnValue:
    """Say that I saw a peer do it."""
    found = shown_change(session(), me(), change_id)
    circle_id = found.circle_id
    form = SeenForm()
    if form.validate_on_submit():
        services.say_seen(session(), found, line=form.line.data or "", actor=me(), at=clock.now())
        session().commit()
        flash(_("Saved. %(name)s and your circle can see it.", name=found.person.first_name))
    else:
        flash(next(iter(form.line.errors), _("This could not be saved.")), "attention")
    return redirect(url_for("practices.circle_changes", circle_id=circle_id, _anchor=f"change-{change_id}"))


@dataclass(slots=True)
class Row:
    """One change on the form of a session's end, with what was typed for it."""

    change: PracticeChange
    frequency: str = ""
    line: str = ""
    status: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def filled(self) -> bool:
        """Whether anything was said about it."""
        return bool(self.frequency or self.line or self.status)


@bp.route("/circles/<uuid:circle_id>/check-in", methods=("GET", "POST"))
def session_check_in(circle_id: UUID) -> ResponseReturnValue:
    """One line on each open change of mine, all in one form, at the end of a session."""
    circle = circle_for(session(), me(), circle_id)
    at, today = clock.now(), clock.today(me().timezone)
    meeting = last_meeting(session(), circle_id, at=at)
    rows = [_row(change) for change in open_changes_in(session(), me(), circle_id)]
    problem = ""
    if EmptyForm().validate_on_submit():
        said = [row for row in rows if row.filled]
        for row in said:
            _keep(row, meeting, today=today, at=at)
        if said and not any(row.problems for row in said):
            session().commit()
            flash(ngettext("Saved, %(num)d change.", "Saved, %(num)d changes.", len(said)))
            return redirect(back_to(url_for("guides.this_week", circle_id=circle_id)))
        session().rollback()
        problem = "" if said else _("Say something about at least one of them.")
        circle = circle_for(session(), me(), circle_id)
        for row, change in zip(rows, open_changes_in(session(), me(), circle_id), strict=True):
            row.change = change
    wrong = bool(problem) or any(row.problems for row in rows)
    return render_template(
        "practices/session_check_in.html",
        circle=circle,
        rows=rows,
        meeting=meeting,
        today=today,
        statuses=[(choice.value, choice.label) for choice in status_choices()],
        problem=problem,
        next=request.values.get("next", ""),
    ), 422 if wrong else 200


def _row(change: PracticeChange) -> Row:
    if request.method != "POST":
        return Row(change)
    key = change.id.hex
    return Row(
        change,
        frequency=request.form.get(f"often-{key}", ""),
        line=request.form.get(f"line-{key}", "").strip(),
        status=request.form.get(f"status-{key}", ""),
    )


def _keep(row: Row, meeting: CircleSession | None, *, today: date, at: datetime) -> None:
    """Check one change in; what is wrong with it stays beside it."""
    try:
        frequency = level(row.frequency)
        status = Status(row.status) if row.status else None
    except ValueError:
        row.problems.append(_("Choose from the list."))
        return
    near = meeting is not None and (at - meeting.ends_at).days < 3
    try:
        services.check_in(
            session(),
            row.change,
            on=today,
            frequency=frequency,
            status=status,
            line=row.line,
            occasion=Occasion.SESSION if near else Occasion.OWN,
            session_id=meeting.id if meeting is not None and near else None,
            at=at,
        )
    except InvalidInput as error:
        row.problems.append(error.render(_))
