"""Starting the mails that go with a session: its agenda, its reminder, its link, and what is asked after it.

Sessions stand in a queue of looks. A look takes a few at a time on a short lease, reads and words everything without
holding the database, and then settles each session in a unit of its own. Whoever looks at a session twice, or dies in
between, changes nothing: each mail is decided by one row (see `app.accounts.services.weekly`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import StartedMail, StartedState
from app.accounts.services.weekly import start_mails
from app.mail.desk import Desk
from scheduling.models import CircleSession, InviteSent, SessionMails, SessionState
from scheduling.queries import reminding as queries
from scheduling.queries.people import active_members
from scheduling.reminders import AGENDA_BEFORE, Kind
from scheduling.services.session_letters import Known, Look, Wording, subject_of

log = logging.getLogger(__name__)
#: Sessions looked at together.
AT_ONCE = 25
NOTICED_AT_ONCE = 1000
#: Quiet hours can bring an agenda forward by less than this.
LEAD = timedelta(hours=11)
#: A session whose mails cannot be worded is looked at again after this time.
PUT_OFF = timedelta(hours=1)


def notice(session: Session, *, at: datetime) -> int:
    """Give sessions of the next days, new or moved, their place in the queue; says how many, some hundreds at once."""
    found = queries.unnoticed(session, at=at, limit=NOTICED_AT_ONCE)
    rows = [
        {"session_id": key, "starts_at": starts_at, "look_at": max(at, starts_at - AGENDA_BEFORE - LEAD)}
        for key, starts_at in found.items()
    ]
    if rows:
        insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement = insert(SessionMails).values(rows)
        again = {"starts_at": statement.excluded.starts_at, "look_at": statement.excluded.look_at}
        session.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=again))
    return len(rows)


def take(session: Session, *, at: datetime, lease: timedelta) -> Sequence[UUID]:
    """Some sessions whose look is due; nobody else takes them until the lease ends. The caller commits."""
    ids = session.scalars(
        select(SessionMails.session_id)
        .where(SessionMails.look_at <= at)
        .order_by(SessionMails.look_at, SessionMails.session_id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if ids:
        look_again(session, ids, at + lease)
    return ids


def looks(session: Session, session_ids: Collection[UUID], *, desk: Desk, at: datetime) -> list[Look]:
    """What is due for these sessions, worded; reads only. One that cannot be worded is put off and logged."""
    meetings = queries.sessions_to_look_at(session, session_ids)
    people = {m.person_id: m.person for meeting in meetings for m in active_members(meeting.season.circle)}
    ids = [meeting.id for meeting in meetings]
    guests = queries.guests_by_session(session, ids)
    people |= {guest.id: guest for visiting in guests.values() for guest in visiting}
    known = Known(
        answers=queries.answers_by_session(session, ids),
        told=queries.told_by_session(session, ids),
        decided=queries.decided_before(session, [subject_of(meeting) for meeting in meetings], people),
        circles=queries.circles_of(session, people),
        reserves=queries.reminders_to_come(session, people.values(), at=at),
        guests=guests,
    )
    found = []
    for meeting in meetings:
        session_id, starts_at, sequence = meeting.id, meeting.starts_at, meeting.sequence
        try:
            found.append(Wording(meeting, known, desk, at).look())
        except Exception:
            log.exception("the mails of session %s cannot be worded; they are put off", session_id)
            found.append(Look(session_id, starts_at, sequence, (), {}, {}, at + PUT_OFF))
    return found


def settle(session: Session, look: Look, *, desk: Desk, at: datetime) -> int:
    """Start the mails of a look and give its session its next place in the queue; says how many were sent.

    A session that was moved or skipped in the meantime is looked at anew.
    """
    meeting = session.scalar(
        select(CircleSession)
        .where(CircleSession.id == look.session_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if meeting is None:
        return 0
    cancelled = look.letters and meeting.state is SessionState.CANCELLED
    if cancelled or (meeting.starts_at, meeting.sequence) != (look.starts_at, look.sequence):
        look_again(session, [look.session_id], at)
        return 0
    started = start_mails(session, desk, look.letters, at=at)
    sent = [row for row in started if row.state is StartedState.SENT]
    for row in sent:
        secret = look.answering.get((row.person_id, row.kind))
        if secret is not None:
            _issue_answering(session, meeting, row.person_id, secret, at)
    _remember_agendas(session, meeting, [row for row in sent if row.kind == Kind.AGENDA.value], look.stamps)
    session.execute(
        update(SessionMails)
        .where(SessionMails.session_id == look.session_id)
        .values(look_at=look.next_at, starts_at=look.starts_at)
        .execution_options(synchronize_session=False)
    )
    return len(sent)


def look_again(session: Session, session_ids: Collection[UUID], when: datetime) -> None:
    """Have sessions that stand in the queue looked at again at an instant."""
    session.execute(
        update(SessionMails)
        .where(SessionMails.session_id.in_(session_ids))
        .values(look_at=when)
        .execution_options(synchronize_session=False)
    )


def _issue_answering(session: Session, meeting: CircleSession, person_id: UUID, secret: str, at: datetime) -> None:
    tokens.issue(
        session,
        "answer-session",
        f"{meeting.id}:{person_id}",
        at=at,
        data={"session": str(meeting.id), "person": str(person_id)},
        expires_at=meeting.ends_at,
        secret=secret,
    )


def _remember_agendas(
    session: Session, meeting: CircleSession, sent: Sequence[StartedMail], stamps: Mapping[UUID, datetime]
) -> None:
    """The agenda is the newest message about the session, so that whatever follows is newer."""
    mails = {row.person_id: row.mail_id for row in sent}
    if not mails:
        return
    rows = select(InviteSent).where(InviteSent.session_id == meeting.id, InviteSent.person_id.in_(mails))
    for last in session.scalars(rows):
        last.stamped_at, last.sequence, last.mail_id = stamps[last.person_id], meeting.sequence, mails[last.person_id]
    session.flush()
