"""What a person is to others, in one query for every page's header."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.navigation import Relations
from circles.models import Circle, Membership, Program, ProgramLead
from practices.models import Share


def relations_of(session: Session, person: Person) -> Relations:
    """A person's relations as the header needs them."""
    member = (
        select(Membership.id)
        .join(Circle, Circle.id == Membership.circle_id)
        .where(Membership.person_id == person.id, Membership.left_at.is_(None), Circle.ended_at.is_(None))
        .exists()
    )
    lead = (
        select(ProgramLead.program_id)
        .join(Program, Program.id == ProgramLead.program_id)
        .where(ProgramLead.person_id == person.id, Program.archived_at.is_(None))
        .exists()
    )
    shown = (
        select(Share.id)
        .where(
            Share.withdrawn_at.is_(None),
            or_(Share.audience_person_id == person.id, Share.audience_email_key == person.email_key),
        )
        .exists()
    )
    row = session.execute(select(member, lead, shown)).one()
    return Relations(member=row[0], lead=row[1], manager=row[2], administrator=person.is_administrator)
