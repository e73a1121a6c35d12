"""Which mail about a session is due when, for which member (pure).

Everything is reckoned from the session's UTC instant and from each member's own clock, so that a change of clocks
between two sessions moves nothing by an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from app.mail.quiet_hours import calm_after, calm_before, is_quiet


class Kind(Enum):
    """The mails that go with a session."""

    AGENDA = "agenda"
    REMINDER = "reminder"
    LINK = "link"
    AFTER = "after"


#: Before the start, in the middle of the days from the sixth to the fourth.
AGENDA_BEFORE = timedelta(days=5)
#: Nothing is due earlier than this before a start.
FIRST_BEFORE = timedelta(days=6)
AGENDA_UNTIL = timedelta(days=4)
REMINDER_BEFORE = timedelta(hours=24)
LINK_BEFORE = timedelta(minutes=60)
AFTER_START = timedelta(hours=2)

#: Within this time before a session nobody's quiet hours hold back a word about its change.
URGENT = timedelta(hours=24)

#: A mail that could not leave in time is of use until so long before the start, or after its moment.
REMINDER_UNTIL = timedelta(minutes=15)
LINK_UNTIL = timedelta(minutes=5)
AFTER_FOR = timedelta(hours=36)

#: When the weekly digest leaves, on a Sunday of the person's own calendar …
DIGEST_AT = time(17, 0)
#: … and for how long a digest that could not leave is of use.
DIGEST_FOR = timedelta(hours=20)
MONDAY = 0

#: A calendar message this shortly before says the same as the agenda, or as the reminder.
AGENDA_TOLD = timedelta(days=2)
REMINDER_TOLD = timedelta(hours=6)

#: Who comes from another circle for once gets these; what the circle is told besides is not for them.
FOR_GUESTS = (Kind.REMINDER, Kind.LINK)

#: What members choose, by the names of `app.accounts.mail_kinds`.
REMINDER_WHEN_COMING = "reminder_when_coming"
AFTER_HOSTING = "after_hosting"


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session: when, whether there is an agenda to tell, and whether it was skipped or has been noted already."""

    starts_at: datetime
    ends_at: datetime
    has_agenda: bool = True
    cancelled: bool = False
    closed: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One present member, or a welcome guest, as far as their mails go.

    `answer` is "yes", "maybe", "no" or None; a guest has said yes by asking to come. `told_at` is when a calendar
    message about the session last went to them. `stopped` and `wanted` are kinds of mail.
    """

    zone: str
    answer: str | None = None
    hosts: bool = False
    away: bool = False
    guest: bool = False
    told_at: datetime | None = None
    stopped: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """From when a mail may leave, and until when it is of use; the end is not part of it."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """One mail that should leave now; with `nudge` it asks for an answer, `until` is when it is no longer of use."""

    kind: Kind
    until: datetime
    nudge: bool = False
    #: The mail after a session asks its host who was there; others get a line and a link.
    hosts: bool = False


def is_urgent(*starts: datetime, at: datetime) -> bool:
    """Whether people hear at once that a session changes that begins, or was to begin, at these instants."""
    return min(starts) - at <= URGENT


def span(kind: Kind, meeting: Meeting, zone: str) -> Span:
    """When a mail about a session leaves for someone in a zone, out of their quiet hours; the link ignores them."""
    start = meeting.starts_at
    if kind is Kind.AGENDA:
        return Span(calm_before(start - AGENDA_BEFORE, zone), start - AGENDA_UNTIL)
    if kind is Kind.REMINDER:
        return Span(calm_before(start - REMINDER_BEFORE, zone), start - REMINDER_UNTIL)
    if kind is Kind.LINK:
        return Span(start - LINK_BEFORE, start - LINK_UNTIL)
    begins = calm_after(max(start + AFTER_START, meeting.ends_at), zone)
    return Span(begins, begins + AFTER_FOR)


def due(meeting: Meeting, member: Member, *, at: datetime, sent: Collection[Kind] = ()) -> tuple[Due, ...]:
    """The mails that should leave for a member at an instant, without those that were `sent`.

    A mail that is late leaves while it is of use, in the morning when its lateness fell into the quiet hours.
    """
    if meeting.cancelled or member.away:
        return ()
    return tuple(
        found
        for kind in (FOR_GUESTS if member.guest else Kind)
        if kind not in sent and _leaves(kind, meeting, member.zone, at)
        for found in (_wanted(kind, meeting, member),)
        if found is not None
    )


def next_look(meeting: Meeting, zones: Iterable[str], *, at: datetime) -> datetime | None:
    """When a session with members in these zones is to be looked at again; None when nothing more can come due.

    Answers and choices may change meanwhile, so every kind counts, wanted or not.
    """
    if meeting.cancelled:
        return None
    looks = [look for zone in set(zones) for kind in Kind if (look := _look(kind, meeting, zone, at)) is not None]
    return min(looks, default=None)


def _look(kind: Kind, meeting: Meeting, zone: str, at: datetime) -> datetime | None:
    when = span(kind, meeting, zone)
    if at < when.begins:
        return when.begins
    if at < when.ends and kind is not Kind.LINK and is_quiet(at, zone):
        morning = calm_after(at, zone)
        return morning if morning < when.ends else None
    return None


def _leaves(kind: Kind, meeting: Meeting, zone: str, at: datetime) -> bool:
    when = span(kind, meeting, zone)
    return when.begins <= at < when.ends and (kind is Kind.LINK or not is_quiet(at, zone))


def _wanted(kind: Kind, meeting: Meeting, member: Member) -> Due | None:
    when = span(kind, meeting, member.zone)
    if kind is Kind.AFTER:
        return _after(meeting, member, when)
    if member.answer == "no" or kind.value in member.stopped:
        return None
    if kind is Kind.AGENDA:
        told = member.told_at
        # Who was never invited gets the invite, which holds the agenda, not a second mail.
        fresh = told is None or told > when.begins - AGENDA_TOLD
        return None if fresh or not meeting.has_agenda else Due(kind, when.ends)
    if kind is Kind.LINK:
        return Due(kind, when.ends) if kind.value in member.wanted else None
    if member.answer == "yes" and REMINDER_WHEN_COMING in member.stopped:
        return None
    if member.told_at is not None and member.told_at > when.begins - REMINDER_TOLD:
        return None
    return Due(kind, when.ends, nudge=member.answer is None)


def _after(meeting: Meeting, member: Member, when: Span) -> Due | None:
    if member.hosts and not meeting.closed and AFTER_HOSTING not in member.stopped:
        return Due(Kind.AFTER, when.ends, hosts=True)
    took_place = meeting.held or not meeting.closed
    if took_place and Kind.AFTER.value in member.wanted and member.answer != "no":
        return Due(Kind.AFTER, when.ends)
    return None


def digest_week(at: datetime, zone: str) -> date | None:
    """The Monday of the week that a digest leaving at an instant is about; None when it is not the time for one."""
    wall = at.astimezone(ZoneInfo(zone))
    monday = wall.date() + timedelta(days=(7 - wall.weekday()) % 7)
    if wall.weekday() == MONDAY:
        monday = wall.date()
    sunday = datetime.combine(monday - timedelta(days=1), DIGEST_AT, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return monday if sunday <= at < sunday + DIGEST_FOR and not is_quiet(at, zone) else None
