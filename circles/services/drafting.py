"""The draft of a cohort's match: keeping what a search found, and what a lead changes, revision by revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from circles import draft
from circles.draft import Entry, Figures, Move
from circles.matching import Lock, Proposal
from circles.models import Cohort, CohortState, DraftCircle, DraftLeft, Enrollment, MatchDraft, MatchSearch
from circles.queries import drafts
from circles.services.entries import (
    circle_entry,
    circle_row,
    excluded_entry,
    left_row,
    problem_entry,
    unplaced_entry,
)
from circles.services.matchable import (
    SHOWN_WINDOWS,
    candidate,
    enrolled,
    pairs_met,
    rules_of,
    score_members,
    waiting_people,
)

__all__ = [
    "KEPT_REVISIONS",
    "SHOWN_WINDOWS",
    "Moved",
    "adopt",
    "can_undo",
    "candidate",
    "enrolled",
    "exclude",
    "forget_rows",
    "keep_entries",
    "keep_proposal",
    "latest",
    "lock",
    "locks_of",
    "move",
    "pairs_met",
    "preview_move",
    "rules_of",
    "score_members",
    "store",
    "undo",
    "waiting_people",
]

#: Revisions kept for undo.
KEPT_REVISIONS = 30
#: Rows of a draft written or forgotten in one unit of work.
ROWS_AT_ONCE = 100

latest = drafts.latest_draft


@dataclass(frozen=True, slots=True)
class Moved:
    """The present draft, what moving one person does to it, and its figures afterwards; `step` None = nothing."""

    draft: MatchDraft
    step: Move | None
    figures: Figures


def store(
    session: Session, search: MatchSearch, proposal: Proposal, ids: Mapping[str, str], excluded: Sequence[str]
) -> Iterator[Figures]:
    """Write what a search found, some rows at a time; yields the figures so far, and the caller commits at each.

    `ids` gives the enrollment of each of the proposal's people; `excluded` are enrollment ids that stayed out.
    Nobody sees any of it before `adopt`.
    """
    search.problems = [problem_entry(problem, ids) for problem in proposal.problems]
    left = [unplaced_entry(entry, ids) for entry in proposal.unplaced]
    left += [excluded_entry(key) for key in excluded]
    figures = Figures()
    yield figures
    for start in range(0, len(proposal.circles), ROWS_AT_ONCE):
        entries = [circle_entry(circle, ids) for circle in proposal.circles[start : start + ROWS_AT_ONCE]]
        session.execute(insert(DraftCircle), [circle_row(search.id, entry) for entry in entries])
        figures = figures.changed(come=entries)
        yield figures
    for start in range(0, len(left), ROWS_AT_ONCE):
        rows = [
            left_row(search.id, entry, start + place) for place, entry in enumerate(left[start : start + ROWS_AT_ONCE])
        ]
        session.execute(insert(DraftLeft), rows)
        figures = figures.changed(left=len(rows))
        yield figures


def adopt(
    session: Session,
    cohort: Cohort,
    search: MatchSearch,
    figures: Figures,
    *,
    actor: Person | None,
    at: datetime,
) -> MatchDraft:
    """Make what a search has stored the cohort's draft."""
    search.finished_at, search.seating, search.first = at, None, []
    return _revise(session, cohort, search.id, "match", figures, actor=actor, at=at)


def keep_proposal(
    session: Session,
    cohort: Cohort,
    proposal: Proposal,
    enrollments: Sequence[Enrollment],
    *,
    excluded: Sequence[str],
    actor: Person | None,
    at: datetime,
) -> MatchDraft:
    """Store a small proposal among enrollments whose people are loaded and make it the draft, in one unit of work."""
    ids = {row.person.email_key: str(row.id) for row in enrollments}
    search = _ended_search(cohort, actor, at)
    search.seed, search.asked, search.used = proposal.seed, proposal.seconds, proposal.seconds
    search.score, search.bound, search.bound_kind = proposal.score, proposal.bound, proposal.bound_kind
    session.add(search)
    session.flush()
    figures = Figures()
    for figures in store(session, search, proposal, ids, excluded):  # noqa: B007 (the last ones are used)
        session.flush()
    search.circles, search.placed, search.people = figures.circles, figures.placed, figures.people
    return adopt(session, cohort, search, figures, actor=actor, at=at)


