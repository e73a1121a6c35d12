"""The match of a cohort: the job that searches, and the draft that a lead changes revision by revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job
from circles import draft
from circles.matching import Lock, Proposal
from circles.models import Cohort, CohortState, Enrollment, MatchDraft
from circles.services import cohorts
from circles.services.matchable import (
    SHOWN_WINDOWS,
    candidate,
    enrolled,
    facts_entry,
    pairs_met,
    remark_entry,
    rules_of,
    score_members,
    slot_entry,
    waiting_people,
)

__all__ = [
    "KEPT_REVISIONS",
    "MATCH",
    "SHOWN_WINDOWS",
    "can_undo",
    "candidate",
    "enrolled",
    "exclude",
    "keep_found",
    "keep_proposal",
    "latest",
    "lock",
    "locks_of",
    "move",
    "pairs_met",
    "preview_move",
    "rules_of",
    "score_members",
    "start_match",
    "undo",
    "waiting_people",
]


MATCH = "circles.match"


#: Revisions kept for undo.
KEPT_REVISIONS = 30


def start_match(session: Session, cohort: Cohort, *, seconds: float, seed: int, actor: Person, at: datetime) -> Job:
    """Start a search around what the lead has kept. Raises DomainError outside matching, or with nobody to match."""
    if cohort.state is not CohortState.MATCHING:
        raise DomainError(N_("Close enrollment first; then people can be matched."))
    if not cohorts.count_in(session, cohort):
        raise DomainError(N_("Nobody has enrolled yet, so there is nobody to match."))
    payload = {"cohort": str(cohort.id), "seconds": seconds, "seed": seed}
    key = f"match:{cohort.id}:{cohort.draft_revision}:{seed}:{at.timestamp():.0f}"
    return ledger.enqueue(session, MATCH, payload, key=key, at=at, owner_id=actor.id)


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
    """Store what a search found among enrollments whose people are loaded; see `keep_found`."""
    ids = {row.person.email_key: str(row.id) for row in enrollments}
    return keep_found(session, cohort, proposal, ids, excluded=excluded, actor=actor, at=at)


def keep_found(
    session: Session,
    cohort: Cohort,
    proposal: Proposal,
    ids: Mapping[str, str],
    *,
    excluded: Sequence[str],
    actor: Person | None,
    at: datetime,
) -> MatchDraft:
    """Store what a search found as the next revision.

    `ids` gives the enrollment of each of the proposal's people; `excluded` are enrollment ids that stayed out.
    """
    document: draft.Document = {
        "circles": [_circle_entry(circle, ids) for circle in proposal.circles],
        "unplaced": [_unplaced_entry(entry, ids) for entry in proposal.unplaced]
        + [
            {"enrollment": key, "code": "excluded", "values": {}, "people": [], "change": None, "excluded": True}
            for key in excluded
        ],
        "bound": proposal.bound,
        "bound_kind": proposal.bound_kind,
        "seed": proposal.seed,
        "seconds": round(proposal.seconds, 1),
        "problems": [
            {
                "code": p.code,
                "people": [ids.get(key, "") for key in p.people],
                "values": dict(p.values),
                "fatal": p.fatal,
            }
            for p in proposal.problems
        ],
    }
    return _revise(session, cohort, draft.with_total(document), "match", actor=actor, at=at)


def latest(session: Session, cohort: Cohort) -> MatchDraft | None:
    """The revision that the board shows."""
    return session.scalar(
        select(MatchDraft).where(MatchDraft.cohort_id == cohort.id, MatchDraft.revision == cohort.draft_revision)
    )


def locks_of(document: draft.Document, keys: dict[str, str]) -> list[Lock]:
    """The circles a lead keeps; `keys` maps enrollment ids to the engine's keys. Gone people drop out of a lock."""
    return [
        Lock(circle["name"], tuple(keys[member] for member in circle["members"] if member in keys))
        for circle in document["circles"]
        if circle.get("locked")
    ]


