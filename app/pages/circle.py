"""A circle's own page, for its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import clock
from app.auth import me
from app.extensions import db
from app.figures import RingMember
from app.pages.blueprint import bp
from circles.models import Membership
from circles.queries import circle_for
from circles.queries.agreements import agreement_state
from circles.queries.mine import earlier_circles, newest_circle_id
from guides.walk.queries.page import week_numbers
from practices.queries.changes import shown_in_circle
from scheduling.models import CircleSession, SessionState
from scheduling.queries import active_members, answers_of, present_at, season_of_circle
from scheduling.queries.guests import guests_of
from scheduling.queries.replies import said_of
from scheduling.queries.running import rings
from scheduling.services.answers import comes_every_week
from scheduling.services.changes import may_change
from scheduling.timeline import Met, stops

#: Sessions to come that the page lists with what can be done about them; the line of rings shows all.
LISTED = 3


@dataclass(frozen=True, slots=True)
class SeasonStop:
    """One session on the line of rings: when, how it stands, who comes or came, and the page it uses."""

    starts_at: datetime
    state: str
    ring: list[RingMember]
    label: str
    url: str


@bp.get("/my-circle")
def my_circle() -> ResponseReturnValue:
    """The circle I joined last."""
    circle_id = newest_circle_id(db.session(), me().id)
    return redirect(url_for("pages.circle", circle_id=circle_id) if circle_id else url_for("pages.home"))


@bp.get("/circles/<uuid:circle_id>")
def circle(circle_id: UUID) -> ResponseReturnValue:
    """Who is in my circle, our sessions, our agreement, and what peers show."""
    session, person, at = db.session(), me(), clock.now()
    found = circle_for(session, person, circle_id)
    season = season_of_circle(session, circle_id)
    members = active_members(found)
    mine = next(member for member in members if member.person_id == person.id)
    place = members.index(mine)
    ordered = [*members[place:], *members[:place]]
    sessions = list(season.sessions) if season else []
    skipped = [m for m in sessions if m.state is SessionState.CANCELLED and m.starts_at > at]
    back = {m.replaces_id for m in sessions}
    weeks = week_numbers(session, [m.id for m in sessions])
    standing = [m for m in sessions if m.state is not SessionState.CANCELLED]
    changeable = {m.id for m in sessions if may_change(m, sessions, person, at=at)}
    return render_template(
        "app/circle.html",
        circle=found,
        season=season,
        members=ordered,
        membership=mine,
        ring=[RingMember(member.person.name, member.person.initials) for member in ordered],
        words=rings(session, [circle_id], at=at)[circle_id],
        weeks=weeks,
        sessions=standing,
        line=_line(session, sessions, ordered, weeks, circle_id, at),
        to_note=[m for m in standing if m.state is SessionState.PLANNED and m.ends_at <= at],
        to_come=[m for m in standing if m.ends_at > at][:LISTED],
        guests=guests_of(session, [m.id for m in standing if m.ends_at > at]),
        skipped=[m for m in skipped if m.id not in back],
        changeable=changeable,
        known_room=next((m for m in standing if m.id in changeable and m.is_room_known), None),
        said=said_of(session, [m.id for m in standing if m.ends_at > at][:LISTED], at=at, proposals=changeable),
        agreement=agreement_state(session, found, reader=person),
        shown=shown_in_circle(session, person, circle_id),
        earlier=[one for one in earlier_circles(session, person.id) if one.id != circle_id],
        every_week=season is not None and comes_every_week(session, season, person),
        at=at,
        today=clock.today(person.timezone),
    )


def _line(
    session: Session,
    sessions: Sequence[CircleSession],
    members: Sequence[Membership],
    weeks: dict[UUID, int],
    circle_id: UUID,
    at: datetime,
) -> list[SeasonStop]:
    """The whole season as rings of its present members, each leading to its week's page."""
    ids = [meeting.id for meeting in sessions]
    answers = {
        meeting: {person: rsvp.answer.value for person, rsvp in given.items()}
        for meeting, given in answers_of(session, ids).items()
    }
    met = [Met(m.id, m.starts_at, m.ends_at, m.state.value) for m in sessions]
    people = [member.person_id for member in members]
    found = []
    for stop in stops(met, people, answers, present_at(session, ids), at=at):
        number = weeks.get(stop.key)
        ring = [
            RingMember(member.person.name, member.person.initials, state)
            for member, state in zip(members, stop.beads, strict=True)
        ]
        url = url_for("guides.week", circle_id=circle_id, number=number) if number else ""
        label = _("Week %(number)s", number=number) if number else ""
        found.append(SeasonStop(stop.starts_at, stop.state, ring, label, url))
    return found
