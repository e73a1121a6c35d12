"""Making a cohort's figures: plain rows gathered in a few statements, counted and suppressed by the pure engines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job
from circles.models import Circle, Cohort, Enrollment, EnrollmentState, Membership, Program
from practices.cohort_report import CircleRow, CohortReport, MadeReport, PersonRow, ReportedChange, cohort_report
from practices.models import CheckIn, FollowUp, PracticeChange, ReportSnapshot, Visibility, Witness
from practices.queries.figures import latest_snapshot
from scheduling.models import CircleSession, Season, SessionState
from scheduling.queries.running import rings

MAKE = "practices.report"
#: Figures are made at most once in so long.
LEAST_APART = timedelta(days=7)


def next_report_on(snapshot: ReportSnapshot | None) -> date | None:
    """The first day on which figures may be made again; None when there are none yet."""
    return snapshot.taken_on + LEAST_APART if snapshot else None


def start_report(session: Session, cohort: Cohort, *, actor: Person, at: datetime) -> Job:
    """Have today's figures made by a job. Raises DomainError within a week of the last ones."""
    today = _today(cohort, at)
    soonest = next_report_on(latest_snapshot(session, cohort.id))
    if soonest is not None and today < soonest:
        raise DomainError(N_("Figures are made at most once a week, so that nobody can be worked out from them."))
    return ledger.enqueue(
        session, MAKE, {"cohort": str(cohort.id)}, key=report_key(cohort, at), at=at, owner_id=actor.id
    )


def report_key(cohort: Cohort, at: datetime) -> str:
    """The key of the job that makes a cohort's figures of one day."""
    return f"report:{cohort.id}:{_today(cohort, at).isoformat()}"


def count_cohort(
    session: Session, cohort: Cohort, labels: dict[str, str], no_department: str, *, language: str, at: datetime
) -> MadeReport | None:
    """Count a cohort against the figures that stand; writes nothing. None when those are less than a week old.

    `labels` are the words of practice areas in the report's language, `no_department` those for people without one.
    """
    today = _today(cohort, at)
    latest = latest_snapshot(session, cohort.id)
    soonest = next_report_on(latest)
    if soonest is not None and today < soonest:
        return None
    before = MadeReport(CohortReport.from_document(latest.document), latest.answers) if latest else None
    program = session.get_one(Program, cohort.program_id)
    return cohort_report(
        people_rows(session, cohort.id),
        reported_changes(session, cohort.id, today=today),
        circle_rows(session, cohort.id, at=at),
        program_name=program.name,
        cohort_name=cohort.name,
        today=today,
        last_session_on=_last_session_on(session, cohort),
        area_labels=labels,
        no_department=no_department,
        before=before,
        language=language,
    )