def preview_move(
    session: Session, cohort: Cohort, revision: int, person: str, to: str | None
) -> tuple[MatchDraft, draft.Document]:
    """The present draft, and what it would become with one person moved; nothing is kept. Raises DomainError."""
    current = _current(session, cohort, revision)
    moved = draft.move(
        current.document,
        person,
        to,
        score=lambda members: score_members(session, cohort, members),
        largest=cohort.size_max,
    )
    return current, moved


def move(
    session: Session, cohort: Cohort, revision: int, person: str, to: str | None, *, actor: Person, at: datetime
) -> MatchDraft:
    """Move one person by hand; the touched circles are scored anew. Raises DomainError, also for an old draft."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    current, document = preview_move(session, cohort, revision, person, to)
    if document is current.document:
        return current
    return _revise(session, cohort, document, "move", actor=actor, at=at)


def lock(
    session: Session, cohort: Cohort, revision: int, name: str, *, locked: bool, actor: Person, at: datetime
) -> MatchDraft:
    """Keep a circle as it is in later searches, or free it."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    document = draft.lock(_current(session, cohort, revision).document, name, locked=locked)
    return _revise(session, cohort, document, "lock", actor=actor, at=at)


def exclude(
    session: Session, cohort: Cohort, revision: int, person: str, *, excluded: bool, actor: Person, at: datetime
) -> MatchDraft:
    """Leave someone out of later searches, or let them in again."""
    session.refresh(cohort, ["state", "draft_revision"], with_for_update=True)
    document = draft.exclude(_current(session, cohort, revision).document, person, excluded=excluded)
    return _revise(session, cohort, document, "exclude", actor=actor, at=at)


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


def _revision_before(session: Session, cohort: Cohort) -> int | None:
    return session.scalar(
        select(MatchDraft.revision)
        .where(MatchDraft.cohort_id == cohort.id, MatchDraft.revision < cohort.draft_revision)
        .order_by(MatchDraft.revision.desc())
        .limit(1)
    )


def _current(session: Session, cohort: Cohort, revision: int) -> MatchDraft:
    if cohort.state is not CohortState.MATCHING:
        raise DomainError(N_("This cohort is not being matched any more."))
    current = latest(session, cohort)
    if current is None or current.revision != revision:
        raise DomainError(N_("Someone else changed the draft meanwhile. Load the page again; nothing changed."))
    return current


def _revise(
    session: Session, cohort: Cohort, document: draft.Document, action: str, *, actor: Person | None, at: datetime
) -> MatchDraft:
    """Store a revision after the present one; revisions that were undone before are gone."""
    session.execute(
        delete(MatchDraft).where(
            MatchDraft.cohort_id == cohort.id,
            (MatchDraft.revision > cohort.draft_revision)
            | (MatchDraft.revision <= cohort.draft_revision - KEPT_REVISIONS),
        )
    )
    made = MatchDraft(
        cohort_id=cohort.id,
        revision=cohort.draft_revision + 1,
        action=action,
        document=document,
        created_by=actor.id if actor else None,
        created_at=at,
    )
    session.add(made)
    cohort.draft_revision = made.revision
    session.flush()
    audit.record(session, f"draft.{action}", "cohort", cohort.id, actor_id=actor.id if actor else None, at=at)
    return made


def _circle_entry(circle: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": circle.name,
        "members": [ids[key] for key in circle.members],
        "locked": circle.locked,
        "moved": False,
        "score": round(circle.score, 2),
        "parts": {name: round(value, 4) for name, value in circle.parts.items()},
        "facts": facts_entry(circle.facts, ids),
        "remarks": [remark_entry(remark, ids) for remark in circle.remarks],
        "slots": [slot_entry(window) for window in circle.slots],
        "valid": not any(remark.code.startswith("broken_") for remark in circle.remarks),
    }


def _unplaced_entry(entry: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    change = entry.change
    return {
        "enrollment": ids[entry.key],
        "code": entry.code,
        "reason": entry.reason,
        "values": dict(entry.values),
        "people": [ids[key] for key in entry.people if key in ids],
        "change": None if change is None else {"code": change.code, "values": dict(change.values)},
        "excluded": False,
    }
