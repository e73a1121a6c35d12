"""Carrying a proposal out: memberships, calendars and one mail to everyone who is moved or placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app import audit
from app.accounts.models import Person
from app.errors import N_, DomainError
from app.jobs import ledger
from app.jobs.models import Job, JobState
from app.mail.desk import Desk
from app.mail.models import OutgoingMail
from circles.matching import circle_names
from circles.matching.moves import NEW
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, Membership
from circles.services import forming
from scheduling.models import Season
from scheduling.queries.access import season_of_circle
from scheduling.recurrence import Slot
from scheduling.services.changes import end_season, member_joined
from scheduling.services.membership import leave_circle, place_in_circle
from scheduling.services.rearranging.letters import tell_regrouped
from scheduling.services.rearranging.offers import Offer, Side, offers_for
from scheduling.services.rearranging.situations import Trigger
from scheduling.services.slot_changes import change_weekly_time

#: The kind of job that makes a circle with its season and guide, as in publishing.
MAKE_CIRCLE = "guides.publish_circle"


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: people moved and placed, mails written, and the name of a circle that a job makes now."""

    moved: int
    placed: int
    mails: int
    new_circle: str = ""


def apply(
    session: Session, cohort: Cohort, trigger: Trigger, mark: str, *, actor: Person, desk: Desk, at: datetime
) -> Applied:
    """Do exactly what a proposal said. Raises DomainError, with nothing done, when it is not possible any more."""
    # Everything below reads what another lead may be changing; one of them waits here.
    session.refresh(cohort, ["state"], with_for_update=True)
    if cohort.state is not CohortState.RUNNING:
        raise DomainError(N_("This cohort is not running, so its circles stay as they are."))
    offers = offers_for(session, cohort, trigger, at=at).offers
    offer = next((one for one in offers if one.mark == mark), None)
    if offer is None:
        raise DomainError(N_("Something changed meanwhile, so nothing was done. Here is what is possible now."))
    last = _last_mail(session)
    name = _carry_out(session, cohort, offer, actor=actor, desk=desk, at=at)
    audit.record(
        session,
        "cohort.rearranged",
        "cohort",
        cohort.id,
        actor_id=actor.id,
        at=at,
        way=offer.proposal.kind,
        moved=offer.proposal.moved,
        placed=offer.proposal.placed,
    )
    written = select(func.count()).where(OutgoingMail.id > last, OutgoingMail.created_at == at)
    return Applied(offer.proposal.moved, offer.proposal.placed, session.scalar(written) or 0, name)


def _carry_out(session: Session, cohort: Cohort, offer: Offer, *, actor: Person, desk: Desk, at: datetime) -> str:
    if any(step.target == NEW for step in offer.proposal.steps):
        return _make_circle(session, cohort, offer.sides[0], actor=actor, at=at)
    origin = {
        step.person: side.circle
        for step in offer.proposal.steps
        for side in offer.sides
        if side.change.key == step.source
    }
    ended = [side for side in offer.sides if side.ends]
    for side in offer.sides:
        if not side.ends:
            for row in side.leavers:
                leave_circle(session, _membership(session, side, row), actor=actor, desk=desk, at=at)
                # Leads who sit in a circle leave it like anyone who is moved, not for good.
                row.state, row.ended_at = EnrollmentState.ENROLLED, None
    for side in offer.sides:
        if side.ends or side.circle is None:
            continue
        if ended:
            _merge(session, side, [one.circle for one in ended if one.circle], actor=actor, desk=desk, at=at)
        else:
            for row in side.arrivals:
                place_in_circle(session, side.circle, row, actor=actor, desk=desk, at=at)
        season = season_of_circle(session, side.circle.id)
        for row in side.arrivals:
            tell_regrouped(session, row.person, side.circle, season, origin.get(row.person.email_key), desk=desk, at=at)
    return ""


def _merge(session: Session, side: Side, ended: Sequence[Circle], *, actor: Person, desk: Desk, at: datetime) -> None:
    """Other circles end and their members go on in this one; a new time is told to those who are there first."""
    circle, time = side.circle, side.change.time
    if circle is None:
        return
    if time is not None:
        slot = Slot(time.weekday, time.start, time.timezone, _season(session, circle.id).minutes)
        change_weekly_time(session, _season(session, circle.id), [slot], actor=actor, desk=desk, at=at)
    for one in ended:
        season = season_of_circle(session, one.id)
        if season is not None and season.ended_at is None:
            end_season(session, season, actor=actor, desk=desk, at=at)
        forming.merge(session, one, circle, actor=actor, at=at)
    session.expire(circle, ["memberships"])
    season = _season(session, circle.id)
    for row in side.arrivals:
        member_joined(session, season, row.person, desk=desk, at=at)


def _make_circle(session: Session, cohort: Cohort, side: Side, *, actor: Person, at: datetime) -> str:
    """Hand people who wait to the job that makes circles; it gives them a season, the guide and a welcome."""
    prefix = f"{MAKE_CIRCLE}:{cohort.id}:"
    jobs = session.scalars(select(Job).where(Job.key.startswith(prefix, autoescape=True))).all()
    members = [str(row.id) for row in side.after]
    pending = [job for job in jobs if job.state in (JobState.WAITING, JobState.RUNNING)]
    if any(set(members) & set(job.payload["members"]) for job in pending):
        raise DomainError(N_("A circle is being made with some of these people already."))
    taken = [*session.scalars(select(Circle.name).where(Circle.cohort_id == cohort.id))]
    taken += [job.payload["circle"] for job in jobs]
    (name,) = circle_names(1, seed=len(taken), taken=taken)
    score = side.change.score_after.quality if side.change.score_after else None
    payload = {"cohort": str(cohort.id), "circle": name, "members": members, "score": score, "circles": len(taken) + 1}
    ledger.enqueue(session, MAKE_CIRCLE, payload, key=f"{prefix}{name}", at=at, owner_id=actor.id)
    return name


def _membership(session: Session, side: Side, row: Enrollment) -> Membership:
    found = session.scalar(
        select(Membership)
        .where(
            Membership.circle_id == (side.circle.id if side.circle else None),
            Membership.person_id == row.person_id,
            Membership.left_at.is_(None),
        )
        .options(joinedload(Membership.person))
    )
    if found is None:
        raise DomainError(N_("Something changed meanwhile, so nothing was done. Here is what is possible now."))
    return found


def _season(session: Session, circle_id: UUID) -> Season:
    season = season_of_circle(session, circle_id)
    if season is None:
        raise LookupError("a circle that people can join has a season")
    return season


def _last_mail(session: Session) -> int:
    return session.scalar(select(func.max(OutgoingMail.id))) or 0
