"""Pages and actions about sessions: answering, moving, hosting, presence."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock, tokens
from app.accounts.models import Person
from app.auth import me
from app.errors import N_, Expired, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from circles.models import Membership
from scheduling import queries
from scheduling.conflicts import overlaps
from scheduling.forms import AnswerForm, HostForm, MoveForm, PresenceForm
from scheduling.models import CircleSession, SessionState
from scheduling.queries.guests import guests_of, is_welcome
from scheduling.queries.mine import sessions_of_person
from scheduling.queries.telling import told_of
from scheduling.services import changes
from scheduling.services.answers import answer
from scheduling.services.presence import note_one
from scheduling.views.blueprint import back, bp, desk


@bp.get("/sessions")
def my_sessions() -> ResponseReturnValue:
    """Every session of my circles, with my answers."""
    at = clock.now()
    meetings = sessions_of_person(db.session(), me().id, at=at)
    answers = queries.answers_of(db.session(), [meeting.id for meeting in meetings])
    by_id = {meeting.id: meeting for meeting in meetings}
    to_come = [(meeting.id, meeting.starts_at, meeting.ends_at) for meeting in meetings if meeting.ends_at > at]
    clashes = {key: [by_id[other] for other in others] for key, others in overlaps(to_come).items()}
    return render_template("scheduling/my_sessions.html", meetings=meetings, answers=answers, clashes=clashes, at=at)


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
    if meeting.state is SessionState.PLANNED and meeting.starts_at <= clock.now():
        raise Expired(N_("This session has begun, so this link has ended. On your own page you can still answer."))
    try:
        queries.member_session(db.session(), person, meeting.id)
    except NotFound:
        if not is_welcome(db.session(), person.id, meeting.id):
            raise Expired(N_("This link has ended. Ask for a new one.")) from None
    return meeting, person


@bp.route("/sessions/<uuid:session_id>/move", methods=("GET", "POST"))
def move(session_id: UUID) -> ResponseReturnValue:
    """The host moves this or the next session; a look first says who is told, and when it is for each of them."""
    meeting = _changeable(session_id)
    form = MoveForm() if request.method == "POST" else MoveForm.for_session(meeting, me().timezone, _proposed())
    if "change" not in request.form and form.validate_on_submit():
        look, starts_at = "look" in request.form, form.starts_at(me().timezone)
        try:
            if starts_at == meeting.starts_at:
                raise InvalidInput(N_("The session is at that time already."), field="starts")
            told = changes.move_session(
                db.session(), meeting, starts_at=starts_at, actor=me(), desk=desk(), at=clock.now()
            )
        except InvalidInput as error:
            db.session.rollback()
            form.day.errors = [*form.day.errors, error.render(_)]
        else:
            if look:
                # The same checks as for the move itself, and then nothing of it.
                db.session.rollback()
                return _look_at_move(session_id, form, starts_at)
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
    return render_template("scheduling/move.html", meeting=meeting, form=form, members=members, next_url=back())


def _look_at_move(session_id: UUID, form: MoveForm, starts_at: datetime) -> str:
    meeting = _changeable(session_id)
    told = told_of(db.session(), meeting, at=clock.now(), starts_at=starts_at)
    return render_template("scheduling/move_look.html", meeting=meeting, form=form, starts_at=starts_at, told=told)


def _proposed() -> datetime | None:
    """The instant in `?starts=`, as when a member's calendar proposes another time."""
    try:
        found = datetime.fromisoformat(request.args.get("starts", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


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
    return render_template("scheduling/host.html", meeting=meeting, form=form, roles=roles, next_url=back())


@bp.route("/sessions/<uuid:session_id>/presence", methods=("GET", "POST"))
def presence(session_id: UUID) -> ResponseReturnValue:
    """Who was there: one tap a person, or everyone at once, or that the circle did not meet."""
    meeting = queries.member_session(db.session(), me(), session_id)
    form = PresenceForm.for_members([(m.person_id, m.person.name) for m in _members(meeting)], ())
    problem = ""
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
            problem = error.render(_)
            meeting = queries.member_session(db.session(), me(), session_id)
        else:
            db.session.commit()
            flash(_("Noted. Anyone in your circle can correct it."))
            return redirect(back())
    return render_template(
        "scheduling/presence.html",
        meeting=meeting,
        members=_members(meeting),
        noted=queries.attendance_of(db.session(), meeting.id),
        answers=queries.answers_of(db.session(), [meeting.id])[meeting.id],
        guests=[one.person for one in guests_of(db.session(), [meeting.id])[meeting.id] if one.is_welcome],
        begun=meeting.starts_at <= clock.now(),
        problem=problem,
        next_url=back(),
    )


@bp.post("/sessions/<uuid:session_id>/presence/<uuid:person_id>")
def note_presence(session_id: UUID, person_id: UUID) -> ResponseReturnValue:
    """One tap: this person was there, or was not."""
    meeting = queries.member_session(db.session(), me(), session_id)
    there = request.form.get("there")
    if there not in ("yes", "no") or person_id not in {member.person_id for member in _members(meeting)}:
        raise NotFound
    note_one(db.session(), meeting, person_id, present=there == "yes", actor=me(), at=clock.now())
    db.session.commit()
    anchor = f"person-{person_id}"
    return redirect(url_for("scheduling.presence", session_id=session_id, next=back(), _anchor=anchor))


def _members(meeting: CircleSession) -> list[Membership]:
    return queries.active_members(meeting.season.circle)


def _changeable(session_id: UUID) -> CircleSession:
    meeting = queries.member_session(db.session(), me(), session_id)
    season = queries.season_of_circle(db.session(), meeting.season.circle_id)
    standing = list(season.sessions) if season else []
    if not changes.may_change(meeting, standing, me(), at=clock.now()):
        raise NotAllowed(N_("The host of this or the next session can move it."))
    return meeting
