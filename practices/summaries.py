"""What the three summaries hold: values made from plain rows, the same for page and PDF, and kept as snapshots.

Texts are the writers' own. Statuses and frequencies are stored as keys and numbers and worded where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from practices import course as courses
from practices import snapshots
from practices.course import CheckInRow, Course, CoursePoint, FollowUpRow

SCHEMA = 1


class Snapshot:
    """A summary that is stored as text: equal content is equal text, and so has one fingerprint."""

    def to_document(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return snapshots.encode(self, schema=SCHEMA)

    def to_json(self) -> str:
        """The text that is stored and fingerprinted."""
        return snapshots.to_text(self.to_document())

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The summary in a stored document. Raises SnapshotError."""
        return snapshots.decode(cls, document, schema=SCHEMA)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The summary in a stored text. Raises SnapshotError."""
        return cls.from_document(snapshots.from_text(text))

    @property
    def sha256(self) -> str:
        """Fingerprint of `to_json`, in hexadecimal."""
        return snapshots.fingerprint(self.to_json())


@dataclass(frozen=True, slots=True)
class Figure:
    """The drawn course of a change, and its first and latest frequency (0 to 4)."""

    points: tuple[Point, ...]
    weeks: int
    let_go: bool
    start: int | None
    latest: int | None


@dataclass(frozen=True, slots=True)
class Point:
    """One drawn check-in; see practices.course.CoursePoint."""

    position: float
    level: int
    after_gap: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A practice change as stored, with its check-ins and follow-ups; what every summary is made from."""

    key: str
    before: str
    after: str
    cue: str
    action: str
    area: str
    status: str
    resolve: int
    confidence: int
    begun_on: date
    baseline: int | None = None
    reason: str = ""
    check_ins: tuple[CheckInRow, ...] = ()
    follow_ups: tuple[FollowUpRow, ...] = ()

    def course(self, sessions: Sequence[date], today: date | None = None) -> Course:
        """Its course along the sessions of its season."""
        return courses.course(
            self.check_ins,
            begun_on=self.begun_on,
            sessions=sessions,
            baseline=self.baseline,
            let_go=self.status == "dropped",
            today=today,
        )


@dataclass(frozen=True, slots=True)
class ManagerChange:
    """One change on a manager's page: what the member chose to show of it, and one sentence of theirs."""

    before: str
    after: str
    cue: str
    action: str
    status: str
    sentence: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class ManagerPage(Snapshot):
    """Exactly what a manager sees, as the member approved it. `language` is the page's, `since` the first begin."""

    member_name: str
    member_short_name: str
    manager_name: str
    cohort_name: str
    made_on: date
    since: date
    language: str
    changes: tuple[ManagerChange, ...]
    would_help: str
    agenda: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckInLine:
    """One check-in in the member's own summary; `barriers` are keys."""

    on: date
    frequency: int | None
    status: str | None
    line: str
    barriers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """What a peer saw."""

    name: str
    on: date
    line: str


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One change in the member's own summary, whole."""

    before: str
    after: str
    cue: str
    action: str
    area: str
    status: str
    resolve: int
    confidence: int
    begun_on: date
    reason: str
    figure: Figure
    check_ins: tuple[CheckInLine, ...]
    witnesses: tuple[WitnessLine, ...]
    asked_again_on: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class MemberSummary(Snapshot):
    """Everything a member recorded about their changes. `weeks`: held, now, missed or ahead for each session."""

    member_name: str
    cohort_name: str
    circle_name: str
    made_on: date
    language: str
    weeks: tuple[str, ...]
    changes: tuple[MemberChange, ...]


def figure(course: Course) -> Figure:
    """What a summary keeps of a course."""
    points = tuple(Point(*point) for point in course.points)
    return Figure(points, course.weeks, course.let_go, course.start, course.latest)


def course_points(kept: Figure) -> list[CoursePoint]:
    """The points of a kept course, for drawing."""
    return [CoursePoint(point.position, point.level, point.after_gap) for point in kept.points]


def manager_page(
    changes: Iterable[tuple[ChangeRow, str]],
    *,
    member_name: str,
    member_short_name: str,
    manager_name: str,
    cohort_name: str,
    sessions: Sequence[date],
    made_on: date,
    would_help: str = "",
    agenda: Iterable[str] = (),
    language: str = "en",
) -> ManagerPage:
    """The page of chosen changes, each with the one sentence chosen for it, in the order given.

    Raises ValueError when no change was chosen: an empty page is never sent.
    """
    chosen = list(changes)
    if not chosen:
        raise ValueError("a manager's page needs at least one change")
    return ManagerPage(
        member_name=member_name,
        member_short_name=member_short_name,
        manager_name=manager_name,
        cohort_name=cohort_name,
        made_on=made_on,
        since=min(change.begun_on for change, _ in chosen),
        language=language,
        changes=tuple(
            ManagerChange(
                change.before,
                change.after,
                change.cue,
                change.action,
                change.status,
                sentence.strip(),
                figure(change.course(sessions, made_on)),
            )
            for change, sentence in chosen
        ),
        would_help=would_help.strip(),
        agenda=tuple(line.strip() for line in agenda if line.strip()),
    )


def member_change(
    change: ChangeRow,
    *,
    sessions: Sequence[date],
    today: date,
    barriers: Mapping[date, Sequence[str]] | None = None,
    witnesses: Iterable[WitnessLine] = (),
) -> MemberChange:
    """One change for its member: check-ins newest first, with the barriers (keys) recorded on each day."""
    found = barriers or {}
    lines = [
        CheckInLine(row.on, row.frequency, row.status, row.line, tuple(found.get(row.on, ())))
        for row in sorted(change.check_ins, key=lambda row: row.on, reverse=True)
    ]
    return MemberChange(
        before=change.before,
        after=change.after,
        cue=change.cue,
        action=change.action,
        area=change.area,
        status=change.status,
        resolve=change.resolve,
        confidence=change.confidence,
        begun_on=change.begun_on,
        reason=change.reason,
        figure=figure(change.course(sessions, today)),
        check_ins=tuple(lines),
        witnesses=tuple(witnesses),
        asked_again_on=tuple(row.due_on for row in courses.next_follow_ups(change.follow_ups, today)),
    )


def member_summary(
    changes: Iterable[MemberChange],
    *,
    member_name: str,
    cohort_name: str,
    circle_name: str,
    weeks: Iterable[str],
    made_on: date,
    language: str = "en",
) -> MemberSummary:
    """A member's own summary, oldest change first."""
    ordered = tuple(sorted(changes, key=lambda change: change.begun_on))
    return MemberSummary(member_name, cohort_name, circle_name, made_on, language, tuple(weeks), ordered)
