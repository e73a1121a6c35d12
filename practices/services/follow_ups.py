"""Asking again after the last session: at its end, and 30, 60 and 90 days later, in the person's own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person, StartedState
from app.accounts.services.addresses import stop_url
from app.accounts.services.weekly import Letter, in_digest, start_mail
from app.mail.compose import compose
from app.mail.desk import Desk
from practices.course import FOLLOW_UP_DAYS
from practices.models import CheckIn, FollowUp, Occasion, PracticeChange
from practices.queries.changes import OPEN
from scheduling.models import CircleSession, Season, SessionState
from scheduling.queries.reminding import circles_of, reminders_to_come

#: Days after the last session on which a change is asked about.
DUE: dict[Occasion, int] = {Occasion.END: 0} | {Occasion(key): days for key, days in FOLLOW_UP_DAYS.items()}
#: A question that could not be asked for so long is left alone; the next one comes.
TOO_LATE = timedelta(days=20)
BATCH = 200
#: The kind of mail that asks how a change is going.
KIND = "check_in"


def changes_to_plan(session: Session, *, after: UUID | None, at: datetime) -> Sequence[UUID]:
    """Open changes without follow-ups whose circle has met for the last time, some hundreds at once, by id."""
    of_circle = (Season.circle_id == PracticeChange.circle_id) & (CircleSession.season_id == Season.id)
    standing = CircleSession.state != SessionState.CANCELLED
    statement = (
        select(PracticeChange.id)
        .where(
            PracticeChange.status.in_(OPEN),
            exists().where(of_circle, standing, CircleSession.ends_at <= at),
            ~exists().where(of_circle, standing, CircleSession.ends_at > at),
            ~exists().where(FollowUp.change_id == PracticeChange.id),
        )
        .order_by(PracticeChange.id)
        .limit(BATCH)
    )
    if after is not None:
        statement = statement.where(PracticeChange.id > after)
    return session.scalars(statement).all()


def plan_follow_ups(session: Session, change_ids: Sequence[UUID], *, at: datetime) -> int:
    """Write the follow-ups of changes whose circle has ended (see `changes_to_plan`); says how many.

    A question that was answered before it was written (a check-in at the last session) counts as answered.
    """
    free = ~exists().where(FollowUp.change_id == PracticeChange.id)
    changes = session.scalars(select(PracticeChange).where(PracticeChange.id.in_(change_ids), free)).all()
    ends = _last_days(session, {change.circle_id for change in changes if change.circle_id})
    latest = _latest_check_ins(session, [change.id for change in changes])
    written = 0
    for change in changes:
        ended_on = ends.get(change.circle_id) if change.circle_id else None
        answered = latest.get(change.id)
        if ended_on is None:
            continue
        for occasion, days in DUE.items():
            due_on = ended_on + timedelta(days=days)
            if due_on <= change.begun_on:
                continue
            done = answered is not None and answered >= due_on
            session.add(
                FollowUp(change_id=change.id, occasion=occasion, due_on=due_on, answered_at=at if done else None)
            )
            written += 1
    session.flush()
    return written


def _last_days(session: Session, circle_ids: set[UUID]) -> dict[UUID, date]:
    rows = session.execute(
        select(Season.circle_id, Season.timezone, func.max(CircleSession.ends_at))
        .join(CircleSession, CircleSession.season_id == Season.id)
        .where(Season.circle_id.in_(circle_ids), CircleSession.state != SessionState.CANCELLED)
        .group_by(Season.circle_id, Season.timezone)
    )
    found: dict[UUID, date] = {}
    for circle_id, timezone, ended in rows:
        day = ended.astimezone(ZoneInfo(timezone)).date()
        found[circle_id] = max(day, found.get(circle_id, day))
    return found


def _latest_check_ins(session: Session, change_ids: Sequence[UUID]) -> dict[UUID, date]:
    rows = session.execute(
        select(CheckIn.change_id, func.max(CheckIn.on_date))
        .where(CheckIn.change_id.in_(change_ids))
        .group_by(CheckIn.change_id)
    )
    return {row[0]: row[1] for row in rows}


def people_to_ask(session: Session, *, today: date, limit: int = BATCH) -> Sequence[UUID]:
    """People with a question that is due and was not asked."""
    return session.scalars(
        select(PracticeChange.person_id)
        .join(FollowUp, FollowUp.change_id == PracticeChange.id)
        .where(FollowUp.due_on <= today, FollowUp.asked_at.is_(None))
        .group_by(PracticeChange.person_id)
        .order_by(PracticeChange.person_id)
        .limit(limit)
    ).all()


def ask_person(session: Session, person_id: UUID, *, desk: Desk, today: date, at: datetime) -> bool:
    """Ask one person about all their changes that are due, in one mail; every question is then marked as asked.

    The question waits for their digest when their week is full. False when no mail goes out: answered meanwhile, ended,
    too late, it waits, the person wants no such mails or left.
    """
    rows = session.execute(
        select(FollowUp, PracticeChange)
        .join(PracticeChange, PracticeChange.id == FollowUp.change_id)
        .where(PracticeChange.person_id == person_id, FollowUp.due_on <= today, FollowUp.asked_at.is_(None))
        .order_by(FollowUp.due_on)
    ).all()
    ask: dict[UUID, PracticeChange] = {}
    for follow_up, change in rows:
        follow_up.asked_at = at
        if follow_up.answered_at is None and change.status in OPEN and follow_up.due_on > today - TOO_LATE:
            ask[change.id] = change
    person = session.get_one(Person, person_id)
    if not ask or not person.active:
        session.flush()
        return False
    links = [(change, desk.url(f"/changes/{change.id}/check-in")) for change in ask.values()]
    words = compose(
        "practices/emails/follow_up",
        locale=person.locale,
        person=person,
        changes=links,
        unsubscribe_url=stop_url(desk, person, KIND),
    )
    letter = Letter(
        person,
        KIND,
        f"follow-up@{today.isoformat()}",
        words,
        mail_kind="practices.follow_up",
        title=words.subject,
        url=links[0][1] if len(links) == 1 else desk.url("/changes"),
        hold=in_digest(person, circles_of(session, [person.id])[person.id]),
        reserve=reminders_to_come(session, [person], at=at)[person.id],
    )
    started = start_mail(session, desk, letter, at=at)
    session.flush()
    return started is not None and started.state is StartedState.SENT
