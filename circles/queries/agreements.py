"""A circle's agreement as its members see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Person
from circles.models import Agreement, Circle


@dataclass(frozen=True, slots=True)
class AgreementState:
    """The version in force, who said "I'm in", and who is still to say it; `latest` is None before the first."""

    latest: Agreement | None
    said_in: frozenset[UUID]
    still_to_say: Sequence[UUID]
    reader_is_in: bool


def agreement_state(session: Session, circle: Circle, *, reader: Person) -> AgreementState:
    """For a present member of the circle (see `circle_for`), its memberships loaded.

    The agreement is the circle's rules, so joiners read the version in force even when it is older than they are.
    """
    latest = session.scalar(
        select(Agreement)
        .where(Agreement.circle_id == circle.id)
        .order_by(Agreement.version.desc())
        .limit(1)
        .options(selectinload(Agreement.assents))
    )
    members = [m.person_id for m in circle.memberships if m.left_at is None]
    said = frozenset(assent.person_id for assent in latest.assents) if latest else frozenset()
    return AgreementState(latest, said, [member for member in members if member not in said], reader.id in said)
