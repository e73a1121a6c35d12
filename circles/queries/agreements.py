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
    """The version in force, who said "I'm in", and who is still to say it; `latest` is None before the first.

    `joined_since` are members who came after the version was written, for whose sake everyone is asked again.
    """

    latest: Agreement | None
    said_in: frozenset[UUID]
    still_to_say: Sequence[UUID]
    reader_is_in: bool
    joined_since: Sequence[UUID] = ()


def agreement_state(session: Session, circle: Circle, *, reader: Person) -> AgreementState:
    """For a present member of the circle (see `circle_for`), its memberships loaded.

    The agreement is the circle's rules, so joiners read the version in force even when it is older than they are.
    "I'm in" counts when it was said after the latest present member joined.
    """
    latest = session.scalar(
        select(Agreement)
        .where(Agreement.circle_id == circle.id)
        .order_by(Agreement.version.desc())
        .limit(1)
        .options(selectinload(Agreement.assents))
    )
    members = [member for member in circle.memberships if member.left_at is None]
    if latest is None:
        return AgreementState(None, frozenset(), [member.person_id for member in members], False)
    since = max([latest.written_at, *(member.joined_at for member in members)])
    said = frozenset(assent.person_id for assent in latest.assents if assent.at >= since)
    return AgreementState(
        latest,
        said,
        [member.person_id for member in members if member.person_id not in said],
        reader.id in said,
        [member.person_id for member in members if member.joined_at > latest.written_at],
    )
