"""Running circles that someone without a circle could join: a free place, suiting hours, no firm rule broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import Person
from circles.availability import CELLS_PER_DAY, WeeklyGrid
from circles.matching import among_themselves, score_circle
from circles.models import Circle, Cohort, Enrollment
from circles.services import drafting
from scheduling.models import CircleSession, Season, SessionState

#: Circles scored for one person; the emptiest first.
MOST_SCORED = 40
#: Rules that an existing circle's weekly time answers by itself.
ANSWERED_BY_TIME = frozenset({"hours", "size", "kept", "together"})


@dataclass(frozen=True, slots=True)
class Fit:
    """One circle someone could join: its members, next session, score with them, and what stands against it."""

    circle: Circle
    members: int
    next_session: CircleSession
    score: float
    broken: tuple[str, ...]


def fits_for(session: Session, cohort: Cohort, enrollment: Enrollment, *, at: datetime) -> list[Fit]:
    """Circles of a cohort with a free place whose sessions to come all suit a person's hours, best first.

    `enrollment.person`, its manager and its wishes are loaded.
    """
    grid = WeeklyGrid.parse(enrollment.available, enrollment.preferred)
    seasons = session.scalars(
        select(Season)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == cohort.id, Circle.ended_at.is_(None), Season.ended_at.is_(None))
        .options(selectinload(Season.sessions), joinedload(Season.circle).selectinload(Circle.memberships))
    ).all()
    open_seasons: list[tuple[int, Season, list[CircleSession]]] = []
    for season in seasons:
        present = sum(1 for membership in season.circle.memberships if membership.left_at is None)
        to_come = [m for m in season.sessions if m.state is SessionState.PLANNED and m.starts_at > at]
        if present < cohort.size_max and to_come and all(_suits(grid, enrollment.timezone, m) for m in to_come):
            open_seasons.append((present, season, to_come))
    open_seasons.sort(key=lambda entry: (entry[0], entry[1].circle.name))
    fits = [_fit(session, cohort, enrollment, *entry) for entry in open_seasons[:MOST_SCORED]]
    return sorted(fits, key=lambda fit: (len(fit.broken), fit.members >= cohort.size_min, -fit.score))


def _suits(grid: WeeklyGrid, timezone: str, meeting: CircleSession) -> bool:
    """Whether every half hour that a session touches on someone's wall clock is one they can."""
    zone = ZoneInfo(timezone)
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    first = start.weekday() * CELLS_PER_DAY + start.hour * 2 + start.minute // 30
    last = end.weekday() * CELLS_PER_DAY + end.hour * 2 + -(-end.minute // 30)
    count = (last - first) % (7 * CELLS_PER_DAY)
    return all((first + step) % (7 * CELLS_PER_DAY) in grid.can for step in range(count))


def _fit(
    session: Session,
    cohort: Cohort,
    enrollment: Enrollment,
    present: int,
    season: Season,
    to_come: Sequence[CircleSession],
) -> Fit:
    ids = [m.enrollment_id for m in season.circle.memberships if m.left_at is None and m.enrollment_id]
    rows = session.scalars(
        select(Enrollment)
        .where(Enrollment.id.in_(ids))
        .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
    ).all()
    people = among_themselves(tuple(drafting.candidate(row) for row in [*rows, enrollment]))
    # The members have met by now; only whether the newcomer met them before speaks for or against the circle.
    among = select(Enrollment.person_id).where(Enrollment.id.in_([*ids, enrollment.id]))
    own = enrollment.person.email_key
    met = [pair for pair in drafting.pairs_met(session, among) if own in pair]
    score = score_circle(people, drafting.rules_of(cohort), met)
    against = tuple(sorted({one.rule for one in score.broken} - ANSWERED_BY_TIME))
    return Fit(season.circle, present, to_come[0], score.quality, against)


def waiting_enrollment(session: Session, cohort: Cohort, enrollment_id: UUID) -> Enrollment | None:
    """One enrollment of a cohort with what `fits_for` needs."""
    found: Enrollment | None = session.scalar(
        select(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.cohort_id == cohort.id)
        .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
    )
    return found
