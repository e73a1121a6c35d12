"""Invites and feeds as bytes, and as independent calendar programs read them."""

import smtplib
import socket
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mail.mime import Message, to_bytes
from scheduling.invites import (
    FeedEvent,
    Invite,
    belongs_in_feed,
    common_name,
    feed,
    one_line,
    partstat_of,
    rising_stamp,
    shown_summary,
    to_ics,
)
from scheduling.recurrence import Slot, occurrences, regular_weeks
from tests.scheduling.readers import User, expanded, read_alike, vobject_reader

ANCHORS = [
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
]
INVITE = Invite(
    uid="5f0c8e@coterie.example",
    sequence=2,
    method="REQUEST",
    stamped_at=datetime(2026, 10, 14, 9, 30, tzinfo=UTC),
    starts_at=datetime(2026, 10, 20, 18, 0, tzinfo=ZoneInfo("America/New_York")),
    ends_at=datetime(2026, 10, 20, 19, 0, tzinfo=ZoneInfo("America/New_York")),
    summary="Juniper, week 3: Ask in the open",
    description="Before: read the page.\nThen we talk; bring a question, any question.",
    meeting_url="https://meet.example/k7f3q9",
    organizer_address="circles@coterie.example",
    organizer_name="Juniper",
    attendee_address="amara@example.org",
    attendee_name="Amara Osei",
)
EXPECTED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Coterie//Sessions//EN
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Juniper\\, week 3: Ask in the open
DTSTART:20261020T220000Z
DTEND:20261020T230000Z
DTSTAMP:20261014T093000Z
UID:5f0c8e@coterie.example
SEQUENCE:2
ATTENDEE;CN="Amara Osei";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-
 PARTICIPANT;RSVP=TRUE:mailto:amara@example.org
CONFERENCE;FEATURE=AUDIO,VIDEO;VALUE=URI:https://meet.example/k7f3q9
DESCRIPTION:https://meet.example/k7f3q9\\n\\nBefore: read the page.\\nThen we
  talk\\; bring a question\\, any question.
LOCATION:https://meet.example/k7f3q9
ORGANIZER;CN=Juniper:mailto:circles@coterie.example
STATUS:CONFIRMED
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""


def event(**change) -> FeedEvent:
    values = {
        "uid": "5f0c8e@coterie.example",
        "sequence": 0,
        "updated_at": datetime(2026, 10, 1, tzinfo=UTC),
        "starts_at": datetime(2026, 10, 20, 22, tzinfo=UTC),
        "ends_at": datetime(2026, 10, 20, 23, tzinfo=UTC),
        "summary": "Juniper, week 3",
    }
    return FeedEvent(**(values | change))


def test_an_invite_is_written_exactly_so():
    assert to_ics(INVITE) == EXPECTED.replace("\n", "\r\n").encode()
    assert to_ics(replace(INVITE)) == to_ics(INVITE)


def test_readers_understand_every_field_alike():
    ((reading,),) = read_alike([to_ics(INVITE)])
    assert reading.method == "REQUEST"
    assert (reading.uid, reading.sequence, reading.status) == (INVITE.uid, 2, "CONFIRMED")
    assert (reading.starts_at, reading.ends_at) == (INVITE.starts_at, INVITE.ends_at)
    assert reading.stamped_at == INVITE.stamped_at
    assert reading.summary == INVITE.summary
    assert reading.location == INVITE.meeting_url
    assert reading.description.split("\n") == [INVITE.meeting_url, "", *INVITE.description.split("\n")]
    assert reading.organizer == (User("circles@coterie.example", "Juniper"),)
    assert reading.attendees == (User("amara@example.org", "Amara Osei", "NEEDS-ACTION", True),)


def test_a_cancellation_keeps_the_uid_the_time_and_the_one_attendee():
    gone = replace(INVITE, method="CANCEL", status="CANCELLED", sequence=3)
    ((reading,),) = read_alike([to_ics(gone)])
    assert (reading.method, reading.status, reading.sequence) == ("CANCEL", "CANCELLED", 3)
    assert reading.starts_at == INVITE.starts_at
    assert reading.uid == INVITE.uid
    assert reading.attendees == (User("amara@example.org", "Amara Osei", "NEEDS-ACTION", False),)
    assert b"VALARM" not in to_ics(gone)


