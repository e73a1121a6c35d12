"""Rules of zones change: sessions to come keep their hour on the wall, and calendars follow."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import ledger
from app.jobs.models import Job
from app.mail.models import OutgoingMail
from scheduling import jobs
from scheduling.models import Answer, Rsvp, SlotChange
from scheduling.recurrence import Wall
from scheduling.services import changes
from scheduling.services.answers import answer
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life

AT = datetime(2026, 9, 8, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = "America/Santiago"


def tzif(offset: timedelta, name: str, rule: str) -> bytes:
    """A compiled zone (RFC 9636) that has one offset for ever."""
    header = struct.pack(">4sc15x6I", b"TZif", b"2", 0, 0, 0, 0, 1, len(name) + 1)
    block = header + struct.pack(">iBB", int(offset.total_seconds()), 0, 0) + name.encode() + b"\0"
    return block + block + f"\n{rule}\n".encode()


@pytest.fixture(autouse=True)
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def end_of_summer_time(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Chile stays on winter time for good, from the moment this is called; undone after the test."""

    def change() -> None:
        file = tmp_path / ZONE
        file.parent.mkdir(parents=True)
        file.write_bytes(tzif(timedelta(hours=-4), "-04", "<-04>4"))
        zoneinfo.reset_tzpath([str(tmp_path)])

    yield change
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
def life(session: Session) -> Life:
    """Wednesdays at 18:00 in Santiago, where it is summer until April."""
    made = Life.begin(session, at=AT, first=date(2026, 9, 7), count=5, weekday=2, starts=time(18), timezone=ZONE)
    assert [m.starts_at.hour for m in made.season.sessions] == [21] * 5
    return made


def follow(session: Session, run_jobs: Callable[[], int], key: str) -> dict[str, int]:
    """Run the nightly job; what it says it did."""
    ledger.enqueue(session, "scheduling.follow_zones", {}, key=key, at=AT)
    session.commit()
    run_jobs()
    return session.scalars(select(Job.result).where(Job.key == key)).one()


def test_sessions_to_come_keep_their_hour_when_the_rules_change(
    life: Life, end_of_summer_time: Callable[[], None], run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    session, host = life.session, life.members[0]
    moved = life.season.sessions[3]
    changes.move_session(session, moved, starts_at=moved.starts_at + HOUR, actor=host, desk=DESK, at=AT)
    assert moved.timezone == "Europe/Berlin", "the wall that the host moved it on"
    answer(session, life.season.sessions[0], host, Answer.YES, source="page", at=AT)
    assert follow(session, run_jobs, "before") == {"sessions": 5, "moved": 0}
    before = session.scalars(select(OutgoingMail.id).order_by(OutgoingMail.id.desc())).first() or 0

    end_of_summer_time()
    assert follow(session, run_jobs, "after") == {"sessions": 5, "moved": 4}

    life.refresh()
    assert [m.starts_at.hour for m in life.season.sessions if m.id != moved.id] == [22] * 4
    assert life.season.sessions[3].starts_at.hour == 22, "moved by hand on a wall in Berlin, where nothing changed"
    assert all(m.ends_at - m.starts_at == HOUR for m in life.season.sessions)
    assert [(m.sequence, m.schedule_sequence) for m in life.season.sessions] == [(1, 1)] * 5
    mails = list(session.scalars(select(OutgoingMail).where(OutgoingMail.id > before)))
    assert len(mails) == 6, "the two sessions that were invited to, for three people"
    assert {mail.method for mail in mails} == {"REQUEST"}
    assert all("Santiago" in mail.text and "new rules" in mail.text and "18:00" in mail.text for mail in mails)
    assert session.scalar(select(Rsvp)) is None, "answers are asked again"
    kinds = session.scalars(select(SlotChange.kind).where(SlotChange.season_id == life.season.id)).all()
    assert sorted(kinds) == ["move", "zone", "zone", "zone", "zone"]
    life.check()

    assert follow(session, run_jobs, "again") == {"sessions": 5, "moved": 0}


def test_what_was_moved_before_a_crash_stays_moved_and_told(
    life: Life, end_of_summer_time: Callable[[], None], run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, follow_zone = life.session, jobs.follow_zone
    moved: list[object] = []

    def crashing(*args: Any, **named: Any) -> bool:
        if len(moved) == 2:
            raise RuntimeError("the power went off")
        moved.append(args[1].id)
        return follow_zone(*args, **named)

    end_of_summer_time()
    monkeypatch.setattr(jobs, "follow_zone", crashing)
    ledger.enqueue(session, "scheduling.follow_zones", {}, key="crashes", at=AT)
    session.commit()
    run_jobs()
    life.refresh()
    assert {m.id for m in life.season.sessions if m.starts_at.hour == 22} == set(moved)
    monkeypatch.setattr(jobs, "follow_zone", follow_zone)
    assert follow(session, run_jobs, "again") == {"sessions": 5, "moved": 3}
    told = [mail.id for mail in session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.moved"))]
    assert len(told) == 6, "two sessions that three people were invited to, once each"
    life.refresh()
    life.check()


def test_a_session_that_has_begun_stays(
    life: Life,
    end_of_summer_time: Callable[[], None],
    run_jobs: Callable[[], int],
    frozen: time_machine.Traveller,
) -> None:
    first = life.season.sessions[0]
    frozen.move_to(first.starts_at + timedelta(minutes=5))
    end_of_summer_time()
    assert follow(life.session, run_jobs, "during") == {"sessions": 4, "moved": 4}
    life.refresh()
    assert life.season.sessions[0].starts_at.hour == 21
    assert life.season.sessions[0].sequence == 0


@pytest.mark.parametrize(
    ("moment", "zone", "wall"),
    [
        (datetime(2026, 9, 9, 21, tzinfo=UTC), ZONE, Wall(date(2026, 9, 9), time(18), ZONE)),
        # 01:30 comes twice on the first of November; the second coming reads like the first.
        (
            datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
            "America/New_York",
            Wall(date(2026, 11, 1), time(1, 30), "America/New_York"),
        ),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/New_York", Wall(date(2026, 11, 1), time(6, 30), "UTC")),
    ],
)
def test_the_wall_time_of_an_instant_gives_the_instant_back(moment: datetime, zone: str, wall: Wall) -> None:
    assert Wall.showing(moment, zone) == wall
    assert wall.instant == moment


def test_all_sessions_know_what_they_are_derived_from(flask_app: Flask, life: Life) -> None:
    for meeting in life.season.sessions:
        assert (meeting.local_time, meeting.timezone) == (time(18), ZONE)
        assert meeting.wall.instant == meeting.starts_at
