"""Forgetting what circles of long finished cohorts wrote, as the organization decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app import audit
from circles.models import Agreement, Assent, Circle, Cohort, CohortState, HelpRequest
from guides.walk.models import CircleNote, Commitment, Walk
from scheduling.models import Season

MONTH = timedelta(days=30.44)


def cohorts_to_forget(session: Session, *, months: int, at: datetime) -> list[UUID]:
    """Cohorts that finished longer ago than the keeping time and whose circles still have texts."""
    texts = or_(
        select(CircleNote.id)
        .join(Walk, Walk.id == CircleNote.walk_id)
        .join(Season, Season.id == Walk.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == Cohort.id)
        .exists(),
        select(Commitment.id)
        .join(Walk, Walk.id == Commitment.walk_id)
        .join(Season, Season.id == Walk.season_id)
        .join(Circle, Circle.id == Season.circle_id)
        .where(Circle.cohort_id == Cohort.id)
        .exists(),
        select(Agreement.id)
        .join(Circle, Circle.id == Agreement.circle_id)
        .where(Circle.cohort_id == Cohort.id)
        .exists(),
        select(HelpRequest.id)
        .join(Circle, Circle.id == HelpRequest.circle_id)
        .where(Circle.cohort_id == Cohort.id, HelpRequest.text != "")
        .exists(),
    )
    over = Cohort.finished_at <= at - months * MONTH
    return list(session.scalars(select(Cohort.id).where(Cohort.state == CohortState.FINISHED, over, texts)))


def forget_texts(session: Session, cohort_id: UUID, *, at: datetime) -> None:
    """Delete circle notes, commitments, agreements and help requests of a cohort; members' own notes stay theirs."""
    circles = select(Circle.id).where(Circle.cohort_id == cohort_id)
    walks = select(Walk.id).join(Season, Season.id == Walk.season_id).where(Season.circle_id.in_(circles))
    agreements = select(Agreement.id).where(Agreement.circle_id.in_(circles))
    session.execute(delete(CircleNote).where(CircleNote.walk_id.in_(walks)))
    session.execute(delete(Commitment).where(Commitment.walk_id.in_(walks)))
    session.execute(delete(Assent).where(Assent.agreement_id.in_(agreements)))
    session.execute(delete(Agreement).where(Agreement.circle_id.in_(circles)))
    session.execute(update(HelpRequest).where(HelpRequest.circle_id.in_(circles)).values(text=""))
    session.flush()
    audit.record(session, "cohort.texts_forgotten", "cohort", cohort_id, actor_id=None, at=at)
