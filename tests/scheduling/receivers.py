"""A calendar that receives mails, as RFC 5546 says a receiver should: by UID, then SEQUENCE, then DTSTAMP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar

from app.mail.models import OutgoingMail


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar shows of one session."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    sequence: int
    stamped_at: datetime


class Receiver:
    """One member's calendar, fed with the invites of their mails in the order they were written."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.gone: dict[str, tuple[int, datetime]] = {}

    def take(self, mails: Iterable[OutgoingMail]) -> Receiver:
        """Apply every invite among some mails; mails without one change nothing."""
        for mail in mails:
            if mail.invite is not None:
                self._apply(mail.invite)
        return self

    def _apply(self, ics: bytes) -> None:
        calendar = Calendar.from_ical(ics)
        (event,) = calendar.walk("VEVENT")
        uid, sequence, stamp = str(event["UID"]), int(event["SEQUENCE"]), event.decoded("DTSTAMP")
        known = self.entries.get(uid)
        newest = (known.sequence, known.stamped_at) if known else self.gone.get(uid)
        if newest is not None and (sequence, stamp) <= newest:
            return
        if str(calendar["METHOD"]) == "CANCEL":
            self.entries.pop(uid, None)
            self.gone[uid] = (sequence, stamp)
            return
        self.gone.pop(uid, None)
        self.entries[uid] = Entry(
            event.decoded("DTSTART"), event.decoded("DTEND"), str(event["SUMMARY"]), sequence, stamp
        )

    @property
    def instants(self) -> list[datetime]:
        """When the sessions in the calendar begin, in order."""
        return sorted(entry.starts_at for entry in self.entries.values())
