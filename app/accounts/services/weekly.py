"""The one door for mails that Coterie starts by itself: choices, the week's ceiling, quiet hours, each exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.mail_kinds import CEILING, KINDS, MailKind, Urgency, week_of
from app.accounts.models import Person, StartedMail, StartedState
from app.accounts.services.addresses import stop_url, wants
from app.mail.bounces import key_of, troubled
from app.mail.compose import Composed
from app.mail.desk import Desk
from app.mail.models import MailState, OutgoingMail
from app.mail.quiet_hours import calm_after
from app.mail.services import withdraw, write
from app.tokens import Token

#: What was decided is kept this long, then forgotten.
KEPT = timedelta(days=90)
#: A mail leaves at most this long after it was decided, so older rows cannot count in its week.
LOOKED_BACK = timedelta(days=9)
DIGEST = "digest"
MOST_HELD = 50


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to be started.

    `kind` is one of `mail_kinds.KINDS`; `subject` says what it is about (an id, never words), so that of one kind
    there is one about it for a person. `words` carry `stop_url(desk, person, kind)`. `title` and `url` are how a
    digest tells of it, where it has to wait. `hold` sends it to the digest at once; `reserve` is how many more urgent
    mails are known to come in the same week. `mail_kind` is what the outbox calls it.
    """

    person: Person
    kind: str
    subject: str
    words: Composed
    mail_kind: str
    title: str = ""
    url: str = ""
    hold: bool = False
    reserve: int = 0
    invite: bytes | None = None
    method: str | None = None
    sender: str = ""
    erase_at: datetime | None = None
    not_after: datetime | None = None

    @property
    def about(self) -> MailKind:
        """The kind's row in the table of kinds."""
        return KINDS[self.kind]


def in_digest(person: Person, circles: int) -> bool:
    """Whether what can wait comes to a person in their weekly digest: they are in several circles and want it."""
    return circles >= 2 and wants(person, DIGEST)


def start_mail(session: Session, desk: Desk, letter: Letter, *, at: datetime) -> StartedMail | None:
    """Send one mail, or hold it for the digest, or drop it; None when its person does not want it or it was decided
    before. The row says which."""
    found = start_mails(session, desk, [letter], at=at)
    return found[0] if found else None


def start_mails(session: Session, desk: Desk, letters: Sequence[Letter], *, at: datetime) -> list[StartedMail]:
    """Decide on several mails in the caller's transaction; gives the decisions made now, in the order of `letters`.

    The caller's other writes about people come after this: it locks their rows in one order, so that two workers
    count one week one after the other.
    """
    concerned = {_id(letter.person) for letter in letters}
    if not concerned:
        return []
    locked = select(Person).where(Person.id.in_(concerned)).order_by(Person.id).with_for_update(key_share=True)
    people = {person.id: person for person in session.scalars(locked)}
    resting = {row.address_key for row in troubled(session, [person.email for person in people.values()])}
    wanted = [
        letter
        for letter in letters
        if letter.person.active
        and wants(letter.person, letter.kind)
        # Mail comes back from there; only what a calendar has to hear is still sent.
        and (letter.invite is not None or key_of(letter.person.email) not in resting)
    ]
    if not wanted:
        return []
    rows = _claim(session, wanted, at)
    weeks = _weeks(session, people, at)
    _stand_by(session, desk, [letter for letter in wanted if _key(letter) in rows], at)
    decided: list[StartedMail] = []
    for letter in wanted:
        row = rows.pop(_key(letter), None)
        if row is None:
            continue
        row.state = _decide(session, letter, row, weeks[letter.person.id], at)
        if row.state is StartedState.SENT:
            row.mail_id = _send(session, desk, letter, row.leaves_at, at).id
            weeks[letter.person.id].add(row)
        decided.append(row)
    session.flush()
    return decided


def held_for_all(session: Session, person_ids: Sequence[UUID]) -> dict[UUID, list[StartedMail]]:
    """What waits for each person's digest, oldest first; at most 50 each."""
    rows = session.scalars(
        select(StartedMail)
        .where(StartedMail.person_id.in_(person_ids), StartedMail.state == StartedState.HELD)
        .order_by(StartedMail.leaves_at, StartedMail.id)
    )
    found: dict[UUID, list[StartedMail]] = {person_id: [] for person_id in person_ids}
    for row in rows:
        if len(found[row.person_id]) < MOST_HELD:
            found[row.person_id].append(row)
    return found


def decide_nothing(session: Session, kind: str, subject: str, people: Sequence[Person], *, at: datetime) -> None:
    """There is nothing to say to these people about something; nobody looks at it again."""
    rows = [
        {
            "person_id": _id(person),
            "kind": kind,
            "subject": subject,
            "state": StartedState.DROPPED,
            "counted": False,
            "leaves_at": at,
            "title": "",
            "url": "",
        }
        for person in people
    ]
    if rows:
        session.execute(_insert_new(session, StartedMail, rows))


