"""Approving a page for a manager, taking it back, reading it and answering it; consent is kept here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from app.jobs import ledger
from app.mail import services as mail
from app.mail.compose import compose
from app.mail.desk import Desk
from app.storage import Storage
from circles.models import Circle
from practices.models import PracticeChange, Share, ShareChange, ShareReading, SupportLine
from practices.queries.shares import must_stand, standing
from practices.services.pages import Audience
from practices.summaries import ManagerPage

PAGE_PDF = "practices.page_pdf"
READ, RECEIPT = "read-share", "share-receipt"
MAX_SUPPORT = 500
#: So many lines a manager may send back about one page.
MOST_LINES = 10
#: So many pages one member may send in a day.
MOST_PAGES = 10
#: No 0, 1, I, L, O: receipts are read from paper.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one page: where it is read and answered, and where it says whether it stands."""

    read_url: str
    receipt_url: str


def links(share: Share, desk: Desk) -> Links:
    """The secret addresses of a page; made from its receipt, so that the PDF can name them again."""
    read = tokens.derive(desk.secret_key, READ, share.id, share.receipt)
    stands = tokens.derive(desk.secret_key, RECEIPT, share.id, share.receipt)
    return Links(desk.url(f"/s/{read}"), desk.url(f"/r/{stands}"))


def approve(
    session: Session,
    page: ManagerPage,
    changes: Sequence[PracticeChange],
    to: Audience,
    *,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Share:
    """Approve exactly this page and send its link to the manager, with one mail. An older page to the same address
    is closed in its favour. Raises DomainError for too many pages in a day."""
    sent = select(func.count()).where(Share.person_id == actor.id, Share.approved_at > at - timedelta(days=1))
    if (session.scalar(sent) or 0) >= MOST_PAGES:
        raise DomainError(N_("You sent %(number)d pages since yesterday. Wait a day."), number=MOST_PAGES)
    share = Share(
        person_id=actor.id,
        cohort_id=session.scalar(select(Circle.cohort_id).where(Circle.id == changes[0].circle_id)),
        audience_person_id=to.person_id,
        audience_name=to.name,
        audience_email=to.email,
        audience_email_key=to.email.lower(),
        snapshot=page.to_json(),
        sha256=page.sha256,
        receipt=_receipt(),
        approved_at=at,
    )
    session.add(share)
    session.flush()
    session.add_all(ShareChange(share_id=share.id, change_id=change.id) for change in changes)
    _supersede(session, share, at=at)
    for purpose in (READ, RECEIPT):
        secret = tokens.derive(desk.secret_key, purpose, share.id, share.receipt)
        tokens.issue(session, purpose, share.id, at=at, secret=secret)
    ledger.enqueue(session, PAGE_PDF, {"share": str(share.id)}, key=f"page-pdf:{share.id}", at=at, owner_id=actor.id)
    words = compose(
        "practices/emails/page_sent",
        locale=to.locale,
        member=actor,
        share=share,
        url=links(share, desk).read_url,
        receipt_url=links(share, desk).receipt_url,
    )
    mail.write(
        session,
        words,
        kind="practices.page_sent",
        to=to.email,
        name=to.name,
        person_id=to.person_id,
        at=at,
        batch=_batch(share),
    )
    audit.record(session, "page-approved", "share", share.id, actor_id=actor.id, at=at, changes=len(page.changes))
    session.flush()
    return share


def withdraw(session: Session, storage: Storage, share: Share, *, actor: Person, desk: Desk, at: datetime) -> bool:
    """Take a page back: it closes at once, its text and PDF are removed, and the manager gets one line saying so.

    False when the first mail had not left yet, so that nobody is told. Raises DomainError when it is closed already.
    """
    if share.withdrawn_at is not None:
        raise DomainError(N_("This page was taken back already."))
    share.withdrawn_at, share.snapshot = at, ""
    tokens.revoke(session, READ, share.id, at=at)
    ledger.cancel(session, f"page-pdf:{share.id}", at=at)
    if share.file_id is not None:
        file_id, share.file_id = share.file_id, None
        session.flush()
        storage.discard(session, file_id)
    unsent = mail.take_back(session, _batch(share), at=at)
    if not unsent and share.superseded_by_id is None and share.audience_email:
        reader = session.get(Person, share.audience_person_id) if share.audience_person_id else None
        words = compose(
            "practices/emails/page_withdrawn", locale=reader.locale if reader else actor.locale, member=actor
        )
        mail.write(
            session,
            words,
            kind="practices.page_withdrawn",
            to=share.audience_email,
            name=share.audience_name,
            person_id=share.audience_person_id,
            at=at,
        )
    audit.record(session, "page-withdrawn", "share", share.id, actor_id=actor.id, at=at)
    session.flush()
    return not unsent


def record_reading(session: Session, share: Share, *, form: str, at: datetime) -> ShareReading:
    """Keep that a page was opened ("page" or "pdf"), for its member to see. Raises Expired when it is closed."""
    must_stand(share)
    reading = ShareReading(share_id=share.id, at=at, form=form)
    session.add(reading)
    session.flush()
    return reading


def answer(session: Session, share: Share, text: str, *, desk: Desk, at: datetime) -> SupportLine:
    """A manager's line back, mailed to the member and nobody else. Raises Expired, InvalidInput, DomainError."""
    must_stand(share)
    words = text.strip()
    if not words:
        raise InvalidInput(N_("Write a line first."), field="text")
    if len(words) > MAX_SUPPORT:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="text", length=MAX_SUPPORT)
    given = session.scalar(select(func.count()).where(SupportLine.share_id == share.id)) or 0
    if given >= MOST_LINES:
        raise DomainError(N_("You answered this page %(number)d times. Talk to each other."), number=MOST_LINES)
    line = SupportLine(share_id=share.id, text=words, at=at)
    session.add(line)
    member = session.get_one(Person, share.person_id)
    composed = compose(
        "practices/emails/support",
        locale=member.locale,
        person=member,
        share=share,
        line=words,
        url=desk.url(f"/shares/{share.id}"),
    )
    mail.write(
        session,
        composed,
        kind="practices.support",
        to=member.email,
        name=member.name,
        person_id=member.id,
        at=at,
    )
    session.flush()
    return line


def _supersede(session: Session, newer: Share, *, at: datetime) -> None:
    older = session.scalars(
        select(Share).where(
            Share.person_id == newer.person_id,
            Share.audience_email_key == newer.audience_email_key,
            Share.id != newer.id,
            standing(),
        )
    )
    for share in older:
        share.superseded_by_id = newer.id
        tokens.revoke(session, READ, share.id, at=at)
        mail.take_back(session, _batch(share), at=at)


def _batch(share: Share) -> str:
    return f"share:{share.id}"


def _receipt() -> str:
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{code[:4]}-{code[4:]}"
