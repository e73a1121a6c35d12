"""Inviting people into a cohort, deciding about them, and taking such a step back while its mails wait."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.people_csv import BadCell, address
from app.accounts.services.people import create_person
from app.errors import N_, InvalidInput
from app.mail.desk import Desk
from circles.models import Cohort, Enrollment, EnrollmentState
from circles.queries.mails import waiting_batches
from circles.queries.people import people_named
from circles.services import enrolling
from circles.services.mailing import LETTERS, Batch, stop_batch, write_batch

MAX_PASTED = 2000
_SEPARATORS = re.compile(r"[\s,;]+")
_NAMED = re.compile(r"^\s*\"?([^\"<>]*?)\"?\s*<([^<>\s]+)>\s*$")
_ENTRIES = re.compile(r"[\n,;]+")


@dataclass(frozen=True, slots=True)
class Pasted:
    """Addresses out of pasted text: as written by their lower-case form, the name beside each, and what is no address.

    `doubled` counts addresses that came more than once.
    """

    addresses: dict[str, str]
    names: dict[str, str]
    wrong: tuple[str, ...]
    doubled: int


@dataclass(frozen=True, slots=True)
class Guests:
    """Pasted addresses sorted by what inviting would do to each."""

    known: list[Person] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    already: list[Person] = field(default_factory=list)
    inactive: list[Person] = field(default_factory=list)


def read_pasted(text: str) -> Pasted:
    """Addresses separated by lines, commas, semicolons or spaces; "Ann Lee <ann@example.org>" gives a name too.

    Raises InvalidInput when there are none, or more than can be taken at once.
    """
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    wrong: list[str] = []
    doubled = 0
    for entry in _ENTRIES.split(text):
        named = _NAMED.match(entry)
        pieces = [(named[2], " ".join(named[1].split()))] if named else [(p, "") for p in _SEPARATORS.split(entry) if p]
        for piece, name in pieces:
            try:
                written = address(piece)
            except BadCell:
                wrong.append(piece[:80])
                continue
            doubled += written.lower() in found
            found.setdefault(written.lower(), written)
            if name:
                names[written.lower()] = name[:200]
    if len(found) > MAX_PASTED:
        raise InvalidInput(
            N_("That is more than %(most)d addresses. Use a people file for so many."),
            field="addresses",
            most=MAX_PASTED,
        )
    if not found and not wrong:
        raise InvalidInput(N_("Paste at least one address."), field="addresses")
    return Pasted(found, names, tuple(wrong[:20]), doubled)


def sort_guests(session: Session, cohort: Cohort, addresses: Iterable[str]) -> Guests:
    """What inviting each address (in lower case) would do."""
    keys = list(addresses)
    people = people_named(session, keys)
    gone = (EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED)
    ids = [person.id for person in people.values()]
    inside: set[UUID] = set()
    for start in range(0, len(ids), 500):
        inside.update(
            session.scalars(
                select(Enrollment.person_id).where(
                    Enrollment.cohort_id == cohort.id,
                    Enrollment.person_id.in_(ids[start : start + 500]),
                    Enrollment.state.not_in(gone),
                )
            )
        )
    guests = Guests()
    for key in keys:
        person = people.get(key)
        if person is None:
            guests.new.append(key)
        elif not person.active:
            guests.inactive.append(person)
        elif person.id in inside:
            guests.already.append(person)
        else:
            guests.known.append(person)
    return guests


def invite_addresses(
    session: Session, cohort: Cohort, pasted: Pasted, *, actor: Person, desk: Desk, at: datetime
) -> Batch | None:
    """Invite everyone behind pasted addresses; who is new here gets an account. Raises DomainError when closed."""
    guests = sort_guests(session, cohort, pasted.addresses)
    made = [
        create_person(
            session,
            name=pasted.names.get(key) or _name_in(key),
            email=pasted.addresses[key],
            timezone=cohort.timezone,
            actor=actor,
            at=at,
        )
        for key in guests.new
    ]
    return invite_people(session, cohort, [*guests.known, *made], actor=actor, desk=desk, at=at)


def invite_people(
    session: Session, cohort: Cohort, people: Sequence[Person], *, actor: Person, desk: Desk, at: datetime
) -> Batch | None:
    """Invite people into a cohort whose program is loaded, by mail. Raises DomainError when enrollment is closed."""
    invited = enrolling.invite(session, cohort, [person for person in people if person.active], actor=actor, at=at)
    chosen = {row.person_id for row in invited}
    guests = [person for person in people if person.id in chosen]
    return write_batch(session, cohort, guests, "invited", actor=actor, desk=desk, at=at)


def decide(
    session: Session,
    cohort: Cohort,
    enrollments: Sequence[Enrollment],
    *,
    approve: bool,
    actor: Person,
    desk: Desk,
    at: datetime,
) -> Batch | None:
    """Take people in who wait for approval, or decline them, and tell them. Their people and the program are loaded."""
    changed = enrolling.decide(session, enrollments, approve=approve, actor=actor, at=at)
    letter = "approved" if approve else "declined"
    return write_batch(session, cohort, [row.person for row in changed], letter, actor=actor, desk=desk, at=at)


def withdraw(
    session: Session, cohort: Cohort, enrollment: Enrollment, *, actor: Person, desk: Desk, at: datetime
) -> Batch | None:
    """Take someone out of a cohort and tell them. Raises DomainError for people who have a circle."""
    enrolling.withdraw(session, enrollment, actor=actor, at=at)
    return write_batch(session, cohort, [enrollment.person], "withdrawn", actor=actor, desk=desk, at=at)


def take_back(session: Session, cohort: Cohort, batch: str, *, actor: Person, at: datetime) -> int:
    """Stop a batch's mails and undo the step that caused them; to how many people nothing goes.

    Raises NotFound for a batch of another cohort, DomainError when the mails have left.
    """
    kind, people = stop_batch(session, cohort, batch, actor=actor, at=at)
    for start in range(0, len(people), 500):
        rows = session.scalars(
            select(Enrollment).where(
                Enrollment.cohort_id == cohort.id, Enrollment.person_id.in_(people[start : start + 500])
            )
        )
        for row in rows:
            _undo(session, row, kind)
    session.flush()
    return len(people)


def take_back_invitations(session: Session, cohort: Cohort, *, actor: Person, at: datetime) -> int:
    """Stop invitations that have not left, as enrollment closes; how many people are not invited after all."""
    waiting = [one.batch for one in waiting_batches(session, cohort.id, at=at) if one.kind == LETTERS["invited"]]
    return sum(take_back(session, cohort, batch, actor=actor, at=at) for batch in waiting)


def _undo(session: Session, row: Enrollment, kind: str) -> None:
    """Put one enrollment back to where it stood before a step; someone who acted meanwhile stays where they are."""
    if kind == LETTERS["invited"] and row.state is EnrollmentState.INVITED and row.answered_at is None:
        if row.step > 1 or row.concern or row.goals:
            row.state = EnrollmentState.WITHDRAWN
        else:
            session.delete(row)
    elif kind == LETTERS["approved"] and row.state is EnrollmentState.ENROLLED:
        row.state = EnrollmentState.APPLIED
    elif kind == LETTERS["declined"] and row.state is EnrollmentState.DECLINED:
        row.state, row.ended_at = EnrollmentState.APPLIED, None
    elif kind == LETTERS["withdrawn"] and row.state is EnrollmentState.WITHDRAWN:
        row.state = EnrollmentState.ENROLLED if row.answered_at else EnrollmentState.INVITED
        row.ended_at = None


def _name_in(address: str) -> str:
    """What the part before the @ says of a name; its person writes it as it should be."""
    words = re.split(r"[._+-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or address
