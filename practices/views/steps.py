"""What a member does with one change: check in, say where it stands, let it go, replace it, show it, ask a peer."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.accounts.forms.refusals import refuse
from app.auth import me
from app.errors import N_, DomainError, InvalidInput, NotFound
from guides.walk.queries import walk_for
from practices.blueprint import back_to, bp, desk, session
from practices.forms import (
    CheckInForm,
    EmptyForm,
    PeerForm,
    ReasonForm,
    StatementForm,
    StatusForm,
    UntilNextForm,
    VisibilityForm,
)
from practices.models import Status, Visibility
from practices.queries.changes import circle_of, own_change, peers_of
from practices.queries.commitments import commitments_about, week_to_commit
from practices.queries.timeline import asked_now
from practices.services import changes as services
from practices.services.asking import ask_peer
from practices.services.commitments import commit_to_change


def _page_of(change_id: UUID) -> str:
    return url_for("practices.change", change_id=change_id)


@bp.route("/changes/<uuid:change_id>/check-in", methods=("GET", "POST"))
def check_in(change_id: UUID) -> ResponseReturnValue:
    """Record how it goes with one change."""
    found, today, at = own_change(session(), me(), change_id), clock.today(me().timezone), clock.now()
    asked = asked_now(session(), found, today=today, at=at)
    form = CheckInForm()
    if form.validate_on_submit():
        try:
            services.check_in(
                session(),
                found,
                on=today,
                frequency=form.frequency.data,
                status=form.chosen_status(),
                line=form.line.data or "",
                barriers=form.barriers.data or (),
                occasion=asked.occasion,
                session_id=asked.session_id,
                at=at,
            )
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
        else:
            session().commit()
            shown = found.visibility is Visibility.CIRCLE
            flash(_("Saved. Your circle can see it.") if shown else _("Saved. Only you can see it."))
            return redirect(back_to(_page_of(change_id)))
    if form.errors:
        found = own_change(session(), me(), change_id)
    context = {"form": form, "change": found, "occasion": asked.occasion, "next": request.values.get("next", "")}
    return render_template("practices/check_in.html", **context), 422 if form.errors else 200


@bp.route("/changes/<uuid:change_id>/status", methods=("GET", "POST"))
def change_status(change_id: UUID) -> ResponseReturnValue:
    """Say where a change stands."""
    found = own_change(session(), me(), change_id)
    form = StatusForm.for_status(found.status)
    if form.validate_on_submit():
        status = Status(form.status.data)
        services.set_status(session(), found, status, on=clock.today(me().timezone), at=clock.now())
        session().commit()
        return redirect(_page_of(change_id))
    return render_template("practices/status.html", form=form, change=found), 422 if form.errors else 200


@bp.route("/changes/<uuid:change_id>/let-go", methods=("GET", "POST"))
def let_go(change_id: UUID) -> ResponseReturnValue:
    """Let a change go, with the reason; it stays in the record."""
    found = own_change(session(), me(), change_id)
    form = ReasonForm()
    if form.validate_on_submit():
        services.let_go(session(), found, reason=form.reason.data or "", on=clock.today(me().timezone), at=clock.now())
        session().commit()
        flash(_("You let it go. It stays in your record."))
        return redirect(_page_of(change_id))
    return render_template("practices/let_go.html", form=form, change=found), 422 if form.errors else 200


@bp.post("/changes/<uuid:change_id>/pick-up")
def pick_up(change_id: UUID) -> ResponseReturnValue:
    """Try again what was let go."""
    found = own_change(session(), me(), change_id)
    if EmptyForm().validate_on_submit():
        services.pick_up(session(), found, at=clock.now())
        session().commit()
    return redirect(_page_of(change_id))


@bp.route("/changes/<uuid:change_id>/replace", methods=("GET", "POST"))
def replace(change_id: UUID) -> ResponseReturnValue:
    """Put another change in place of this one."""
    found = own_change(session(), me(), change_id)
    form = StatementForm() if request.method == "POST" else StatementForm(before=found.before, area=found.area)
    if form.validate_on_submit():
        today = clock.today(me().timezone)
        try:
            made = services.replace(session(), found, form.statement(), today=today, actor=me(), at=clock.now())
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
        else:
            session().commit()
            flash(_("The new one takes its place. The old one stays in your record."))
            return redirect(_page_of(made.id))
    if form.errors:
        found = own_change(session(), me(), change_id)
    return render_template("practices/replace.html", form=form, change=found), 422 if form.errors else 200


@bp.route("/changes/<uuid:change_id>/who-can-see", methods=("GET", "POST"))
def show(change_id: UUID) -> ResponseReturnValue:
    """Show a change to my circle, or to nobody again."""
    found = own_change(session(), me(), change_id)
    circle = circle_of(session(), found)
    form = VisibilityForm.for_circle(circle.name if circle else "", found.visibility)
    if form.validate_on_submit():
        services.show_to(session(), found, Visibility(form.visibility.data), at=clock.now())
        session().commit()
        shown = found.visibility is Visibility.CIRCLE
        flash(_("Your circle can see it now.") if shown else _("Only you can see it now."))
        return redirect(_page_of(change_id))
    context = {"form": form, "change": found, "circle": circle, "peers": peers_of(session(), found)}
    return render_template("practices/show.html", **context), 422 if form.errors else 200


@bp.route("/changes/<uuid:change_id>/ask", methods=("GET", "POST"))
def ask_witness(change_id: UUID) -> ResponseReturnValue:
    """Ask a peer whether they saw it."""
    found = own_change(session(), me(), change_id)
    circle = circle_of(session(), found)
    said = {entry.person_id for entry in found.witnesses if entry.at or entry.asked_at}
    free = [peer for peer in peers_of(session(), found) if peer.id not in said]
    form = PeerForm.for_peers([(peer.id, peer.name) for peer in free])
    if form.validate_on_submit():
        ask_peer(session(), found, form.peer.data, actor=me(), desk=desk(), at=clock.now())
        session().commit()
        flash(_("Asked, with one mail. The answer appears on this page."))
        return redirect(_page_of(change_id))
    context = {"form": form, "change": found, "circle": circle, "peers": free}
    return render_template("practices/ask.html", **context), 422 if form.errors else 200


@bp.route("/changes/<uuid:change_id>/until-next", methods=("GET", "POST"))
def until_next(change_id: UUID) -> ResponseReturnValue:
    """Say the one thing I will do about a change before the next session."""
    found, at = own_change(session(), me(), change_id), clock.now()
    if found.circle_id is None:
        raise NotFound
    walk, _membership = walk_for(session(), me(), found.circle_id)
    week = week_to_commit(session(), found.circle_id, at=at)
    if week is None:
        raise DomainError(N_("Your circle has not met yet. Say it at the end of the first session."))
    earlier = commitments_about(session(), found.id)
    form = UntilNextForm(text=next((entry.text for entry in earlier if entry.week == week), ""))
    if form.validate_on_submit():
        try:
            commit_to_change(session(), found, walk, week, form.text.data or "", actor=me(), at=at)
        except InvalidInput as error:
            session().rollback()
            refuse(form, error)
            found, earlier = own_change(session(), me(), change_id), commitments_about(session(), change_id)
        else:
            session().commit()
            flash(_("Saved. Your circle sees it and asks next time."))
            return redirect(_page_of(change_id))
    context = {"form": form, "change": found, "earlier": earlier, "week": week}
    return render_template("practices/until_next.html", **context), 422 if form.errors else 200
