"""Making the page that a manager will see from what its member chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.services.addresses import read_address
from app.errors import N_, InvalidInput
from circles.models import Circle, Cohort
from practices.models import PracticeChange, Status
from practices.queries.courses import change_row, session_days
from practices.summaries import ManagerPage, manager_page

MAX_SENTENCE = 300
MAX_HELP = 500
MAX_CHANGES = 12
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a page is made: a person with an account, or a name and an address."""

    name: str
    email: str
    person_id: UUID | None = None
    locale: str = "en"

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return (self.name.split() or [self.name])[0]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One change that a member puts on the page, with one sentence of theirs."""

    change: PracticeChange
    sentence: str = ""


def manager_of(session: Session, person: Person) -> Audience | None:
    """A person's manager when the account says who it is; None when only an address, or nothing, is known."""
    manager = session.get(Person, person.manager_id) if person.manager_id else None
    if manager is None or not manager.active:
        return None
    return Audience(manager.name, manager.email, manager.id, manager.locale)


def audience(session: Session, person: Person, name: str, email: str) -> Audience:
    """For whom to make the page: the manager of the account, else who was typed. Raises InvalidInput."""
    known = manager_of(session, person)
    if known is not None:
        return known
    words = " ".join(name.split())
    if not words or len(words) > MAX_NAME:
        raise InvalidInput(N_("Write the name of your manager."), field="name")
    address = read_address(email, field="email")
    if address.lower() == person.email_key:
        raise InvalidInput(N_("This is your own address."), field="email")
    found = session.scalar(select(Person).where(Person.email_key == address.lower(), Person.active.is_(True)))
    if found is not None:
        return Audience(found.name, found.email, found.id, found.locale)
    return Audience(words, address, locale=person.locale)


def make_page(
    session: Session, member: Person, chosen: Sequence[Chosen], to: Audience, *, would_help: str, today: date
) -> ManagerPage:
    """The exact page, from what stands in the record now. Raises InvalidInput."""
    if not chosen:
        raise InvalidInput(N_("Choose at least one change. An empty page is never sent."), field="changes")
    if len(chosen) > MAX_CHANGES:
        raise InvalidInput(N_("Choose at most %(number)d changes."), field="changes", number=MAX_CHANGES)
    if any(len(entry.sentence) > MAX_SENTENCE for entry in chosen):
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="changes", length=MAX_SENTENCE)
    if any(entry.change.status is Status.REPLACED for entry in chosen):
        raise InvalidInput(N_("A change that was replaced cannot stand on a page."), field="changes")
    if len(would_help) > MAX_HELP:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="would_help", length=MAX_HELP)
    days = session_days(session, {entry.change.circle_id for entry in chosen if entry.change.circle_id})
    parts = [
        manager_page(
            [(change_row(entry.change), entry.sentence)],
            member_name=member.name,
            member_short_name=member.first_name,
            manager_name=to.name,
            cohort_name=cohort_name(session, chosen[0].change),
            sessions=days.get(entry.change.circle_id, ()),
            made_on=today,
            would_help=would_help,
            language=to.locale,
        )
        for entry in chosen
    ]
    # Each course is laid along the sessions of its own circle.
    return replace(
        parts[0],
        since=min(part.since for part in parts),
        changes=tuple(change for part in parts for change in part.changes),
    )


def cohort_name(session: Session, change: PracticeChange) -> str:
    """The cohort in which a change was written; empty for one outside any circle."""
    if change.circle_id is None:
        return ""
    return (
        session.scalar(
            select(Cohort.name).join(Circle, Circle.cohort_id == Cohort.id).where(Circle.id == change.circle_id)
        )
        or ""
    )
