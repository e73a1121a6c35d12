"""A circle's times for its members or its lead, its open poll, and who is still to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Cohort, Membership, ProgramLead
from scheduling.models import PollKind, Season, SessionState, SlotOption, SlotPoll, SlotVote
from scheduling.queries.access import season_of_circle
from scheduling.queries.people import active_members, roles_of

#: Sessions whose hosts may ask the circle about its weekly time: this one and the next.
HOSTS_OF = 2
#: Who was asked within this time is not reminded yet.
JUST_ASKED = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CircleTimes:
    """A circle with its season for someone: a member, or a lead, who sees numbers and never who said what."""

    circle: Circle
    season: Season | None
    member: Membership | None
    #: Whether the reader may ask the circle and settle: the host of this or the next session, or the lead.
    decides: bool
    leads: bool

    @property
    def members(self) -> list[Membership]:
        """Present members in ring order."""
        return active_members(self.circle)

    @property
    def running(self) -> Season | None:
        """The season, unless it is over."""
        return self.season if self.season is not None and self.season.ended_at is None else None


def times_for(session: Session, person: Person, circle_id: UUID, *, at: datetime) -> CircleTimes:
    """The times of a standing circle for a present member or a lead of its program. Raises NotFound for anyone else."""
    circle = session.scalar(
        select(Circle)
        .where(Circle.id == circle_id, Circle.ended_at.is_(None))
        .options(
            joinedload(Circle.cohort).joinedload(Cohort.program),
            selectinload(Circle.memberships).joinedload(Membership.person),
        )
    )
    if circle is None:
        raise NotFound
    member = next((m for m in active_members(circle) if m.person_id == person.id), None)
    leads = session.scalar(
        select(exists().where(ProgramLead.program_id == circle.cohort.program_id, ProgramLead.person_id == person.id))
    )
    if member is None and not leads:
        raise NotFound
    season = season_of_circle(session, circle_id)
    standing = season is not None and season.ended_at is None
    hosting = (person.id in next_hosts(season, at=at)) if season is not None and standing else member is not None
    return CircleTimes(circle, season, member, bool(leads) or hosting, bool(leads))


def next_hosts(season: Season, *, at: datetime) -> set[UUID]:
    """Who hosts the session that runs or comes next, and the one after it; sessions and people are loaded."""
    to_come = [m for m in season.sessions if m.state is SessionState.PLANNED and m.ends_at > at][:HOSTS_OF]
    hosts = {roles.host for m in to_come if (roles := roles_of(m)) is not None}
    return {host for host in hosts if isinstance(host, UUID)}


def open_poll(session: Session, season_id: UUID) -> SlotPoll | None:
    """The poll of a season that is neither settled nor closed, its options and votes loaded."""
    poll: SlotPoll | None = session.scalar(
        select(SlotPoll)
        .where(SlotPoll.season_id == season_id, SlotPoll.ended_at.is_(None))
        .options(selectinload(SlotPoll.options).selectinload(SlotOption.votes))
        .execution_options(populate_existing=True)
    )
    return poll


def last_poll(session: Session, season_id: UUID) -> SlotPoll | None:
    """The poll that ended last, its options and votes loaded."""
    poll: SlotPoll | None = session.scalar(
        select(SlotPoll)
        .where(SlotPoll.season_id == season_id, SlotPoll.ended_at.is_not(None))
        .options(selectinload(SlotPoll.options).selectinload(SlotOption.votes))
        .order_by(SlotPoll.ended_at.desc())
        .limit(1)
    )
    return poll


def had_first_poll(session: Session, season_id: UUID) -> bool:
    """Whether the times offered in the welcome mail were asked about already."""
    return bool(
        session.scalar(select(exists().where(SlotPoll.season_id == season_id, SlotPoll.kind == PollKind.FIRST)))
    )


def polls_to_answer(session: Session, person_id: UUID, *, at: datetime) -> Sequence[SlotPoll]:
    """Open polls that wait for a person's answer, first to close first; season and circle loaded."""
    return session.scalars(
        select(SlotPoll)
        .join(Season, Season.id == SlotPoll.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            SlotPoll.ended_at.is_(None),
            SlotPoll.closes_at > at,
            Season.ended_at.is_(None),
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
            _unanswered_by(person_id),
        )
        .options(joinedload(SlotPoll.season).joinedload(Season.circle))
        .order_by(SlotPoll.closes_at)
    ).all()


def polls_to_settle(session: Session, person_id: UUID, *, at: datetime) -> list[SlotPoll]:
    """Polls past their deadline that wait for a person's word as host; season and circle loaded."""
    found = session.scalars(
        select(SlotPoll)
        .join(Season, Season.id == SlotPoll.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            SlotPoll.ended_at.is_(None),
            SlotPoll.closes_at <= at,
            Season.ended_at.is_(None),
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
        )
        .options(
            joinedload(SlotPoll.season).options(
                selectinload(Season.sessions),
                joinedload(Season.circle).selectinload(Circle.memberships).joinedload(Membership.person),
            )
        )
        .order_by(SlotPoll.closes_at)
    ).all()
    return [poll for poll in found if person_id in next_hosts(poll.season, at=at)]


def polls_to_remind(session: Session, *, at: datetime, before: timedelta) -> list[UUID]:
    """Ids of open polls that close within `before`, whose silent members were neither reminded nor asked just now."""
    return list(
        session.scalars(
            select(SlotPoll.id)
            .join(Season, Season.id == SlotPoll.season_id)
            .where(
                SlotPoll.ended_at.is_(None),
                SlotPoll.reminded_at.is_(None),
                SlotPoll.closes_at > at,
                SlotPoll.closes_at <= at + before,
                SlotPoll.opened_at <= at - JUST_ASKED,
                Season.ended_at.is_(None),
            )
            .order_by(SlotPoll.closes_at)
        )
    )


def poll_with_people(session: Session, poll_id: UUID) -> SlotPoll:
    """A poll with options, votes, season, circle and people, for work that nobody asked for by hand."""
    return session.scalars(
        select(SlotPoll)
        .where(SlotPoll.id == poll_id)
        .options(
            selectinload(SlotPoll.options).selectinload(SlotOption.votes),
            joinedload(SlotPoll.season)
            .joinedload(Season.circle)
            .options(joinedload(Circle.cohort), selectinload(Circle.memberships).joinedload(Membership.person)),
        )
    ).one()


def _unanswered_by(person_id: UUID) -> ColumnElement[bool]:
    said = exists().where(SlotVote.option_id == SlotOption.id, SlotVote.person_id == person_id)
    return exists().where(SlotOption.poll_id == SlotPoll.id, ~said)
