"""Asking people privately whether they can free an hour, so that their circle has one in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from app.mail.desk import Desk
from circles.availability import CELLS_PER_DAY, GridError, WeeklyGrid, format_cells, parse_cells
from circles.models import Circle, Enrollment
from circles.windows import Blockage
from scheduling.models import HourAsk
from scheduling.queries.hours import hours_of
from scheduling.queries.people import active_members
from scheduling.services.poll_mails import tell_asked_for_hour

#: Half hours of the day (06:00 to 22:00) within which people are asked for an hour, while there is one.
DAY_BEGINS, DAY_ENDS = 12, 44
#: Hours that one person is asked for.
OFFERED = 4


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What blocks, without anybody's name or hours: how many have not said when, and how many the nearest hours miss.

    `weeks` is in how many of all the weeks the nearest hour fails; fewer than all means that clock changes break it.
    """

    unsaid: int
    blocked: int
    weeks: int


def obstacle(why: Blockage) -> Obstacle:
    """What may be said about a blockage."""
    nearest = why.smallest or (why.nearest[0] if why.nearest else None)
    if nearest is None:
        return Obstacle(len(why.unsaid), 0, 0)
    return Obstacle(len(why.unsaid), len(nearest.blocked), max((one.weeks for one in nearest.blocked), default=0))


def helping_hours(why: Blockage) -> dict[UUID, list[str]]:
    """For each person who blocks, the spells on their own clock that would open one of the nearest hours.

    Somebody who has not said when they could is asked for hours of any kind: an empty list.
    """
    misses = list(why.nearest)
    if why.smallest is not None and why.smallest not in misses:
        misses.insert(0, why.smallest)
    found: dict[UUID, list[frozenset[int]]] = {key: [] for key in why.unsaid if isinstance(key, UUID)}
    for miss in misses:
        for blocked in miss.blocked:
            if isinstance(blocked.key, UUID) and blocked.cells not in found.setdefault(blocked.key, []):
                found[blocked.key].append(blocked.cells)
    return {key: [format_cells(cells) for cells in _askable(spells)[:OFFERED]] for key, spells in found.items()}


def _askable(spells: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Those by day; those at night only when there is nothing else to ask for."""
    by_day = [cells for cells in spells if all(DAY_BEGINS <= cell % CELLS_PER_DAY < DAY_ENDS for cell in cells)]
    return by_day or list(spells)


def ask_privately(session: Session, circle: Circle, why: Blockage, *, actor: Person, desk: Desk, at: datetime) -> int:
    """Ask each person who blocks whether they can free an hour; who is being asked already is not asked again.

    `circle` has its people loaded. Says how many were asked now. Raises DomainError when nobody is left to ask.
    """
    session.execute(select(Circle.id).where(Circle.id == circle.id).with_for_update())
    people = {member.person_id: member.person for member in active_members(circle)}
    waiting = set(
        session.scalars(select(HourAsk.person_id).where(HourAsk.circle_id == circle.id, HourAsk.answered_at.is_(None)))
    )
    asked = 0
    for person_id, spells in helping_hours(why).items():
        if person_id not in people or person_id in waiting:
            continue
        ask = HourAsk(circle_id=circle.id, person_id=person_id, spells=spells, asked_by=actor.id, asked_at=at)
        session.add(ask)
        session.flush()
        session.refresh(ask, ["circle"])
        tell_asked_for_hour(session, ask, people[person_id], desk=desk, at=at)
        asked += 1
    if not asked:
        raise DomainError(N_("They have been asked already and have not answered yet."))
    return asked


def free_hours(session: Session, ask: HourAsk, chosen: Sequence[int], *, at: datetime) -> None:
    """Add the chosen spells (by place in the list) to the person's hours. Raises InvalidInput when none is chosen."""
    _must_wait(ask)
    spells = [ask.spells[place] for place in chosen if 0 <= place < len(ask.spells)]
    if not spells:
        raise InvalidInput(N_("Choose an hour, or say that you cannot."), field="spells")
    enrollment = _enrollment(session, ask)
    if enrollment is None:
        raise DomainError(N_("Your answers for this cohort are gone, so hours cannot be added."))
    enrollment.available = _with(enrollment.available, spells)
    ask.answered_at, ask.freed = at, True
    session.flush()


def cannot(session: Session, ask: HourAsk, *, at: datetime) -> None:
    """Say that no hour can be freed; nobody learns who said so."""
    _must_wait(ask)
    ask.answered_at, ask.freed = at, False
    session.flush()


def enrollment_of_ask(session: Session, ask: HourAsk) -> UUID | None:
    """The enrollment whose hours an answer adds to."""
    enrollment = _enrollment(session, ask)
    return enrollment.id if enrollment else None


def _must_wait(ask: HourAsk) -> None:
    if ask.answered_at is not None:
        raise DomainError(N_("You have answered this already."))


def _enrollment(session: Session, ask: HourAsk) -> Enrollment | None:
    session.refresh(ask.circle, ["memberships"])
    own = [member for member in active_members(ask.circle) if member.person_id == ask.person_id]
    return hours_of(session, own).get(ask.person_id)


def _with(available: str, spells: Iterable[str]) -> str:
    try:
        cells = WeeklyGrid.parse(available).can
    except GridError:
        cells = frozenset()
    for spell in spells:
        cells |= parse_cells(spell)
    return format_cells(cells)
