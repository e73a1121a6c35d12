"""Periodic work on sessions: what it finds, and how much it asks of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.jobs import ledger
from app.mail.models import MailState
from scheduling.jobs import circles_to_invite
from scheduling.models import SessionState
from scheduling.services import changes, details
from scheduling.services.calendars import HORIZON, invite_where_missing
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season
from tests.scheduling.lives import Life

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def life(session: Session) -> Life:
    return Life.begin(session, at=AT, first=date(2026, 9, 14))


def test_a_circle_is_looked_at_once_a_session_comes_near(life: Life) -> None:
    session, (first, second, third) = life.session, life.season.sessions[:3]
    assert circles_to_invite(session, at=AT) == []
    assert circles_to_invite(session, at=first.starts_at - timedelta(seconds=1)) == []
    assert circles_to_invite(session, at=first.starts_at) == [life.season.circle_id]
    second.state = SessionState.CANCELLED
    session.flush()
    assert circles_to_invite(session, at=AT) == [life.season.circle_id], "the third is the second to come now"
    invite_where_missing(session, life.season.sessions, desk=DESK, at=AT)
    assert circles_to_invite(session, at=AT) == []
    assert third.uid in {m.uid for m in life.to_come[:2]}


def test_circles_that_ended_and_people_who_left_are_not_looked_at(life: Life) -> None:
    at = life.season.sessions[0].starts_at
    for membership in life.season.circle.memberships:
        membership.left_at = AT
    life.session.flush()
    assert circles_to_invite(life.session, at=at) == []
    life.season.circle.memberships[0].left_at = None
    life.session.flush()
    assert circles_to_invite(life.session, at=at) == [life.season.circle_id]
    changes.end_season(life.session, life.season, actor=None, desk=DESK, at=AT)
    assert circles_to_invite(life.session, at=at) == []


def test_the_horizon_moves_on_by_itself(
    life: Life, run_jobs: Callable[[], int], travel: time_machine.Traveller
) -> None:
    life.at = life.season.sessions[0].ends_at
    travel.move_to(life.at)
    ledger.enqueue(life.session, "scheduling.horizon", {}, key="horizon", at=life.at)
    life.session.commit()
    run_jobs()
    life.refresh()
    life.check()
    assert all(len(life.mails(person.email)) == 3 for person in life.members)


def test_changes_are_told_by_the_job_when_their_time_has_come(
    life: Life, run_jobs: Callable[[], int], travel: time_machine.Traveller
) -> None:
    host, first = life.members[0], life.season.sessions[0]
    details.rename_session(life.session, first, "Ask", actor=host, desk=DESK, at=AT)
    life.session.commit()
    run_jobs()
    assert len(life.mails(host.email)) == 2
    travel.move_to(AT + timedelta(minutes=15))
    run_jobs()
    assert [(mail.kind, mail.state) for mail in life.mails(host.email)][2:] == [("session.changed", MailState.SENT)]
    life.at = AT + timedelta(minutes=15)
    life.refresh()
    assert first.change_due_at is None
    life.check()


def test_inviting_reads_as_much_for_five_people_as_for_one(session: Session, queries: list[str]) -> None:
    reads, writes = [], []
    for names in (("Amara Osei",), ("Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber", "Priya Nair")):
        made = reload(session, season(session, make.circle_of(session, names), at=AT, first=date(2026, 9, 14)))
        queries.clear()
        sent = invite_where_missing(session, made.sessions, desk=DESK, at=AT)
        reads.append(sum(statement.startswith("SELECT") for statement in queries))
        writes.append((len(queries) - reads[-1] - HORIZON) / sent)
    assert reads[1] <= reads[0] <= 8
    assert writes == [4, 4], "a mail, its job, its answering link and what was told; besides, each session's organizer"
