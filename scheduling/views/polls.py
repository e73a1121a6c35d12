"""Asking a circle about its weekly time: the poll, everyone's own answer, settling it or keeping the time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import N_, DomainError, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from circles.windows import LocalSpell
from scheduling.models import PollKind, Season
from scheduling.poll_forms import PlainForm, PollForm, SettleForm, votes_of
from scheduling.queries.polls import CircleTimes, last_poll, open_poll, times_for
from scheduling.services import polls
from scheduling.services.finding import Offer, offer, present_offer, weeks_to_come
from scheduling.views.blueprint import bp, desk
from scheduling.views.season import Found, found_for


@bp.get("/circles/<uuid:circle_id>/poll")
def poll(circle_id: UUID) -> ResponseReturnValue:
    """The open poll of my circle, or how the last one ended; a lead sees numbers."""
    times, _season = _times(circle_id, at=clock.now())
    return _page(times)


@bp.post("/circles/<uuid:circle_id>/poll")
def answer_poll(circle_id: UUID) -> ResponseReturnValue:
    """My own answer to every time; the first answer to the times of the welcome mail makes them a poll."""
    at = clock.now()
    times, season = _times(circle_id, at=at)
    if times.member is None:
        raise NotFound
    if not PlainForm().validate_on_submit():
        return redirect(url_for("scheduling.poll", circle_id=circle_id))
    found = open_poll(db.session(), season.id) or polls.begin_first_poll(db.session(), season, at=at)
    votes = votes_of(request.form, [option.position for option in found.options])
    try:
        polls.vote(db.session(), found, votes, members=times.members, actor=me(), at=at)
    except InvalidInput as error:
        db.session.rollback()
        flash(error.render(_), "attention")
        return redirect(
            url_for("scheduling.season" if request.form.get("first") else "scheduling.poll", circle_id=circle_id)
        )
    db.session.commit()
    flash(_("Saved. You can change your answer until the deadline."))
    return redirect(url_for("scheduling.poll", circle_id=circle_id))


@bp.route("/circles/<uuid:circle_id>/poll/new", methods=("GET", "POST"))
def new_poll(circle_id: UUID) -> ResponseReturnValue:
    """The host or the lead offers the circle other times, until a day."""
    at = clock.now()
    times, season = _times(circle_id, at=at)
    _must_decide(times)
    if open_poll(db.session(), season.id) is not None:
        return redirect(url_for("scheduling.poll", circle_id=circle_id))
    found = found_for(times, minutes=season.minutes)
    turns = found.turns if request.values.get("turns") else None
    labels = [] if turns else [label_of(one, me().timezone) for one in found.others]
    form = PollForm.for_times(labels, today=clock.today(me().timezone))
    if form.validate_on_submit():
        offered = [turns.slots] if turns else _offered(form, found, season)
        try:
            polls.open_for_circle(
                db.session(),
                season,
                offered,
                kind=PollKind.TURNS if turns else PollKind.CHANGE,
                closes_at=form.closes_at(me().timezone),
                actor=me(),
                desk=desk(),
                at=at,
            )
        except InvalidInput as error:
            db.session.rollback()
            field = form.until if error.field == "until" else form.times
            field.errors = [error.render(_)]
            times, season = _times(circle_id, at=at)
        else:
            db.session.commit()
            flash(_("Your circle is asked. Everyone gets a mail."))
            return redirect(url_for("scheduling.poll", circle_id=circle_id))
    return render_template("scheduling/poll_new.html", times=times, season=season, form=form, found=found, turns=turns)


@bp.post("/circles/<uuid:circle_id>/poll/settle")
def settle_poll(circle_id: UUID) -> ResponseReturnValue:
    """The host or the lead settles on a time that fits; sessions to come move."""
    at = clock.now()
    times, season = _times(circle_id, at=at)
    _must_decide(times)
    found, form = open_poll(db.session(), season.id), SettleForm()
    if found is None or not form.validate_on_submit():
        return redirect(url_for("scheduling.poll", circle_id=circle_id))
    try:
        moved = polls.settle(db.session(), found, form.option.data, season, actor=me(), desk=desk(), at=at)
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
        return redirect(url_for("scheduling.poll", circle_id=circle_id))
    db.session.commit()
    flash(
        ngettext(
            "The weekly time is changed. %(num)d session moves, and calendars follow.",
            "The weekly time is changed. %(num)d sessions move, and calendars follow.",
            len(moved),
        )
    )
    return redirect(url_for("scheduling.season", circle_id=circle_id))


@bp.post("/circles/<uuid:circle_id>/poll/keep")
def keep_time(circle_id: UUID) -> ResponseReturnValue:
    """The host or the lead closes the poll; the time stays."""
    times, season = _times(circle_id, at=clock.now())
    _must_decide(times)
    found = open_poll(db.session(), season.id)
    if found is not None and PlainForm().validate_on_submit():
        polls.keep_time(db.session(), found, actor=me(), at=clock.now())
        db.session.commit()
        flash(_("The poll is closed. The weekly time stays."))
    return redirect(url_for("scheduling.season", circle_id=circle_id))


def label_of(one: Offer, timezone: str) -> str:
    """An offered time in words on one clock, for a tick box: "Tuesday 18:00, from 26 Oct 17:00"."""
    spells = next((member.spells[0] for member in one.members if member.timezone == timezone), None)
    spells = spells or one.members[0].spells[0]
    first, *later = spells
    words: str = _("%(day)s %(time)s", day=format_date(first.first, "EEEE"), time=_clock(first))
    for spell in later:
        words += ", " + _("from %(day)s %(time)s", day=format_date(spell.first, "d MMM"), time=_clock(spell))
    return words


def _clock(spell: LocalSpell) -> str:
    return f"{spell.start.hour}:{spell.start.minute:02d}"


def _page(times: CircleTimes) -> ResponseReturnValue:
    at, season = clock.now(), times.running
    if season is None:
        raise NotFound
    found = open_poll(db.session(), season.id) or last_poll(db.session(), season.id)
    if found is None:
        return redirect(url_for("scheduling.season", circle_id=times.circle.id))
    weeks = weeks_to_come(times.circle, season, at=at)
    offers = [offer(polls.slots_of(option, season), times.members, weeks) for option in found.options]
    mine = {
        option.position: vote.vote.value
        for option in found.options
        for vote in option.votes
        if vote.person_id == me().id
    }
    state = polls.state_of(found, times.members, at=at)
    names = {member.person_id: member.person.name for member in times.members}
    return render_template(
        "scheduling/poll.html",
        times=times,
        season=season,
        state=state,
        offers=offers,
        present=present_offer(season, times.members, weeks),
        mine=mine,
        silent=[names[person] for person in state.silent] if times.member else [],
        at=at,
    )


def _times(circle_id: UUID, *, at: datetime) -> tuple[CircleTimes, Season]:
    times = times_for(db.session(), me(), circle_id, at=at)
    if times.running is None:
        raise NotFound
    return times, times.running


def _must_decide(times: CircleTimes) -> None:
    if not times.decides:
        raise NotAllowed(N_("The host of this or the next session does this, or your lead."))


def _offered(form: PollForm, found: Found, season: Season) -> list[polls.Offered]:
    ticked = [found.others[place].slots for place in form.times.data or [] if place < len(found.others)]
    return [*ticked, *((slot,) for slot in form.own_slots(me().timezone, season.minutes))]
