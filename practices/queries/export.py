"""Everything this package holds that a person wrote, for the export of their account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from practices.models import PracticeChange, Share, SupportLine, Witness
from practices.queries.changes import changes_of
from practices.queries.shares import own_shares


def export(session: Session, person: Person) -> dict[str, Any]:
    """Changes with check-ins, what I said I saw, pages I approved, and lines I wrote back as a manager."""
    seen = session.execute(
        select(Witness, PracticeChange.after)
        .join(PracticeChange, PracticeChange.id == Witness.change_id)
        .where(Witness.person_id == person.id, Witness.at.is_not(None))
    )
    answered = session.scalars(
        select(SupportLine).join(Share, Share.id == SupportLine.share_id).where(Share.audience_person_id == person.id)
    )
    return {
        "changes": [_change(change) for change in changes_of(session, person.id)],
        "seen": [{"change": after, "line": entry.line, "at": _day(entry.at)} for entry, after in seen],
        "pages": [_share(share) for share in own_shares(session, person)],
        "support_given": [{"text": line.text, "at": line.at.isoformat()} for line in answered],
    }


def _change(change: PracticeChange) -> dict[str, Any]:
    return {
        "from": change.before,
        "to": change.after,
        "when": change.cue,
        "then": change.action,
        "area": change.area,
        "resolve": change.resolve,
        "confidence": change.confidence,
        "status": change.status.value,
        "visibility": change.visibility.value,
        "reason": change.reason,
        "begun_on": change.begun_on.isoformat(),
        "check_ins": [
            {
                "on": entry.on_date.isoformat(),
                "frequency": entry.frequency,
                "status": entry.status.value if entry.status else None,
                "line": entry.line,
                "barriers": entry.barriers,
            }
            for entry in change.check_ins
        ],
        "seen_by": [
            {"name": entry.person.name, "line": entry.line, "at": _day(entry.at)}
            for entry in change.witnesses
            if entry.at
        ],
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "for": share.audience_name,
        "address": share.audience_email,
        "approved_at": share.approved_at.isoformat(),
        "withdrawn_at": _day(share.withdrawn_at),
        "receipt": share.receipt,
        "page": share.snapshot,
        "opened": [{"at": reading.at.isoformat(), "form": reading.form} for reading in share.readings],
        "support": [{"text": line.text, "at": line.at.isoformat()} for line in share.support],
    }


def _day(instant: Any) -> str | None:
    return instant.isoformat() if instant else None
