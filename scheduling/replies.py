"""Reads the answer of a member's calendar (iTIP REPLY or COUNTER, RFC 5546) and judges whether it counts.

Only a handful of properties of the one event are handed to the calendar library. A time zone table or a recurrence rule
in a mail from outside could keep it busy for hours, and an answer needs neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from icalendar import Calendar, Event

from app.mail.reading import Part, ReadMail, plain_address
from scheduling.invites import one_line

MAX_CALENDAR = 200_000
MAX_LINES = 3_000
MAX_LINE = 20_000
MAX_UID = 200
MAX_NESTED = 6
MAX_COMMENT = 300
MAX_SEQUENCE = 2**31 - 1
#: An answer stamped later than this would make every true one after it look old.
CLOCKS_DIFFER = timedelta(days=1)
ANSWERS = {"ACCEPTED": "yes", "TENTATIVE": "maybe", "DECLINED": "no"}
READ = frozenset(
    {"UID", "DTSTAMP", "SEQUENCE", "ATTENDEE", "ORGANIZER", "COMMENT", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"}
)

_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}(?=[;:])")


class Code(StrEnum):
    """What was made of a mail."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    REPEATED = "repeated"
    #: Beyond the bounds.
    TOO_LARGE = "too-large"
    TOO_MANY_PARTS = "too-many-parts"
    TOO_DEEP = "too-deep"
    BROKEN_MAIL = "broken-mail"
    #: Not an answer of a calendar.
    BOUNCE = "bounce"
    LIST_MAIL = "list-mail"
    NO_CALENDAR = "no-calendar"
    NOT_A_REPLY = "not-a-reply"
    BROKEN_CALENDAR = "broken-calendar"
    NOT_ONE_EVENT = "not-one-event"
    NOT_ONE_ATTENDEE = "not-one-attendee"
    UNKNOWN_ANSWER = "unknown-answer"
    #: Not about something this person was asked.
    UNKNOWN_SESSION = "unknown-session"
    NOT_INVITED = "not-invited"
    OTHER_ORGANIZER = "other-organizer"
    #: Stamped further ahead than clocks differ.
    AHEAD = "ahead"
    #: Held until the member says so on a page.
    OTHER_SENDER = "other-sender"
    UNPROVED = "unproved"
    #: Recorded and without effect.
    OVER = "over"
    STALE = "stale"
    OLDER = "older"


class Refused(ValueError):
    """A mail that is no answer to be judged; `code` says why."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """What a calendar answered. Addresses are in the form of `plain_address`; instants are aware UTC.

    `answer` is yes, maybe or no, and empty in a proposal; `organizer` is empty when the calendar left it out.
    """

    proposal: bool
    uid: str
    attendee: str
    answer: str
    sequence: int
    stamped_at: datetime
    organizer: str
    comment: str
    proposed_starts_at: datetime | None
    proposed_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known here about the session and the member a reply names.

    `invited` is the address the standing invite went to, None without one; `senders` are the member's own addresses;
    `organizers` are ours, those that calendars know; `newest` is the stamp of the last answer of this kind that
    counted.
    """

    invited: str | None
    senders: frozenset[str]
    organizers: frozenset[str]
    schedule_sequence: int
    over: bool
    newest: datetime | None


def read_reply(mail: ReadMail) -> Reply:
    """The answer in a mail. Raises Refused for a mail that holds none, or none that can be read."""
    if mail.bounce:
        raise Refused(Code.BOUNCE)
    if mail.bulk:
        raise Refused(Code.LIST_MAIL)
    part = _calendar_part(mail)
    if part is None:
        raise Refused(Code.NO_CALENDAR)
    if len(part.content) > MAX_CALENDAR:
        raise Refused(Code.BROKEN_CALENDAR)
    method, lines = _event_lines(part.text)
    if method not in ("REPLY", "COUNTER"):
        raise Refused(Code.NOT_A_REPLY)
    event = _parsed(lines)
    try:
        return _reply(event, proposal=method == "COUNTER")
    except Refused:
        raise
    except Exception as error:
        # The library keeps odd values as they came; whatever cannot be used as it should be is refused as a whole.
        raise Refused(Code.BROKEN_CALENDAR) from error


def judge(reply: Reply, facts: Facts, *, sender: str, proved: bool, at: datetime) -> Code:
    """Whether a reply from `sender` counts; `proved` says that the mail really came from there."""
    if reply.stamped_at > at + CLOCKS_DIFFER:
        return Code.AHEAD
    if facts.invited is None or reply.attendee != facts.invited:
        return Code.NOT_INVITED
    if reply.organizer and reply.organizer not in facts.organizers:
        return Code.OTHER_ORGANIZER
    if facts.over:
        return Code.OVER
    # Against the last change of time: the sequence also rises when somebody else leaves, and that ages no answer.
    if reply.sequence < facts.schedule_sequence:
        return Code.STALE
    if sender not in facts.senders:
        return Code.OTHER_SENDER
    if not proved:
        return Code.UNPROVED
    if facts.newest is not None and reply.stamped_at == facts.newest:
        return Code.REPEATED
    if facts.newest is not None and reply.stamped_at < facts.newest:
        return Code.OLDER
    return Code.PROPOSED if reply.proposal else Code.APPLIED


def said_at(reply: Reply, *, at: datetime) -> datetime:
    """When the member answered: the stamp of the calendar, but never later than the mail came in."""
    return min(reply.stamped_at, at)


def _calendar_part(mail: ReadMail) -> Part | None:
    inline = (part for part in mail.parts if part.kind == "text/calendar")
    attached = (part for part in mail.parts if part.kind == "application/ics" or part.filename.lower().endswith(".ics"))
    return next(inline, None) or next(attached, None)


