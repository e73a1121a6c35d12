"""Which circles a lead is told of because they stopped meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Circle, Cohort
from scheduling.models import CircleSession, SessionState
from scheduling.queries.running import silent_circles
from tests.factories import circles as make
from tests.factories import scheduling as make_seasons

#: A Wednesday; sessions are on Thursdays, so three lie behind.
AT = datetime(2026, 10, 7, 12, 0, tzinfo=UTC)
FIRST = date(2026, 9, 14)


def sessions_of(session: Session, circle: Circle) -> list[CircleSession]:
    season = make_seasons.season(session, circle, at=datetime(2026, 9, 1, tzinfo=UTC), first=FIRST)
    return sorted(season.sessions, key=lambda meeting: meeting.starts_at)


def mark(session: Session, meetings: list[CircleSession], *states: SessionState) -> None:
    for meeting, state in zip(meetings, states, strict=False):
        meeting.state = state
    session.flush()


def test_only_standing_circles_that_stopped_meeting_are_silent(session: Session, person: Callable[..., Person]) -> None:
    cohort: Cohort = make.cohort(session, make.program(session, person(name="Lead")))
    names = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel")
    alder, birch, cedar, elm, fir, _hazel = (
        make.circle(session, cohort, [person(), person(), person()], name=name) for name in names
    )
    held, missed, cancelled = SessionState.HELD, SessionState.MISSED, SessionState.CANCELLED
    mark(session, sessions_of(session, alder), missed, missed, held)
    mark(session, sessions_of(session, birch), held, missed, missed)
    mark(session, sessions_of(session, cedar), cancelled, cancelled, cancelled)
    mark(session, sessions_of(session, elm), missed, missed, missed)
    elm.ended_at = AT
    mark(session, sessions_of(session, fir))
    session.flush()
    assert [circle.name for circle in silent_circles(session, cohort.id, at=AT)] == ["Birch", "Fir"]
    early = datetime(2026, 9, 17, 9, 30, tzinfo=UTC)
    assert silent_circles(session, cohort.id, at=early + timedelta(hours=3)) == [], "the first day after is not silence"
