"""Everything this package holds about a person, for the export of their account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle
from scheduling.models import (
    Attendance,
    CalendarReply,
    CircleSession,
    HourAsk,
    Rsvp,
    Season,
    SessionGuest,
    SlotOption,
    SlotPoll,
    SlotVote,
    StandingYes,
)


def export(session: Session, person: Person) -> dict[str, Any]:
    """My answers to invites and whether I was noted as present, by session."""
    answers = session.execute(_by_session(Rsvp).where(Rsvp.person_id == person.id).order_by(CircleSession.starts_at))
    presence = session.execute(
        _by_session(Attendance).where(Attendance.person_id == person.id).order_by(CircleSession.starts_at)
    )
    return {
        "answers": [
            {
                "session": at.isoformat(),
                "circle": circle,
                "answer": rsvp.answer.value,
                "at": rsvp.answered_at.isoformat(),
            }
            for rsvp, at, circle in answers
        ],
        "presence": [
            {"session": at.isoformat(), "circle": circle, "present": row.present} for row, at, circle in presence
        ],
        **_about_times(session, person),
        **_from_calendars(session, person),
    }


def _by_session(table: type[Any]) -> Select[Any]:
    """Rows about sessions, each with its session's start and its circle's name."""
    return (
        select(table, CircleSession.starts_at, Circle.name)
        .join(CircleSession, CircleSession.id == table.session_id)
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
    )


def _from_calendars(session: Session, person: Person) -> dict[str, Any]:
    """What my calendars answered by mail, and the circles whose sessions I come to every week."""
    replies = session.execute(
        _by_session(CalendarReply).where(CalendarReply.person_id == person.id).order_by(CalendarReply.received_at)
    )
    standing = session.scalars(
        select(Circle.name)
        .join(Season, Season.circle_id == Circle.id)
        .join(StandingYes, StandingYes.season_id == Season.id)
        .where(StandingYes.person_id == person.id)
        .order_by(Circle.name)
    )
    return {
        "calendar_replies": [
            {
                "session": starts_at.isoformat(),
                "circle": circle,
                "kind": reply.kind.value,
                "state": reply.state.value,
                "answer": reply.answer.value if reply.answer else None,
                "proposed": reply.proposed_starts_at.isoformat() if reply.proposed_starts_at else None,
                "comment": reply.comment,
                "at": reply.stamped_at.isoformat(),
            }
            for reply, starts_at, circle in replies
        ],
        "every_week": list(standing),
    }


def _about_times(session: Session, person: Person) -> dict[str, Any]:
    """What I said about weekly times, which hours I was asked for, and where I was a guest."""
    votes = session.execute(
        select(SlotVote, SlotOption, Circle.name)
        .join(SlotOption, SlotOption.id == SlotVote.option_id)
        .join(SlotPoll, SlotPoll.id == SlotOption.poll_id)
        .join(Season, Season.id == SlotPoll.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(SlotVote.person_id == person.id)
        .order_by(SlotVote.voted_at, SlotOption.position)
    )
    asks = session.execute(
        select(HourAsk, Circle.name)
        .join(Circle, Circle.id == HourAsk.circle_id)
        .where(HourAsk.person_id == person.id)
        .order_by(HourAsk.asked_at)
    )
    visits = session.execute(
        _by_session(SessionGuest).where(SessionGuest.person_id == person.id).order_by(CircleSession.starts_at)
    )
    return {
        "times": [
            {
                "circle": circle,
                "weekday": option.weekday,
                "starts": option.starts.isoformat("minutes"),
                "timezone": option.timezone,
                "vote": vote.vote.value,
                "at": vote.voted_at.isoformat(),
            }
            for vote, option, circle in votes
        ],
        "hours_asked": [
            {"circle": circle, "hours": ask.spells, "at": ask.asked_at.isoformat(), "freed": ask.freed}
            for ask, circle in asks
        ],
        "visits": [
            {"session": at.isoformat(), "circle": circle, "state": guest.state.value} for guest, at, circle in visits
        ],
    }
