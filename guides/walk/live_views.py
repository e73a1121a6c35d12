"""The pages of a session while it runs: everyone in the circle sees the same step and the same clock."""

from __future__ import annotations

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from guides.live_clock import OPENS_BEFORE
from guides.walk import queries
from guides.walk.blueprint import bp
from guides.walk.forms import OUTCOMES, PressForm
from guides.walk.queries.live import LiveSession, live_mark, live_session
from guides.walk.services import live as services
from guides.walk.services.labels import spoken_days
from scheduling.models import CircleSession
from scheduling.queries import active_members, roles_of

#: What can be pressed while a session runs, besides starting and ending it.
PRESSES = {
    "next_step": services.next_step,
    "previous": services.previous,
    "next_speaker": services.next_speaker,
    "pause": services.pause,
    "resume": services.resume,
    "more_time": services.more_time,
}


@bp.get("/circles/<uuid:circle_id>/weeks/<int:number>/live")
def live(circle_id: UUID, number: int) -> ResponseReturnValue:
    """The session of a week of my circle, as it runs."""
    return _page("guides/live.html", circle_id, number)


@bp.get("/circles/<uuid:circle_id>/weeks/<int:number>/live/now")
def live_now(circle_id: UUID, number: int) -> ResponseReturnValue:
    """The part of that page that moves, or nothing when it is as the reader has it."""
    seen = request.args.get("seen", "")
    if seen and seen == live_mark(db.session(), me(), circle_id, number):
        return "", 204
    return _page("guides/_live_now.html", circle_id, number)


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/live")
def press_live(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Press one of the session's buttons; a press that someone else was quicker with is not counted."""
    walk, _membership = queries.walk_for(db.session(), me(), circle_id)
    running = live_session(db.session(), walk, number, at=clock.now())
    form = PressForm()
    if not form.validate_on_submit():
        abort(400)
    by_htmx = bool(request.headers.get("HX-Request"))
    template = "guides/_live_now.html" if by_htmx else "guides/live.html"
    try:
        _press(running, form)
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _page(template, circle_id, number, problem=error.render(_)), error.status
    db.session.commit()
    return (
        _page(template, circle_id, number)
        if by_htmx
        else redirect(url_for("guides.live", circle_id=circle_id, number=number))
    )


def _press(running: LiveSession, form: PressForm) -> None:
    name, revision = str(form.press.data), int(form.revision.data or 0)
    session, meeting, at = db.session(), running.meeting, clock.now()
    if name in ("start", "start_here"):
        here = name == "start_here"
        services.start(session, meeting, running.agenda, running.speakers, from_clock=here, actor=me(), at=at)
    elif name == "join":
        services.join(session, meeting, _member(meeting, form.person.data), actor=me(), at=at)
    elif name == "finish":
        services.finish(session, meeting, actor=me(), at=at)
    else:
        PRESSES[name](session, meeting, running.agenda, revision, actor=me(), at=at)


def _member(meeting: CircleSession, text: str | None) -> UUID:
    """A present member of the session's circle. Raises NotFound."""
    for member in active_members(meeting.season.circle):
        if str(member.person_id) == text:
            return member.person_id
    raise NotFound


def _page(template: str, circle_id: UUID, number: int, problem: str | None = None) -> str:
    # The mark comes first: what changes while the rest is read then shows at the next look.
    mark = live_mark(db.session(), me(), circle_id, number)
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    running = live_session(db.session(), walk, number, at=clock.now())
    page = queries.week_page(db.session(), walk, membership, number, reader=me())
    circle, following = walk.season.circle, page.weeks.get(number + 1)
    people = {member.person_id: member.person for member in active_members(circle)}
    return render_template(
        template,
        live=running,
        page=page,
        walk=walk,
        circle=circle,
        people=people,
        speakers=[people[person_id] for person_id in running.speakers if person_id in people],
        unexpected=[person for person_id, person in people.items() if person_id not in running.speakers],
        names={member.person_id: member.person.name for member in circle.memberships},
        roles=roles_of(running.meeting),
        next_roles=roles_of(following) if following else None,
        days=spoken_days(page.weeks, number, me().timezone),
        outcomes=dict(OUTCOMES),
        opens_before=OPENS_BEFORE,
        seen_mark=mark,
        at=clock.now(),
        problem=problem,
    )
