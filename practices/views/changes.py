"""A member's own changes: the list, writing one, reading one, rewriting it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from babel.dates import format_date
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app import clock
from app.accounts.forms.refusals import refuse
from app.auth import me
from app.errors import InvalidInput, NotFound
from app.figures import CourseMark, CoursePoint
from circles.models import Membership
from circles.queries import membership_for
from circles.queries.mine import circles_of
from guides.content.queries import guide_of
from guides.walk.queries import walk_for
from practices.areas import BARRIERS, area_of_guide
from practices.blueprint import back_to, bp, session
from practices.course import Course, Mark
from practices.forms import StatementForm, WriteForm
from practices.models import PracticeChange, Status, Visibility
from practices.queries.changes import changes_of, circle_of, own_change, peers_of
from practices.queries.commitments import commitments_about
from practices.queries.courses import charted, course_of, session_days
from practices.queries.shares import shown_on
from practices.queries.timeline import day_lines, follow_ups_of, sessions_until
from practices.services import changes as services
from practices.services.changes import Origin
from practices.services.pages import manager_of

MARKS = {
    "start": lambda: _("start"),
    "now": lambda: _("now"),
    "latest": lambda: _("latest"),
    "last_session": lambda: _("last session"),
    "day_30": lambda: _("+30 days"),
    "day_60": lambda: _("+60"),
    "day_90": lambda: _("+90"),
}


@bp.get("/changes")
def my_changes() -> ResponseReturnValue:
    """All my practice changes with their course, newest first."""
    changes = changes_of(session(), me().id)
    days = session_days(session(), {change.circle_id for change in changes if change.circle_id})
    return render_template(
        "practices/my_changes.html",
        rows=charted(session(), changes, today=clock.today(me().timezone)),
        pages=shown_on(session(), me()),
        let_go_week={
            change.id: sessions_until(days.get(change.circle_id, ()), change.check_ins[-1].on_date)
            for change in changes
            if change.status is Status.DROPPED and change.check_ins
        },
    )


@bp.route("/changes/new", methods=("GET", "POST"))
def write() -> ResponseReturnValue:
    """Write a practice change; one sentence is enough."""
    memberships = {membership.circle_id: membership for membership in circles_of(session(), me().id)}
    form = WriteForm.for_circles(
        [(key, entry.circle.name) for key, entry in memberships.items()], **_start(memberships)
    )
    if form.validate_on_submit():
        try:
            made = services.write_change(
                session(),
                form.statement(),
                origin=_origin(form, memberships),
                visibility=Visibility(form.visibility.data),
                today=clock.today(me().timezone),
                actor=me(),
                at=clock.now(),
                key=form.change_id(),
            )
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
        else:
            session().commit()
            flash(_("Saved. Your circle can see it.") if made.shown_at else _("Saved. Only you can see it."))
            return redirect(url_for("practices.change", change_id=made.id))
    status = 422 if form.errors else 200
    return render_template("practices/write.html", form=form, circles=memberships), status


def _start(memberships: dict[UUID, Membership]) -> dict[str, object]:
    """What the form begins with: the circle and week it was opened from, and the week's practice when asked for."""
    if request.method == "POST":
        return {}
    asked = request.args.get("circle", type=UUID)
    if asked is None:
        return {"circle": str(next(iter(memberships), ""))}
    week = request.args.get("week", type=int)
    if week is None:
        return {"circle": str(membership_for(session(), me(), asked).circle_id)}
    walk, membership = walk_for(session(), me(), asked)
    if not 1 <= week <= walk.guide_version.weeks:
        raise NotFound
    start: dict[str, object] = {"circle": str(membership.circle_id), "week": str(week)}
    if request.args.get("start") == "practice":
        practice = guide_of(walk.guide_version).week(week).practice
        start |= {
            "after": practice.after,
            "before": practice.before,
            "cue": practice.when,
            "action": practice.then,
            "area": area_of_guide(practice.area),
        }
    return start


def _origin(form: WriteForm, memberships: dict[UUID, Membership]) -> Origin:
    circle_id, week = form.circle_id(), form.week_number()
    if circle_id is None:
        return Origin()
    membership = memberships[circle_id]
    if week is None:
        return Origin(membership)
    walk, _membership = walk_for(session(), me(), circle_id)
    known = 1 <= week <= walk.guide_version.weeks
    return Origin(membership, walk.id if known else None, week if known else None)


@bp.get("/changes/<uuid:change_id>")
def change(change_id: UUID) -> ResponseReturnValue:
    """One change of mine: from → to, its course, its check-ins, who saw it and who can see it."""
    found, today = own_change(session(), me(), change_id), clock.today(me().timezone)
    circle = circle_of(session(), found)
    days = session_days(session(), {circle.id} if circle else ()).get(found.circle_id, [])
    course = course_of(found, days, today=today)
    follow_ups = follow_ups_of(session(), found.id)
    replaced_by = session().get(PracticeChange, found.replaced_by_id) if found.replaced_by_id else None
    return render_template(
        "practices/change.html",
        change=found,
        circle=circle,
        course=course,
        points=[CoursePoint(point.on.toordinal(), point.level, point.after_gap) for point in course.dated],
        marks=_marks(course, ended=found.status in (Status.DROPPED, Status.REPLACED)),
        lines=day_lines(found, days, follow_ups, today=today),
        asked_again=[row.due_on for row in follow_ups if row.answered_at is None and row.due_on > today],
        week=found.week or (sessions_until(days, found.begun_on) if days else None),
        peers=peers_of(session(), found),
        manager=manager_of(session(), me()),
        pages=shown_on(session(), me()).get(found.id, []),
        replaced_by=replaced_by,
        will_do=commitments_about(session(), found.id)[:1],
        barriers={key: _(words) for key, words in BARRIERS.items()},
    )


def _short_day(day: date) -> str:
    return format_date(day, "d MMM", locale=get_locale())


def _marks(course: Course, *, ended: bool) -> list[CourseMark]:
    """The dates under the chart; a change that has ended is not asked about again."""
    kept: list[Mark] = [mark for mark in course.marks if not (ended and mark.kind.startswith("day_"))]
    return [
        CourseMark(
            mark.on.toordinal(),
            _short_day(mark.on),
            MARKS[mark.kind](),
            mark.kind.startswith("day_"),
        )
        for mark in kept
    ]


@bp.route("/changes/<uuid:change_id>/edit", methods=("GET", "POST"))
def edit(change_id: UUID) -> ResponseReturnValue:
    """Rewrite a change of mine."""
    found = own_change(session(), me(), change_id)
    form = StatementForm(obj=found)
    if form.validate_on_submit():
        try:
            services.edit_change(session(), found, form.statement(), at=clock.now())
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
        else:
            session().commit()
            flash(_("Saved. Pages you approved before keep their words."))
            return redirect(back_to(url_for("practices.change", change_id=change_id)))
    return render_template("practices/edit.html", form=form, change=found), 422 if form.errors else 200
