"""A circle's season with the mails of its people, and what every calendar must show of it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.mail.models import MailState, OutgoingMail
from scheduling.models import CircleSession, Season, SessionState
from scheduling.services.calendars import BATCH, HORIZON, invite_where_missing, tell_noted_changes
from tests.factories import circles as make
from tests.factories.scheduling import DESK, reload, season
from tests.scheduling.readers.plain import properties
from tests.scheduling.receivers import MODELS, ORDERLY, Entry

NAMES = ("Amara Osei", "Tomas Rivera", "Linh Pham")


@dataclass
class Life:
    """One circle; time goes on with everything that happens to it."""

    session: Session
    season: Season
    at: datetime
    #: Everyone who ever was in it, with all addresses they had.
    addresses: dict[Person, list[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, session: Session, *, at: datetime, names: Iterable[str] = NAMES, **slot: Any) -> Life:
        """A circle on a weekly hour, everyone invited to the next two sessions."""
        first = slot.pop("first", at.date() + timedelta(days=3))
        made = season(session, make.circle_of(session, tuple(names)), at=at, first=first, **slot)
        invite_where_missing(session, made.sessions, desk=DESK, at=at)
        life = cls(session, made, at)
        for person in life.members:
            life.addresses[person] = [person.email]
        return life

    def refresh(self) -> Season:
        """The season as the database has it."""
        self.session.flush()
        self.session.expire_all()
        self.season = reload(self.session, self.season)
        return self.season

    @property
    def members(self) -> list[Person]:
        """Who is in the circle."""
        return [one.person for one in self.season.circle.memberships if one.left_at is None]

    @property
    def to_come(self) -> list[CircleSession]:
        """Planned sessions that have not begun, by time; none once the season is over."""
        if self.season.ended_at is not None:
            return []
        planned = [m for m in self.season.sessions if m.state is SessionState.PLANNED and m.starts_at > self.at]
        return sorted(planned, key=lambda m: m.starts_at)

    def settle(self) -> None:
        """Let the quarter of an hour pass in which changes are gathered, and what has come near be invited to."""
        self.at += BATCH
        self.refresh()
        tell_noted_changes(self.session, self.season, desk=DESK, at=self.at)
        if self.season.ended_at is None:
            invite_where_missing(self.session, self.season.sessions, desk=DESK, at=self.at)
        self.refresh()

    def mails(self, address: str) -> list[OutgoingMail]:
        """What was written to an address and not taken back, in the order in which it leaves."""
        own = select(OutgoingMail).where(OutgoingMail.recipient == address, OutgoingMail.state != MailState.CANCELLED)
        return list(self.session.scalars(own.order_by(OutgoingMail.send_at, OutgoingMail.id)))

    def check(self, *, texts: bool = True, luck: int = 0) -> None:
        """Every calendar shows what the application knows, in every model of a receiver; no mail tells on others."""
        for person, addresses in self.addresses.items():
            for address in addresses:
                self._check_calendar(person, address, texts=texts, luck=luck)
        self._check_numbers()
        self._check_secrets()

    def _check_calendar(self, person: Person, address: str, *, texts: bool, luck: int) -> None:
        mails = self.mails(address)
        current = person in self.members and person.email == address
        takes_invites = current and person.calendar_choice is CalendarChoice.INVITES
        planned = {m.uid: m for m in self.to_come} if takes_invites else {}
        near = {m.uid for m in self.to_come[:HORIZON]} if takes_invites else set()
        shuffled = random.Random(luck).sample(mails, len(mails))
        for model in MODELS:
            shown = self._future(model().take(mails).entries)
            assert shown.keys() <= planned.keys(), f"{model.__name__} shows {address} what is not so"
            assert near <= shown.keys(), f"{model.__name__} lacks a session for {address}"
            for uid, entry in shown.items():
                assert (entry.starts_at, entry.ends_at) == (planned[uid].starts_at, planned[uid].ends_at)
                if texts:
                    assert (entry.summary, entry.location) == (self._summary(planned[uid]), planned[uid].room)
            if model in ORDERLY:
                assert self._future(model().take([*shuffled, *mails[:3]]).entries) == shown, "order matters"

    def _future(self, entries: dict[str, Entry]) -> dict[str, Entry]:
        return {uid: entry for uid, entry in entries.items() if entry.starts_at > self.at}

    def _summary(self, meeting: CircleSession) -> str:
        return f"{self.season.circle.name}: {meeting.title}" if meeting.title else self.season.circle.name

    def _check_numbers(self) -> None:
        """SEQUENCE never falls for a UID, DTSTAMP rises for each recipient, nothing is sent of what has begun."""
        last: dict[str, int] = {}
        stamps: dict[tuple[str, Any], list[datetime]] = {}
        everyone = [address for addresses in self.addresses.values() for address in addresses]
        written = select(OutgoingMail).where(OutgoingMail.recipient.in_(everyone)).order_by(OutgoingMail.id)
        uids = {m.uid: m for m in self.season.sessions}
        assert len(uids) == len(self.season.sessions), "two sessions never share a UID"
        for mail in self.session.scalars(written):
            if mail.invite is None:
                continue
            event = properties(mail.invite)
            uid, sequence = event["UID"], int(event["SEQUENCE"])
            assert uid in uids
            assert event["METHOD"] == mail.method
            assert sequence >= last.get(uid, 0), "SEQUENCE fell"
            assert sequence <= uids[uid].sequence
            assert event["DTSTART"] > f"{mail.created_at:%Y%m%dT%H%M%SZ}", "a mail about a session that has begun"
            stamps.setdefault((uid, mail.person_id), []).append(datetime.fromisoformat(event["DTSTAMP"]))
            last[uid] = sequence
        for row in stamps.values():
            assert row == sorted(set(row)), "DTSTAMP did not rise"

    def _check_secrets(self) -> None:
        """No mail to one person holds another's address or answering link."""
        links: dict[str, Person] = {}
        for person, addresses in self.addresses.items():
            others = {one for other, theirs in self.addresses.items() if other is not person for one in theirs}
            for address in addresses:
                for mail in self.mails(address):
                    ics = (mail.invite or b"").replace(b"\r\n ", b"").decode()
                    whole = "\n".join((mail.subject, mail.text, mail.html, ics, mail.message_id)).lower()
                    assert not [one for one in others if one.lower() in whole]
                    for word in mail.text.split():
                        if "/answer/" in word:
                            assert links.setdefault(word, person) is person
