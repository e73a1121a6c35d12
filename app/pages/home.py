"""A person's home: the next session, this week's page, one thing to record, and their changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.auth import me
from app.extensions import db
from app.figures import RingMember
from app.i18n import local
from app.pages.blueprint import bp
from circles.models import Membership
from circles.queries import is_lead
from circles.queries.agreements import AgreementState, agreement_state
from circles.queries.enrollments import enrollments_of
from circles.queries.mine import circles_of
from guides.live_clock import OPENS_BEFORE
from guides.walk import queries as walks
from guides.walk.queries.page import WeekPage, sessions_by_week
from practices.queries.changes import asked_to_witness, changes_of
from practices.queries.courses import charted, to_record
from practices.queries.shares import pages_for_manager
from scheduling.models import Answer, CircleSession, Rsvp, SessionState
from scheduling.queries import active_members, answers_of, next_session, roles_of
from scheduling.queries.tasks import tasks_of
from scheduling.rotation import Roles

RING_STATE = {Answer.YES: "coming", Answer.MAYBE: "unsure", Answer.NO: "declined"}


@dataclass(frozen=True, slots=True)
class NextUp:
    """The next session of a person with what home shows around it."""

    meeting: CircleSession
    roles: Roles | None
    answers: dict[UUID, Rsvp]
    ring: list[RingMember]
    #: The circle from the reader on, clockwise.
    members: list[Membership]
    page: WeekPage | None
    coming_up: list[tuple[CircleSession, str]]
    agreement: AgreementState
    days: int
    #: Whether the session can be opened to run it: for its host always, for others shortly before and during it.
    opens: bool
    #: When the circle met last, to ask what happened since.
    last_met: datetime | None


@bp.get("/")
def home() -> ResponseReturnValue:
    """The signed-in person's home."""
    session, person, at = db.session(), me(), clock.now()
    today = clock.today(person.timezone)
    up = _next_up(session, person, at)
    changes = changes_of(session, person.id)
    return render_template(
        "app/home.html",
        up=up,
        circles=circles_of(session, person.id),
        enrollments=enrollments_of(session, person.id),
        tasks=tasks_of(session, person.id, at=at),
        changes=charted(session, changes, today=today),
        to_record=to_record(changes, since=up.last_met if up else None, today=today),
        witness=asked_to_witness(session, person),
        manager_pages=pages_for_manager(session, person, limit=3),
        leads=is_lead(session, person),
        at=at,
        today=today,
    )


def _hosts(meeting: CircleSession, person: Person) -> bool:
    roles = roles_of(meeting)
    return roles is not None and roles.host == person.id


def _next_up(session: Session, person: Person, at: datetime) -> NextUp | None:
    meeting = next_session(session, person.id, at=at)
    if meeting is None:
        return None
    walk, membership = walks.walk_for(session, person, meeting.season.circle_id)
    weeks = sessions_by_week(session, walk)
    number = next((week for week, used_by in weeks.items() if used_by.id == meeting.id), None)
    page = walks.week_page(session, walk, membership, number, reader=person) if number else None
    answers = answers_of(session, [meeting.id])[meeting.id]
    members = active_members(meeting.season.circle)
    mine = next(index for index, member in enumerate(members) if member.person_id == person.id)
    mine_first = [*members[mine:], *members[:mine]]
    ring = [
        RingMember(
            member.person.name,
            member.person.initials,
            RING_STATE[answers[member.person_id].answer] if member.person_id in answers else "no_answer",
        )
        for member in mine_first
    ]
    later = [m for m in walk.season.sessions if m.starts_at > meeting.starts_at and m.state is SessionState.PLANNED]
    held = [m.ends_at for m in walk.season.sessions if m.state is SessionState.HELD and m.ends_at <= at]
    days = (local(meeting.starts_at, person.timezone).date() - local(at, person.timezone).date()).days
    return NextUp(
        meeting=meeting,
        roles=roles_of(meeting),
        answers=answers,
        ring=ring,
        members=mine_first,
        page=page,
        coming_up=[(m, m.title) for m in later[:3]],
        agreement=agreement_state(session, meeting.season.circle, reader=person),
        days=days,
        opens=page is not None and (_hosts(meeting, person) or at >= meeting.starts_at - OPENS_BEFORE),
        last_met=max(held, default=None),
    )
