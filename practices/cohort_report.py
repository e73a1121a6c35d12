"""The lead's report of one cohort: operations as they are, and what members wrote under the five-person rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from practices import suppression
from practices.statuses import Counted, counted
from practices.summaries import Snapshot
from practices.suppression import Hidden, Published, Reason, Row, Table

ALL = "all"
LEVELS = 5
#: Ends the name of a table's digests of rows that were held back when its total was last refreshed.
SEEN = ":seen"
#: Per table, per row, a digest of what each person wrote: what a later report compares with.
Answers = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An enrolled person: a key that stays the same between reports, and their department ("" for none)."""

    key: str
    department: str
    placed: bool = True


@dataclass(frozen=True, slots=True)
class ReportedChange:
    """A change its member shows to the circle; changes with visibility "me" must not be passed in."""

    person_key: str
    area: str
    status: str
    start: int | None
    latest: int | None
    awaits_answer: bool = False
    witnessed: bool = False

    @property
    def counted(self) -> Counted | None:
        """What it counts as today; None for a replaced one."""
        return counted(self.status, awaits_answer=self.awaits_answer)


@dataclass(frozen=True, slots=True)
class CircleRow:
    """A circle's operations: `weeks` are held, now, missed or ahead; `present` has a number for each held session."""

    name: str
    members: int
    weeks: tuple[str, ...]
    present: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row as published. `hidden` is a key of suppression.Reason; `protects` are labels of the rows it protects."""

    key: str
    label: str
    as_of: date
    hidden: str | None
    protects: tuple[str, ...]
    figures: Mapping[str, int]

    @property
    def in_use_or_part(self) -> int:
        """Changes in use or in part."""
        return self.figures["in_use"] + self.figures["in_part"]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows and the total they belong to; rows largest first, hidden ones last."""

    total: ReportRow
    rows: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class CohortReport(Snapshot):
    """The figures of a cohort on one day, already suppressed. `days_after` counts from the last session, if past."""

    program_name: str
    cohort_name: str
    made_on: date
    language: str
    days_after: int | None
    enrolled: int
    placed: int
    circles: tuple[CircleRow, ...]
    departments: ReportTable
    areas: ReportTable
    before_after: ReportTable

    @property
    def total(self) -> ReportRow:
        """The row of the whole cohort."""
        return self.departments.total

    @property
    def sessions_held(self) -> int:
        """Sessions that took place."""
        return sum(circle.weeks.count("held") for circle in self.circles)

    @property
    def sessions_due(self) -> int:
        """Sessions held or missed so far."""
        return self.sessions_held + sum(circle.weeks.count("missed") for circle in self.circles)

    @property
    def present(self) -> int:
        """Presences over all held sessions."""
        return sum(sum(circle.present) for circle in self.circles)

    @property
    def seats(self) -> int:
        """Presences there would have been with everyone there at every session with a number."""
        return sum(circle.members * len(circle.present) for circle in self.circles)

    @property
    def oldest_figures(self) -> date:
        """The day of the oldest figures in it."""
        tables = (self.departments, self.areas, self.before_after)
        return min(row.as_of for table in tables for row in (table.total, *table.rows))


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report with the digests to store beside it for the next one."""

    report: CohortReport
    answers: Answers


def cohort_report(
    people: Iterable[PersonRow],
    changes: Iterable[ReportedChange],
    circles: Iterable[CircleRow],
    *,
    program_name: str,
    cohort_name: str,
    today: date,
    last_session_on: date | None = None,
    area_labels: Mapping[str, str] | None = None,
    no_department: str = "",
    before: MadeReport | None = None,
    language: str = "en",
) -> MadeReport:
    """Count a cohort and publish it under the five-person rule, against the report that stands, if there is one.

    `area_labels` names the practice areas by key; `no_department` is the label for people without one.
    """
    everyone = {person.key: person for person in people}
    writings = [change for change in changes if change.counted is not None and change.person_key in everyone]
    members = Counter(person.department for person in everyone.values())
    total = _row(ALL, writings, len(everyone))
    by_department = _rows(writings, lambda change: everyone[change.person_key].department, members)
    by_area = _rows(writings, lambda change: change.area, None)
    both = [change for change in writings if change.start is not None and change.latest is not None]
    tables = {
        "departments": (total, by_department, {"": no_department}),
        "areas": (total, by_area, area_labels or {}),
        "before_after": (_row(ALL, both, len(everyone), _before_after), [], {}),
    }
    answers: Answers = {}
    published: dict[str, ReportTable] = {}
    for name, (whole, rows, labels) in tables.items():
        table = suppression.publish(whole, rows, on=today, before=_standing(before, name))
        answers[name] = {row.key: dict(row.digests) for row in (table.total, *table.rows)}
        answers[name + SEEN] = {row.key: dict(row.seen) for row in table.rows if row.seen is not None}
        published[name] = _report_table(table, labels)
    days_after = (today - last_session_on).days if last_session_on is not None and today > last_session_on else None
    report = CohortReport(
        program_name=program_name,
        cohort_name=cohort_name,
        made_on=today,
        language=language,
        days_after=days_after,
        enrolled=len(everyone),
        placed=sum(person.placed for person in everyone.values()),
        circles=tuple(circles),
        departments=published["departments"],
        areas=published["areas"],
        before_after=published["before_after"],
    )
    return MadeReport(report, answers)


def _counts(changes: Sequence[ReportedChange]) -> dict[str, int]:
    found = Counter(change.counted for change in changes)
    figures = {state.value: found[state] for state in Counted}
    return figures | {"changes": len(changes), "witnessed": sum(change.witnessed for change in changes)}


def _before_after(changes: Sequence[ReportedChange]) -> dict[str, int]:
    start = Counter(change.start for change in changes)
    latest = Counter(change.latest for change in changes)
    figures = {f"start_{level}": start[level] for level in range(LEVELS)}
    figures |= {f"latest_{level}": latest[level] for level in range(LEVELS)}
    return figures | {"changes": len(changes)}


def _row(
    key: str,
    changes: Sequence[ReportedChange],
    people: int,
    count: Callable[[Sequence[ReportedChange]], dict[str, int]] = _counts,
) -> Row:
    """One row: who answered (wrote a change that is not without an answer), and a digest for everyone counted in it."""
    answered = frozenset(change.person_key for change in changes if change.counted is not Counted.NO_ANSWER)
    figures = count(changes) | {"people": people, "answered": len(answered)}
    return Row(key, answered, _digests(changes), figures)


def _rows(
    changes: Sequence[ReportedChange], group: Callable[[ReportedChange], str], people: Mapping[str, int] | None
) -> list[Row]:
    """A row for each group; `people` gives the groups and their sizes, else they come from the changes."""
    found: defaultdict[str, list[ReportedChange]] = defaultdict(list)
    for change in changes:
        found[group(change)].append(change)
    keys = sorted(people if people is not None else found)
    return [
        _row(key, found[key], people[key] if people is not None else len({c.person_key for c in found[key]}))
        for key in keys
    ]


def _digests(changes: Sequence[ReportedChange]) -> dict[str, str]:
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        parts = (change.area, change.counted, change.start, change.latest, change.witnessed)
        texts[change.person_key].append("\0".join(map(str, parts)))
    return {person: sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16] for person, lines in texts.items()}


def _standing(before: MadeReport | None, name: str) -> Table | None:
    """The table a stored report published, for the rule to compare with."""
    if before is None:
        return None
    stored: ReportTable = getattr(before.report, name)
    digests, seen = before.answers.get(name, {}), before.answers.get(name + SEEN, {})

    def published(row: ReportRow) -> Published:
        why = Hidden(Reason(row.hidden)) if row.hidden is not None else None
        return Published(row.key, row.as_of, row.figures, why, digests.get(row.key, {}), seen.get(row.key))

    return Table(published(stored.total), tuple(published(row) for row in stored.rows))


def _report_table(table: Table, labels: Mapping[str, str]) -> ReportTable:
    def label(key: str) -> str:
        return labels.get(key, key)

    def reported(row: Published) -> ReportRow:
        why = row.hidden
        protects = tuple(label(key) for key in why.protects) if why else ()
        return ReportRow(row.key, label(row.key), row.as_of, why.reason.value if why else None, protects, row.figures)

    def order(row: ReportRow) -> tuple[object, ...]:
        return (row.hidden is not None, row.hidden == Reason.COMPLEMENT, -row.figures.get("answered", 0), row.label)

    return ReportTable(reported(table.total), tuple(sorted(map(reported, table.rows), key=order)))
