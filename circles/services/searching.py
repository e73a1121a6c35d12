"""Searches for a cohort's circles: starting, following, stopping one, and going on where a worker was lost."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job
from circles.matching.proposal import Progress
from circles.models import Cohort, CohortState, MatchDraft, MatchSearch
from circles.queries.work import search_under_way
from circles.services import cohorts

MATCH = "circles.match"
WHAT_IF = "circles.what_if"
CHECK = "circles.find_problems"
#: Seconds that working out costs may take.
WHAT_IF_SECONDS = 60.0
#: Circles shown while a search runs.
FIRST_CIRCLES = 6
#: A search may take so many seconds.
LONGEST = 3600

Seating = Sequence[Sequence[str]]


def start_search(
    session: Session, cohort: Cohort, *, seconds: float, seed: int, actor: Person, at: datetime
) -> MatchSearch:
    """Start a search around what the lead has kept; the one under way, if any, instead.

    Raises DomainError outside matching, or with nobody to match.
    """
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    if cohort.state is not CohortState.MATCHING:
        raise DomainError(N_("Close enrollment first; then people can be matched."))
    people = cohorts.count_in(session, cohort)
    if not people:
        raise DomainError(N_("Nobody has enrolled yet, so there is nobody to match."))
    running = search_under_way(session, cohort.id)
    if running is not None:
        return search_of_job(session, running)
    search = MatchSearch(
        cohort_id=cohort.id, seed=seed, asked=min(seconds, LONGEST), people=people, created_by=actor.id, created_at=at
    )
    session.add(search)
    session.flush()
    payload = {"cohort": str(cohort.id), "search": str(search.id)}
    job = ledger.enqueue(session, MATCH, payload, key=f"match:{cohort.id}:{search.id}", at=at, owner_id=actor.id)
    search.job_id = job.id
    session.flush()
    return search


def start_what_if(session: Session, cohort: Cohort, draft: MatchDraft, *, actor: Person, at: datetime) -> Job:
    """Work out what each lock, rule and wish of a draft costs; asked again for the same revision, the same job.

    Raises DomainError outside matching, and without circles.
    """
    if cohort.state is not CohortState.MATCHING:
        raise DomainError(N_("This cohort is not being matched any more."))
    if not draft.figures["circles"]:
        raise DomainError(N_("There is no circle yet, so nothing costs anything."))
    payload = {"cohort": str(cohort.id), "revision": draft.revision, "seconds": WHAT_IF_SECONDS}
    return ledger.enqueue(session, WHAT_IF, payload, key=f"what-if:{draft.id}", at=at, owner_id=actor.id)


def start_check(session: Session, cohort: Cohort, *, actor: Person, at: datetime) -> Job:
    """Look for what contradicts itself in the answers of a cohort's people, before they are matched."""
    payload = {"cohort": str(cohort.id)}
    return ledger.enqueue(
        session, CHECK, payload, key=f"{CHECK}:{cohort.id}:{at.isoformat()}", at=at, owner_id=actor.id
    )


def latest_check(session: Session, cohort: Cohort) -> Job | None:
    """The last look for contradictions, done or not."""
    prefix = f"{CHECK}:{cohort.id}:"
    return session.scalar(
        select(Job).where(Job.key.startswith(prefix, autoescape=True)).order_by(Job.id.desc()).limit(1)
    )


def search_of_job(session: Session, job: Job) -> MatchSearch:
    """The search that a job does. Raises DomainError when it is gone, after newer ones."""
    found = session.scalar(select(MatchSearch).where(MatchSearch.job_id == job.id))
    if found is None:
        raise DomainError(N_("This search is over, and newer ones followed."))
    return found


def ask_to_stop(session: Session, search: MatchSearch) -> None:
    """Let a search end at once with the best it has found. Raises DomainError before it found any, or when it ended."""
    if search.finished_at is not None:
        raise DomainError(N_("This search has ended already."))
    if search.score is None:
        raise DomainError(N_("The search has found nothing yet. Give it a few seconds more."))
    search.stop_asked = True
    session.flush()


def cancel(session: Session, search: MatchSearch, job: Job, *, at: datetime) -> None:
    """End a search without a result; the draft stays as it is. One that has ended stays so."""
    search.cancel_asked = True
    ledger.cancel(session, job.key, at=at)
    session.flush()


def resumed(session: Session, search_id: UUID) -> tuple[MatchSearch | None, Seating | None]:
    """A search with the best seating it had when its last worker was lost, if it had any."""
    search = session.scalar(
        select(MatchSearch).where(MatchSearch.id == search_id).options(undefer(MatchSearch.seating))
    )
    if search is None or search.seating is None:
        return search, None
    return search, unpacked(search.seating)


def keep_progress(
    session: Session,
    search_id: UUID,
    progress: Progress,
    *,
    ids: Mapping[str, str],
    used: float,
    best: bool,
    at: datetime,
) -> tuple[bool, bool]:
    """Store how far a search is, and with `best` its seating too; whether the lead asked to stop, and to cancel.

    `ids` gives enrollments by the engine's keys. `used` are the seconds used in all, by every worker.
    """
    values: dict[str, object] = {
        "share": round(progress.share, 4),
        "score": progress.score,
        "bound": progress.bound,
        "bound_kind": progress.bound_kind,
        "placed": progress.placed,
        "people": progress.people,
        "used": used,
        "saved_at": at,
    }
    if best:
        values["seating"] = packed(progress.best)
        values["circles"] = len(progress.best)
        values["first"] = [[ids[key] for key in circle if key in ids] for circle in progress.best[:FIRST_CIRCLES]]
    row = session.execute(
        update(MatchSearch)
        .where(MatchSearch.id == search_id)
        .values(**values)
        .returning(MatchSearch.stop_asked, MatchSearch.cancel_asked)
        .execution_options(synchronize_session=False)
    ).first()
    return (bool(row[0]), bool(row[1])) if row else (True, True)


def packed(seating: Seating) -> bytes:
    """A seating as compressed JSON."""
    return zlib.compress(json.dumps([list(circle) for circle in seating]).encode(), 6)


def unpacked(blob: bytes) -> Seating:
    """The seating that `packed` made."""
    return tuple(tuple(circle) for circle in json.loads(zlib.decompress(blob)))
