"""Mail that came back or waits: reads delivery reports (RFC 3464) and keeps account of addresses that do not work."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail.incoming import AddressTrouble
from app.mail.mime import one_line
from app.mail.models import MailState, OutgoingMail
from app.mail.reading import Part, ReadMail, plain_address

#: After so many failures of whatever kind an address counts as one that does not work.
TOO_MANY = 3
#: Statuses (RFC 3463) that speak of the address itself: it does not exist, is closed, or its domain takes no mail.
GONE = re.compile(r"5\.(1\.\d{1,3}|2\.1|4\.4)")
MAX_RECIPIENTS = 20
MAX_REASON = 300

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_OURS = re.compile(r"<([0-9A-Za-z._+-]{1,200})@[^<>@\s]{1,253}>")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a server says of one recipient: `action` is failed or delayed, `status` like 5.1.1."""

    recipient: str
    action: str
    status: str
    reason: str

    @property
    def words(self) -> str:
        """The status and what the server said, the status once."""
        return self.reason if self.status in self.reason else f"{self.status} {self.reason}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report about one mail; `message_id` is that mail's, without brackets and domain."""

    message_id: str
    outcomes: tuple[Outcome, ...]


def read_report(mail: ReadMail) -> Report | None:
    """The delivery report in a mail, or None when it is something else or says nothing of trouble."""
    statuses = [part for part in mail.parts if part.kind == "message/delivery-status"]
    if mail.kind != "multipart/report" or len(statuses) != 1:
        return None
    found = (_OURS.search(_original_id(part)) for part in mail.parts)
    message_id = next((match[1] for match in found if match), "")
    outcomes = tuple(outcome for block in statuses[0].blocks[:MAX_RECIPIENTS] if (outcome := _outcome(block)))
    return Report(message_id, outcomes) if message_id and outcomes else None


def record(session: Session, report: Report, *, at: datetime) -> str:
    """Mark the mail a report is about, and its address; says what was made of it.

    "bounced", "deferred", or "unknown-mail" when no mail of ours carries that Message-ID: nobody else knows it, so a
    report that names it comes from a server that had the mail.
    """
    mail = session.scalar(
        select(OutgoingMail).where(OutgoingMail.message_id == report.message_id).with_for_update().limit(1)
    )
    if mail is None or not mail.recipient:
        return "unknown-mail"
    worst = min(report.outcomes, key=lambda outcome: outcome.action != "failed")
    note = worst.words[:MAX_REASON]
    if worst.action != "failed":
        if mail.state is MailState.SENT:
            mail.error = note
            note_deferred(session, mail.recipient, status=worst.status, reason=worst.reason, at=at)
        return "deferred"
    if mail.state is not MailState.BOUNCED:
        mail.state, mail.error = MailState.BOUNCED, note
        note_bounce(session, mail.recipient, status=worst.status, reason=worst.reason, at=at)
    return "bounced"


def note_bounce(session: Session, address: str, *, status: str, reason: str, at: datetime) -> None:
    """Count a final refusal against an address; one that does not exist gets no more mail that can be done without."""
    trouble = _trouble(session, address)
    trouble.bounces += 1
    trouble.bounced_at, trouble.status, trouble.reason = at, status[:16], one_line(reason)[:MAX_REASON]
    trouble.stopped = trouble.stopped or bool(GONE.fullmatch(status)) or trouble.bounces >= TOO_MANY
    session.flush()


def note_deferred(session: Session, address: str, *, status: str, reason: str, at: datetime) -> None:
    """Remember that a server keeps mail for an address waiting; nothing is held back for that."""
    trouble = _trouble(session, address)
    trouble.deferred_at = at
    if not trouble.stopped:
        trouble.status, trouble.reason = status[:16], one_line(reason)[:MAX_REASON]
    session.flush()


def forgive(session: Session, address: str) -> bool:
    """Forget what went wrong with an address, because someone mended it or it was heard from; says if there was any."""
    trouble = session.get(AddressTrouble, key_of(address))
    if trouble is None:
        return False
    session.delete(trouble)
    session.flush()
    return True


def reachable(session: Session, address: str) -> bool:
    """Whether mails that can be done without should still be sent to an address. Ask before writing one."""
    stopped = select(AddressTrouble.stopped).where(AddressTrouble.address_key == key_of(address))
    return not session.scalar(stopped)


def troubled(session: Session, addresses: Collection[str]) -> Sequence[AddressTrouble]:
    """Those among some addresses that mail came back from and that no longer get every mail."""
    keys = {key_of(address) for address in addresses}
    found: list[AddressTrouble] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), 500):
        chosen = AddressTrouble.address_key.in_(ordered[start : start + 500])
        found.extend(session.scalars(select(AddressTrouble).where(chosen, AddressTrouble.stopped.is_(True))))
    return found


def key_of(address: str) -> str:
    """What an address is noted under: the form that accounts look people up by."""
    return address.strip().lower()


def status_in(text: str) -> str:
    """The enhanced status code in what a server said, or an empty string."""
    found = _STATUS.search(text[:2_000])
    return found[1] if found else ""


def _trouble(session: Session, address: str) -> AddressTrouble:
    key = key_of(address)
    trouble = session.get(AddressTrouble, key)
    if trouble is None:
        trouble = AddressTrouble(address_key=key, bounces=0, status="", reason="", stopped=False)
        session.add(trouble)
    return trouble


def _original_id(part: Part) -> str:
    """The Message-ID of the mail that a report brings back, whole or only its headers."""
    if part.kind == "message/rfc822":
        return part.blocks[0].get("message-id", "") if part.blocks else ""
    if part.kind in ("text/rfc822-headers", "message/rfc822-headers"):
        found = re.search(r"(?im)^message-id[ \t]*:\s*(<[^<>\r\n]{1,400}>)", part.text[:64_000])
        return found[1] if found else ""
    return ""


def _outcome(block: dict[str, str]) -> Outcome | None:
    action = block.get("action", "").strip().lower()
    if action not in ("failed", "delayed"):
        return None
    recipient = block.get("final-recipient") or block.get("original-recipient") or ""
    diagnostic = block.get("diagnostic-code", "").partition(";")[2].strip() or block.get("diagnostic-code", "")
    status = status_in(block.get("status", "")) or status_in(diagnostic)
    if action == "failed" and status.startswith("4"):
        # Given up after trying for days: the address may be right, so it is no 5.1.x, but the mail is lost.
        status = "5.4.7"
    return Outcome(
        recipient=plain_address(recipient.partition(";")[2]),
        action=action,
        status=status or ("5.0.0" if action == "failed" else "4.0.0"),
        reason=one_line(diagnostic)[:MAX_REASON],
    )
