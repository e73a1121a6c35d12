"""The week page and what members write on it."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.auth import me
from app.errors import N_, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from app.mail.desk import desk_for
from circles.models import Membership
from circles.queries.agreements import agreement_state
from circles.queries.mine import newest_circle_id
from guides.agenda import timed
from guides.live_clock import OPENS_BEFORE
from guides.walk import queries
from guides.walk.blueprint import bp
from guides.walk.forms import OUTCOMES, CommitmentForm, NoteForm, OutcomeForm, PrivateForm, SkipForm, TickForm
from guides.walk.models import Walk
from guides.walk.queries.page import own_commitment, sessions_by_week
from guides.walk.services import sessions as walk_sessions
from guides.walk.services import writing
from guides.walk.services.labels import spoken_days
from scheduling.models import SessionState
from scheduling.queries import active_members, answers_of, member_session, roles_of, season_of_circle
from scheduling.queries.telling import told_of
from scheduling.services import changes


@bp.get("/circles/<uuid:circle_id>/weeks/<int:number>")
def week(circle_id: UUID, number: int) -> ResponseReturnValue:
    """One week of my circle: before, in the session, after, notes."""
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    return _page(walk, membership, number)


@bp.get("/this-week")
def my_week() -> ResponseReturnValue:
    """This week's page of the circle I joined last."""
    circle_id = newest_circle_id(db.session(), me().id)
    return redirect(url_for("guides.this_week", circle_id=circle_id) if circle_id else url_for("pages.home"))


@bp.get("/circles/<uuid:circle_id>/this-week")
def this_week(circle_id: UUID) -> ResponseReturnValue:
    """The week of my circle's running or next session."""
    walk, _membership = queries.walk_for(db.session(), me(), circle_id)
    number = queries.current_week(walk, sessions_by_week(db.session(), walk), at=clock.now())
    return redirect(url_for("guides.week", circle_id=circle_id, number=number))


def _page(walk: Walk, membership: Membership, number: int, problem: InvalidInput | None = None) -> ResponseReturnValue:
    try:
        page = queries.week_page(db.session(), walk, membership, number, reader=me())
    except LookupError:
        raise NotFound from None
    members = active_members(walk.season.circle)
    agenda = timed(page.week, minutes=walk.season.minutes, people=len(members), planned_for=page.guide.circle.target)
    meeting = page.meeting
    answers = answers_of(db.session(), [meeting.id])[meeting.id] if meeting else {}
    following, before = page.weeks.get(number + 1), page.weeks.get(number - 1)
    names = {m.person_id: m.person.name for m in walk.season.circle.memberships}
    agreement = agreement_state(db.session(), walk.season.circle, reader=me())
    roles = roles_of(meeting) if meeting else None
    rendered = render_template(
        "guides/week.html",
        page=page,
        walk=walk,
        circle=walk.season.circle,
        members=members,
        names=names,
        agenda=agenda,
        roles=roles,
        live_open=meeting is not None
        and (clock.now() >= meeting.starts_at - OPENS_BEFORE or (roles is not None and roles.host == me().id)),
        next_roles=roles_of(following) if following else None,
        my_answer=answers.get(me().id),
        days=spoken_days(page.weeks, number, me().timezone),
        last_roles=roles_of(before) if before else None,
        agreement=agreement,
        still_to_say=[names[person_id] for person_id in agreement.still_to_say],
        outcomes=dict(OUTCOMES),
        at=clock.now(),
        problem=problem.render(_) if problem else None,
        problem_field=problem.field if problem else None,
        may_change=meeting is not None
        and changes.may_change(meeting, list(walk.season.sessions), me(), at=clock.now()),
    )
    return (rendered, 422) if problem else rendered


def _back_to(circle_id: UUID, number: int, anchor: str) -> ResponseReturnValue:
    if request.form.get("from") == "live":
        return redirect(url_for("guides.live", circle_id=circle_id, number=number, _anchor=anchor))
    return redirect(url_for("guides.week", circle_id=circle_id, number=number, _anchor=anchor))


