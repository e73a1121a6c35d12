"""Calendar text: one session as an invite for one member, and a member's sessions as a feed.

Everything is written in UTC as single events. Receivers disagree about series with exceptions and about time zone
tables, but all of them read an instant alike. The same values give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri

PRODUCT = "-//Coterie//Sessions//EN"
MAX_SUMMARY = 200
MAX_NAME = 100
MAX_DESCRIPTION = 4000
MAX_URL = 500
FEED_REFRESH = timedelta(hours=4)
FEED_KEEPS_PAST = timedelta(days=60)
FEED_KEEPS_CANCELLED = timedelta(days=14)

Method = Literal["REQUEST", "CANCEL"]
Partstat = Literal["NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
PARTSTATS: dict[str, Partstat] = {"yes": "ACCEPTED", "maybe": "TENTATIVE", "no": "DECLINED"}

#: Overrides of a text's direction, and the byte order mark, which some readers drop, leaving nothing.
_UNWANTED = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_UID = re.compile(r"[A-Za-z0-9._@+-]{1,200}")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,64}@[^\s\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,253}")
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~|^%]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Invite:
    """One session as told to one member.

    `uid` stays for the life of the session; `sequence` rises with each change of time or status; `stamped_at` is the
    time of this message and rises too. `organizer_address` is the address in From and never changes for a uid.
    Instants are aware.
    """

    uid: str
    sequence: int
    method: Method
    stamped_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    organizer_address: str
    attendee_address: str
    description: str = ""
    meeting_url: str = ""
    location: str = ""
    organizer_name: str = ""
    attendee_name: str = ""
    partstat: Partstat = "NEEDS-ACTION"
    status: Status = "CONFIRMED"


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One session in a feed; `updated_at` is when it last changed, so that an unchanged feed keeps its bytes."""

    uid: str
    sequence: int
    updated_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    meeting_url: str = ""
    location: str = ""
    status: Status = "CONFIRMED"