def keep_entries(
    session: Session,
    cohort: Cohort,
    circles: Sequence[Entry],
    left: Sequence[Entry],
    *,
    actor: Person | None,
    at: datetime,
) -> MatchDraft:
    """Make circles and people left over, as entries, the cohort's draft."""
    search = _ended_search(cohort, actor, at)
    session.add(search)
    session.flush()
    if circles:
        session.execute(insert(DraftCircle), [circle_row(search.id, entry) for entry in circles])
    if left:
        session.execute(insert(DraftLeft), [left_row(search.id, entry, place) for place, entry in enumerate(left)])
    figures = draft.figures_of(circles, len(left))
    return adopt(session, cohort, search, figures, actor=actor, at=at)


def locks_of(circles: Sequence[DraftCircle], keys: Mapping[str, str]) -> list[Lock]:
    """The circles a lead keeps; `keys` maps enrollment ids to the engine's keys. Gone people drop out of a lock."""
    return [
        Lock(circle.name, tuple(keys[member] for member in circle.members if member in keys))
        for circle in circles
        if circle.locked
    ]


def preview_move(session: Session, cohort: Cohort, revision: int, person: str, to: str | None) -> Moved:
    """The present draft, and what one person in another circle would make of it; nothing is kept.

    `to` None puts them among the people left over. Raises DomainError.
    """
    current = _current(session, cohort, revision)
    figures = Figures(**current.figures)
    place = drafts.place_of(session, current, person)
    if (place.name if isinstance(place, DraftCircle) else None) == to:
        return Moved(current, None, figures)
    target = drafts.circle_named(session, current, to).entry if to is not None else None
    step = draft.move(
        person,
        place.entry if isinstance(place, DraftCircle) else None,
        target,
        left=place.entry if isinstance(place, DraftLeft) else None,
        score=lambda members: score_members(session, cohort, members),
        largest=cohort.size_max,
    )
    return Moved(current, step, step.figures(figures))


def move(
    session: Session, cohort: Cohort, revision: int, person: str, to: str | None, *, actor: Person, at: datetime
) -> MatchDraft:
    """Move one person by hand; the touched circles are scored anew. Raises DomainError, also for an old draft."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    moved = preview_move(session, cohort, revision, person, to)
    if moved.step is None:
        return moved.draft
    made = _revise(session, cohort, moved.draft.search_id, "move", moved.figures, actor=actor, at=at)
    for old, new in moved.step.circles:
        _replace(session, drafts.circle_named(session, moved.draft, old["name"]), made, new)
    if moved.step.left is not None:
        row = drafts.place_of(session, moved.draft, person)
        row.until = made.revision
    if moved.step.leaves is not None:
        place = int(moved.figures.unplaced)
        session.add(DraftLeft(**{**left_row(made.search_id, moved.step.leaves, place), "since": made.revision}))
    session.flush()
    return made


def lock(
    session: Session, cohort: Cohort, revision: int, name: str, *, locked: bool, actor: Person, at: datetime
) -> MatchDraft:
    """Keep a circle as it is in later searches, or free it."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    current = _current(session, cohort, revision)
    row = drafts.circle_named(session, current, name)
    made = _revise(session, cohort, current.search_id, "lock", Figures(**current.figures), actor=actor, at=at)
    _replace(session, row, made, {**row.entry, "locked": locked})
    session.flush()
    return made


def exclude(
    session: Session, cohort: Cohort, revision: int, person: str, *, excluded: bool, actor: Person, at: datetime
) -> MatchDraft:
    """Leave someone out of later searches, or let them in again; only people without a circle."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    current = _current(session, cohort, revision)
    row = drafts.place_of(session, current, person)
    if not isinstance(row, DraftLeft):
        raise DomainError(N_("Take this person out of the circle first."))
    made = _revise(session, cohort, current.search_id, "exclude", Figures(**current.figures), actor=actor, at=at)
    values = left_row(row.search_id, {**row.entry, "excluded": excluded}, row.position)
    row.until = made.revision
    session.add(DraftLeft(**{**values, "since": made.revision}))
    session.flush()
    return made


def undo(session: Session, cohort: Cohort, revision: int, *, actor: Person, at: datetime) -> str:
    """Go back to the revision before; says what was undone. Raises DomainError when there is none."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    current = _current(session, cohort, revision)
    before = _revision_before(session, cohort)
    if before is None:
        raise DomainError(N_("There is nothing to undo."))
    cohort.draft_revision = before
    session.flush()
    audit.record(session, "draft.undone", "cohort", cohort.id, actor_id=actor.id, at=at, revision=revision)
    return current.action


