"""A people file for one cohort: what it would do, row by row, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app import audit
from app.accounts.import_plan import REFUSALS, Author, Change, Kind
from app.accounts.models import ImportState, Person
from app.accounts.people_csv import PeopleFile, PersonRow, Problem, read_people
from app.accounts.people_csv.problems import in_order, problem
from app.accounts.services.importing import LOOK, apply, begin, plan_part
from app.errors import N_
from circles.attributes import Question, answer_to, check_questions, column_question, questions_of
from circles.models import Cohort, Enrollment, EnrollmentState, Wish, WishKind
from circles.queries.people import people_named
from circles.roster import check_answers

#: Problems kept in a report; their numbers are counted whole.
MOST_SHOWN = 300
#: Columns not known to a people file that can be kept as answers.
MOST_EXTRA = 12
#: Rows done in one unit of work.
ROWS_AT_ONCE = 50

MESSAGES: Mapping[str, str] = {
    "account_closed": N_("The account of this person is closed. Ask an administrator to open it."),
    "has_circle": N_("This person has a circle in this cohort; their answers stay as they are."),
    "not_taking_part": N_("This person withdrew or was declined, and stays out."),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A people file compared with what is there: rows that can be applied, and every problem.

    `new` are rows that make an account, `joining` those that bring someone into the cohort, `updated` those of people
    who are in it, `leaving` those that take someone out.
    """

    file: PeopleFile
    rows: tuple[PersonRow, ...]
    problems: tuple[Problem, ...]
    new: int
    joining: int
    updated: int
    leaving: int

    def report(self) -> dict[str, Any]:
        """What a page shows, as plain values; messages are gettext ids with their values."""
        errors = [one for one in self.problems if not one.warning]
        shown = [*errors, *(one for one in self.problems if one.warning)][:MOST_SHOWN]
        return {
            "readable": self.file.readable,
            "count": self.file.count,
            "good": len(self.rows),
            "bad": self.file.count - len(self.rows),
            "new": self.new,
            "joining": self.joining,
            "updated": self.updated,
            "leaving": self.leaving,
            "errors": len(errors),
            "warnings": len(self.problems) - len(errors),
            "columns": list(self.file.columns),
            "extra": list(self.file.unknown_columns)[:MOST_EXTRA],
            "problems": [
                {
                    "row": one.row,
                    "column": one.column,
                    "text": one.text,
                    "params": {name: str(value) for name, value in one.params.items()},
                    "warning": one.warning,
                }
                for one in sorted(shown, key=lambda one: one.row or 0)
            ],
        }


@dataclass(slots=True)
class Done:
    """What applying rows has done so far."""

    joined: int = 0
    updated: int = 0
    left: int = 0
    to_answer: list[str] = field(default_factory=list)


def check(session: Session, cohort: Cohort, content: bytes, *, author: Author) -> Checked:
    """Read a people file for a cohort without changing anything.

    Columns named like a question of the cohort are answers.

    The file makes and updates accounts as an import of people does. It closes no account: "active" set to no takes
    someone out of the cohort.
    """
    asked = [question.text for question in questions_of(cohort.questions)]
    file = read_people(content, more=asked)
    rows = [_open_account(row) for row in file.rows]
    changes: list[Change] = []
    seen: set[UUID] = set()
    for start in range(0, len(rows), LOOK):
        changes += plan_part(session, rows[start : start + LOOK], author, seen)
    known = {change.row.key: change.person_id for change in changes if change.person_id}
    accounts = _standing(session, list(known.values()))
    states = _states(session, cohort, list(known.values()))
    named = {key for row in file.rows for key in (*row.together, *row.avoid, *row.wishes, row.manager_email) if key}
    elsewhere = people_named(session, sorted(named - set(file.addresses)))
    found = [*file.problems, *check_answers(file.rows, {*file.addresses, *elsewhere})]
    for change in changes:
        if change.kind is Kind.REFUSED:
            found.append(_refused(change))
        elif change.person_id and not accounts.get(change.person_id, True):
            found.append(_problem("account_closed", change.row, "email", change.row.email))
    wrong = {one.row for one in found if not one.warning}
    good = [row for row in file.rows if row.number not in wrong]
    counts = Counter(new=0, joining=0, updated=0, leaving=0)
    counts["new"] = sum(change.kind is Kind.NEW and change.row.number not in wrong for change in changes)
    for row in good:
        found += _compare(row, states.get(known.get(row.key)), counts)  # type: ignore[arg-type]
    return Checked(file, tuple(good), in_order(found), **counts)


