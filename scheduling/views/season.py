"""A circle's weekly time on one page: everyone's own clock, what else would suit, and who bears the hard hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app import clock, i18n
from app.auth import me
from app.errors import N_, DomainError, InvalidInput, NotAllowed
from app.extensions import db
from circles.windows import Window
from scheduling import queries
from scheduling.models import CircleSession, SessionState
from scheduling.poll_forms import HourForm, PlainForm
from scheduling.queries.hours import ask_for, asked, asks_of
from scheduling.queries.polls import CircleTimes, open_poll, times_for
from scheduling.recurrence import Slot
from scheduling.services import asking
from scheduling.services.burden import burden_log
from scheduling.services.finding import Offer, find, offer, present_offer, same_hour, weeks_to_come
from scheduling.services.holiday_asks import HolidayAsk, holiday_asks, keep_on_holiday
from scheduling.services.polls import alternatives_of, first_poll_until, state_of
from scheduling.services.session_times import weekly_words
from scheduling.slots import Choice
from scheduling.views.blueprint import back, bp, desk


@dataclass(frozen=True, slots=True)
class Found:
    """The times found for a circle over the weeks to come: others than its own, and two in turns."""

    weeks: tuple[date, ...]
    choice: Choice | None
    others: tuple[Offer, ...]
    turns: Offer | None


def found_for(times: CircleTimes, *, minutes: int) -> Found:
    """What would suit the circle from now on."""
    weeks = weeks_to_come(times.circle, times.season, at=clock.now())
    choice = find(db.session(), times.circle, weeks, minutes=minutes)
    present = times.running.slots if times.running else ()
    if choice is None:
        return Found(weeks, None, (), None)
    slots = [_slot(candidate.window, minutes) for candidate in choice.candidates]
    others = tuple(
        offer((slot,), times.members, weeks) for slot in slots if not present or not same_hour((slot,), present)
    )
    turns = None
    if choice.rotation is not None and len(weeks) > 1:
        both = (_slot(choice.rotation.first.window, minutes), _slot(choice.rotation.second.window, minutes))
        turns = None if present and same_hour(both, present) else offer(both, times.members, weeks)
    return Found(weeks, choice, others, turns)


@bp.get("/circles/<uuid:circle_id>/season")
def season(circle_id: UUID) -> ResponseReturnValue:
    """When my circle meets, for each of us; other times; early and late hours. A lead sees it without the log."""
    at = clock.now()
    times = times_for(db.session(), me(), circle_id, at=at)
    running = times.running
    found = found_for(times, minutes=running.minutes if running else times.circle.cohort.minutes)
    poll = open_poll(db.session(), running.id) if running else None
    first_until = first_poll_until(db.session(), running, at=at) if running and poll is None else None
    blockage = found.choice.blockage if found.choice else None
    own_asks = [ask for ask in asks_of(db.session(), me().id) if ask.circle_id == circle_id]
    return render_template(
        "scheduling/season.html",
        times=times,
        found=found,
        present=present_offer(running, times.members, found.weeks) if running else None,
        poll=state_of(poll, times.members, at=at) if poll else None,
        first_until=first_until,
        first=[offer(slots, times.members, found.weeks) for slots in alternatives_of(running)]
        if running and first_until
        else [],
        obstacle=asking.obstacle(blockage) if blockage else None,
        blocking=_blocking(times, found) if times.member is None else [],
        asked=asked(db.session(), circle_id, at=at),
        own_asks=own_asks,
        holidays=holiday_asks(running, at=at) if running and times.member else [],
        burden=burden_log(running, at=at) if running and times.member else (),
        at=at,
    )


@bp.post("/circles/<uuid:circle_id>/ask-for-hours")
def ask_for_hours(circle_id: UUID) -> ResponseReturnValue:
    """Ask those who block a common hour, privately; nobody else learns who they are."""
    at = clock.now()
    times = times_for(db.session(), me(), circle_id, at=at)
    _must_decide(times)
    if not PlainForm().validate_on_submit():
        return redirect(url_for("scheduling.season", circle_id=circle_id))
    running = times.running
    found = found_for(times, minutes=running.minutes if running else times.circle.cohort.minutes)
    if found.choice is None or found.choice.blockage is None:
        flash(_("There is an hour that suits everyone by now."))
        return redirect(url_for("scheduling.season", circle_id=circle_id))
    try:
        count = asking.ask_privately(db.session(), times.circle, found.choice.blockage, actor=me(), desk=desk(), at=at)
    except DomainError as error:
        db.session.rollback()
        flash(error.render(_), "attention")
    else:
        db.session.commit()
        flash(ngettext("%(num)d person is asked privately.", "%(num)d people are asked privately.", count))
    return redirect(url_for("scheduling.season", circle_id=circle_id))


@bp.route("/hours-asked/<uuid:ask_id>", methods=("GET", "POST"))
def hour_asked(ask_id: UUID) -> ResponseReturnValue:
    """Say whether I can free an hour; only I see the question."""
    ask = ask_for(db.session(), me(), ask_id)
    form = HourForm.for_spells([weekly_words(spell, _language()) for spell in ask.spells])
    if form.validate_on_submit():
        circle_id = ask.circle_id
        try:
            if "cannot" in request.form:
                asking.cannot(db.session(), ask, at=clock.now())
            else:
                asking.free_hours(db.session(), ask, form.spells.data or [], at=clock.now())
        except InvalidInput as error:
            db.session.rollback()
            form.spells.errors = [error.render(_)]
        else:
            db.session.commit()
            flash(_("Thank you. Your circle does not see who was asked or what you said."))
            return redirect(url_for("scheduling.season", circle_id=circle_id))
        ask = ask_for(db.session(), me(), ask_id)
    return render_template("scheduling/season_hour.html", ask=ask, form=form)


@bp.post("/sessions/<uuid:session_id>/keep")
def keep_session(session_id: UUID) -> ResponseReturnValue:
    """The host says that a session stands although it is a public holiday for someone."""
    meeting = queries.member_session(db.session(), me(), session_id)
    found = queries.season_of_circle(db.session(), meeting.season.circle_id)
    if found is None or not PlainForm().validate_on_submit():
        return redirect(back())
    ask = _ask_about(meeting, holiday_asks(found, at=clock.now()))
    if ask is None or me().id not in ask.deciders:
        raise NotAllowed(N_("The host of this or the next session says whether it stands."))
    keep_on_holiday(db.session(), meeting)
    db.session.commit()
    flash(_("The session stands. Your circle is not asked about this day again."))
    return redirect(back())


def _ask_about(meeting: CircleSession, asks: list[HolidayAsk]) -> HolidayAsk | None:
    if meeting.state is not SessionState.PLANNED:
        return None
    return next((ask for ask in asks if ask.meeting.id == meeting.id), None)


def _must_decide(times: CircleTimes) -> None:
    if not times.decides:
        raise NotAllowed(N_("The host of this or the next session does this, or your lead."))


def _blocking(times: CircleTimes, found: Found) -> list[tuple[str, list[str]]]:
    """For the lead, who may see hours: the names of those who block, and what would open a common hour."""
    if found.choice is None or found.choice.blockage is None:
        return []
    names = {member.person_id: member.person.name for member in times.members}
    helping = asking.helping_hours(found.choice.blockage)
    in_words = {key: [weekly_words(spell, _language()) for spell in spells] for key, spells in helping.items()}
    return sorted((names[key], spells) for key, spells in in_words.items() if key in names)


def _language() -> str:
    return str(get_locale() or i18n.DEFAULT_LOCALE)


def _slot(window: Window, minutes: int) -> Slot:
    return Slot(window.weekday, window.start, window.timezone, minutes)
