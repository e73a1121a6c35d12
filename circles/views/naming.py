"""Whom someone named on the form's last page: from ticks, names and addresses to keys, and back to words.

Members of a cohort see each other's names, never addresses, so a tick carries a person's id, or an address only where
its writer typed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts.models import Person
from app.accounts.services.addresses import read_address
from app.errors import InvalidInput
from circles.enrollment_forms import PeopleForm, shown
from circles.models import Enrollment, WishKind
from circles.queries.enrollments import MOST_FOUND, people_called, people_of_cohort
from circles.services.enrolling import MAX_NAMED, People

KINDS = tuple(kind.value for kind in (WishKind.WISH, WishKind.TOGETHER, WishKind.AVOID))
_PERSON, _ADDRESS = "p:", "a:"
#: Ticks and names taken from one field; the service then says how many may stand.
_MOST_READ = 3 * MAX_NAMED


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick box: what it sends, the name or address beside it, what tells namesakes apart, and whether it is set."""

    value: str
    label: str
    note: str
    ticked: bool


@dataclass(slots=True)
class Named:
    """The tick boxes of each kind and the address keys that the set ones stand for."""

    ticks: dict[str, list[Tick]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    keys: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def people(self, *, glad_to_host: bool) -> People:
        """What the service takes."""
        return People(
            wishes=tuple(self.keys["wish"]),
            together=tuple(self.keys["together"]),
            avoid=tuple(self.keys["avoid"]),
            glad_to_host=glad_to_host,
        )

    def add(self, kind: str, person: Person | None, key: str, *, ticked: bool = True) -> None:
        """One more tick box, unless it stands there already."""
        value = f"{_PERSON}{person.id}" if person else f"{_ADDRESS}{key}"
        if any(tick.value == value for tick in self.ticks[kind]):
            return
        label = person.name if person else key
        self.ticks[kind].append(Tick(value, label, note(person) if person else "", ticked))
        if ticked:
            self.keys[kind].append(key)


def note(person: Person) -> str:
    """What tells namesakes apart."""
    return ", ".join(text for text in (person.department, person.location) if text)


def standing(session: Session, enrollment: Enrollment) -> Named:
    """Whom an enrollment names so far."""
    known = _by_key(people_of_cohort(session, enrollment.cohort_id, keys=[w.email_key for w in enrollment.wishes]))
    named = Named()
    for wish in sorted(enrollment.wishes, key=lambda wish: _label(known.get(wish.email_key), wish.email_key)):
        named.add(wish.kind.value, known.get(wish.email_key), wish.email_key)
    return named


def read(session: Session, enrollment: Enrollment, form: PeopleForm, sent: MultiDict[str, str]) -> Named:
    """Whom a sent form names. What cannot be told stays in its field with an error; the rest becomes ticks."""
    ticks = {kind: sent.getlist(f"{kind}_kept")[:_MOST_READ] for kind in KINDS}
    everyone = [value for values in ticks.values() for value in values]
    people = people_of_cohort(
        session,
        enrollment.cohort_id,
        ids=list(_ids(everyone)),
        keys=[value.removeprefix(_ADDRESS) for value in everyone if value.startswith(_ADDRESS)],
    )
    by_id, by_key = {f"{_PERSON}{person.id}": person for person in people}, _by_key(people)
    named = Named()
    for kind in KINDS:
        for value in ticks[kind]:
            key = value.removeprefix(_ADDRESS)
            if value in by_id:
                named.add(kind, by_id[value], by_id[value].email_key)
            elif value.startswith(_ADDRESS) and _is_address(key):
                named.add(kind, by_key.get(key), key)
        _take_typed(session, enrollment, form, kind, named)
    return named


def _take_typed(session: Session, enrollment: Enrollment, form: PeopleForm, kind: str, named: Named) -> None:
    left: list[str] = []
    problems: list[str] = []
    typed = form.typed(kind)
    addresses = [text.lower() for text in typed if "@" in text]
    by_key = _by_key(people_of_cohort(session, enrollment.cohort_id, keys=addresses))
    for text in typed[:_MOST_READ]:
        if "@" not in text:
            problem = _take_name(session, enrollment, text, kind, named)
        else:
            problem = _take_address(text, kind, named, by_key)
        if problem is not None:
            problems.append(problem.words)
            left += [text] if problem.stays else []
    form[kind].data = "; ".join(left + typed[_MOST_READ:])
    form[kind].errors = [*form[kind].errors, *problems]


@dataclass(frozen=True, slots=True)
class _Problem:
    words: str
    stays: bool


def _take_address(text: str, kind: str, named: Named, by_key: dict[str, Person]) -> _Problem | None:
    try:
        key = read_address(text, field=kind).lower()
    except InvalidInput as error:
        return _Problem(error.render(_), stays=True)
    named.add(kind, by_key.get(key), key)
    return None


def _take_name(session: Session, enrollment: Enrollment, text: str, kind: str, named: Named) -> _Problem | None:
    found = people_called(session, enrollment.cohort_id, text, but=enrollment.person_id, limit=MOST_FOUND + 1)
    exact = [person for person in found if person.name.casefold() == text.casefold()]
    if len(exact or found) == 1:
        chosen = (exact or found)[0]
        named.add(kind, chosen, chosen.email_key)
        return None
    if text.casefold() == enrollment.person.name.casefold():
        return _Problem(_("Name other people, not yourself."), stays=True)
    if not found:
        words = _(
            "Nobody called “%(name)s” is in this cohort so far. Check the spelling, write several names with "
            "semicolons between them, or write the e-mail address.",
            name=shown(text),
        )
        return _Problem(words, stays=True)
    if len(found) > MOST_FOUND:
        words = _(
            "“%(name)s” fits more than %(most)d people. Write more of the name.", name=shown(text), most=MOST_FOUND
        )
        return _Problem(words, stays=True)
    for person in exact or found:
        named.add(kind, person, person.email_key, ticked=False)
    return _Problem(_("“%(name)s” fits more than one person. Tick whom you mean.", name=shown(text)), stays=False)


def _ids(values: Iterable[str]) -> Iterable[UUID]:
    for value in values:
        if value.startswith(_PERSON):
            try:
                yield UUID(value.removeprefix(_PERSON))
            except ValueError:
                continue


def _is_address(text: str) -> bool:
    try:
        return read_address(text).lower() == text
    except InvalidInput:
        return False


def _by_key(people: Sequence[Person]) -> dict[str, Person]:
    return {person.email_key: person for person in people}


def _label(person: Person | None, key: str) -> str:
    return (person.name if person else key).casefold()
