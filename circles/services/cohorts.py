"""Cohorts: making, changing, copying, and the steps from draft to finished."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import audit, tokens
from app.accounts.models import Person
from app.errors import N_, DomainError, Expired, InvalidInput
from app.i18n import is_timezone
from circles.attributes import Question, Treated, check_questions
from circles.models import Cadence, Cohort, CohortState, Enrollment, EnrollmentState, Objective, Program
from circles.rhythm import Span, span_of, weeks_of

#: Steps that may follow each state.
STEPS: dict[CohortState, frozenset[CohortState]] = {
    CohortState.DRAFT: frozenset({CohortState.ENROLLING}),
    CohortState.ENROLLING: frozenset({CohortState.MATCHING, CohortState.DRAFT}),
    CohortState.MATCHING: frozenset({CohortState.ENROLLING, CohortState.PUBLISHING}),
    CohortState.PUBLISHING: frozenset({CohortState.RUNNING, CohortState.MATCHING}),
    CohortState.RUNNING: frozenset({CohortState.FINISHED}),
    CohortState.FINISHED: frozenset(),
}

MOST_SESSIONS = 60
#: How many years from today the days of a plan may lie; beyond is a slip of the keyboard.
MOST_YEARS_AWAY = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lead decides about a cohort; checked as a whole by `check`."""

    name: str
    purpose: str
    timezone: str
    starts_on: date
    cadence: Cadence
    chosen_dates: tuple[date, ...]
    sessions: int
    minutes: int
    size_min: int
    size_target: int
    size_max: int
    slots: int
    enroll_from: date
    enroll_until: date
    approval_required: bool
    managers_take_part: bool
    topics: tuple[str, ...]
    weights: dict[str, float]
    objective: Objective = Objective.TOTAL
    #: The cohort's own questions, and how circles treat what people are and answer, by department, location, level or
    #: a question's key.
    questions: tuple[Question, ...] = ()
    attributes: dict[str, Treated] = field(default_factory=dict)
    catch_up: bool = False

    def check(self, today: date) -> None:
        """Raises InvalidInput naming the field that cannot be so; no day may be too far from today."""
        if not self.name.strip():
            raise InvalidInput(N_("Give the cohort a name."), field="name")
        if not is_timezone(self.timezone):
            raise InvalidInput(N_("There is no time zone called %(zone)s."), field="timezone", zone=self.timezone)
        if self.minutes % 30 or not 30 <= self.minutes <= 240:
            raise InvalidInput(N_("A session takes 30 minutes to 4 hours, in half hours."), field="minutes")
        if not 1 <= self.slots <= 6:
            raise InvalidInput(N_("A circle needs 1 to 6 weekly times in common."), field="slots")
        if not 3 <= self.size_min <= self.size_target <= self.size_max <= 12:
            raise InvalidInput(N_("Sizes go from least through wanted to most, between 3 and 12."), field="size_target")
        if self.weights and not any(self.weights.values()):
            raise InvalidInput(N_("At least one part of the score must count."), field="weights")
        check_questions(self.questions)
        self._check_days()
        self._check_years(today)

    def _check_years(self, today: date) -> None:
        days = {"enroll_from": self.enroll_from, "enroll_until": self.enroll_until, "starts_on": self.starts_on}
        if self.cadence is Cadence.DATES:
            days |= {"starts_on": min(self.chosen_dates), "chosen_dates": max(self.chosen_dates)}
        for name, day in days.items():
            if abs(day.year - today.year) > MOST_YEARS_AWAY:
                raise InvalidInput(N_("The year %(year)d is too far away."), field=name, year=day.year)

    def _check_days(self) -> None:
        by_dates = self.cadence is Cadence.DATES
        days = "chosen_dates" if by_dates else "starts_on"
        if self.enroll_until < self.enroll_from:
            raise InvalidInput(N_("Enrollment must end after it begins."), field="enroll_until")
        if by_dates and not self.chosen_dates:
            raise InvalidInput(N_("Name the days in whose weeks circles meet."), field=days)
        if not 1 <= (len(self.chosen_dates) if by_dates else self.sessions) <= MOST_SESSIONS:
            raise InvalidInput(
                N_("A cohort meets 1 to %(most)d times."), field=days if by_dates else "sessions", most=MOST_SESSIONS
            )
        if (min(self.chosen_dates) if by_dates else self.starts_on) < self.enroll_until:
            raise InvalidInput(N_("The first session must come after enrollment ends."), field=days)


def create_cohort(session: Session, program: Program, plan: Plan, *, actor: Person, at: datetime) -> Cohort:
    """Make a cohort in draft. Raises InvalidInput."""
    cohort = Cohort(
        program_id=program.id,
        state=CohortState.DRAFT,
        join_nonce=secrets.token_hex(8),
        created_at=at,
        **_columns(plan, at),
    )
    session.add(cohort)
    session.flush()
    audit.record(session, "cohort.created", "cohort", cohort.id, actor_id=actor.id, at=at)
    return cohort


def change_cohort(session: Session, cohort: Cohort, plan: Plan, *, actor: Person, at: datetime) -> None:
    """Change a cohort that is not published yet. Raises DomainError afterwards, InvalidInput for a wrong value.

    Whether managers take part is promised at sign-up and stands once enrollment has begun.
    """
    if cohort.state not in (CohortState.DRAFT, CohortState.ENROLLING, CohortState.MATCHING):
        raise DomainError(N_("This cohort is published; its rhythm and rules stand."))
    if cohort.state is not CohortState.DRAFT and plan.managers_take_part != cohort.managers_take_part:
        raise InvalidInput(
            N_("People signed up knowing whether managers take part; that cannot change now."),
            field="managers_take_part",
        )
    for name, value in _columns(plan, at).items():
        setattr(cohort, name, value)
    session.flush()
    audit.record(session, "cohort.changed", "cohort", cohort.id, actor_id=actor.id, at=at)


