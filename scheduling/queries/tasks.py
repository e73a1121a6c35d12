"""What a person is asked to do about times and guests, for their home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from scheduling.models import HourAsk, SessionGuest, SlotPoll
from scheduling.queries.guests import requests_of, requests_to_decide
from scheduling.queries.hours import asks_of
from scheduling.queries.polls import polls_to_answer, polls_to_settle


@dataclass(frozen=True, slots=True)
class Tasks:
    """Polls to answer and to settle, private questions for an hour, guests to decide on, and one's own visits."""

    polls: Sequence[SlotPoll]
    settle: Sequence[SlotPoll]
    hours: Sequence[HourAsk]
    guests: Sequence[SessionGuest]
    visits: Sequence[SessionGuest]


def tasks_of(session: Session, person_id: UUID, *, at: datetime) -> Tasks:
    """A person's tasks, each list in order of time."""
    return Tasks(
        polls=polls_to_answer(session, person_id, at=at),
        settle=polls_to_settle(session, person_id, at=at),
        hours=asks_of(session, person_id),
        guests=requests_to_decide(session, person_id, at=at),
        visits=requests_of(session, person_id, at=at),
    )