def test_every_anchor_and_both_clock_changes_are_read_at_the_intended_instants():
    expected, texts = [], []
    for zone in ANCHORS:
        for weekday, starts in ((1, time(18)), (6, time(9, 30)), (3, time(23, 30))):
            slot = Slot(weekday, starts, zone, 60)
            for meeting in occurrences(slot, regular_weeks(date(2026, 9, 28), 31)):
                wall = datetime.combine(meeting.on, starts, tzinfo=ZoneInfo(zone))
                assert meeting.clock_change is None
                expected.append((wall, meeting.starts_at + timedelta(hours=1)))
                texts.append(to_ics(replace(INVITE, starts_at=meeting.starts_at, ends_at=meeting.ends_at)))
    readings = read_alike(texts)
    assert [(only.starts_at, only.ends_at) for (only,) in readings] == expected
    for text, (starts_at, ends_at) in zip(texts[::10], expected[::10], strict=True):
        found = expanded(text, datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
        assert found == [(INVITE.uid, starts_at, ends_at)]


def test_a_feed_is_read_alike_by_all_readers():
    meetings = occurrences(Slot(1, time(18), "America/New_York", 60), regular_weeks(date(2026, 10, 5), 30))
    events = [
        event(uid=f"s{m.position}@coterie.example", starts_at=m.starts_at, ends_at=m.ends_at, description="Week\nText")
        for m in meetings
    ]
    text = feed("My circles", reversed(events))
    (readings,) = read_alike([text])
    expected = [(one.uid, one.starts_at, one.ends_at) for one in events]
    assert [(reading.uid, reading.starts_at, reading.ends_at) for reading in readings] == expected
    assert expanded(text, datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC)) == expected


def test_a_feed_names_itself_and_nobody_else():
    text = feed("My circles, and yours", [event()])
    head = text.decode().partition("BEGIN:VEVENT")[0].split("\r\n")
    assert "METHOD:PUBLISH" in head
    assert "NAME:My circles\\, and yours" in head
    assert "X-WR-CALNAME:My circles\\, and yours" in head
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in head
    assert "X-PUBLISHED-TTL:PT4H" in head
    assert b"ATTENDEE" not in text
    assert b"ORGANIZER" not in text
    assert b"UID:" not in text.partition(b"BEGIN:VEVENT")[0]


def test_a_feed_changes_its_bytes_only_when_a_session_changes():
    one, other = event(), event(uid="b@coterie.example", starts_at=datetime(2026, 10, 20, 21, tzinfo=UTC))
    text = feed("Mine", [one, other])
    assert feed("Mine", [other, one]) == text
    assert feed("Mine", [replace(one, updated_at=one.updated_at + timedelta(seconds=1)), other]) != text
    assert feed("Mine", [replace(one, status="CANCELLED", sequence=1), other]) != text
    assert vobject_reader(feed("Mine", [])) == []
    with pytest.raises(ValueError, match="uid comes twice"):
        feed("Mine", [one, one])


def test_a_feed_keeps_sixty_days_of_the_past_and_two_weeks_of_what_was_cancelled():
    session = event()
    assert belongs_in_feed(session, at=session.ends_at + timedelta(days=60))
    assert not belongs_in_feed(session, at=session.ends_at + timedelta(days=60, seconds=1))
    gone = replace(session, status="CANCELLED")
    assert belongs_in_feed(gone, at=gone.updated_at + timedelta(days=14))
    assert not belongs_in_feed(gone, at=gone.updated_at + timedelta(days=14, seconds=1))


HOSTILE = [
    "x\r\nATTENDEE:mailto:eve@example.org",
    'quo"te^d\'s "name"',
    "semi;colon, comma: colon\\back\\nslash",
    "END:VEVENT\nBEGIN:VEVENT\nUID:other",
    "\u202ecod.exe\u202c \u2066isolated\u2069 \u2028line\u2029paragraph\x85next\x0bvt\x0cff\x00nul\x1b[31m",
    "🙂" * 200,
    "é" * 300,
    "tab\there =?utf-8?q?word?= %0d%0a {{ 7*7 }} <b>bold</b>",
    "عامر 名前 नाम",
    "lone \ud800 surrogate",
    "",
]


def test_hostile_names_and_texts_add_no_property_and_are_read_alike():
    invites = [
        replace(INVITE, summary=text, description=f"{text}\n{text}", organizer_name=text, attendee_name=text)
        for text in HOSTILE
    ]
    texts = [to_ics(invite) for invite in invites]
    plain = vobject_reader(to_ics(INVITE))[0].properties
    for text, source, (reading,) in zip(HOSTILE, texts, read_alike(texts), strict=True):
        assert reading.properties == plain
        assert reading.summary == shown_summary(text)
        name = common_name(text)
        assert reading.attendees == (User("amara@example.org", name, "NEEDS-ACTION", True),)
        assert reading.organizer == (User("circles@coterie.example", name),)
        assert all(len(line) <= 75 for line in source.split(b"\r\n"))
        assert source.split(b"\r\n").count(b"BEGIN:VEVENT") == 1
        assert b"\n" not in source.replace(b"\r\n", b"")


def test_direction_overrides_and_line_ends_leave_a_summary():
    assert shown_summary("\ufeff") == "-", "libical drops a byte order mark"
    assert one_line(" \u202ecod.exe\u202c\r\n\u2066isolated\u2069\u2028line\x00\tend ") == "cod.exe isolated line end"
    assert one_line("עברית \u200f1 family: 👩\u200d👧") == "עברית \u200f1 family: 👩\u200d👧"


def test_names_for_calendars_lose_what_clients_misread():
    assert common_name('Dr. "Bo" O\'Neil^2\\n') == "Dr. Bo O'Neil2n"
    assert common_name("x" * 300) == "x" * 100