def _event_lines(text: str) -> tuple[str, list[str]]:
    """METHOD, and the lines of the one event that are needed, unfolded. Raises Refused."""
    methods: list[str] = []
    kept: list[str] = []
    inside: list[str] = []
    opened: list[tuple[str, ...]] = []
    for name, line in _content_lines(text):
        if name == "BEGIN":
            inside.append(line[6:].strip().upper())
            opened.append(tuple(inside))
            if len(inside) > MAX_NESTED:
                raise Refused(Code.BROKEN_CALENDAR)
        elif name == "END":
            if not inside or inside.pop() != line[4:].strip().upper():
                raise Refused(Code.BROKEN_CALENDAR)
        elif inside == ["VCALENDAR"] and name == "METHOD":
            methods.append(line.partition(":")[2].strip().upper())
        elif inside == ["VCALENDAR", "VEVENT"] and name in READ:
            kept.append(line)
    if inside or opened.count(("VCALENDAR",)) != 1 or len(methods) > 1:
        raise Refused(Code.BROKEN_CALENDAR)
    if methods not in (["REPLY"], ["COUNTER"]):
        raise Refused(Code.NOT_A_REPLY)
    if [path for path in opened if path[-1] == "VEVENT"] != [("VCALENDAR", "VEVENT")]:
        raise Refused(Code.NOT_ONE_EVENT)
    return methods[0], kept


def _content_lines(text: str) -> list[tuple[str, str]]:
    """Unfolded lines with their names in upper case, empty ones left out. Raises Refused."""
    if text.count("\n") + text.count("\r") > 2 * MAX_LINES:
        raise Refused(Code.BROKEN_CALENDAR)
    lines: list[tuple[str, str]] = []
    for line in _LINE_END.split(_FOLD.sub("", text)):
        found = _NAME.match(line)
        if found is not None and len(line) <= MAX_LINE:
            lines.append((found[0].upper(), line))
        elif line.strip("\x00 \t"):
            raise Refused(Code.BROKEN_CALENDAR)
    return lines


def _parsed(lines: list[str]) -> Event:
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    try:
        calendar = Calendar.from_ical("\r\n".join(whole))
        (event,) = calendar.walk("VEVENT")
        spoilt = {str(name).upper() for name, _ in event.errors}
    except Exception as error:
        raise Refused(Code.BROKEN_CALENDAR) from error
    if spoilt & {"UID", "DTSTAMP", "SEQUENCE", "ATTENDEE", "ORGANIZER"}:
        raise Refused(Code.BROKEN_CALENDAR)
    if not isinstance(event, Event):
        raise Refused(Code.NOT_ONE_EVENT)
    return event


def _reply(event: Event, *, proposal: bool) -> Reply:
    uid = event.get("UID")
    if uid is None or isinstance(uid, list) or event.get("RECURRENCE-ID"):
        raise Refused(Code.BROKEN_CALENDAR)
    if not 0 < len(str(uid)) <= MAX_UID or not str(uid).isprintable():
        raise Refused(Code.BROKEN_CALENDAR)
    attendee = event.get("ATTENDEE")
    if attendee is None or isinstance(attendee, list):
        raise Refused(Code.NOT_ONE_ATTENDEE)
    partstat = str(attendee.params.get("PARTSTAT", "")).upper()
    if not proposal and partstat not in ANSWERS:
        raise Refused(Code.UNKNOWN_ANSWER)
    sequence = int(event.get("SEQUENCE", 0))
    if not 0 <= sequence <= MAX_SEQUENCE:
        raise Refused(Code.BROKEN_CALENDAR)
    starts_at = _instant(event, "DTSTART") if proposal else None
    ends_at = _instant(event, "DTEND") if proposal else None
    return Reply(
        proposal=proposal,
        uid=str(uid).strip(),
        attendee=_address(attendee),
        answer="" if proposal else ANSWERS[partstat],
        sequence=sequence,
        stamped_at=_stamp(event),
        organizer=_organizer(event),
        comment=_comment(event),
        proposed_starts_at=starts_at,
        proposed_ends_at=ends_at if starts_at and ends_at and ends_at > starts_at else None,
    )


def _address(value: Any) -> str:
    """The mail address of a calendar user; some clients write an own identifier and the address as a parameter."""
    return plain_address(str(value)) or plain_address(str(value.params.get("EMAIL", "")))


def _organizer(event: Event) -> str:
    value = event.get("ORGANIZER")
    if value is None:
        return ""
    if isinstance(value, list):
        raise Refused(Code.BROKEN_CALENDAR)
    return _address(value)


def _stamp(event: Event) -> datetime:
    """DTSTAMP, which RFC 5545 demands in UTC."""
    moment = _instant(event, "DTSTAMP")
    if moment is None:
        raise Refused(Code.BROKEN_CALENDAR)
    return moment


def _instant(event: Event, name: str) -> datetime | None:
    """An instant in a property; None without one, or when its zone is known to nobody here."""
    value = event.get(name)
    moment: date | None = getattr(value, "dt", None)
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    instant = moment.astimezone(UTC).replace(microsecond=0)
    # Whatever is shown of it moves through zones, which the first and last days there are do not survive.
    return instant if timedelta(days=2) < instant - datetime.min.replace(tzinfo=UTC) and instant.year < 9990 else None


def _comment(event: Event) -> str:
    value = event.get("COMMENT")
    lines = value if isinstance(value, list) else [value or ""]
    return one_line(" ".join(str(line) for line in lines))[:MAX_COMMENT].strip()
