"""Finding people and their sign-ins; loading and authorizing are one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import PeopleImport, Person, SignIn
from app.accounts.packages import Packages, acquainted, is_lead
from app.errors import N_, NotFound
from app.visibility import Matter, Reader, may_read

PAGE = 50
CAST = "demo-cast-"
#: What the last part of a demonstration person's external id says about their part.
CAST_ROLES = {
    "lead": N_("program lead"),
    "host": N_("host of this week"),
    "member": N_("member of a circle"),
    "manager": N_("manager"),
    "administrator": N_("administrator"),
}


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with an address, in whatever case it was written; deactivated ones too."""
    return session.scalar(select(Person).where(Person.email_key == email.strip().lower()))


def active_by_email(session: Session, email: str) -> Person | None:
    """The person who may sign in with an address."""
    person = person_by_email(session, email)
    return person if person is not None and person.active else None


def demonstration_people(session: Session) -> list[tuple[Person, str]]:
    """People the demonstration offers for one click, each with a message id that says their part.

    They are those whose external id is demo-cast-<order>-<role>.
    """
    people = session.scalars(
        select(Person)
        .where(Person.external_id.startswith(CAST, autoescape=True), Person.active)
        .order_by(Person.external_id)
    )
    return [(person, CAST_ROLES.get((person.external_id or "").rsplit("-", 1)[-1], "")) for person in people]


def demonstration_person(session: Session, person_id: UUID) -> Person:
    """One of the people the demonstration offers. Raises NotFound for anyone else."""
    person: Person | None = session.scalar(
        select(Person).where(
            Person.id == person_id, Person.external_id.startswith(CAST, autoescape=True), Person.active
        )
    )
    if person is None:
        raise NotFound
    return person


def sign_ins_of(session: Session, person: Person, *, at: datetime) -> Sequence[SignIn]:
    """A person's standing sign-ins, the latest seen first."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person.id, SignIn.ended_at.is_(None), SignIn.expires_at > at)
        .order_by(SignIn.seen_at.desc(), SignIn.id)
        .limit(PAGE)
    ).all()


def own_sign_in(session: Session, person: Person, sign_in_id: UUID) -> SignIn:
    """One of a person's own sign-ins. Raises NotFound for anyone else's."""
    found = session.scalar(select(SignIn).where(SignIn.id == sign_in_id, SignIn.person_id == person.id))
    if found is None:
        raise NotFound
    return found


def looks_after_people(session: Session, reader: Person, packages: Packages) -> bool:
    """Whether someone may see everyone's profile and address: administrators and leads."""
    return reader.is_administrator or is_lead(session, reader, packages)


def require_people(session: Session, reader: Person, packages: Packages) -> None:
    """Raises NotFound unless the reader is a lead or an administrator."""
    if not looks_after_people(session, reader, packages):
        raise NotFound


def require_administrator(reader: Person) -> None:
    """Raises NotFound unless the reader is an administrator."""
    if not reader.is_administrator:
        raise NotFound


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as one reader sees them."""

    person: Person
    email: bool


def profile_for(session: Session, reader: Person, person_id: UUID, packages: Packages) -> Seen:
    """A person's profile, manager loaded, for a reader who may see it. Raises NotFound for anyone else."""
    person = session.scalar(select(Person).where(Person.id == person_id).options(joinedload(Person.manager)))
    if person is None:
        raise NotFound
    readers = _relations(session, reader, person, packages)
    if not any(may_read(relation, Matter.PROFILE) for relation in readers):
        raise NotFound
    return Seen(person, any(may_read(relation, Matter.EMAIL) for relation in readers))


def picture_for(session: Session, reader: Person, person_id: UUID, packages: Packages) -> UUID:
    """The stored file of a person's picture, for a reader who may see the profile. Raises NotFound."""
    avatar = profile_for(session, reader, person_id, packages).person.avatar_id
    if avatar is None:
        raise NotFound
    return avatar


def _relations(session: Session, reader: Person, person: Person, packages: Packages) -> set[Reader]:
    if reader.id == person.id:
        return {Reader.SELF}
    if reader.is_administrator:
        return {Reader.ADMINISTRATOR}
    found: set[Reader] = set()
    if reader.id == person.manager_id:
        found.add(Reader.MANAGER)
    elif is_lead(session, reader, packages):
        found.add(Reader.LEAD)
    elif acquainted(session, reader, person.id, packages):
        found.add(Reader.COHORT)
    return found


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a list of people."""

    people: Sequence[Person]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def people_page(session: Session, *, words: str = "", state: str = "active", page: int = 1) -> PeoplePage:
    """People by name whose name, address, department or place holds every word; `state`: active, inactive, all."""
    chosen = select(Person)
    if state != "all":
        chosen = chosen.where(Person.active.is_(state == "active"))
    for word in words.lower().split()[:6]:
        columns = (Person.name, Person.email_key, Person.department, Person.location)
        chosen = chosen.where(or_(*(func.lower(cast(c, String)).contains(word, autoescape=True) for c in columns)))
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PAGE)))
    people = session.scalars(
        chosen.order_by(func.lower(Person.name), Person.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return PeoplePage(people, total, page)


def other_administrators(session: Session, person: Person) -> int:
    """How many active administrators there are besides one person."""
    counted = select(func.count()).where(Person.is_administrator, Person.active, Person.id != person.id)
    return session.scalar(counted) or 0


def reports_of(session: Session, person: Person, *, limit: int = PAGE) -> Sequence[Person]:
    """Active people whose manager this is, by name."""
    return session.scalars(
        select(Person).where(Person.manager_id == person.id, Person.active).order_by(Person.name).limit(limit)
    ).all()


def import_for(session: Session, reader: Person, import_id: UUID) -> PeopleImport:
    """An import for the person who began it, or an administrator. Raises NotFound for anyone else."""
    found = session.get(PeopleImport, import_id)
    if found is None or not (reader.is_administrator or found.created_by == reader.id):
        raise NotFound
    return found


def imports_of(session: Session, reader: Person, *, limit: int = 10) -> Sequence[PeopleImport]:
    """The latest imports that a reader may look at."""
    chosen = select(PeopleImport).order_by(PeopleImport.created_at.desc()).limit(limit)
    if not reader.is_administrator:
        chosen = chosen.where(PeopleImport.created_by == reader.id)
    return session.scalars(chosen).all()
