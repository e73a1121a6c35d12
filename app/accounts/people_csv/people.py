"""Reads a people file: one person a row, every problem with its row and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.accounts.people_csv import values
from app.accounts.people_csv.problems import Problem, in_order, problem
from app.accounts.people_csv.table import read_table

MAX_ROWS = 20_000
MAX_BYTES = 40_000_000

#: How each column's cells are read. The times of a week stay texts: what they mean is said elsewhere.
READERS: Mapping[str, Callable[[str], Any]] = {
    "email": values.required_address,
    "name": values.line(200, required=True),
    "timezone": values.timezone,
    "available": values.line(4000),
    "preferred": values.line(4000),
    "languages": values.languages,
    "topics": values.topics,
    "department": values.line(120),
    "location": values.line(120),
    "level": values.line(60),
    "manager_email": values.address_key,
    "facilitator": values.yes_no,
    "together": values.address_keys,
    "avoid": values.address_keys,
    "wishes": values.address_keys,
    "circle": values.line(80),
    "external_id": values.line(120),
    "job_title": values.line(120),
    "pronouns": values.line(60),
    "locale": values.locale,
    "active": values.yes_no_or_unsaid,
}
COLUMNS = tuple(READERS)
REQUIRED = ("email", "name")
#: Columns that name other people by address.
OTHERS = ("together", "avoid", "wishes")
#: Other rows named in a message about a value that stands in several.
NAMED_ROWS = 5
#: Cells for which something alike is looked for, as that takes milliseconds each.
COMPARED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One good row. `values` holds the trimmed cells of the columns the file has, in the file's order.

    A field whose column is missing or whose cell is empty has its default here; `has` tells the two apart, for a
    missing column changes nothing and an empty cell clears. `timezone`, `locale` and `active` cannot be cleared: None
    says nothing about them. Addresses of others are in lower case; times of the week are texts.
    """

    number: int
    values: Mapping[str, str]
    email: str
    name: str
    timezone: str | None = None
    available: str = ""
    preferred: str = ""
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    department: str = ""
    location: str = ""
    level: str = ""
    manager_email: str = ""
    facilitator: bool = False
    together: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    circle: str = ""
    external_id: str = ""
    job_title: str = ""
    pronouns: str = ""
    locale: str | None = None
    active: bool | None = None

    @property
    def key(self) -> str:
        """The address in lower case, by which people are told apart."""
        return self.email.lower()

    def has(self, column: str) -> bool:
        """Whether the file has this column, so that its value counts even where it is empty."""
        return column in self.values


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A people file as read: the good rows, and every problem in the order of rows.

    A file that is not `readable` has no rows at all. `addresses` gives the row of every address in the column email,
    good rows and bad, and `count` the number of rows that are not blank.
    """

    rows: tuple[PersonRow, ...]
    problems: tuple[Problem, ...]
    unknown_columns: tuple[str, ...]
    columns: tuple[str, ...]
    delimiter: str
    addresses: Mapping[str, int]
    count: int
    readable: bool

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that make a row, or the file, unusable."""
        return tuple(one for one in self.problems if not one.warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that leave every row usable."""
        return tuple(one for one in self.problems if one.warning)


@dataclass(slots=True)
class _Reading:
    """What is known while rows are read; `compared` counts the cells for which something alike was looked for."""

    problems: list[Problem] = field(default_factory=list)
    rows: list[PersonRow] = field(default_factory=list)
    emails: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    external_ids: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    compared: int = 0

    def row(self, number: int, cells: Mapping[str, str]) -> None:
        """Read one row; it is kept if nothing in it is wrong."""
        read: dict[str, Any] = {}
        good = True
        for column, text in cells.items():
            if column not in READERS:
                continue
            try:
                read[column] = READERS[column](text)
            except values.BadCell as bad:
                good = False
                self.problems.append(self._bad_cell(number, column, bad))
        if read.get("external_id"):
            self.external_ids[read["external_id"]].append(number)
        if "email" in read:
            key = read["email"].lower()
            self.emails[key].append(number)
            good = self._others(number, key, read) and good
        if good:
            self.rows.append(PersonRow(number=number, values=cells, **read))

    def _bad_cell(self, number: int, column: str, bad: values.BadCell) -> Problem:
        suggestion = None
        if bad.like and self.compared < COMPARED:
            self.compared += 1
            suggestion = bad.like(bad.value)
        if suggestion:
            return problem(f"{bad.code}_like", {"suggestion": suggestion}, row=number, column=column, value=bad.value)
        return problem(bad.code, bad.params, row=number, column=column, value=bad.value)

    def _others(self, number: int, key: str, read: dict[str, Any]) -> bool:
        for column in OTHERS:
            if key in read.get(column, ()):
                read[column] = tuple(other for other in read[column] if other != key)
                self.problems.append(problem("own_address", row=number, column=column, value=key, warning=True))
        if read.get("manager_email") == key:
            self.problems.append(problem("own_manager", row=number, column="manager_email", value=key))
            return False
        return True

    def repeated(self, column: str, found: Mapping[str, list[int]]) -> set[int]:
        """Report values of a column that stand in several rows; returns these rows."""
        wrong: set[int] = set()
        for value, numbers in found.items():
            if len(numbers) < 2:
                continue
            wrong.update(numbers)
            for number in numbers:
                others = [str(other) for other in numbers if other != number]
                rows = ", ".join(others[:NAMED_ROWS]) + (" …" if len(others) > NAMED_ROWS else "")
                self.problems.append(
                    problem(f"duplicate_{column}", {"rows": rows}, row=number, column=column, value=value)
                )
        return wrong


def read_people(
    content: bytes, *, more: Sequence[str] = (), max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES
) -> PeopleFile:
    """Read the bytes of a people file. Nothing is raised: whatever is wrong is among the problems.

    Columns named `more` are kept as they stand, among the `values` of each row.
    """
    columns = (*COLUMNS, *more)
    table = read_table(content, columns=columns, required=REQUIRED, max_rows=max_rows, max_bytes=max_bytes)
    reading = _Reading(problems=list(table.problems))
    for number, cells in table.rows:
        reading.row(number, cells)
    wrong = reading.repeated("email", reading.emails) | reading.repeated("external_id", reading.external_ids)
    return PeopleFile(
        rows=tuple(row for row in reading.rows if row.number not in wrong),
        problems=in_order(reading.problems),
        unknown_columns=table.unknown_columns,
        columns=table.columns,
        delimiter=table.delimiter,
        addresses={key: numbers[0] for key, numbers in reading.emails.items()},
        count=table.count,
        readable=table.readable,
    )
