"""What a week's page shows one member, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from circles.models import Membership
from guides.content.queries import guide_of
from guides.content.values import Guide, Week
from guides.walk.models import BeforeTick, CircleNote, Commitment, NoteKind, PrivateNote, SessionWeek, Walk
from scheduling.models import CircleSession, SessionState


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
    )
