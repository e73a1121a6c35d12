"""Practice changes: one's own, and those that peers show their circle."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from app.errors import NotFound
from circles.models import Circle, Membership
from practices.models import PracticeChange, Status, Visibility, Witness

#: Statuses that are still being worked on.
OPEN = (Status.PLANNED, Status.TRYING, Status.PARTLY, Status.FULLY)

_WHOLE = (
    selectinload(PracticeChange.check_ins),
    selectinload(PracticeChange.witnesses).joinedload(Witness.person),
    joinedload(PracticeChange.person),
)


def own_change(session: Session, person: Person, change_id: UUID) -> PracticeChange:
    """A person's own change with check-ins and witnesses. Raises NotFound for anyone else's, shown or not."""
    change = session.scalar(
        select(PracticeChange)
        .where(PracticeChange.id == change_id, PracticeChange.person_id == person.id)
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )
    if change is None:
        raise NotFound
    return change


def changes_of(session: Session, person_id: UUID) -> Sequence[PracticeChange]:
    """All of a person's own changes, newest first; for that person only."""
    return session.scalars(
        select(PracticeChange)
        .where(PracticeChange.person_id == person_id)
        .options(*_WHOLE)
        .order_by(PracticeChange.begun_on.desc(), PracticeChange.created_at.desc())
    ).all()


def _peers(reader_id: UUID) -> ColumnElement[bool]:
    """The reader is a present member of the change's circle and was one when the change was shown."""
    return (
        select(Membership.id)
        .where(
            Membership.circle_id == PracticeChange.circle_id,
            Membership.person_id == reader_id,
            Membership.left_at.is_(None),
            Membership.joined_at <= PracticeChange.shown_at,
        )
        .exists()
    )


def shown_change(session: Session, reader: Person, change_id: UUID) -> PracticeChange:
    """A change for a circle peer it is shown to. Raises NotFound for everyone else, its own member included."""
    change: PracticeChange | None = session.scalar(
        select(PracticeChange)
        .where(
            PracticeChange.id == change_id,
            PracticeChange.person_id != reader.id,
            PracticeChange.visibility == Visibility.CIRCLE,
            _peers(reader.id),
        )
        .options(*_WHOLE)
    )
    if change is None:
        raise NotFound
    return change


def shown_in_circle(session: Session, reader: Person, circle_id: UUID) -> Sequence[PracticeChange]:
    """What peers of a circle show the reader, by person and newest first, and the reader's own shown ones."""
    return session.scalars(
        select(PracticeChange)
        .where(
            PracticeChange.circle_id == circle_id,
            PracticeChange.visibility == Visibility.CIRCLE,
            or_(PracticeChange.person_id == reader.id, _peers(reader.id)),
        )
        .options(*_WHOLE)
        .order_by(PracticeChange.person_id, PracticeChange.begun_on.desc())
    ).all()


def asked_to_witness(session: Session, reader: Person) -> Sequence[PracticeChange]:
    """Changes whose members asked the reader "have you seen this?" and got no answer yet."""
    return session.scalars(
        select(PracticeChange)
        .join(
            Witness,
            and_(
                Witness.change_id == PracticeChange.id,
                Witness.person_id == reader.id,
                Witness.asked_at.is_not(None),
                Witness.at.is_(None),
            ),
        )
        .where(PracticeChange.visibility == Visibility.CIRCLE, _peers(reader.id))
        .options(joinedload(PracticeChange.person))
        .order_by(Witness.asked_at)
    ).all()


def peers_of(session: Session, change: PracticeChange) -> Sequence[Person]:
    """Who a person's own change is shown to: present members of its circle who were members when it was shown."""
    if change.circle_id is None or change.shown_at is None or change.visibility is not Visibility.CIRCLE:
        return []
    return session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.circle_id == change.circle_id,
            Membership.person_id != change.person_id,
            Membership.left_at.is_(None),
            Membership.joined_at <= change.shown_at,
        )
        .order_by(Membership.position)
    ).all()


def open_changes_in(session: Session, person: Person, circle_id: UUID) -> Sequence[PracticeChange]:
    """A person's own changes of one circle that are still being worked on, oldest first."""
    return session.scalars(
        select(PracticeChange)
        .where(
            PracticeChange.person_id == person.id,
            PracticeChange.circle_id == circle_id,
            PracticeChange.status.in_(OPEN),
        )
        .options(selectinload(PracticeChange.check_ins))
        .order_by(PracticeChange.begun_on, PracticeChange.created_at)
    ).all()


def circle_of(session: Session, change: PracticeChange) -> Circle | None:
    """The circle in which a person's own change was written; None for a change outside any."""
    return session.get(Circle, change.circle_id) if change.circle_id else None
