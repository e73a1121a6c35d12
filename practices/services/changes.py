"""Writing a practice change, checking in, letting go, and peers who saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import N_, DomainError, InvalidInput
from circles.models import Membership
from practices.areas import AREAS, BARRIERS
from practices.models import CheckIn, FollowUp, Occasion, PracticeChange, Status, Visibility, Witness

MAX_STATEMENT = 300
MAX_LINE = 500
#: Statuses a member may choose at a check-in; replacing has its own verb.
CHOSEN = (Status.PLANNED, Status.TRYING, Status.PARTLY, Status.FULLY, Status.DROPPED)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member writes: from, to, when and then, and how they feel about it."""

    after: str
    before: str = ""
    cue: str = ""
    action: str = ""
    area: str = ""
    resolve: int = 3
    confidence: int = 3
    baseline: int | None = None

    def check(self) -> None:
        """Raises InvalidInput naming the field."""
        if not self.after.strip():
            raise InvalidInput(N_("Write what you want to do, in one sentence."), field="after")
        for field in ("after", "before", "cue", "action"):
            if len(getattr(self, field)) > MAX_STATEMENT:
                raise InvalidInput(N_("Keep it under %(length)d characters."), field=field, length=MAX_STATEMENT)
        if self.area and self.area not in AREAS:
            raise InvalidInput(N_("Choose an area from the list."), field="area")
        for field in ("resolve", "confidence"):
            if not 1 <= getattr(self, field) <= 5:
                raise InvalidInput(N_("Choose from 1 to 5."), field=field)
        if self.baseline is not None and not 0 <= self.baseline <= 4:
            raise InvalidInput(N_("Choose how often from the list."), field="baseline")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change was made: the membership, and the week of the guide that prompted it."""

    membership: Membership | None = None
    walk_id: UUID | None = None
    week: int | None = None


def write_change(
    session: Session,
    statement: Statement,
    *,
    origin: Origin,
    visibility: Visibility,
    status: Status = Status.PLANNED,
    today: date,
    actor: Person,
    at: datetime,
    key: UUID | None = None,
) -> PracticeChange:
    """A member writes a practice change; how often they do it now is its first check-in. Raises InvalidInput.

    With a `key` that this member's change has already, that change is given back and nothing is written.

    Outside a circle nobody could be shown it, so it stays with its member.
    """
    statement.check()
    written = session.get(PracticeChange, key) if key else None
    if written is not None and written.person_id == actor.id:
        return written
    membership = origin.membership
    if membership is None:
        visibility = Visibility.ME
    change = PracticeChange(
        id=key if key and written is None else uuid4(),
        person_id=actor.id,
        membership_id=membership.id if membership else None,
        circle_id=membership.circle_id if membership else None,
        walk_id=origin.walk_id,
        week=origin.week,
        area=statement.area,
        resolve=statement.resolve,
        confidence=statement.confidence,
        baseline=statement.baseline,
        status=status,
        visibility=visibility,
        begun_on=today,
        created_at=at,
        updated_at=at,
        shown_at=at if visibility is Visibility.CIRCLE else None,
        **_texts(statement),
    )
    session.add(change)
    session.flush()
    if statement.baseline is not None:
        session.add(
            CheckIn(
                change_id=change.id, on_date=today, occasion=Occasion.START, frequency=statement.baseline, made_at=at
            )
        )
        session.flush()
    return change


def edit_change(session: Session, change: PracticeChange, statement: Statement, *, at: datetime) -> None:
    """Rewrite one's own change. The starting frequency stands once there are later check-ins. Raises InvalidInput."""
    statement.check()
    for name, text in _texts(statement).items():
        setattr(change, name, text)
    change.area, change.resolve, change.confidence = statement.area, statement.resolve, statement.confidence
    change.updated_at = at
    session.flush()


def show_to(session: Session, change: PracticeChange, visibility: Visibility, *, at: datetime) -> None:
    """Show a change to the circle, or to nobody again. Raises DomainError when there is no circle."""
    if visibility is Visibility.CIRCLE and change.circle_id is None:
        raise DomainError(N_("This change was written outside a circle, so only you can see it."))
    if visibility is Visibility.CIRCLE and change.visibility is not Visibility.CIRCLE:
        change.shown_at = at
    change.visibility, change.updated_at = visibility, at
    session.flush()


def check_in(
    session: Session,
    change: PracticeChange,
    *,
    on: date,
    frequency: int | None,
    status: Status | None = None,
    line: str = "",
    barriers: Sequence[str] = (),
    occasion: Occasion = Occasion.OWN,
    session_id: UUID | None = None,
    at: datetime,
) -> CheckIn:
    """How it goes on one day; a second one on the same day replaces the first. Raises InvalidInput when empty."""
    if change.status is Status.REPLACED:
        raise DomainError(N_("This change was replaced by another one."))
    if frequency is None and status is None and not line.strip():
        raise InvalidInput(N_("Choose how often, or write a line."), field="frequency")
    if frequency is not None and not 0 <= frequency <= 4:
        raise InvalidInput(N_("Choose how often from the list."), field="frequency")
    if len(line) > MAX_LINE:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="line", length=MAX_LINE)
    if any(key not in BARRIERS for key in barriers):
        raise InvalidInput(N_("Choose from the list."), field="barriers")
    if status is not None and status not in CHOSEN:
        raise InvalidInput(N_("Choose where it stands from the list."), field="status")
    entry = _entry_of_day(session, change, on, at=at)
    entry.occasion, entry.session_id = occasion, session_id
    entry.frequency, entry.line, entry.barriers, entry.made_at = frequency, line.strip(), list(barriers), at
    entry.status = status or _moved_on(change, frequency)
    if entry.status is not None:
        change.status = entry.status
        change.reason = entry.line if entry.status is Status.DROPPED else ""
    change.updated_at = at
    _answer_follow_ups(session, change, on, at)
    session.flush()
    return entry


