"""What calendars said beside a yes or no: a line for the circle, or a time a member would rather have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle, Membership
from scheduling.models import CalendarReply, CircleSession, ReplyKind, ReplyState, Rsvp, Season


@dataclass(frozen=True, slots=True)
class Said:
    """One member's words on one session. `starts_at` is the time they would rather have, None in an answer."""

    person: Person
    proposal: bool
    starts_at: datetime | None
    comment: str


def said_of(
    session: Session, session_ids: Collection[UUID], *, at: datetime, proposals: Collection[UUID] = ()
) -> dict[UUID, list[Said]]:
    """By session what its present members' calendars said last: lines that came with an answer which still stands,
    and for the sessions in `proposals`, which the reader may move, the times proposed that are to come.

    The caller has loaded the sessions for a member.
    """
    found: dict[UUID, list[Said]] = {session_id: [] for session_id in session_ids}
    if not found:
        return found
    rows = session.execute(
        select(CalendarReply, Person, Rsvp.answered_at)
        .join(Person, Person.id == CalendarReply.person_id)
        .join(CircleSession, CircleSession.id == CalendarReply.session_id)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .join(
            Membership,
            and_(
                Membership.circle_id == Circle.id,
                Membership.person_id == CalendarReply.person_id,
                Membership.left_at.is_(None),
            ),
        )
        .outerjoin(
            Rsvp,
            and_(
                Rsvp.session_id == CalendarReply.session_id,
                Rsvp.person_id == CalendarReply.person_id,
                Rsvp.source == "calendar",
            ),
        )
        .where(
            CalendarReply.session_id.in_(found),
            CalendarReply.state == ReplyState.APPLIED,
            CalendarReply.sequence >= CircleSession.schedule_sequence,
        )
        .order_by(CalendarReply.stamped_at.desc(), CalendarReply.id)
    )
    seen: set[tuple[UUID, UUID, ReplyKind]] = set()
    for reply, person, answered_at in rows:
        key = (reply.session_id, reply.person_id, reply.kind)
        if key in seen:
            continue
        seen.add(key)
        if reply.kind is ReplyKind.PROPOSAL:
            shown = reply.session_id in proposals and (
                reply.proposed_starts_at is None or reply.proposed_starts_at > at
            )
        else:
            # A later answer on a page takes the line of the earlier one with it.
            shown = bool(reply.comment) and answered_at == min(reply.stamped_at, reply.received_at)
        if shown:
            proposal = reply.kind is ReplyKind.PROPOSAL
            found[reply.session_id].append(Said(person, proposal, reply.proposed_starts_at, reply.comment))
    return found