def can_undo(session: Session, cohort: Cohort) -> bool:
    """Whether there is a revision before the present one."""
    return _revision_before(session, cohort) is not None


def forget_rows(session: Session, cohort: Cohort, *, but: UUID | None = None) -> Iterator[int]:
    """Delete searches no revision stands on, some rows at a time; the caller commits at each yield."""
    used = select(MatchDraft.search_id).where(MatchDraft.cohort_id == cohort.id)
    wanted = select(MatchSearch.id).where(MatchSearch.cohort_id == cohort.id, MatchSearch.id.not_in(used))
    for search_id in session.scalars(wanted if but is None else wanted.where(MatchSearch.id != but)).all():
        yield from forget_found(session, search_id)
        session.execute(delete(MatchSearch).where(MatchSearch.id == search_id))
        yield 1


def forget_found(session: Session, search_id: UUID) -> Iterator[int]:
    """Delete what one search has stored, some rows at a time; the caller commits at each yield."""
    for kind in (DraftCircle, DraftLeft):
        while ids := session.scalars(select(kind.id).where(kind.search_id == search_id).limit(ROWS_AT_ONCE)).all():
            session.execute(delete(kind).where(kind.id.in_(ids)).execution_options(synchronize_session=False))
            yield len(ids)


def _revision_before(session: Session, cohort: Cohort) -> int | None:
    return session.scalar(
        select(func.max(MatchDraft.revision)).where(
            MatchDraft.cohort_id == cohort.id, MatchDraft.revision < cohort.draft_revision
        )
    )


def _current(session: Session, cohort: Cohort, revision: int) -> MatchDraft:
    if cohort.state is not CohortState.MATCHING:
        raise DomainError(N_("This cohort is not being matched any more."))
    current = latest(session, cohort)
    if current is None or current.revision != revision:
        raise DomainError(N_("Someone else changed the draft meanwhile. Load the page again; nothing changed."))
    return current


def _revise(
    session: Session,
    cohort: Cohort,
    search_id: UUID,
    action: str,
    figures: Figures,
    *,
    actor: Person | None,
    at: datetime,
) -> MatchDraft:
    """Store a revision after the present one; revisions that were undone before are gone."""
    _cut(session, cohort, search_id)
    made = MatchDraft(
        cohort_id=cohort.id,
        revision=cohort.draft_revision + 1,
        action=action,
        search_id=search_id,
        score=figures.score,
        figures=figures.stored(),
        created_by=actor.id if actor else None,
        created_at=at,
    )
    session.add(made)
    cohort.draft_revision = made.revision
    session.flush()
    audit.record(session, f"draft.{action}", "cohort", cohort.id, actor_id=actor.id if actor else None, at=at)
    return made


def _cut(session: Session, cohort: Cohort, search_id: UUID) -> None:
    """Forget revisions that were undone and those too old to go back to, with the rows only they show."""
    present, oldest = cohort.draft_revision, cohort.draft_revision + 2 - KEPT_REVISIONS
    session.execute(
        delete(MatchDraft).where(
            MatchDraft.cohort_id == cohort.id, (MatchDraft.revision > present) | (MatchDraft.revision < oldest)
        )
    )
    for kind in (DraftCircle, DraftLeft):
        session.execute(
            delete(kind)
            .where(kind.search_id == search_id, or_(kind.since > present, kind.until <= oldest))
            .execution_options(synchronize_session="fetch")
        )
        session.execute(
            update(kind)
            .where(kind.search_id == search_id, kind.until > present)
            .values(until=None)
            .execution_options(synchronize_session="fetch")
        )


def _replace(session: Session, row: DraftCircle, made: MatchDraft, entry: Entry | None) -> None:
    """Let one circle's row end with a revision, and another stand from it on unless the circle is gone."""
    row.until = made.revision
    if entry is not None:
        session.add(DraftCircle(**{**circle_row(made.search_id, entry), "since": made.revision}))


def _ended_search(cohort: Cohort, actor: Person | None, at: datetime) -> MatchSearch:
    return MatchSearch(
        cohort_id=cohort.id,
        seed=1,
        asked=0.0,
        share=1.0,
        created_by=actor.id if actor else None,
        created_at=at,
        finished_at=at,
    )
