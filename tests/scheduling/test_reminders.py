"""The rules of when mails about a session are due, tried in zones whose clocks change at different times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.quiet_hours import QUIET_UNTIL, calm_after, calm_before, is_quiet
from scheduling.recurrence import instant
from scheduling.reminders import Kind, Meeting, Member, digest_week, due, next_look, span

ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
HOUR = timedelta(hours=1)
#: From before the changes of autumn 2026 until after those of spring 2027.
AUTUMN = datetime(2026, 9, 20, tzinfo=UTC)
MOMENTS = st.integers(0, 223 * 24 * 60).map(lambda minutes: AUTUMN + timedelta(minutes=minutes))
IN = st.sampled_from(ZONES)
MEETINGS = MOMENTS.map(lambda start: Meeting(start, start + HOUR))
ALL_WANTED = frozenset({"link", "after"})


@given(MOMENTS, IN)
def test_shifted_instants_are_calm_and_no_further_than_a_night_away(moment: datetime, zone: str) -> None:
    before, after = calm_before(moment, zone), calm_after(moment, zone)
    assert not is_quiet(before, zone)
    assert not is_quiet(after, zone)
    assert moment - timedelta(hours=12) < before <= moment <= after < moment + timedelta(hours=12)
    if not is_quiet(moment, zone):
        assert before == moment == after
    elif after != moment:
        assert after.astimezone(ZoneInfo(zone)).time() == QUIET_UNTIL


@given(MEETINGS, IN)
def test_every_span_lies_where_it_must(meeting: Meeting, zone: str) -> None:
    start = meeting.starts_at
    agenda, reminder, link, after = (span(kind, meeting, zone) for kind in Kind)
    assert start - timedelta(days=6) <= agenda.begins < agenda.ends <= start - timedelta(days=4)
    assert start - timedelta(hours=36) <= reminder.begins <= start - timedelta(hours=24)
    assert reminder.ends < start
    assert link.begins == start - HOUR
    assert link.ends < start
    assert start + timedelta(hours=2) <= after.begins < start + timedelta(hours=14)
    for when in (agenda, reminder, after):
        assert not is_quiet(when.begins, zone)


@given(
    MEETINGS,
    IN,
    st.sampled_from([None, "yes", "maybe", "no"]),
    st.integers(1, 40),
    st.integers(0, 12 * 60),
    st.booleans(),
)
def test_each_mail_leaves_once_never_at_night_and_never_after_the_start(
    meeting: Meeting, zone: str, answer: str | None, step: int, outage: int, host: bool
) -> None:
    """A worker looks when it was told to look, some minutes late each time, and once after an outage."""
    member = Member(zone, answer, hosts=host, told_at=meeting.starts_at - timedelta(days=14), wanted=ALL_WANTED)
    at: datetime | None = meeting.starts_at - timedelta(days=6)
    sent: dict[Kind, datetime] = {}
    looks = 0
    while at is not None:
        at += timedelta(minutes=step % 5 + (outage if looks == 1 else 0))
        for one in due(meeting, member, at=at, sent=sent):
            assert one.kind not in sent
            assert one.until > at
            sent[one.kind] = at
            if one.kind is not Kind.LINK:
                assert not is_quiet(at, zone)
            if one.kind is not Kind.AFTER:
                assert at < meeting.starts_at
        following = next_look(meeting, [zone], at=at)
        assert following is None or following > at
        at, looks = following, looks + 1
        assert looks < 20
    expected = {Kind.AGENDA, Kind.REMINDER, Kind.LINK} if answer != "no" else set()
    if not outage:
        assert set(sent) == expected | ({Kind.AFTER} if answer != "no" or host else set())


@given(MEETINGS, IN)
def test_local_times_of_reminders_follow_the_session_not_a_weekly_clock(meeting: Meeting, zone: str) -> None:
    """Real hours lie between, whatever the clocks did in between."""
    when = span(Kind.REMINDER, meeting, zone).begins
    if not is_quiet(meeting.starts_at - timedelta(hours=24), zone):
        assert meeting.starts_at - when == timedelta(hours=24)


@pytest.mark.parametrize(
    ("anchor", "day"),
    [
        ("America/New_York", date(2026, 11, 1)),
        ("America/New_York", date(2027, 3, 14)),
        ("Europe/London", date(2026, 10, 25)),
        ("Australia/Sydney", date(2026, 10, 4)),
        ("America/Santiago", date(2027, 4, 4)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),
        ("Africa/Casablanca", date(2027, 2, 7)),
    ],
)
def test_on_the_day_that_clocks_change(anchor: str, day: date) -> None:
    start = instant(day, time(18, 0), anchor)
    meeting = Meeting(start, start + HOUR)
    when = span(Kind.REMINDER, meeting, anchor).begins
    assert when == start - timedelta(hours=24)
    assert when.astimezone(ZoneInfo(anchor)).date() == day - timedelta(days=1)
    early = Meeting(instant(day, time(6, 0), anchor), instant(day, time(7, 0), anchor))
    assert span(Kind.REMINDER, early, anchor).begins == instant(day - timedelta(days=2), time(21, 0), anchor)
    late = Meeting(instant(day, time(20, 0), anchor), instant(day, time(21, 0), anchor))
    morning = instant(day + timedelta(days=1), time(7, 30), anchor)
    assert span(Kind.AFTER, late, anchor).begins == morning


START = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)
MEETING = Meeting(START, START + HOUR)
MEMBER = Member("Europe/Berlin", told_at=START - timedelta(days=14))


def test_a_reminder_asks_who_has_not_answered_and_spares_who_wants_none() -> None:
    at = START - timedelta(hours=24)
    assert [(one.kind, one.nudge) for one in due(MEETING, MEMBER, at=at)] == [(Kind.REMINDER, True)]
    assert [one.nudge for one in due(MEETING, replace(MEMBER, answer="maybe"), at=at)] == [False]
    spared = replace(MEMBER, answer="yes", stopped=frozenset({"reminder_when_coming"}))
    assert due(MEETING, spared, at=at) == ()
    assert len(due(MEETING, replace(spared, answer=None), at=at)) == 1
    assert due(MEETING, replace(MEMBER, stopped=frozenset({"reminder"})), at=at) == ()
    assert due(MEETING, replace(MEMBER, away=True), at=at) == ()
    assert due(replace(MEETING, cancelled=True), MEMBER, at=at) == ()
    assert due(MEETING, MEMBER, at=at, sent={Kind.REMINDER}) == ()
    assert due(MEETING, replace(MEMBER, told_at=at - timedelta(hours=5)), at=at) == ()


def test_an_agenda_needs_words_and_an_older_invite() -> None:
    at = START - timedelta(days=5)
    assert [one.kind for one in due(MEETING, MEMBER, at=at)] == [Kind.AGENDA]
    assert due(replace(MEETING, has_agenda=False), MEMBER, at=at) == ()
    assert due(MEETING, replace(MEMBER, told_at=at - timedelta(days=1, hours=23)), at=at) == ()
    assert len(due(MEETING, replace(MEMBER, told_at=at - timedelta(days=2)), at=at)) == 1
    assert due(MEETING, replace(MEMBER, told_at=None), at=at) == ()
    assert due(MEETING, MEMBER, at=START - timedelta(days=4)) == ()


def test_a_session_with_nothing_to_come_is_not_looked_at_again() -> None:
    assert next_look(MEETING, ["Europe/Berlin"], at=START + timedelta(days=3)) is None
    assert next_look(replace(MEETING, cancelled=True), ["Europe/Berlin"], at=START - timedelta(days=6)) is None
    assert next_look(MEETING, [], at=START) is None


@given(MOMENTS, IN)
def test_a_digest_leaves_on_sunday_afternoon_or_is_caught_up_on_monday_morning(moment: datetime, zone: str) -> None:
    monday = digest_week(moment, zone)
    wall = moment.astimezone(ZoneInfo(zone))
    on_sunday = wall.weekday() == 6 and time(17, 0) <= wall.time() < time(21, 30)
    on_monday = wall.weekday() == 0 and time(7, 30) <= wall.time() < time(12, 0)
    if on_sunday:
        assert monday == wall.date() + timedelta(days=1)
    if on_monday:
        assert monday == wall.date()
    if monday is not None:
        assert monday.weekday() == 0
        assert not is_quiet(moment, zone)
        assert on_sunday or (wall.weekday() == 0 and wall.time() < time(14, 30))
