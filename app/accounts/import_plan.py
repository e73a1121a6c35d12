"""What a people file would change, row by row: values in, changes and refusals out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from app.accounts.people_csv.people import PersonRow
from app.errors import N_

#: Columns that are copied as they are; an empty cell clears them.
CLEARABLE = ("department", "location", "level", "job_title", "pronouns")
#: Columns of the file that speak of a cohort; a people import leaves them alone.
FOR_COHORTS = ("available", "preferred", "topics", "facilitator", "together", "avoid", "wishes", "circle")

REFUSALS: Mapping[str, str] = {
    "two_people": N_("This address belongs to one account and this external id to another."),
    "other_id": N_("The account with this address has another external id, “%(value)s”."),
    "address_change": N_("This would change the address of an account; only administrators may do that."),
    "administrator": N_("This would deactivate an administrator; only administrators may do that."),
    "yourself": N_("This would deactivate you, the person who runs the import."),
    "same_person": N_("Another row of this file is about the same account."),
}


class Kind(Enum):
    """What happens to the account of one row."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Known:
    """An account as it is; `manager` is an address in lower case or empty."""

    id: UUID
    name: str
    email: str
    external_id: str | None
    timezone: str
    locale: str
    languages: tuple[str, ...]
    department: str
    location: str
    level: str
    job_title: str
    pronouns: str
    manager: str
    active: bool
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one row does: the account it is about (None for a new one), and the columns that would differ."""

    row: PersonRow
    kind: Kind
    person_id: UUID | None = None
    fields: tuple[str, ...] = ()
    refusal: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who runs the import; the terminal counts as an administrator."""

    id: UUID | None
    is_administrator: bool


def plan(rows: Iterable[PersonRow], known: Iterable[Known], author: Author, seen: set[UUID]) -> list[Change]:
    """One change for each row, in order. `known` holds every account that a row's address or external id names.

    `seen` holds accounts that earlier rows were about; it is added to.
    """
    by_email: dict[str, Known] = {}
    by_external: dict[str, Known] = {}
    for one in known:
        by_email[one.email.lower()] = one
        if one.external_id:
            by_external[one.external_id] = one
    return [_change(row, by_email.get(row.key), by_external.get(row.external_id), author, seen) for row in rows]


def _change(
    row: PersonRow, by_email: Known | None, by_external: Known | None, author: Author, seen: set[UUID]
) -> Change:
    if by_email and by_external and by_email.id != by_external.id:
        return Change(row, Kind.REFUSED, by_external.id, refusal="two_people")
    known = by_external or by_email
    if known is None:
        return Change(row, Kind.NEW, fields=tuple(column for column in row.values if column not in FOR_COHORTS))
    if known.id in seen:
        return Change(row, Kind.REFUSED, known.id, refusal="same_person")
    seen.add(known.id)
    if by_external is None and row.external_id and known.external_id and row.external_id != known.external_id:
        return Change(row, Kind.REFUSED, known.id, refusal="other_id", value=known.external_id)
    fields = _differences(row, known)
    if "email" in fields and row.key != known.email.lower() and not author.is_administrator:
        return Change(row, Kind.REFUSED, known.id, refusal="address_change")
    if "active" in fields and not row.active:
        if known.id == author.id:
            return Change(row, Kind.REFUSED, known.id, refusal="yourself")
        if known.is_administrator and not author.is_administrator:
            return Change(row, Kind.REFUSED, known.id, refusal="administrator")
    return Change(row, _kind(row, fields), known.id, fields)


def _kind(row: PersonRow, fields: tuple[str, ...]) -> Kind:
    if "active" in fields:
        return Kind.REACTIVATED if row.active else Kind.DEACTIVATED
    return Kind.UPDATED if fields else Kind.UNCHANGED


def _differences(row: PersonRow, known: Known) -> tuple[str, ...]:
    """Columns of the file whose value differs; a missing column, or an empty cell that cannot clear, never does."""
    found = []
    if row.email != known.email:
        found.append("email")
    if row.name != known.name:
        found.append("name")
    if row.external_id and row.external_id != known.external_id:
        found.append("external_id")
    if row.timezone and row.timezone != known.timezone:
        found.append("timezone")
    if row.locale and row.locale != known.locale:
        found.append("locale")
    if row.has("languages") and row.languages != known.languages:
        found.append("languages")
    found.extend(column for column in CLEARABLE if row.has(column) and getattr(row, column) != getattr(known, column))
    if row.has("manager_email") and row.manager_email != known.manager:
        found.append("manager_email")
    if row.active is not None and row.active != known.active:
        found.append("active")
    return tuple(found)