def to_ics(invite: Invite) -> bytes:
    """The invite as an iTIP message (RFC 5546) for one recipient: UTF-8, CRLF, lines of at most 75 octets.

    The meeting link stands in LOCATION, in the first line of DESCRIPTION and in CONFERENCE, because clients differ in
    where they look. Names and texts are cleaned of what could break a line or a parameter. Raises ValueError, naming
    the field, for a value that cannot be used.
    """
    if invite.method not in get_args(Method):
        raise ValueError(f"method must be REQUEST or CANCEL, not {invite.method!r}")
    if invite.partstat not in get_args(Partstat):
        raise ValueError(f"partstat cannot be {invite.partstat!r}")
    if (invite.method == "CANCEL") != (invite.status == "CANCELLED"):
        raise ValueError("status must be CANCELLED in a CANCEL and only there")
    if "+" in invite.organizer_address:
        raise ValueError("organizer_address must not contain a plus sign: some clients drop it when they answer")
    event = _event(
        FeedEvent(
            uid=invite.uid,
            sequence=invite.sequence,
            updated_at=invite.stamped_at,
            starts_at=invite.starts_at,
            ends_at=invite.ends_at,
            summary=invite.summary,
            description=invite.description,
            meeting_url=invite.meeting_url,
            location=invite.location,
            status=invite.status,
        )
    )
    event.add("organizer", _calendar_user("organizer_address", invite.organizer_address, invite.organizer_name))
    attendee = _calendar_user("attendee_address", invite.attendee_address, invite.attendee_name)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = invite.partstat
    if invite.method == "REQUEST":
        attendee.params["RSVP"] = "TRUE"
    event.add("attendee", attendee)
    calendar = _calendar(invite.method)
    calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def feed(name: str, events: Iterable[FeedEvent]) -> bytes:
    """A calendar to subscribe to, ordered by start: no organizer, no attendees, nobody's answers.

    `name` is what calendars show. Raises ValueError, naming the field, for a value that cannot be used or a uid that
    comes twice.
    """
    calendar = _calendar("PUBLISH")
    title = one_line(name)[:MAX_NAME]
    calendar.add("name", vText(title))
    calendar.add("x-wr-calname", vText(title))
    # icalendar's own property for this leaves out the VALUE parameter that RFC 7986 5.7 demands.
    calendar.add("refresh-interval", vDuration(FEED_REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(FEED_REFRESH))
    seen: set[str] = set()
    for session in sorted(events, key=lambda event: (event.starts_at, event.uid)):
        if session.uid in seen:
            raise ValueError(f"uid comes twice: {session.uid!r}")
        seen.add(session.uid)
        calendar.add_component(_event(session))
    ics: bytes = calendar.to_ical()
    return ics


def belongs_in_feed(event: FeedEvent, *, at: datetime) -> bool:
    """Whether a feed still shows a session: past ones for 60 days, cancelled ones for 14 days after the change."""
    if event.status == "CANCELLED":
        return at - event.updated_at <= FEED_KEEPS_CANCELLED
    return at - event.ends_at <= FEED_KEEPS_PAST


def rising_stamp(at: datetime, *, after: datetime | None) -> datetime:
    """The `stamped_at` of a message written at `at`, in whole seconds and later than the one before it."""
    stamp = _utc("at", at)
    return stamp if after is None else max(stamp, _utc("after", after) + timedelta(seconds=1))


def partstat_of(answer: str | None) -> Partstat:
    """How a stored answer ("yes", "maybe", "no", or none yet) is said in an invite, so that a resend keeps it."""
    return PARTSTATS[answer] if answer else "NEEDS-ACTION"


def is_link(text: str) -> bool:
    """Whether a text can stand as the meeting link of an invite."""
    return len(text) <= MAX_URL and _URL.fullmatch(text) is not None


def one_line(text: str) -> str:
    """Text without line breaks, control characters, direction overrides or doubled spaces."""
    return " ".join(_clean(text).split())


def shown_summary(text: str) -> str:
    """One line of at most 200 characters; a dash for nothing, because some readers take an empty one for an error."""
    return one_line(text)[:MAX_SUMMARY].strip() or "-"


def common_name(name: str) -> str:
    """A name fit for a CN parameter, at most 100 characters.

    A quote would be written as ^' (RFC 6868), which old clients show as it stands; some read a backslash as an escape,
    and some end a name at a semicolon even within quotes.
    """
    plain = one_line(name).replace(";", ",").translate(dict.fromkeys(map(ord, '"^\\')))
    return " ".join(plain.split())[:MAX_NAME].strip()


def _calendar(method: str) -> Calendar:
    # Calendar.new() would add a random UID and the library's own name.
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(session: FeedEvent) -> Event:
    if not _UID.fullmatch(session.uid):
        raise ValueError(f"uid has the wrong form: {session.uid!r}")
    if session.sequence < 0:
        raise ValueError("sequence cannot be negative")
    if session.status not in get_args(Status):
        raise ValueError(f"status cannot be {session.status!r}")
    starts_at, ends_at = _utc("starts_at", session.starts_at), _utc("ends_at", session.ends_at)
    if ends_at <= starts_at:
        raise ValueError("ends_at must be after starts_at")
    event = Event()
    event.add("uid", session.uid)
    event.add("dtstamp", _utc("stamped_at", session.updated_at))
    event.add("sequence", session.sequence)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", vText(shown_summary(session.summary)))
    event.add("status", session.status)
    event.add("transp", "TRANSPARENT" if session.status == "CANCELLED" else "OPAQUE")
    url = _url(session.meeting_url)
    place = url or one_line(session.location)[:MAX_SUMMARY]
    description = "\n\n".join(part for part in (url, _paragraphs(session.description)) if part)
    if place:
        event.add("location", vText(place))
    if description:
        event.add("description", vText(description))
    if url:
        conference = vUri(url)
        conference.params["VALUE"] = "URI"
        conference.params["FEATURE"] = ["AUDIO", "VIDEO"]
        event.add("conference", conference)
    return event


def _calendar_user(field: str, address: str, name: str) -> vCalAddress:
    plain = address.strip()
    if not _ADDRESS.fullmatch(plain):
        raise ValueError(f"{field} is not a mail address: {address!r}")
    user = vCalAddress(f"mailto:{plain}")
    shown = common_name(name)
    if shown:
        user.params["CN"] = shown
    return user


def _url(url: str) -> str:
    if url and not is_link(url):
        raise ValueError(f"meeting_url has the wrong form: {url[:80]!r}")
    return url


def _paragraphs(text: str) -> str:
    lines = [_clean(line.replace("\t", " ")).rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip()[:MAX_DESCRIPTION].rstrip()


def _clean(text: str) -> str:
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return plain.translate(_UNWANTED).encode("utf-8", "replace").decode("utf-8")


def _utc(field: str, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{field} needs a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)