def copy_cohort(session: Session, cohort: Cohort, *, name: str, actor: Person, at: datetime) -> Cohort:
    """A new draft with the same rules; enrollment begins within a week of the copy.

    All dates move by whole weeks, so that days of the week stay. Raises InvalidInput without a name.
    """
    moved = timedelta(weeks=-((cohort.enroll_from - at.date()) // timedelta(weeks=1)))
    if not name.strip():
        raise InvalidInput(N_("Give the cohort a name."), field="name")
    columns = {column.name: getattr(cohort, column.name) for column in fields(Plan)}
    columns.update(
        name=name.strip()[:120],
        starts_on=cohort.starts_on + moved,
        enroll_from=cohort.enroll_from + moved,
        enroll_until=cohort.enroll_until + moved,
        chosen_dates=[(date.fromisoformat(day) + moved).isoformat() for day in cohort.chosen_dates],
    )
    copied = Cohort(
        program_id=cohort.program_id, state=CohortState.DRAFT, join_nonce=secrets.token_hex(8), created_at=at, **columns
    )
    session.add(copied)
    session.flush()
    audit.record(session, "cohort.copied", "cohort", copied.id, actor_id=actor.id, at=at)
    return copied


def step(session: Session, cohort: Cohort, to: CohortState, *, actor: Person | None, at: datetime) -> None:
    """Take a cohort to its next state. Raises DomainError when that step does not follow, or nothing would happen."""
    if to not in STEPS[cohort.state]:
        raise DomainError(N_("This cohort has moved on meanwhile. Load the page again."))
    if to is CohortState.MATCHING and cohort.state is CohortState.ENROLLING and not count_in(session, cohort):
        raise DomainError(N_("Nobody has enrolled yet, so there is nobody to match."))
    if to is CohortState.DRAFT and session.scalar(select(func.count()).where(Enrollment.cohort_id == cohort.id)):
        raise DomainError(N_("People were invited already; enrollment can be closed, not undone."))
    cohort.state = to
    if to is CohortState.RUNNING:
        cohort.published_at = at
    if to is CohortState.FINISHED:
        cohort.finished_at = at
    session.flush()
    audit.record(session, f"cohort.{to.value}", "cohort", cohort.id, actor_id=actor.id if actor else None, at=at)


def count_in(session: Session, cohort: Cohort, state: EnrollmentState = EnrollmentState.ENROLLED) -> int:
    """How many people are in one state of enrollment."""
    count = select(func.count()).where(Enrollment.cohort_id == cohort.id, Enrollment.state == state)
    return int(session.scalar(count) or 0)


def join_secret(cohort: Cohort, secret_key: str) -> str:
    """The secret of the cohort's sign-up link, which a lead may be shown again."""
    return tokens.derive(secret_key, "join-cohort", cohort.id, cohort.join_nonce)


def open_join_link(session: Session, cohort: Cohort, secret_key: str, *, at: datetime, renew: bool = False) -> str:
    """Make the sign-up link stand; with `renew`, the old one ends and a new one stands. Returns the secret."""
    if renew:
        tokens.revoke(session, "join-cohort", cohort.id, at=at)
        cohort.join_nonce = secrets.token_hex(8)
        session.flush()
    secret = join_secret(cohort, secret_key)
    known = session.scalar(select(tokens.Token.id).where(tokens.Token.hash == tokens.hash_of(secret)))
    if known is None:
        tokens.issue(session, "join-cohort", cohort.id, at=at, secret=secret)
    return secret


def standing_join_secret(session: Session, cohort: Cohort, secret_key: str, *, at: datetime) -> str | None:
    """The secret of the sign-up link while it works, None when it was never made or has ended."""
    secret = join_secret(cohort, secret_key)
    try:
        tokens.find(session, "join-cohort", secret, at=at)
    except Expired:
        return None
    return secret


def weeks(cohort: Cohort) -> tuple[date, ...]:
    """Mondays of the weeks in which the cohort's circles meet."""
    chosen = [date.fromisoformat(day) for day in cohort.chosen_dates] if cohort.cadence is Cadence.DATES else []
    every = 2 if cohort.cadence is Cadence.FORTNIGHTLY else 1
    return weeks_of(cohort.starts_on, every=every, sessions=cohort.sessions, chosen=chosen)


def span(cohort: Cohort) -> Span:
    """The weeks in which a weekly window must hold."""
    return span_of(weeks(cohort))


def _columns(plan: Plan, at: datetime) -> dict[str, Any]:
    plan.check(at.date())
    columns = asdict(plan)
    columns["questions"] = [question.stored() for question in plan.questions]
    columns["attributes"] = {key: asdict(one) for key, one in plan.attributes.items() if one.weight > 0}
    columns["name"] = plan.name.strip()[:120]
    columns["chosen_dates"] = sorted(day.isoformat() for day in plan.chosen_dates)
    columns["topics"] = list(dict.fromkeys(topic.strip() for topic in plan.topics if topic.strip()))[:40]
    if plan.cadence is Cadence.DATES:
        columns["sessions"] = len(weeks_of(plan.starts_on, every=1, sessions=1, chosen=plan.chosen_dates))
        columns["starts_on"] = min(plan.chosen_dates)
    return columns