def keep_accounts(session: Session, checked: Checked, *, name: str, author: Author, at: datetime) -> Iterator[int]:
    """Make and update the accounts of checked rows, yielding rows done; the caller commits at each yield."""
    record = begin(session, name=name, created_by=author.id, at=at)
    rows = tuple(_open_account(row) for row in checked.rows)
    yield from apply(session, record, replace(checked.file, rows=rows, problems=()), at=at)
    record.state, record.finished_at = ImportState.APPLIED, at
    session.flush()


def enroll_rows(session: Session, cohort: Cohort, rows: Sequence[PersonRow], done: Done, *, at: datetime) -> None:
    """Make, update or withdraw the enrollments of some rows whose accounts stand; doing them twice is harmless."""
    questions = questions_of(cohort.questions)
    people = people_named(session, [row.key for row in rows])
    enrollments = _enrollments(session, cohort, [person.id for person in people.values()])
    for row in rows:
        person = people.get(row.key)
        if person is not None and person.active:
            _enroll(session, cohort, person, enrollments.get(person.id), row, done, questions, at=at)
    session.flush()


def check_columns(cohort: Cohort, columns: Sequence[str]) -> tuple[Question, ...]:
    """A cohort's questions with columns of a people file among them. Raises InvalidInput, as for too many."""
    questions = list(questions_of(cohort.questions))
    for column in columns:
        question = column_question(column, questions)
        if question not in questions:
            questions.append(question)
    check_questions(questions)
    return tuple(questions)


def keep_columns(session: Session, cohort: Cohort, columns: Sequence[str]) -> None:
    """Let columns of a people file be answers of this cohort; doing it again changes nothing. Raises InvalidInput."""
    cohort.questions = [question.stored() for question in check_columns(cohort, columns)]
    session.flush()


def note_done(session: Session, cohort: Cohort, done: Done, *, author: Author, at: datetime) -> None:
    """Put what a file did into the trail."""
    figures = {"joined": done.joined, "updated": done.updated, "left": done.left}
    audit.record(session, "cohort.imported", "cohort", cohort.id, actor_id=author.id, at=at, **figures)


def _open_account(row: PersonRow) -> PersonRow:
    """The row as accounts take it here: whether someone takes part says nothing about their account."""
    values = {column: value for column, value in row.values.items() if column != "active"}
    return replace(row, active=None, values=values)


def _refused(change: Change) -> Problem:
    column = "external_id" if change.refusal in {"two_people", "other_id"} else "email"
    value = change.value or change.row.email
    return problem(change.refusal, row=change.row.number, column=column, value=value, messages=REFUSALS)


def _compare(row: PersonRow, state: EnrollmentState | None, counts: Counter[str]) -> list[Problem]:
    if row.active is False:
        counts["leaving"] += state in _OPEN
    elif state is EnrollmentState.PLACED:
        return [_problem("has_circle", row, "email", row.email, warning=True)]
    elif state in (EnrollmentState.WITHDRAWN, EnrollmentState.DECLINED):
        return [_problem("not_taking_part", row, "email", row.email, warning=True)]
    else:
        counts["joining" if state is None else "updated"] += 1
    return []


_OPEN = (EnrollmentState.INVITED, EnrollmentState.APPLIED, EnrollmentState.ENROLLED)


