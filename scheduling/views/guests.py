"""Catching up in another circle: where there is a chair, asking for it, and the host's yes or no."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError, NotFound
from app.extensions import db
from circles.models import Membership
from scheduling import queries
from scheduling.models import CircleSession
from scheduling.poll_forms import GuestAnswerForm, PlainForm
from scheduling.queries.guests import own_request, request_for_host, standing_request
from scheduling.services import guests
from scheduling.views.blueprint import back, bp, desk


@bp.route("/sessions/<uuid:session_id>/catch-up", methods=("GET", "POST"))
def catch_up(session_id: UUID) -> ResponseReturnValue:
    """Other circles of the cohort that meet in the week of a session I miss; asking one of them."""
    at = clock.now()
    missed, membership = _missed(session_id)
    if PlainForm().validate_on_submit():
        try:
            guest = guests.ask(db.session(), _uuid(request.form.get("with")), missed, membership, desk=desk(), at=at)
            loaded = own_request(db.session(), me(), guest.id)
            guests.tell_hosts(db.session(), loaded, desk=desk(), at=at)
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
        else:
            db.session.commit()
            flash(_("Asked. Its host answers; you get a mail either way."))
        return redirect(url_for("scheduling.catch_up", session_id=session_id))
    return render_template(
        "scheduling/catch_up.html",
        missed=missed,
        misses=guests.misses(db.session(), missed, me(), at=at),
        chairs=guests.chairs(db.session(), missed, membership, at=at),
        standing=standing_request(db.session(), me().id, missed.id),
    )


@bp.route("/guests/<uuid:guest_id>/decide", methods=("GET", "POST"))
def decide_guest(guest_id: UUID) -> ResponseReturnValue:
    """The host says whether someone is welcome as a guest."""
    at = clock.now()
    guest = request_for_host(db.session(), me(), guest_id, at=at)
    form = GuestAnswerForm()
    if form.validate_on_submit():
        circle_id = guest.meeting.season.circle_id
        act = guests.welcome if form.answer.data == "yes" else guests.decline
        try:
            act(db.session(), guest, actor=me(), desk=desk(), at=at)
        except DomainError as error:
            db.session.rollback()
            flash(error.render(_), "attention")
        else:
            db.session.commit()
            flash(
                _("They have an invite, and your circle sees who comes.")
                if form.answer.data == "yes"
                else _("They get a friendly no, without a reason.")
            )
        return redirect(url_for("pages.circle", circle_id=circle_id))
    return render_template("scheduling/guest_decide.html", guest=guest, at=at)


@bp.post("/guests/<uuid:guest_id>/withdraw")
def withdraw_guest(guest_id: UUID) -> ResponseReturnValue:
    """I do not come as a guest after all."""
    guest = own_request(db.session(), me(), guest_id)
    if PlainForm().validate_on_submit():
        guests.withdraw(db.session(), guest, desk=desk(), at=clock.now())
        db.session.commit()
        flash(_("Taken back. It is out of your calendar."))
    return redirect(back())


def _missed(session_id: UUID) -> tuple[CircleSession, Membership]:
    missed = queries.member_session(db.session(), me(), session_id)
    if not missed.season.circle.cohort.catch_up:
        raise NotFound
    members = queries.active_members(missed.season.circle)
    return missed, next(member for member in members if member.person_id == me().id)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
