"""Reading a match draft: the revision that stands, and the part of its circles and people that a page shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.errors import N_, DomainError
from circles.models import Cohort, DraftCircle, DraftLeft, MatchDraft
from circles.queries.paging import PAGE_SIZE, Page, bounds

Kind = type[DraftCircle] | type[DraftLeft]
#: Circles offered at once as a place for someone.
MOST_TARGETS = 100


def latest_draft(session: Session, cohort: Cohort) -> MatchDraft | None:
    """The revision that the board shows, its search loaded but for the seating."""
    return draft_at(session, cohort, cohort.draft_revision)


def draft_at(session: Session, cohort: Cohort, revision: int) -> MatchDraft | None:
    """One revision of a cohort's draft."""
    return session.scalar(
        select(MatchDraft)
        .where(MatchDraft.cohort_id == cohort.id, MatchDraft.revision == revision)
        .options(joinedload(MatchDraft.search))
    )


def circles_shown(session: Session, draft: MatchDraft, show: str, page: int, size: int) -> Page[DraftCircle]:
    """One page of a draft's circles: those worth a look, the worst first; "all" by name; or those "moved" by hand."""
    total = int(draft.figures[{"all": "circles"}.get(show, show)])
    page, pages, offset = bounds(page, total, size)
    wanted = select(DraftCircle).where(*_standing(DraftCircle, draft))
    if show == "look":
        wanted = wanted.where(DraftCircle.look).order_by(DraftCircle.valid, DraftCircle.score, DraftCircle.name)
    elif show == "moved":
        wanted = wanted.where(DraftCircle.moved).order_by(DraftCircle.name)
    else:
        wanted = wanted.order_by(DraftCircle.name)
    return Page(session.scalars(wanted.limit(size).offset(offset)).all(), page, pages, total)


def quiet_circles(session: Session, draft: MatchDraft, most: int) -> Sequence[DraftCircle]:
    """The best of the circles that need no look."""
    return session.scalars(
        select(DraftCircle)
        .where(*_standing(DraftCircle, draft), DraftCircle.look.is_(False))
        .order_by(DraftCircle.score.desc(), DraftCircle.name)
        .limit(most)
    ).all()


def circles_around(session: Session, draft: MatchDraft, but: UUID, most: int) -> Sequence[DraftCircle]:
    """The best circles but one that may change and keep every firm rule."""
    return session.scalars(
        select(DraftCircle)
        .where(*_standing(DraftCircle, draft), DraftCircle.locked.is_(False), DraftCircle.valid, DraftCircle.id != but)
        .order_by(DraftCircle.score.desc(), DraftCircle.name)
        .limit(most)
    ).all()


def left_over(session: Session, draft: MatchDraft, page: int = 1, size: int = PAGE_SIZE) -> Page[DraftLeft]:
    """One page of the people without a circle."""
    total = int(draft.figures["unplaced"])
    page, pages, offset = bounds(page, total, size)
    wanted = select(DraftLeft).where(*_standing(DraftLeft, draft)).order_by(DraftLeft.position, DraftLeft.id)
    return Page(session.scalars(wanted.limit(size).offset(offset)).all(), page, pages, total)


def circle_named(session: Session, draft: MatchDraft, name: str) -> DraftCircle:
    """One circle of a draft. Raises DomainError when there is none of that name."""
    found = session.scalar(select(DraftCircle).where(*_standing(DraftCircle, draft), DraftCircle.name == name))
    if found is None:
        raise DomainError(N_("There is no circle %(name)s in this draft any more."), name=name)
    return found


def place_of(session: Session, draft: MatchDraft, person: str) -> DraftCircle | DraftLeft:
    """The circle that someone is in, or their row among those left over. Raises DomainError for strangers."""
    try:
        enrollment = UUID(person)
    except ValueError:
        raise _stranger() from None
    left = session.scalar(
        select(DraftLeft).where(*_standing(DraftLeft, draft), DraftLeft.enrollment_id == enrollment).limit(1)
    )
    if left is not None:
        return left
    circle = session.scalar(
        select(DraftCircle)
        .where(*_standing(DraftCircle, draft), cast(DraftCircle.members, Text).contains(str(enrollment)))
        .limit(1)
    )
    if circle is None:
        raise _stranger()
    return circle


def open_circles(session: Session, draft: MatchDraft, *, but: str, words: str, largest: int) -> Sequence[DraftCircle]:
    """Circles someone can be put into, by name: not kept as they are, not full; their name holds some words."""
    full = func.json_array_length(DraftCircle.members) >= largest
    wanted = select(DraftCircle).where(
        *_standing(DraftCircle, draft), DraftCircle.name != but, DraftCircle.locked.is_(False), ~full
    )
    if words.strip():
        wanted = wanted.where(DraftCircle.name.icontains(words.strip()[:80], autoescape=True))
    return session.scalars(wanted.order_by(DraftCircle.name).limit(MOST_TARGETS)).all()


def kept_circles(session: Session, draft: MatchDraft) -> Sequence[DraftCircle]:
    """The circles that a lead keeps as they are in later searches."""
    return session.scalars(
        select(DraftCircle).where(*_standing(DraftCircle, draft), DraftCircle.locked).order_by(DraftCircle.name)
    ).all()


def left_out(session: Session, draft: MatchDraft, *, excluded: bool) -> Sequence[DraftLeft]:
    """Everyone without a circle, either those left out on purpose or the others."""
    return session.scalars(
        select(DraftLeft)
        .where(*_standing(DraftLeft, draft), DraftLeft.excluded.is_(excluded))
        .order_by(DraftLeft.position, DraftLeft.id)
    ).all()


def circles_brief(session: Session, draft: MatchDraft) -> Sequence[tuple[str, list[str], float]]:
    """Name, members and score of every circle of a draft, by name."""
    rows = session.execute(
        select(DraftCircle.name, DraftCircle.members, DraftCircle.score)
        .where(*_standing(DraftCircle, draft))
        .order_by(DraftCircle.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def weakest_score(session: Session, draft: MatchDraft) -> float | None:
    """The lowest score of a draft's circles; None without any."""
    return session.scalar(select(func.min(DraftCircle.score)).where(*_standing(DraftCircle, draft)))


def circles_with(session: Session, draft: MatchDraft, names: Collection[str]) -> Sequence[DraftCircle]:
    """Some circles of a draft, by name."""
    return session.scalars(
        select(DraftCircle)
        .where(*_standing(DraftCircle, draft), DraftCircle.name.in_(names))
        .order_by(DraftCircle.name)
    ).all()


def broken_circles(session: Session, draft: MatchDraft, most: int) -> list[str]:
    """Names of circles that break a firm rule."""
    return list(
        session.scalars(
            select(DraftCircle.name)
            .where(*_standing(DraftCircle, draft), DraftCircle.valid.is_(False))
            .order_by(DraftCircle.name)
            .limit(most)
        )
    )


def _standing(kind: Kind, draft: MatchDraft) -> tuple[ColumnElement[bool], ...]:
    """What rows of a draft's search must be to stand at its revision."""
    return (
        kind.search_id == draft.search_id,
        kind.since <= draft.revision,
        or_(kind.until.is_(None), kind.until > draft.revision),
    )


def _stranger() -> DomainError:
    return DomainError(N_("This person is not in the draft any more."))