def test_stamps_rise_even_within_one_second():
    at = datetime(2026, 10, 14, 9, 30, 0, 700_000, tzinfo=UTC)
    first = rising_stamp(at, after=None)
    assert first == datetime(2026, 10, 14, 9, 30, tzinfo=UTC)
    assert rising_stamp(at, after=first) == first + timedelta(seconds=1)
    assert rising_stamp(at + timedelta(minutes=1), after=first) == first + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "partstat"), [("yes", "ACCEPTED"), ("maybe", "TENTATIVE"), ("no", "DECLINED"), (None, "NEEDS-ACTION")]
)
def test_a_resend_carries_the_stored_answer(answer, partstat):
    ((reading,),) = read_alike([to_ics(replace(INVITE, partstat=partstat_of(answer)))])
    assert reading.attendees[0].partstat == partstat


class Mailbox:
    """An SMTP server's handler that keeps what it accepts."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received.append(envelope.original_content)
        return "250 kept"


def test_an_invite_passes_a_real_mail_server_unchanged():
    ics = to_ics(replace(INVITE, summary="Grüße, 名前 🙂", description=".\n..\nFrom here on\n" + "é" * 2000))
    mail = to_bytes(
        Message(
            sender=INVITE.organizer_address,
            recipient=INVITE.attendee_address,
            subject="Juniper, week 3",
            text=".\nFrom here on",
            html="<p>.</p>",
            message_id="<1f@coterie.example>",
            date=INVITE.stamped_at,
            invite=ics,
            method="REQUEST",
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail(INVITE.organizer_address, [INVITE.attendee_address], mail)
    finally:
        controller.stop()
    assert mailbox.received == [mail]
    parts = [part for part in message_from_bytes(mailbox.received[0]).walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == [
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    assert parts[2].get_payload(decode=True) == parts[3].get_payload(decode=True) == ics
    assert parts[2].get_param("method") == "REQUEST"
    read_alike([parts[2].get_payload(decode=True)])


def test_a_place_without_a_link():
    ((reading,),) = read_alike([to_ics(replace(INVITE, meeting_url="", location="Room 4, second floor"))])
    assert reading.location == "Room 4, second floor"
    assert reading.description == INVITE.description
    assert "CONFERENCE" not in reading.properties


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "a b"}, "uid"),
        ({"uid": "a\r\nb"}, "uid"),
        ({"sequence": -1}, "sequence"),
        ({"method": "PUBLISH"}, "method"),
        ({"method": "CANCEL"}, "status"),
        ({"status": "CANCELLED"}, "status"),
        ({"status": "DONE"}, "status"),
        ({"partstat": "YES"}, "partstat"),
        ({"starts_at": datetime(2026, 1, 1)}, "starts_at"),  # noqa: DTZ001 - the refused value
        ({"stamped_at": datetime(2026, 1, 1)}, "stamped_at"),  # noqa: DTZ001
        ({"ends_at": INVITE.starts_at}, "ends_at"),
        ({"organizer_address": "circles+7@coterie.example"}, "organizer_address"),
        ({"organizer_address": "circles"}, "organizer_address"),
        ({"attendee_address": "a@b\r\nX:y"}, "attendee_address"),
        ({"attendee_address": "a b@c"}, "attendee_address"),
        ({"attendee_address": 'a"@c'}, "attendee_address"),
        ({"meeting_url": "https://meet.example/a\r\nX:y"}, "meeting_url"),
        ({"meeting_url": "javascript:alert(1)"}, "meeting_url"),
        ({"meeting_url": "https://meet.example/" + "a" * 500}, "meeting_url"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(change, field):
    with pytest.raises(ValueError, match=field):
        to_ics(replace(INVITE, **change))


TEXT = st.text(st.characters(exclude_categories=()), max_size=120)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - the zone is drawn
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5.75))]),
)


@given(summary=TEXT, description=TEXT, name=TEXT, starts_at=MOMENTS, minutes=st.integers(1, 480))
@settings(max_examples=120, deadline=None)
def test_any_text_and_moment_comes_back(summary, description, name, starts_at, minutes):
    ends_at = starts_at + timedelta(minutes=minutes)
    invite = replace(
        INVITE, summary=summary, description=description, attendee_name=name, starts_at=starts_at, ends_at=ends_at
    )
    (reading,) = vobject_reader(to_ics(invite))
    assert reading.starts_at == starts_at.replace(microsecond=0)
    assert reading.ends_at == ends_at.replace(microsecond=0)
    assert reading.summary == shown_summary(summary)
    assert len(reading.attendees) == 1
    assert reading.properties == vobject_reader(to_ics(INVITE))[0].properties


@pytest.mark.deep
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=100, max_size=100))
@settings(max_examples=10, deadline=None)
def test_all_readers_agree_on_any_text(triples):
    texts = [
        to_ics(replace(INVITE, summary=summary, description=description, attendee_name=name))
        for summary, description, name in triples
    ]
    read_alike(texts)
