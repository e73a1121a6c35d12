"""A second program whose cohort is being matched: its circles are proposed, and nobody has been told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from app.demo import cohorts, texts
from app.demo.cohorts import Makers
from circles.attributes import Question, Treated, new_key
from circles.models import Cohort, DraftCircle
from circles.services import drafting

PROGRAM = "Better feedback"
PURPOSE = "To ask for feedback that can be used, to say what we saw, and to hear what is hard to hear."
GUIDE, WEEKS = "better-feedback", 6
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: How long before the present it was announced, and matched.
ANNOUNCED_BEFORE, MATCHED_BEFORE = 20 * DAY, 5 * HOUR
MOVES = 20_000
LED_BEFORE = Question(
    new_key(),
    "Have you led a team before?",
    ("It is my first team", "I have led before"),
)


def announce(makers: Makers, *, at: datetime) -> None:
    """The program and its cohort; people come in the two weeks that follow."""
    administrator = makers.person(cohorts.ADMINISTRATOR)
    program = cohorts.begin_program(makers, administrator, PROGRAM, PURPOSE, at)
    now = makers.calendar.now
    starts_on = now.date() + timedelta(days=7 - now.weekday(), weeks=2)
    plan = replace(
        cohorts.plan_of(program, starts_on, at.date(), now.date() - DAY),
        sessions=WEEKS,
        questions=(LED_BEFORE,),
        attributes={"location": Treated("mix", 5.0), LED_BEFORE.key: Treated("not_alone")},
    )
    cohort = cohorts.announce(makers, program, plan, at + HOUR, guide=GUIDE)
    cohorts.open_enrollment(makers, cohort, at + HOUR)
    makers.diary.enter(at + DAY, partial(_enroll, makers, cohort))
    makers.diary.enter(now - MATCHED_BEFORE, partial(_match, makers, cohort))


def _enroll(makers: Makers, cohort: Cohort, *, at: datetime) -> None:
    cohorts.enroll(makers, cohort, texts.FEEDBACK, at, every=timedelta(hours=8))


def _match(makers: Makers, cohort: Cohort, *, at: datetime) -> None:
    """Find circles; the lead keeps the best of them in later searches."""
    session = makers.session
    cohorts.find_circles(makers, cohort, at, moves=MOVES)
    draft = drafting.latest(session, cohort)
    if draft is None:
        raise LookupError("a search that was kept is the draft")
    best = session.scalars(
        select(DraftCircle).where(DraftCircle.search_id == draft.search_id).order_by(DraftCircle.score.desc()).limit(1)
    ).one()
    lead = makers.person(cohorts.LEAD)
    drafting.lock(session, cohort, draft.revision, best.name, locked=True, actor=lead, at=at + HOUR)
