"""What a week's page shows one member, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Membership
from guides.content.markdown import render
from guides.content.queries import guide_of
from guides.content.values import BeforeItem, Guide, Week, Who
from guides.walk.models import BeforeTick, CircleNote, Commitment, NoteKind, PrivateNote, SessionWeek, Walk
from scheduling.models import CircleSession, Season, SessionState


@dataclass(frozen=True, slots=True)
class WeekPage:
    """One week of a walk for one member. `meeting` is the session that uses the week, if one does."""

    walk: Walk
    guide: Guide
    week: Week
    meeting: CircleSession | None
    ticked: frozenset[str]
    private: dict[str, str]
    notes: Sequence[CircleNote]
    summaries: Sequence[CircleNote]
    #: Summaries of the week before, for whoever was away.
    last_summaries: Sequence[CircleNote]
    commitments: Sequence[Commitment]
    #: Commitments of the week before, whose outcome is asked in this session.
    last_commitments: Sequence[Commitment]
    weeks: dict[int, CircleSession]
    #: The reading text as safe HTML.
    body: Markup

    def before_for(self, roles: Sequence[str]) -> tuple[BeforeItem, ...]:
        """What the reader does before the session; `roles` are their duties at it."""
        return self.week.before_for(*(Who(role) for role in roles))

    def before_minutes(self, roles: Sequence[str]) -> int:
        """How long that takes."""
        return self.week.before_minutes(*(Who(role) for role in roles))

    @property
    def ring(self) -> list[str]:
        """The weeks of the guide as the progress ring shows them."""
        now = self.week.number
        return [_ring_word(self.weeks.get(number), number == now) for number in range(1, len(self.guide.weeks) + 1)]


def _ring_word(meeting: CircleSession | None, is_now: bool) -> str:
    if meeting is not None and meeting.state is SessionState.HELD:
        return "held"
    if meeting is not None and meeting.state is SessionState.MISSED:
        return "missed"
    return "now" if is_now else "ahead"


def current_week(walk: Walk, weeks: dict[int, CircleSession], *, at: datetime) -> int:
    """The week to open: that of the session that runs or comes next, else the last one used."""
    upcoming = [
        (meeting.starts_at, week)
        for week, meeting in weeks.items()
        if meeting.state is not SessionState.CANCELLED and meeting.ends_at > at
    ]
    if upcoming:
        return min(upcoming)[1]
    return max(weeks, default=1)


def sessions_by_week(session: Session, walk: Walk) -> dict[int, CircleSession]:
    """The session that uses each week; the walk's season and its sessions are loaded."""
    rows = session.execute(select(SessionWeek.session_id, SessionWeek.week).where(SessionWeek.walk_id == walk.id))
    by_id = {meeting.id: meeting for meeting in walk.season.sessions}
    return {week: by_id[session_id] for session_id, week in rows if session_id in by_id}


def week_page(session: Session, walk: Walk, membership: Membership, number: int, *, reader: Person) -> WeekPage:
    """A week's page for a member of the walk's circle (see `walk_for`). Raises LookupError for a week that is not.

    Circle texts are those written while the reader was a member, or opened by their authors.
    """
    guide = guide_of(walk.guide_version)
    week = guide.week(number)
    weeks = sessions_by_week(session, walk)
    ticked = session.scalars(
        select(BeforeTick.item).where(
            BeforeTick.walk_id == walk.id, BeforeTick.person_id == reader.id, BeforeTick.week == number
        )
    )
    private = session.execute(
        select(PrivateNote.prompt, PrivateNote.text).where(
            PrivateNote.walk_id == walk.id, PrivateNote.person_id == reader.id, PrivateNote.week == number
        )
    )
    notes = session.scalars(
        select(CircleNote)
        .where(
            CircleNote.walk_id == walk.id,
            CircleNote.week.in_([number - 1, number]),
            or_(
                CircleNote.written_at >= membership.joined_at,
                CircleNote.opened_at.is_not(None),
                CircleNote.author_id == reader.id,
            ),
        )
        .options(joinedload(CircleNote.author))
        .order_by(CircleNote.written_at.desc())
        .limit(200)
    ).all()
    commitments = session.scalars(
        select(Commitment)
        .where(
            Commitment.walk_id == walk.id,
            Commitment.week.in_([number - 1, number]),
            or_(Commitment.made_at >= membership.joined_at, Commitment.person_id == reader.id),
        )
        .options(joinedload(Commitment.person))
        .order_by(Commitment.made_at)
    ).all()
    return WeekPage(
        walk=walk,
        guide=guide,
        week=week,
        meeting=weeks.get(number),
        ticked=frozenset(ticked),
        private={row[0]: row[1] for row in private},
        notes=[note for note in notes if note.week == number and note.kind is NoteKind.NOTE],
        summaries=[note for note in notes if note.week == number and note.kind is NoteKind.SUMMARY],
        last_summaries=[note for note in notes if note.week == number - 1 and note.kind is NoteKind.SUMMARY],
        commitments=[entry for entry in commitments if entry.week == number],
        last_commitments=[entry for entry in commitments if entry.week == number - 1],
        weeks=weeks,
        body=render(week.body),
    )


def own_commitment(session: Session, person: Person, commitment_id: UUID) -> tuple[Commitment, UUID]:
    """A person's own commitment in a circle they are in, and the circle's id. Raises NotFound."""
    row = session.execute(
        select(Commitment, Season.circle_id)
        .join(Walk, Walk.id == Commitment.walk_id)
        .join(Season, Season.id == Walk.season_id)
        .join(Membership, Membership.circle_id == Season.circle_id)
        .where(
            Commitment.id == commitment_id,
            Commitment.person_id == person.id,
            Membership.person_id == person.id,
            Membership.left_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def week_numbers(session: Session, session_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The week of the guide that each of some sessions uses; the caller has loaded them for a member."""
    if not session_ids:
        return {}
    rows = session.execute(
        select(SessionWeek.session_id, SessionWeek.week).where(SessionWeek.session_id.in_(session_ids))
    )
    return {row[0]: row[1] for row in rows}
