"""Turns a people file into candidates for matching, and a history file into pairs who already met (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.accounts.people_csv import BadCell, PeopleFile, PersonRow, Problem, address, read_people, read_table
from app.accounts.people_csv.problems import in_order, problem
from app.errors import N_
from circles.availability import GridError, WeeklyGrid, parse_cells
from circles.matching import Candidate

MAX_PAIRS = 1_000_000
MAX_HISTORY_BYTES = 100_000_000
HISTORY_COLUMNS = ("email_a", "email_b")

#: Every message about answers and history by its code, beside those about a people file.
MESSAGES: Mapping[str, str] = {
    "times": N_("%(why)s"),
    "unknown_together": N_("“%(value)s” is not in this file, so the two cannot be kept together."),
    "unknown_person": N_("“%(value)s” is not in this file; it has no effect."),
    "no_zone": N_("No time zone is given; the times are taken as %(zone)s."),
    "no_attribute": N_("The file has no column “%(value)s” to match by."),
    "inactive": N_("This person is not active and is left out."),
    "met_self": N_("“%(value)s” stands on both sides."),
    "unknown_met": N_("“%(value)s” is not in the people file; the pair has no effect."),
}


@dataclass(frozen=True, slots=True)
class Roster:
    """Who takes part. `emails` gives each candidate's address as written and `numbers` its row, by key.

    `problems` holds those of the file and of the answers, in the order of rows; a row with an error is no candidate.
    """

    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...]
    emails: Mapping[str, str]
    numbers: Mapping[str, int]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that make a row, or the file, unusable."""
        return tuple(one for one in self.problems if not one.warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that leave every row usable."""
        return tuple(one for one in self.problems if one.warning)


@dataclass(frozen=True, slots=True)
class History:
    """Pairs of keys who were in a circle together, each pair once and in alphabetical order."""

    pairs: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that make a row, or the file, unusable."""
        return tuple(one for one in self.problems if not one.warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that leave every row usable."""
        return tuple(one for one in self.problems if one.warning)


def read_roster(content: bytes, *, timezone: str = "UTC", more: Sequence[str] = ()) -> Roster:
    """Read the bytes of a people file; `timezone` stands in where a row gives none. Nothing is raised.

    The columns `more` are answers for attributes of these names; one that the file has not is an error.
    """
    return roster_of(read_people(content, more=more), timezone=timezone, more=more)


def roster_of(people: PeopleFile, *, timezone: str = "UTC", more: Sequence[str] = ()) -> Roster:
    """The candidates of a people file: every active person whose row has no error."""
    found = [*people.problems, *check_answers(people.rows, people.addresses)]
    if people.readable:
        missing = [name for name in more if name not in people.columns]
        found += [problem("no_attribute", row=1, column=name, value=name, messages=MESSAGES) for name in missing]
    bad = {one.row for one in found if not one.warning}
    candidates, emails, numbers = [], {}, {}
    for row in people.rows:
        if row.number in bad:
            continue
        if row.active is False:
            found.append(_problem("inactive", row, "active", "", warning=True))
            continue
        if row.timezone is None and (row.available or row.preferred):
            found.append(_problem("no_zone", row, "timezone", "", warning=True, zone=timezone))
        candidates.append(_candidate(row, timezone, more))
        emails[row.key] = row.email
        numbers[row.key] = row.number
    return Roster(tuple(candidates), in_order(found), emails, numbers)


def check_answers(rows: Collection[PersonRow], known: Collection[str]) -> Iterator[Problem]:
    """Problems with the weekly times of rows and with the people they name, `known` being every address there is.

    Somebody unknown is an error in the column together, a warning in avoid, wishes and manager_email.
    """
    for row in rows:
        for column, text in (("available", row.available), ("preferred", row.preferred)):
            try:
                parse_cells(text)
            except GridError as error:
                yield _problem("times", row, column, text, why=str(error))
        for key in row.together:
            if key not in known:
                yield _problem("unknown_together", row, "together", key)
        managers = (row.manager_email,) if row.manager_email else ()
        for column, keys in (("avoid", row.avoid), ("wishes", row.wishes), ("manager_email", managers)):
            for key in keys:
                if key not in known:
                    yield _problem("unknown_person", row, column, key, warning=True)


def read_history(content: bytes, known: Collection[str] | None = None) -> History:
    """Read the bytes of a history file, whose columns email_a and email_b name pairs who already met.

    Addresses that are not `known` are a warning, and their pairs are left out; None takes every address.
    Nothing is raised.
    """
    table = read_table(
        content, columns=HISTORY_COLUMNS, required=HISTORY_COLUMNS, max_rows=MAX_PAIRS, max_bytes=MAX_HISTORY_BYTES
    )
    # Somebody may not have met anyone yet: a file of column names alone is fine here.
    found = [one for one in table.problems if one.code != "no_rows"]
    pairs: set[tuple[str, str]] = set()
    for number, cells in table.rows:
        keys: list[str] = []
        for column in HISTORY_COLUMNS:
            try:
                keys.append(_history_key(cells[column]))
            except BadCell as bad:
                found.append(problem(bad.code, bad.params, row=number, column=column, value=bad.value))
        if len(keys) < len(HISTORY_COLUMNS):
            continue
        if keys[0] == keys[1]:
            found.append(problem("met_self", row=number, column="email_b", value=keys[1], messages=MESSAGES))
            continue
        strangers = [(column, key) for column, key in zip(HISTORY_COLUMNS, keys, strict=True) if not _in(key, known)]
        found += [
            problem("unknown_met", row=number, column=column, value=key, warning=True, messages=MESSAGES)
            for column, key in strangers
        ]
        if not strangers:
            pairs.add((min(keys), max(keys)))
    return History(tuple(sorted(pairs)), in_order(found))


def _history_key(text: str) -> str:
    if not text:
        raise BadCell("required", text)
    return address(text).lower()


def _in(key: str, known: Collection[str] | None) -> bool:
    return known is None or key in known


def _candidate(row: PersonRow, timezone: str, more: Sequence[str]) -> Candidate:
    return Candidate(
        key=row.key,
        name=row.name,
        timezone=row.timezone or timezone,
        grid=WeeklyGrid.parse(row.available, row.preferred),
        languages=frozenset(row.languages),
        topics=frozenset(topic.casefold() for topic in row.topics),
        department=row.department,
        location=row.location,
        level=row.level,
        manager=row.manager_email or None,
        facilitator=row.facilitator,
        together=frozenset(row.together),
        avoid=frozenset(row.avoid),
        wishes=frozenset(row.wishes),
        kept=row.circle or None,
        attributes=tuple((name, row.values[name]) for name in more if row.values.get(name)),
    )


def _problem(code: str, row: PersonRow, column: str, value: str, *, warning: bool = False, **params: object) -> Problem:
    return problem(code, params, row=row.number, column=column, value=value, warning=warning, messages=MESSAGES)