def keep_figures(session: Session, cohort_id: UUID, made: MadeReport, *, at: datetime) -> ReportSnapshot:
    """Store what was counted; figures of the same day that are there already stand."""
    day = made.report.made_on
    standing = latest_snapshot(session, cohort_id)
    if standing is not None and standing.taken_on >= day:
        return standing
    snapshot = ReportSnapshot(
        cohort_id=cohort_id, taken_on=day, taken_at=at, document=made.report.to_document(), answers=made.answers
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def people_rows(session: Session, cohort_id: UUID) -> list[PersonRow]:
    """Everyone who takes part, with their department."""
    rows = session.execute(
        select(Enrollment.person_id, Person.department, Enrollment.state)
        .join(Person, Person.id == Enrollment.person_id)
        .where(
            Enrollment.cohort_id == cohort_id,
            Enrollment.state.in_([EnrollmentState.ENROLLED, EnrollmentState.PLACED]),
        )
    )
    return [PersonRow(str(row[0]), row[1], row[2] is EnrollmentState.PLACED) for row in rows]


def reported_changes(session: Session, cohort_id: UUID, *, today: date) -> list[ReportedChange]:
    """The changes that members show their circle: status, how often at the start and last, never a word of them."""
    ours = select(PracticeChange.id).join(Circle, Circle.id == PracticeChange.circle_id)
    ours = ours.where(Circle.cohort_id == cohort_id, PracticeChange.visibility == Visibility.CIRCLE)
    by_day = func.row_number().over
    ranked = (
        select(
            CheckIn.change_id,
            CheckIn.frequency,
            by_day(partition_by=CheckIn.change_id, order_by=CheckIn.on_date).label("up"),
            by_day(partition_by=CheckIn.change_id, order_by=CheckIn.on_date.desc()).label("down"),
        )
        .where(CheckIn.change_id.in_(ours), CheckIn.frequency.is_not(None))
        .subquery()
    )
    often = (
        select(
            ranked.c.change_id,
            func.max(case((ranked.c.up == 1, ranked.c.frequency))).label("start"),
            func.max(case((ranked.c.down == 1, ranked.c.frequency))).label("latest"),
            func.count().label("number"),
        )
        .group_by(ranked.c.change_id)
        .subquery()
    )
    seen = exists().where(Witness.change_id == PracticeChange.id, Witness.at.is_not(None))
    rows = session.execute(
        select(
            PracticeChange.id,
            PracticeChange.person_id,
            PracticeChange.area,
            PracticeChange.status,
            PracticeChange.baseline,
            often.c.start,
            often.c.latest,
            often.c.number,
            case((seen, 1), else_=0),
        )
        .outerjoin(often, often.c.change_id == PracticeChange.id)
        .where(PracticeChange.id.in_(ours))
    )
    silent = _awaiting(session, ours, today=today)
    return [
        ReportedChange(
            person_key=str(person_id),
            area=area,
            status=status.value,
            start=baseline if baseline is not None else start,
            latest=latest if (number or 0) > 1 else None,
            awaits_answer=change_id in silent,
            witnessed=bool(witnessed),
        )
        for change_id, person_id, area, status, baseline, start, latest, number, witnessed in rows
    ]


def _awaiting(session: Session, ours: object, *, today: date) -> set[UUID]:
    """Changes whose latest follow-up that is due has no answer."""
    latest = (
        select(FollowUp.change_id, func.max(FollowUp.due_on).label("due_on"))
        .where(FollowUp.change_id.in_(ours), FollowUp.due_on <= today)  # type: ignore[arg-type]
        .group_by(FollowUp.change_id)
        .subquery()
    )
    return set(
        session.scalars(
            select(FollowUp.change_id)
            .join(latest, (latest.c.change_id == FollowUp.change_id) & (latest.c.due_on == FollowUp.due_on))
            .where(FollowUp.answered_at.is_(None))
        )
    )


def circle_rows(session: Session, cohort_id: UUID, *, at: datetime) -> list[CircleRow]:
    """Every circle's operations: members, sessions held or not, and how many came."""
    circles = session.execute(
        select(Circle.id, Circle.name, func.count(Membership.id))
        .outerjoin(Membership, (Membership.circle_id == Circle.id) & Membership.left_at.is_(None))
        .where(Circle.cohort_id == cohort_id)
        .group_by(Circle.id, Circle.name)
        .order_by(Circle.name)
    ).all()
    came: dict[UUID, list[int]] = {}
    rows = session.execute(
        select(Season.circle_id, CircleSession.present)
        .join(CircleSession, CircleSession.season_id == Season.id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(
            Circle.cohort_id == cohort_id,
            CircleSession.state == SessionState.HELD,
            CircleSession.present.is_not(None),
        )
        .order_by(CircleSession.starts_at)
    )
    for circle_id, present in rows:
        came.setdefault(circle_id, []).append(present or 0)
    words = _rings(session, [row[0] for row in circles], at=at)
    return [CircleRow(name, members, tuple(words[key]), tuple(came.get(key, ()))) for key, name, members in circles]


def _rings(session: Session, circle_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for start in range(0, len(circle_ids), 1000):
        found |= rings(session, circle_ids[start : start + 1000], at=at)
    return found


def _last_session_on(session: Session, cohort: Cohort) -> date | None:
    last = session.scalar(
        select(func.max(CircleSession.ends_at))
        .join(Season, Season.id == CircleSession.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == cohort.id, CircleSession.state != SessionState.CANCELLED)
    )
    return last.astimezone(ZoneInfo(cohort.timezone)).date() if last else None


def _today(cohort: Cohort, at: datetime) -> date:
    return at.astimezone(ZoneInfo(cohort.timezone)).date()
