"""Calendars that receive mails, in the three ways that programs follow or do not follow RFC 5546."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from app.mail.models import MailState, OutgoingMail


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar shows of one session."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    sequence: int
    stamped_at: datetime


class Receiver:
    """One member's calendar, fed with the invites of their mails; by UID, then SEQUENCE, then DTSTAMP (RFC 5546)."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.gone: dict[str, Entry] = {}

    def take(self, mails: Iterable[OutgoingMail]) -> Receiver:
        """Apply every invite among some mails that were not taken back; mails without one change nothing."""
        for mail in mails:
            if mail.invite is not None and mail.state is not MailState.CANCELLED:
                self.apply(mail.invite)
        return self

    def apply(self, ics: bytes) -> None:
        """Take one message."""
        calendar = Calendar.from_ical(ics)
        (event,) = calendar.walk("VEVENT")
        assert isinstance(event, Event)
        uid, entry = str(event["UID"]), _entry(event)
        newest = self.entries.get(uid) or self.gone.get(uid)
        if newest is not None and not self.is_newer(entry, newest):
            return
        if str(calendar["METHOD"]) == "CANCEL":
            self.cancel(uid, entry)
        else:
            self.gone.pop(uid, None)
            self.entries[uid] = entry

    def is_newer(self, one: Entry, other: Entry) -> bool:
        """Whether a message counts, given the last one that did."""
        return (one.sequence, one.stamped_at) > (other.sequence, other.stamped_at)

    def cancel(self, uid: str, entry: Entry) -> None:
        """Take a session out, remembering when."""
        self.entries.pop(uid, None)
        self.gone[uid] = entry

    @property
    def instants(self) -> list[datetime]:
        """When the sessions in the calendar begin, in order."""
        return sorted(entry.starts_at for entry in self.entries.values())


class SabreReceiver(Receiver):
    """As sabre/vobject's broker does: whatever comes counts; a CANCEL of something unknown is nothing."""

    def is_newer(self, one: Entry, other: Entry) -> bool:
        return True

    def cancel(self, uid: str, entry: Entry) -> None:
        known = self.entries.pop(uid, None)
        if known is not None:
            self.gone[uid] = known


class NewestReceiver(Receiver):
    """By DTSTAMP alone, as programs do that never look at SEQUENCE."""

    def is_newer(self, one: Entry, other: Entry) -> bool:
        return one.stamped_at > other.stamped_at


MODELS = (Receiver, SabreReceiver, NewestReceiver)
#: Of these the order in which mails arrive does not matter.
ORDERLY = (Receiver, NewestReceiver)


def _entry(event: Event) -> Entry:
    return Entry(
        event.decoded("DTSTART"),
        event.decoded("DTEND"),
        str(event["SUMMARY"]),
        str(event.get("LOCATION", "")),
        int(str(event["SEQUENCE"])),
        event.decoded("DTSTAMP"),
    )