def _known_week(walk: Walk, number: int) -> None:
    if not 1 <= number <= walk.guide_version.weeks:
        raise NotFound


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/ticks")
def tick(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Tick one thing to do before the session."""
    walk, _membership = queries.walk_for(db.session(), me(), circle_id)
    _known_week(walk, number)
    form = TickForm()
    if form.validate_on_submit() and form.item.data:
        writing.tick(db.session(), walk, number, form.item.data[:60], done=form.done.data, actor=me(), at=clock.now())
        db.session.commit()
    if request.form.get("next") == "/":
        return redirect(url_for("pages.home"))
    return _back_to(circle_id, number, "before")


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/private")
def write_private(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Keep my own words; only I see them."""
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    _known_week(walk, number)
    form = PrivateForm()
    try:
        writing.write_private(
            db.session(), walk, number, (form.prompt.data or "")[:60], form.text.data or "", actor=me(), at=clock.now()
        )
    except InvalidInput as error:
        return _page(walk, membership, number, error)
    db.session.commit()
    flash(_("Saved. Only you can see it."))
    return _back_to(circle_id, number, "before" if form.prompt.data else "my-notes")


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/notes")
def add_note(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Add an entry to my circle's notes."""
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    _known_week(walk, number)
    form = NoteForm()
    try:
        writing.add_note(db.session(), walk, number, form.text.data or "", actor=me(), at=clock.now())
    except InvalidInput as error:
        return _page(walk, membership, number, error)
    db.session.commit()
    return _back_to(circle_id, number, "notes")


@bp.route("/notes/<uuid:note_id>", methods=("GET", "POST"))
def edit_note(note_id: UUID) -> ResponseReturnValue:
    """Rewrite or remove my own note, or open it to people who joined later."""
    note = queries.own_note(db.session(), me(), note_id)
    walk = db.session.get_one(Walk, note.walk_id)
    circle_id, number = walk_circle_id(walk), note.week
    form = NoteForm(text=note.text) if request.method == "GET" else NoteForm()
    if form.validate_on_submit():
        try:
            if "open" in request.form:
                writing.open_note(db.session(), note, actor=me(), at=clock.now())
            else:
                writing.edit_note(db.session(), note, form.text.data or "", actor=me(), at=clock.now())
        except InvalidInput as error:
            form.text.errors = [error.render(_)]
        else:
            db.session.commit()
            return _back_to(circle_id, number, "notes")
    return render_template("guides/edit_note.html", form=form, note=note, circle_id=circle_id)


def walk_circle_id(walk: Walk) -> UUID:
    """The circle of a walk that was loaded for its member."""
    return queries.circle_of_walk(db.session(), walk.id)


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/summary")
def write_summary(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Sum up a week's session for those who were away."""
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    _known_week(walk, number)
    shown_on = min(number + 1, walk.guide_version.weeks)
    form = NoteForm()
    try:
        writing.write_summary(db.session(), walk, number, form.text.data or "", actor=me(), at=clock.now())
    except InvalidInput as error:
        return _page(walk, membership, number, error)
    db.session.commit()
    flash(_("Saved. Your circle sees it."))
    return _back_to(circle_id, shown_on, "summary")


@bp.post("/circles/<uuid:circle_id>/weeks/<int:number>/commitment")
def commit_to(circle_id: UUID, number: int) -> ResponseReturnValue:
    """Say one thing I will do before the next session."""
    walk, membership = queries.walk_for(db.session(), me(), circle_id)
    _known_week(walk, number)
    form = CommitmentForm()
    try:
        writing.commit_to(db.session(), walk, number, form.text.data or "", actor=me(), at=clock.now())
    except InvalidInput as error:
        return _page(walk, membership, number, error)
    db.session.commit()
    flash(_("Saved. Your circle sees it and asks next time."))
    return _back_to(circle_id, number, "after")


@bp.post("/commitments/<uuid:commitment_id>/outcome")
def say_outcome(commitment_id: UUID) -> ResponseReturnValue:
    """Say what became of my commitment."""
    commitment, circle_id = own_commitment(db.session(), me(), commitment_id)
    form = OutcomeForm()
    if form.validate_on_submit():
        writing.say_outcome(
            db.session(), commitment, form.outcome.data, form.note.data or "", actor=me(), at=clock.now()
        )
        db.session.commit()
        flash(_("Saved. Your circle sees it."))
    return _back_to(circle_id, commitment.week + 1, "in-the-session")


@bp.route("/sessions/<uuid:session_id>/skip", methods=("GET", "POST"))
def skip(session_id: UUID) -> ResponseReturnValue:
    """The host skips a session; the page says what becomes of its week and who is told."""
    meeting = member_session(db.session(), me(), session_id)
    season = season_of_circle(db.session(), meeting.season.circle_id)
    if season is None or not changes.may_change(meeting, list(season.sessions), me(), at=clock.now()):
        raise NotAllowed(N_("The host of this or the next session can skip it."))
    walk = queries.walk_of_season(db.session(), season.id)
    form = SkipForm()
    if walk is not None and form.validate_on_submit():
        told = walk_sessions.skip(
            db.session(),
            walk,
            meeting,
            leave_out=form.week.data == "leave_out",
            actor=me(),
            desk=desk_for(current_app.extensions["config"], db.session()),
            at=clock.now(),
        )
        circle_id = season.circle_id
        db.session.commit()
        flash(
            ngettext(
                "The session is skipped. %(num)d mail goes out.", "The session is skipped. %(num)d mails go out.", told
            )
        )
        return redirect(url_for("guides.this_week", circle_id=circle_id))
    people = told_of(db.session(), meeting, at=clock.now())
    return render_template("guides/skip.html", meeting=meeting, form=form, told=people)


@bp.post("/sessions/<uuid:session_id>/bring-back")
def bring_back(session_id: UUID) -> ResponseReturnValue:
    """Undo a skip."""
    meeting = member_session(db.session(), me(), session_id)
    season = season_of_circle(db.session(), meeting.season.circle_id)
    walk = queries.walk_of_season(db.session(), meeting.season_id)
    if season is None or walk is None or meeting.state is not SessionState.CANCELLED:
        raise NotFound
    walk_sessions.bring_back(
        db.session(),
        walk,
        meeting,
        actor=me(),
        desk=desk_for(current_app.extensions["config"], db.session()),
        at=clock.now(),
    )
    db.session.commit()
    flash(_("The session is back. Everyone is invited again."))
    return redirect(url_for("guides.this_week", circle_id=season.circle_id))
