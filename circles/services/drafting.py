"""The match of a cohort: people as the engine takes them, the job that searches, and the draft a lead changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job
from circles import draft
from circles.availability import WeeklyGrid
from circles.matching import Candidate, Lock, Proposal, Rules, Weights, score_circle
from circles.matching.facts import circle_remarks
from circles.models import Cohort, CohortState, Enrollment, EnrollmentState, MatchDraft, Membership, WishKind
from circles.services import cohorts
from circles.windows import Attendee, rank_windows

MATCH = "circles.match"
#: Revisions kept for undo.
KEPT_REVISIONS = 30
#: Windows shown for a circle.
SHOWN_WINDOWS = 6


def rules_of(cohort: Cohort) -> Rules:
    """A cohort's rules as the engine takes them."""
    span = cohorts.span(cohort)
    known = asdict(Weights())
    weights = Weights(**{name: float(cohort.weights.get(name, value)) for name, value in known.items()})
    return Rules(
        first_day=span.first_day,
        weeks=span.weeks,
        cadence_weeks=span.cadence_weeks,
        size_min=cohort.size_min,
        size_max=cohort.size_max,
        target=cohort.size_target,
        minutes=cohort.minutes,
        slots=cohort.slots,
        weights=weights,
    )


def enrolled(session: Session, cohort: Cohort) -> list[Enrollment]:
    """Everyone waiting for a circle, with person, manager and wishes, in a fixed order."""
    return list(
        session.scalars(
            select(Enrollment)
            .where(Enrollment.cohort_id == cohort.id, Enrollment.state == EnrollmentState.ENROLLED)
            .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
            .order_by(Enrollment.created_at, Enrollment.id)
        )
    )


def candidate(enrollment: Enrollment) -> Candidate:
    """One enrolled person as the engine takes them, named by their enrollment's id."""
    person = enrollment.person
    return Candidate(
        key=person.email_key,
        name=person.name,
        timezone=enrollment.timezone,
        grid=WeeklyGrid.parse(enrollment.available, enrollment.preferred),
        languages=frozenset(enrollment.languages),
        topics=frozenset(topic.casefold() for topic in enrollment.topics),
        department=person.department,
        location=person.location,
        level=person.level,
        manager=person.manager.email_key if person.manager else (person.manager_email.lower() or None),
        facilitator=enrollment.glad_to_host,
        together=_named(enrollment, WishKind.TOGETHER),
        avoid=_named(enrollment, WishKind.AVOID),
        wishes=_named(enrollment, WishKind.WISH),
        kept=enrollment.kept_circle or None,
    )


def pairs_met(session: Session, among: Select[UUID]) -> list[tuple[str, str]]:
    """Addresses of pairs among some people (a select of their ids) who were in one circle before, in any cohort."""
    here, there = aliased(Membership), aliased(Membership)
    one, other = aliased(Person), aliased(Person)
    rows = session.execute(
        select(one.email_key, other.email_key)
        .select_from(here)
        .join(there, and_(there.circle_id == here.circle_id, there.person_id > here.person_id))
        .join(one, one.id == here.person_id)
        .join(other, other.id == there.person_id)
        .where(here.person_id.in_(among), there.person_id.in_(among))
        .distinct()
    )
    return [(row[0], row[1]) for row in rows]


def waiting_people(cohort: Cohort) -> Select[UUID]:
    """The ids of everyone waiting for a circle, as a select."""
    waiting = EnrollmentState.ENROLLED
    return select(Enrollment.person_id).where(Enrollment.cohort_id == cohort.id, Enrollment.state == waiting)


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


def score_members(session: Session, cohort: Cohort, members: Sequence[str]) -> dict[str, Any]:
    """One circle's score, facts, remarks and windows, as a draft stores them."""
    if not members:
        return {"score": 0.0, "quality": 0.0, "parts": {}, "facts": {}, "remarks": [], "slots": [], "valid": False}
    chosen = [UUID(member) for member in members]
    order = {key: place for place, key in enumerate(chosen)}
    among = select(Enrollment.person_id).where(Enrollment.id.in_(chosen))
    rows = session.scalars(
        select(Enrollment)
        .where(Enrollment.id.in_(chosen))
        .options(joinedload(Enrollment.person).joinedload(Person.manager), selectinload(Enrollment.wishes))
    ).all()
    people = [candidate(row) for row in sorted(rows, key=lambda row: order[row.id])]
    ids = {row.person.email_key: str(row.id) for row in rows}
    rules = rules_of(cohort)
    result = score_circle(people, rules, pairs_met(session, among))
    windows = rank_windows(
        [Attendee(person.key, person.timezone, person.grid) for person in people],
        minutes=rules.minutes,
        first_day=rules.first_day,
        weeks=rules.weeks,
        cadence_weeks=rules.cadence_weeks,
        limit=SHOWN_WINDOWS,
        at_least=rules.slots,
    )
    return {
        "score": round(result.score, 2),
        "quality": round(result.quality, 2),
        "parts": {name: round(value, 4) for name, value in result.parts.items()},
        "facts": _facts(result.facts, ids),
        "remarks": [
            _remark(remark, ids) for remark in circle_remarks(result.broken, result.facts, result.windows, rules)
        ],
        "slots": [_slot(window) for window in windows],
        "valid": result.valid,
    }


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


def _named(enrollment: Enrollment, kind: WishKind) -> frozenset[str]:
    return frozenset(wish.email_key for wish in enrollment.wishes if wish.kind is kind)


def _circle_entry(circle: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": circle.name,
        "members": [ids[key] for key in circle.members],
        "locked": circle.locked,
        "moved": False,
        "score": round(circle.score, 2),
        "parts": {name: round(value, 4) for name, value in circle.parts.items()},
        "facts": _facts(circle.facts, ids),
        "remarks": [_remark(remark, ids) for remark in circle.remarks],
        "slots": [_slot(window) for window in circle.slots],
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


def _facts(facts: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"values": dict(fact.values), "people": [ids[key] for key in fact.people if key in ids]}
        for name, fact in facts.items()
    }


def _remark(remark: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": remark.code,
        "people": [ids[key] for key in remark.people if key in ids],
        "values": dict(remark.values),
    }


def _slot(window: Any) -> dict[str, Any]:
    return {"weekday": window.weekday, "start": f"{window.start:%H:%M}", "timezone": window.timezone}