def forget_old(session: Session, *, at: datetime) -> None:
    """Delete decisions that are long past."""
    session.execute(delete(StartedMail).where(StartedMail.leaves_at < at - KEPT))


@dataclass
class _Weeks:
    """The counted mails of one person by week."""

    zone: str
    by_week: dict[date, list[StartedMail]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: StartedMail) -> None:
        if row.counted:
            self.by_week[week_of(row.leaves_at, self.zone)].append(row)

    def around(self, moment: datetime) -> list[StartedMail]:
        return self.by_week[week_of(moment, self.zone)]


def _id(person: Person) -> UUID:
    """A person's id, without asking the database about someone who was read in an earlier unit."""
    state: Any = inspect(person)
    found: UUID = state.identity[0]
    return found


def _key(letter: Letter) -> tuple[UUID, str, str]:
    return letter.person.id, letter.kind, letter.subject


def _claim(session: Session, letters: Sequence[Letter], at: datetime) -> dict[tuple[UUID, str, str], StartedMail]:
    """The rows that are ours to decide; a row that stands already is somebody else's, or was ours before."""
    values = {
        _key(letter): {
            "person_id": letter.person.id,
            "kind": letter.kind,
            "subject": letter.subject,
            "state": StartedState.HELD,
            "counted": letter.about.counted,
            "leaves_at": calm_after(at, letter.person.timezone) if letter.about.calm else at,
            "title": letter.title[:300],
            "url": letter.url[:300],
        }
        for letter in letters
    }
    ids = session.scalars(_insert_new(session, StartedMail, list(values.values())).returning(StartedMail.id)).all()
    rows = session.scalars(select(StartedMail).where(StartedMail.id.in_(ids)))
    return {(row.person_id, row.kind, row.subject): row for row in rows}


def _insert_new(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> Any:
    """INSERT of rows, leaving out those that a unique constraint knows; both databases say it alike."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table).values(rows).on_conflict_do_nothing()


def _weeks(session: Session, people: dict[UUID, Person], at: datetime) -> dict[UUID, _Weeks]:
    found = {person_id: _Weeks(person.timezone) for person_id, person in people.items()}
    rows = session.scalars(
        select(StartedMail).where(
            StartedMail.person_id.in_(people),
            StartedMail.leaves_at >= at - LOOKED_BACK,
            StartedMail.counted,
            StartedMail.state == StartedState.SENT,
        )
    )
    for row in rows:
        found[row.person_id].add(row)
    return found


def _stand_by(session: Session, desk: Desk, letters: Sequence[Letter], at: datetime) -> None:
    """See to it that the stop links of these mails stand; each person and kind has one for good."""
    values = {}
    for letter in letters:
        secret_hash = tokens.hash_of(stop_url(desk, letter.person, letter.kind).rsplit("/", 1)[-1])
        values[secret_hash] = {
            "purpose": "unsubscribe",
            "subject": str(letter.person.id),
            "hash": secret_hash,
            "data": {"kind": letter.kind},
            "created_at": at,
        }
    if values:
        standing = set(session.scalars(select(Token.hash).where(Token.hash.in_(values))))
        missing = [row for secret_hash, row in values.items() if secret_hash not in standing]
        if missing:
            session.execute(_insert_new(session, Token, missing))


def _decide(session: Session, letter: Letter, row: StartedMail, weeks: _Weeks, at: datetime) -> StartedState:
    can_wait = letter.about.urgency is not Urgency.NOW
    wait = StartedState.HELD if wants(letter.person, DIGEST) else StartedState.DROPPED
    if letter.hold:
        return wait
    if not letter.about.counted:
        return StartedState.SENT
    week = weeks.around(row.leaves_at)
    if len(week) + (letter.reserve if can_wait else 0) < CEILING:
        return StartedState.SENT
    if can_wait:
        return wait
    return StartedState.SENT if _make_room(session, week, letter, at) else StartedState.DROPPED


def _make_room(session: Session, week: list[StartedMail], letter: Letter, at: datetime) -> bool:
    """Let the least urgent mail of a full week that has not left yet wait for the digest instead."""
    for row in sorted(week, key=lambda one: KINDS[one.kind].urgency):
        if KINDS[row.kind].urgency >= letter.about.urgency or row.mail_id is None:
            continue
        mail = session.get(OutgoingMail, row.mail_id)
        if mail is not None and mail.state is MailState.WAITING and withdraw(session, mail, at=at):
            row.state = StartedState.HELD if wants(letter.person, DIGEST) else StartedState.DROPPED
            week.remove(row)
            return True
    return False


def _send(session: Session, desk: Desk, letter: Letter, leaves_at: datetime, at: datetime) -> OutgoingMail:
    person = letter.person
    return write(
        session,
        letter.words,
        kind=letter.mail_kind,
        to=person.email,
        name=person.name,
        person_id=person.id,
        at=at,
        send_at=leaves_at,
        invite=letter.invite,
        method=letter.method,
        sender=letter.sender,
        unsubscribe_url=stop_url(desk, person, letter.kind),
        erase_at=letter.erase_at,
        not_after=letter.not_after,
    )