def set_status(session: Session, change: PracticeChange, status: Status, *, on: date, at: datetime) -> CheckIn:
    """Say where a change stands, without saying how often; what was checked in that day stays. Raises DomainError."""
    if change.status is Status.REPLACED:
        raise DomainError(N_("This change was replaced by another one."))
    if status not in CHOSEN or status is Status.DROPPED:
        raise InvalidInput(N_("Choose where it stands from the list."), field="status")
    entry = _entry_of_day(session, change, on, at=at)
    entry.status = change.status = status
    change.reason, change.updated_at = "", at
    _answer_follow_ups(session, change, on, at)
    session.flush()
    return entry


def let_go(
    session: Session,
    change: PracticeChange,
    *,
    reason: str,
    on: date,
    occasion: Occasion = Occasion.OWN,
    session_id: UUID | None = None,
    at: datetime,
) -> None:
    """End a change honestly; it stays in the record with its reason. Raises DomainError when it has ended already."""
    if change.status in (Status.DROPPED, Status.REPLACED):
        raise DomainError(N_("This change has ended already."))
    if len(reason) > MAX_LINE:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="reason", length=MAX_LINE)
    entry = _entry_of_day(session, change, on, occasion=occasion, session_id=session_id, at=at)
    entry.status = change.status = Status.DROPPED
    change.reason = reason.strip()
    entry.line = entry.line or change.reason
    change.updated_at = at
    _answer_follow_ups(session, change, on, at)
    session.flush()


def pick_up(session: Session, change: PracticeChange, *, at: datetime) -> None:
    """Try again what was let go. Raises DomainError for anything else."""
    if change.status is not Status.DROPPED:
        raise DomainError(N_("Only a change that was let go can be picked up again."))
    change.status, change.reason, change.updated_at = Status.TRYING, "", at
    session.flush()


def replace(
    session: Session, change: PracticeChange, statement: Statement, *, today: date, actor: Person, at: datetime
) -> PracticeChange:
    """Put another change in place of this one; only the new one is counted. Raises DomainError when it has ended."""
    if change.status is Status.REPLACED:
        raise DomainError(N_("This change was replaced already."))
    membership = session.get(Membership, change.membership_id) if change.membership_id else None
    origin = Origin(membership=membership, walk_id=change.walk_id, week=change.week)
    successor = write_change(
        session,
        statement,
        origin=origin,
        visibility=change.visibility,
        status=Status.TRYING,
        today=today,
        actor=actor,
        at=at,
    )
    change.status, change.replaced_by_id, change.updated_at = Status.REPLACED, successor.id, at
    session.flush()
    return successor


def ask_witness(session: Session, change: PracticeChange, peer_id: UUID, *, peers: set[UUID], at: datetime) -> Witness:
    """Ask a circle peer whether they saw it. Raises InvalidInput for strangers, DomainError for a hidden change."""
    if change.visibility is not Visibility.CIRCLE:
        raise DomainError(N_("Show this change to your circle first; then peers can say that they saw it."))
    if peer_id not in peers or peer_id == change.person_id:
        raise InvalidInput(N_("Choose someone in your circle."), field="peer")
    witness = _witness(session, change, peer_id)
    if witness.at is None and witness.asked_at is None:
        witness.asked_at = at
    session.flush()
    return witness


def say_seen(session: Session, change: PracticeChange, *, line: str, actor: Person, at: datetime) -> Witness:
    """A peer it is shown to says "I saw this"; saying it again changes their line. Raises InvalidInput."""
    if len(line) > MAX_STATEMENT:
        raise InvalidInput(N_("Keep it under %(length)d characters."), field="line", length=MAX_STATEMENT)
    witness = _witness(session, change, actor.id)
    witness.line, witness.at = line.strip(), at
    session.flush()
    return witness


def _witness(session: Session, change: PracticeChange, person_id: UUID) -> Witness:
    found = session.scalar(select(Witness).where(Witness.change_id == change.id, Witness.person_id == person_id))
    if found is None:
        found = Witness(change_id=change.id, person_id=person_id)
        session.add(found)
    return found


def _texts(statement: Statement) -> dict[str, str]:
    return {name: " ".join(getattr(statement, name).split()) for name in ("after", "before", "cue", "action")}


def _moved_on(change: PracticeChange, frequency: int | None) -> Status | None:
    """Someone who did it at all is trying it; nothing else is concluded from a frequency."""
    if change.status is Status.PLANNED and frequency:
        return Status.TRYING
    return None


def _entry_of_day(
    session: Session,
    change: PracticeChange,
    on: date,
    *,
    occasion: Occasion = Occasion.OWN,
    session_id: UUID | None = None,
    at: datetime,
) -> CheckIn:
    """The check-in of a day, made empty when there is none; an existing one keeps what it says."""
    entry = session.scalar(select(CheckIn).where(CheckIn.change_id == change.id, CheckIn.on_date == on))
    if entry is None:
        entry = CheckIn(change_id=change.id, on_date=on, occasion=occasion, session_id=session_id, line="", barriers=[])
        session.add(entry)
    entry.made_at = at
    return entry


def _answer_follow_ups(session: Session, change: PracticeChange, on: date, at: datetime) -> None:
    due = select(FollowUp).where(FollowUp.change_id == change.id, FollowUp.due_on <= on, FollowUp.answered_at.is_(None))
    for follow_up in session.scalars(due):
        follow_up.answered_at = at
