"""What administrators read of mail that comes in and of addresses that do not work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.admin.queries import PAGE, Page
from app.errors import N_, NotFound
from app.mail import bounces, intake
from app.mail.incoming import AddressTrouble, Inbox

#: What each code of an incoming mail means; the code itself where nothing is said.
MEANINGS: Mapping[str, str] = {
    "applied": N_("answers that count"),
    "proposed": N_("other times proposed"),
    "repeated": N_("came before"),
    "older": N_("older than an answer that stands"),
    "stale": N_("about a time the session no longer has"),
    "over": N_("about a session that had begun or was skipped"),
    "unproved": N_("answers nobody vouched for"),
    "other-sender": N_("answers from an address that is not the member’s"),
    "not-invited": N_("from people who hold no invite"),
    "unknown-session": N_("about no session here"),
    "other-organizer": N_("for another organizer"),
    "no-calendar": N_("mails without a calendar"),
    "not-a-reply": N_("invites or cancellations from outside, ignored"),
    "list-mail": N_("list mail, dropped"),
    "bounce": N_("automatic reports, dropped"),
    "bounced": N_("mails that came back"),
    "deferred": N_("mails that wait at another server"),
    "unknown-mail": N_("reports about mail that is not ours"),
    "too-large": N_("larger than one megabyte"),
    "failed": N_("could not be taken; see the log"),
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """How mail comes in: the mailboxes read, what was made of mails in the last week, addresses that do not work."""

    inboxes: Sequence[Inbox]
    counts: Sequence[tuple[str, int]]
    last_received: datetime | None
    stopped: int

    @property
    def failing(self) -> Sequence[Inbox]:
        """Mailboxes that cannot be read at present."""
        return [row for row in self.inboxes if row.error]


def incoming(session: Session, *, at: datetime) -> Incoming:
    """The state of incoming mail; three queries."""
    late = intake.of_late(session, at=at)
    return Incoming(
        inboxes=intake.inboxes(session),
        counts=[(MEANINGS.get(code, code), count) for code, count, _ in late],
        last_received=max((last for _, _, last in late), default=None),
        stopped=intake.troubled_count(session),
    )


@dataclass(frozen=True, slots=True)
class TroubledAddress:
    """An address with trouble and the name of the person who has it at present, if anyone."""

    trouble: AddressTrouble
    name: str


def addresses_page(session: Session, *, page: int) -> Page[TroubledAddress]:
    """Addresses that mail came back from or waits for, those that get no more first, then the latest."""
    total = session.scalar(select(func.count()).select_from(AddressTrouble)) or 0
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rows = session.execute(
        select(AddressTrouble, Person.name)
        .outerjoin(Person, Person.email_key == AddressTrouble.address_key)
        .order_by(
            AddressTrouble.stopped.desc(),
            func.coalesce(AddressTrouble.bounced_at, AddressTrouble.deferred_at).desc(),
            AddressTrouble.address_key,
        )
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Page([TroubledAddress(trouble, name or "") for trouble, name in rows], total, page)


def try_again(session: Session, address: str, *, actor: Person, at: datetime) -> None:
    """Let an address have every mail again. Raises NotFound when nothing is noted of it."""
    if not address.isprintable() or not bounces.forgive(session, address):
        raise NotFound
    audit.record(session, "address.forgiven", "address", "", actor_id=actor.id, at=at)
