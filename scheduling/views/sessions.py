"""Pages and actions about sessions: answering, moving, hosting, presence."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock, tokens
from app.accounts.models import Person
from app.auth import me
from app.errors import N_, Expired, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from scheduling import queries
from scheduling.forms import AnswerForm, HostForm, MoveForm, PresenceForm
from scheduling.models import CircleSession
from scheduling.queries.mine import sessions_of_person
from scheduling.services import changes
from scheduling.services.answers import answer
from scheduling.views.blueprint import back, bp, desk


@bp.get("/sessions")
def my_sessions() -> ResponseReturnValue:
    """Every session of my circles, with my answers."""
    meetings = sessions_of_person(db.session(), me().id, at=clock.now())
    answers = queries.answers_of(db.session(), [meeting.id for meeting in meetings])
    return render_template("scheduling/my_sessions.html", meetings=meetings, answers=answers, at=clock.now())


@bp.post("/sessions/<uuid:session_id>/answer")
def answer_session(session_id: UUID) -> ResponseReturnValue:
    """Answer an invite from a page."""
    meeting = queries.member_session(db.session(), me(), session_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        abort(400)
    answer(db.session(), meeting, me(), form.answer.data, source="page", at=clock.now())
    db.session.commit()
    return redirect(back())


@bp.route("/answer/<token>", methods=("GET", "POST"))
def answer_by_link(token: str) -> ResponseReturnValue:
    """Answer an invite from its mail: GET shows, POST acts, so that mail scanners answer for nobody."""
    meeting, person = _by_answer_token(token)
    form = AnswerForm()
    if form.validate_on_submit():
        answer(db.session(), meeting, person, form.answer.data, source="link", at=clock.now())
        db.session.commit()
        meeting, person = _by_answer_token(token)
    rsvp = queries.answers_of(db.session(), [meeting.id])[meeting.id].get(person.id)
    return render_template("scheduling/answer.html", meeting=meeting, person=person, rsvp=rsvp, token=token)


def _by_answer_token(token: str) -> tuple[CircleSession, Person]:
    found = tokens.find(db.session(), "answer-session", token, at=clock.now())
    meeting = queries.member_session_by_id(db.session(), UUID(found.data["session"]))
    person = db.session.get(Person, UUID(found.data["person"]))
    if meeting is None or person is None or not person.active:
        raise Expired(N_("This link has ended. Ask for a new one."))
    try:
        queries.member_session(db.session(), person, meeting.id)
    except NotFound:
        raise Expired(N_("This link has ended. Ask for a new one.")) from None
    return meeting, person


@bp.route("/sessions/<uuid:session_id>/move", methods=("GET", "POST"))
def move(session_id: UUID) -> ResponseReturnValue:
    """The host moves this or the next session; the page says who is told before it is done."""
    meeting = _changeable(session_id)
    form = MoveForm() if request.method == "POST" else MoveForm.for_session(meeting, me().timezone)
    if form.validate_on_submit():
        try:
            told = changes.move_session(
                db.session(), meeting, starts_at=form.starts_at(me().timezone), actor=me(), desk=desk(), at=clock.now()
            )
        except InvalidInput as error:
            db.session.rollback()
            form.day.errors = [*form.day.errors, error.render(_)]
        else:
            db.session.commit()
            flash(
                ngettext(
                    "The session is moved. %(num)d person is told.",
                    "The session is moved. %(num)d people are told.",
                    told,
                )
            )
            return redirect(back())
        meeting = _changeable(session_id)
    members = queries.active_members(meeting.season.circle)
    return render_template("scheduling/move.html", meeting=meeting, form=form, members=members)


@bp.route("/sessions/<uuid:session_id>/host", methods=("GET", "POST"))
def host(session_id: UUID) -> ResponseReturnValue:
    """Hand over hosting, or take it."""
    meeting = queries.member_session(db.session(), me(), session_id)
    members = [(m.person_id, m.person.name) for m in queries.active_members(meeting.season.circle)]
    roles = queries.roles_of(meeting)
    form = HostForm.for_members(members, str(roles.host) if roles else None)
    if form.validate_on_submit():
        changes.swap_host(db.session(), meeting, form.host.data, actor=me(), at=clock.now())
        db.session.commit()
        flash(_("Your circle sees who hosts."))
        return redirect(back())
    return render_template("scheduling/host.html", meeting=meeting, form=form, roles=roles)


@bp.route("/sessions/<uuid:session_id>/presence", methods=("GET", "POST"))
def presence(session_id: UUID) -> ResponseReturnValue:
    """Say whether the session was held and who was there."""
    meeting = queries.member_session(db.session(), me(), session_id)
    members = [(m.person_id, m.person.name) for m in queries.active_members(meeting.season.circle)]
    noted = queries.attendance_of(db.session(), meeting.id)
    there = [person_id for person_id, row in noted.items() if row.present] if noted else [key for key, _name in members]
    form = PresenceForm.for_members(members, there)
    if form.validate_on_submit():
        try:
            changes.close_session(
                db.session(),
                meeting,
                present=set(form.present.data),
                held=form.held.data == "yes",
                actor=me(),
                at=clock.now(),
            )
        except InvalidInput as error:
            db.session.rollback()
            form.present.errors = [error.render(_)]
        else:
            db.session.commit()
            flash(_("Noted. Anyone in your circle can correct it."))
            return redirect(back())
        meeting = queries.member_session(db.session(), me(), session_id)
    return render_template(
        "scheduling/presence.html", meeting=meeting, form=form, begun=meeting.starts_at <= clock.now()
    )


def _changeable(session_id: UUID) -> CircleSession:
    meeting = queries.member_session(db.session(), me(), session_id)
    season = queries.season_of_circle(db.session(), meeting.season.circle_id)
    standing = list(season.sessions) if season else []
    if not changes.may_change(meeting, standing, me(), at=clock.now()):
        raise NotAllowed(N_("The host of this or the next session can move it."))
    return meeting