def _enroll(
    session: Session,
    cohort: Cohort,
    person: Person,
    entry: Enrollment | None,
    row: PersonRow,
    done: Done,
    questions: Sequence[Question],
    *,
    at: datetime,
) -> None:
    if row.active is False:
        if entry is not None and entry.state in _OPEN:
            entry.state, entry.ended_at = EnrollmentState.WITHDRAWN, at
            done.left += 1
        return
    if entry is not None and entry.state not in _OPEN:
        return
    if entry is None:
        entry = Enrollment(
            cohort_id=cohort.id,
            person_id=person.id,
            state=EnrollmentState.INVITED,
            timezone=person.timezone,
            languages=list(person.languages),
            topics=[],
            available="",
            preferred="",
            wishes=[],
            answers={},
            created_at=at,
        )
        session.add(entry)
        done.joined += 1
    else:
        done.updated += 1
    _keep_answers(entry, row)
    _keep_own_answers(entry, row, questions)
    if entry.available and entry.languages and entry.state is EnrollmentState.INVITED:
        entry.state, entry.step, entry.answered_at = EnrollmentState.ENROLLED, 5, at
    if entry.state is EnrollmentState.INVITED:
        done.to_answer.append(str(person.id))


def _keep_answers(entry: Enrollment, row: PersonRow) -> None:
    if row.timezone is not None:
        entry.timezone = row.timezone
    for column, field_name in (
        ("available", "available"),
        ("preferred", "preferred"),
        ("facilitator", "glad_to_host"),
        ("circle", "kept_circle"),
    ):
        if row.has(column):
            setattr(entry, field_name, getattr(row, column))
    for column in ("languages", "topics"):
        if row.has(column):
            setattr(entry, column, list(getattr(row, column)))
    for column, kind in (
        ("together", WishKind.TOGETHER),
        ("avoid", WishKind.AVOID),
        ("wishes", WishKind.WISH),
    ):
        if row.has(column):
            _keep_wishes(entry, kind, getattr(row, column))


def _keep_own_answers(entry: Enrollment, row: PersonRow, questions: Sequence[Question]) -> None:
    """Answers to the cohort's own questions; an empty cell takes one back."""
    answers = dict(entry.answers)
    for question in questions:
        if row.has(question.text):
            answers.pop(question.key, None)
            if answer := answer_to(question, row.values[question.text]):
                answers[question.key] = answer
    entry.answers = answers


def _keep_wishes(entry: Enrollment, kind: WishKind, keys: Collection[str]) -> None:
    wanted = set(keys)
    for wish in [one for one in entry.wishes if one.kind is kind]:
        if wish.email_key in wanted:
            wanted.discard(wish.email_key)
        else:
            entry.wishes.remove(wish)
    entry.wishes.extend(Wish(kind=kind, email_key=key) for key in sorted(wanted))


def _enrollments(session: Session, cohort: Cohort, people: Sequence[UUID]) -> dict[UUID, Enrollment]:
    rows = session.scalars(
        select(Enrollment)
        .where(Enrollment.cohort_id == cohort.id, Enrollment.person_id.in_(people))
        .options(selectinload(Enrollment.wishes))
    )
    return {row.person_id: row for row in rows}


def _states(session: Session, cohort: Cohort, people: Sequence[UUID]) -> dict[UUID, EnrollmentState]:
    states: dict[UUID, EnrollmentState] = {}
    for start in range(0, len(people), 500):
        part = people[start : start + 500]
        rows = session.execute(
            select(Enrollment.person_id, Enrollment.state).where(
                Enrollment.cohort_id == cohort.id, Enrollment.person_id.in_(part)
            )
        )
        states.update((row.person_id, row.state) for row in rows)
    return states


def _standing(session: Session, people: Sequence[UUID]) -> dict[UUID, bool]:
    found: dict[UUID, bool] = {}
    for start in range(0, len(people), LOOK):
        rows = session.execute(select(Person.id, Person.active).where(Person.id.in_(people[start : start + LOOK])))
        found.update((row.id, row.active) for row in rows)
    return found


def _problem(code: str, row: PersonRow, column: str, value: str, *, warning: bool = False) -> Problem:
    return problem(code, row=row.number, column=column, value=value, warning=warning, messages=MESSAGES)
