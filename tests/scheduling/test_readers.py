"""Every mail that is written over a season's life is read alike by independent programs, in every zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail.models import OutgoingMail
from scheduling.invites import common_name, shown_summary
from scheduling.models import CircleSession
from scheduling.services import changes, details
from scheduling.services.calendars import invite_where_missing
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life
from tests.scheduling.readers import Reading, read_alike

ANCHORS = (
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
#: Each reaches over the clock changes of its half year.
SPRING, AUTUMN = datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2026, 9, 22, 9, tzinfo=UTC)
HOSTILE = ('Bo "B" O\'Neil; x', "END:VEVENT\r\nATTENDEE:mailto:eve@example.org", "\u202ecod.exe 🙂é名" + "🙂" * 60)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(SPRING, tick=False):
        yield


def all_mails(session: Session) -> list[OutgoingMail]:
    """Every mail with an invite."""
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.invite.is_not(None)).order_by(OutgoingMail.id)))


def test_every_mail_of_every_anchor_over_both_clock_changes_is_read_alike(session: Session) -> None:
    expected: dict[str, datetime] = {}
    for zone in ANCHORS:
        for at in (AUTUMN, SPRING):
            life = Life.begin(session, at=at, names=("Amara Osei",), count=8, timezone=zone, starts=time(18, 30))
            for meeting in life.season.sessions:
                wall = datetime.combine(meeting.week + timedelta(days=3), time(18, 30), ZoneInfo(zone))
                expected[meeting.uid] = wall.astimezone(UTC)
                life.at = meeting.starts_at - timedelta(hours=2)
                invite_where_missing(session, life.season.sessions, desk=DESK, at=life.at)
    mails = all_mails(session)
    readings = [reading for (reading,) in read_alike([mail.invite or b"" for mail in mails])]
    assert {reading.uid: reading.starts_at for reading in readings} == expected
    assert len(expected) == len(mails) == 2 * 7 * 8
    changing = [offsets_of(zone, at) for zone in ANCHORS for at in (AUTUMN, SPRING)]
    assert sum(first != last for first, last in changing) >= 10, "the clocks do change"


def offsets_of(zone: str, at: datetime) -> tuple[timedelta | None, timedelta | None]:
    """The offsets at the beginning and end of eight weeks, Ramadan and all."""
    there = ZoneInfo(zone)
    return at.astimezone(there).utcoffset(), (at + timedelta(weeks=8)).astimezone(there).utcoffset()


def test_every_message_of_a_life_with_hostile_names_is_read_alike(session: Session) -> None:
    life = Life.begin(session, at=AUTUMN, first=date(2026, 9, 28))
    for person, name in zip(life.members, HOSTILE, strict=True):
        person.name = name
    circle = life.season.circle
    circle.name = 'Jun"iper\\;, ☂\u202e\nX-EVIL:1'
    host, (first, second, third) = life.members[0], life.season.sessions[:3]
    details.rename_session(session, first, "A\\, B; C\r\nD: " + "é" * 150, actor=host, desk=DESK, at=AUTUMN)
    first.description = "One\n\nTwo; three, four\\five\u2028six\tseven\r\nBEGIN:VALARM"
    life.settle()
    changes.move_session(
        session, second, starts_at=second.starts_at + timedelta(hours=3), actor=host, desk=DESK, at=life.at
    )
    changes.skip_session(session, first, actor=host, desk=DESK, at=life.at)
    life.settle()
    mails = all_mails(session)
    readings = [reading for (reading,) in read_alike([mail.invite or b"" for mail in mails])]
    assert {mail.method for mail in mails} == {"REQUEST", "CANCEL"}
    assert {reading.uid for reading in readings} == {first.uid, second.uid, third.uid}
    plain = set(readings[0].properties)
    for mail, reading in zip(mails, readings, strict=True):
        assert set(reading.properties) <= plain
        (attendee,), (organizer,) = reading.attendees, reading.organizer
        assert (attendee.address, attendee.name) == (mail.recipient, common_name(mail.recipient_name))
        assert organizer.address == DESK.sender
        assert all(len(line) <= 75 for line in (mail.invite or b"").split(b"\r\n"))
    named = {reading.summary for reading in readings if reading.uid == first.uid}
    assert shown_summary(f"{circle.name}: {first.title}") in named
    last = _last(readings, second)
    assert (last.starts_at, last.ends_at) == (second.starts_at, second.ends_at)


def _last(readings: list[Reading], meeting: CircleSession) -> Reading:
    return [reading for reading in readings if reading.uid == meeting.uid][-1]
