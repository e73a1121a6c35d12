"""Importing people: upload, check, then apply the good rows in small steps or change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from app import audit
from app.accounts.import_plan import CLEARABLE, REFUSALS, Author, Change, Kind, Known, plan
from app.accounts.models import ImportState, PeopleImport, Person
from app.accounts.people_csv import MAX_BYTES, PeopleFile, PersonRow
from app.accounts.people_csv.problems import shown
from app.accounts.services.addresses import set_address
from app.accounts.services.people import shut_out
from app.errors import N_, DomainError, InvalidInput, TooLarge
from app.jobs import ledger
from app.organization import organization
from app.storage import Storage

CHECK = "accounts.check_people"
APPLY = "accounts.apply_people"
#: Rows whose changes are written in one unit, which holds SQLite's write lock for well under 200 ms.
STEP = 100
#: Rows looked up at a time when nothing is written.
LOOK = 150
#: Lines of the report that are kept; more are only counted.
KEPT = 2000
FILE_DAYS = 7

#: Takes a person who has another address now, and the old address.
Moved = Callable[[Person, str], None]
#: Takes a person whose account is deactivated.
Left = Callable[[Person], None]


def nobody_told(person: Person, old: str) -> None:
    """Where nobody has to know that an address changed."""


def nobody_leaves(person: Person) -> None:
    """Where nothing goes on that somebody could leave."""


def upload(
    session: Session, storage: Storage, content: bytes, *, name: str, actor: Person, at: datetime
) -> PeopleImport:
    """Keep an uploaded file and write the job that checks it; nothing about people changes.

    Raises InvalidInput, TooLarge.
    """
    if not content:
        raise InvalidInput(N_("The file is empty.") if name else N_("Choose a CSV file first."), field="file")
    if len(content) > MAX_BYTES:
        raise TooLarge(
            N_("The file is larger than %(limit)s MB, the most that can be read at once."), limit=MAX_BYTES // 1_000_000
        )
    record = begin(session, name=name, created_by=actor.id, at=at)
    file = storage.keep(
        session, content, kind="people", name=name, content_type="text/csv", at=at,
        expires_at=at + timedelta(days=FILE_DAYS),
    )  # fmt: skip
    record.file_id = file.id
    job = ledger.enqueue(
        session, CHECK, {"import": str(record.id)}, key=f"check-people:{record.id}", at=at, owner_id=actor.id
    )
    record.job_id = job.id
    session.flush()
    return record


def begin(session: Session, *, name: str, created_by: UUID | None, at: datetime) -> PeopleImport:
    """A new import that has not been checked."""
    record = PeopleImport(
        created_by=created_by, created_at=at, file_name=name[:200] or "people.csv", columns=[], counts={}, problems=[],
        changes=[], done_rows=0, readable=False,
    )  # fmt: skip
    session.add(record)
    session.flush()
    return record


def author_of(session: Session, record: PeopleImport) -> Author:
    """On whose authority an import runs; without a person it was begun at the terminal."""
    if record.created_by is None:
        return Author(None, True)
    person = session.get_one(Person, record.created_by)
    return Author(person.id, person.is_administrator)


def check(session: Session, record: PeopleImport, file: PeopleFile) -> Iterator[int]:
    """Say row by row what the file would change, yielding rows done; at the end the report stands in `record`."""
    author, seen = author_of(session, record), set[UUID]()
    counts: Counter[str] = Counter()
    changes: list[list[Any]] = []
    refused: list[list[Any]] = []
    record_id = record.id
    for start in range(0, len(file.rows), LOOK):
        for change in plan_part(session, file.rows[start : start + LOOK], author, seen):
            counts[change.kind.value] += 1
            if change.kind is Kind.REFUSED:
                refused.append(_refusal(change))
            elif change.kind is not Kind.UNCHANGED and len(changes) < KEPT:
                changes.append([change.row.number, change.kind.value, change.row.name, list(change.fields)])
        yield min(start + LOOK, len(file.rows))
    record = session.get_one(PeopleImport, record_id)
    found = [[p.row, p.column, p.text, dict(p.params), p.warning] for p in file.problems]
    record.problems = sorted(found + refused, key=lambda line: line[0] or 0)[:KEPT]
    record.changes = changes
    record.readable = file.readable
    record.columns = list(file.columns)
    errors = {problem.row for problem in file.errors}
    record.counts = dict(counts) | {
        "rows": file.count,
        "good": len(file.rows),
        "bad_rows": len(errors - {None}),
        "problems": len(found) + len(refused),
        "errors": len(file.errors) + len(refused),
    }
    record.state = ImportState.CHECKED
    session.flush()


def plan_part(session: Session, rows: Sequence[PersonRow], author: Author, seen: set[UUID]) -> list[Change]:
    """The changes of some rows against the accounts as they are now."""
    return plan(rows, known_to(session, rows), author, seen)


def known_to(session: Session, rows: Sequence[PersonRow]) -> list[Known]:
    """Every account that an address or external id of the rows names."""
    boss = aliased(Person)
    keys = [row.key for row in rows]
    externals = [row.external_id for row in rows if row.external_id]
    found = session.execute(
        select(Person, boss.email_key)
        .outerjoin(boss, boss.id == Person.manager_id)
        .where(or_(Person.email_key.in_(keys), Person.external_id.in_(externals)))
    ).all()
    return [
        Known(
            id=person.id,
            name=person.name,
            email=person.email,
            external_id=person.external_id,
            timezone=person.timezone,
            locale=person.locale,
            languages=tuple(person.languages),
            manager=manager or person.manager_email,
            active=person.active,
            is_administrator=person.is_administrator,
            **{column: getattr(person, column) for column in CLEARABLE},
        )
        for person, manager in found
    ]


def start(session: Session, record: PeopleImport, *, actor: Person, at: datetime) -> PeopleImport:
    """Write the job that applies the good rows of a checked import. Raises DomainError unless it waits for that."""
    _require_checked(record)
    if not record.readable or not record.counts.get("good"):
        raise DomainError(N_("There is no good row in this file, so there is nothing to apply."))
    if record.file_id is None:
        raise DomainError(N_("The file is forgotten by now, a week after it was checked. Upload it again."))
    job = ledger.enqueue(
        session, APPLY, {"import": str(record.id)}, key=f"apply-people:{record.id}", at=at, owner_id=actor.id
    )
    record.state, record.job_id = ImportState.APPLYING, job.id
    session.flush()
    return record


def discard(session: Session, storage: Storage, record: PeopleImport, *, at: datetime) -> None:
    """Change nothing, and forget the file. Raises DomainError unless the import waits for an answer."""
    _require_checked(record)
    finish(session, storage, record, ImportState.DISCARDED, at=at)


def _require_checked(record: PeopleImport) -> None:
    if record.state is not ImportState.CHECKED:
        raise DomainError(N_("This import was answered already."))


def finish(session: Session, storage: Storage, record: PeopleImport, state: ImportState, *, at: datetime) -> None:
    """End an import and discard its file."""
    record.state, record.finished_at = state, at
    file, record.file_id = record.file_id, None
    session.flush()
    if file is not None:
        storage.discard(session, file)


def apply(
    session: Session,
    record: PeopleImport,
    file: PeopleFile,
    *,
    at: datetime,
    moved: Moved = nobody_told,
    left: Left = nobody_leaves,
) -> Iterator[int]:
    """Apply the good rows from where the last run stopped, yielding rows done; the caller commits at each yield.

    `moved` is told of each person who has another address now, `left` of each whose account is deactivated. The place
    reached is written together with the rows, so that a killed run goes on without doing any row twice.
    """
    record_id, done = record.id, record.done_rows
    author, seen = author_of(session, record), set[UUID]()
    while done < len(file.rows):
        part = file.rows[done : done + STEP]
        record = session.get_one(PeopleImport, record_id)
        outcome = _apply_part(session, part, author, seen, at=at, moved=moved, left=left)
        done += len(part)
        record.done_rows = done
        record.counts = record.counts | {"applied": _added(record.counts.get("applied", {}), outcome)}
        session.flush()
        yield done
    yield from _tie_managers(session, file, done)
    record = session.get_one(PeopleImport, record_id)
    outcome = Counter(record.counts.get("applied", {}))
    audit.record(
        session,
        "people.imported",
        "import",
        record.id,
        actor_id=record.created_by,
        at=at,
        **{kind.value: outcome[kind.value] for kind in Kind},
    )


def _added(before: dict[str, int], more: Counter[str]) -> dict[str, int]:
    return dict(Counter(before) + more)


def _apply_part(
    session: Session,
    rows: Sequence[PersonRow],
    author: Author,
    seen: set[UUID],
    *,
    at: datetime,
    moved: Moved,
    left: Left,
) -> Counter[str]:
    outcome: Counter[str] = Counter()
    changes = plan_part(session, rows, author, seen)
    people = {person.id: person for person in _people(session, [c.person_id for c in changes if c.person_id])}
    here = organization(session)
    for change in changes:
        outcome[change.kind.value] += 1
        if change.kind is Kind.NEW:
            session.add(_new_person(change.row, here.timezone, here.locale, at=at))
        elif change.person_id and change.fields:
            person = people[change.person_id]
            old = person.email
            _update(session, person, change, at=at)
            if person.email_key != old.lower():
                moved(person, old)
            if "active" in change.fields and not person.active:
                left(person)
    session.flush()
    return outcome


def _people(session: Session, ids: Sequence[UUID]) -> Sequence[Person]:
    return session.scalars(select(Person).where(Person.id.in_(ids))).all()


def _new_person(row: PersonRow, timezone: str, locale: str, *, at: datetime) -> Person:
    return Person(
        name=row.name,
        email=row.email,
        email_key=row.key,
        external_id=row.external_id or None,
        timezone=row.timezone or timezone,
        locale=row.locale or locale,
        languages=list(row.languages),
        stopped_mails=[],
        manager_email=row.manager_email,
        active=row.active is not False,
        created_at=at,
        updated_at=at,
        **{column: getattr(row, column) for column in CLEARABLE},
    )


def _update(session: Session, person: Person, change: Change, *, at: datetime) -> None:
    row = change.row
    for column in change.fields:
        if column == "email":
            set_address(session, person, row.email, at=at)
        elif column == "languages":
            person.languages = list(row.languages)
        elif column == "manager_email":
            person.manager_id, person.manager_email = None, row.manager_email
        elif column == "active":
            person.active = bool(row.active)
            if not row.active:
                shut_out(session, person, at=at)
        else:
            setattr(person, column, getattr(row, column))
    person.updated_at = at


def _tie_managers(session: Session, file: PeopleFile, done: int) -> Iterator[int]:
    """Turn managers known by address into accounts, wherever in the file or before it they were made."""
    boss = aliased(Person)
    while True:
        found = session.execute(
            select(Person.id, boss.id)
            .join(boss, boss.email_key == Person.manager_email)
            .where(Person.manager_email != "", boss.id != Person.id)
            .limit(STEP)
        ).all()
        if not found:
            return
        ties = [{"id": person_id, "manager_id": manager_id, "manager_email": ""} for person_id, manager_id in found]
        session.execute(update(Person), ties)
        yield done


def _refusal(change: Change) -> list[Any]:
    column = "external_id" if change.refusal in {"two_people", "other_id"} else "email"
    if change.refusal in {"yourself", "administrator"}:
        column = "active"
    return [change.row.number, column, REFUSALS[change.refusal], {"value": shown(change.value)}, False]
