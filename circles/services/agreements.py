"""A circle's own rules and who said "I'm in"; and a member's private word to the lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from circles.models import Agreement, Assent, Circle, HelpRequest

MAX_LINES = 20
MAX_LINE = 300
MAX_HELP = 2000


def write_agreement(
    session: Session,
    circle: Circle,
    *,
    lines: Sequence[str],
    managers: str,
    actor: Person,
    at: datetime,
    after: int | None = None,
) -> Agreement:
    """Write the circle's rules as a new version; its writer is in, everyone else is asked again.

    `after` is the version the writer had before them, 0 for none. Raises InvalidInput when empty or too long, and when
    someone else wrote a version meanwhile. Writing the same words again changes nothing.
    """
    cleaned = [line.strip() for line in lines if line.strip()]
    if not cleaned:
        raise InvalidInput(N_("Write at least one line."), field="lines")
    if len(cleaned) > MAX_LINES or any(len(line) > MAX_LINE for line in cleaned):
        raise InvalidInput(
            N_("An agreement has up to %(lines)d lines of up to %(length)d characters."),
            field="lines",
            lines=MAX_LINES,
            length=MAX_LINE,
        )
    if len(managers) > MAX_HELP:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="managers", length=MAX_HELP)
    latest = latest_agreement(session, circle)
    if after is not None and (latest.version if latest else 0) != after:
        raise InvalidInput(
            N_(
                "Someone else wrote a version meanwhile. Yours is below and not kept yet; read theirs, then save again."
            ),
            field="lines",
        )
    if latest is not None and latest.lines == cleaned and latest.managers == managers.strip():
        return latest
    agreement = Agreement(
        circle_id=circle.id,
        version=(latest.version if latest else 0) + 1,
        lines=cleaned,
        managers=managers.strip(),
        written_by=actor.id,
        written_at=at,
    )
    session.add(agreement)
    session.flush()
    say_in(session, agreement, actor=actor, at=at)
    return agreement


def say_in(session: Session, agreement: Agreement, *, actor: Person, at: datetime) -> None:
    """A member says "I'm in" to a version; saying it again, as after someone joined, renews it.

    Raises DomainError when a newer version was written meanwhile.
    """
    newer = session.scalar(
        select(Agreement.id).where(Agreement.circle_id == agreement.circle_id, Agreement.version > agreement.version)
    )
    if newer is not None:
        raise DomainError(N_("Someone wrote a newer version meanwhile. Read it first."))
    said = session.get(Assent, (agreement.id, actor.id))
    if said is None:
        session.add(Assent(agreement_id=agreement.id, person_id=actor.id, at=at))
    else:
        said.at = at
    session.flush()


def latest_agreement(session: Session, circle: Circle) -> Agreement | None:
    """The version in force."""
    return session.scalar(
        select(Agreement).where(Agreement.circle_id == circle.id).order_by(Agreement.version.desc()).limit(1)
    )


def ask_for_help(session: Session, circle: Circle, *, text: str, actor: Person, at: datetime) -> HelpRequest:
    """A member's private word to the leads. Raises InvalidInput when empty or too long."""
    words = text.strip()
    if not words:
        raise InvalidInput(N_("Write a sentence about what would help."), field="text")
    if len(words) > MAX_HELP:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="text", length=MAX_HELP)
    request = HelpRequest(circle_id=circle.id, person_id=actor.id, text=words, created_at=at)
    session.add(request)
    session.flush()
    return request


def close_help(session: Session, request: HelpRequest, *, actor: Person, at: datetime) -> None:
    """A lead has dealt with a request. Raises DomainError when another lead was first."""
    if request.closed_at is not None:
        raise DomainError(N_("This was dealt with already."))
    request.closed_at, request.closed_by = at, actor.id
    session.flush()
