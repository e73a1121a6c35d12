"""Everything this package holds about a person, for the export of their account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.accounts.models import Person
from circles.attributes import questions_of
from circles.models import Circle, Enrollment, HelpRequest, Membership, Wish


def export(session: Session, person: Person) -> dict[str, Any]:
    """My sign-ups with my answers, the circles I was in, and what I asked leads in private."""
    enrollments = session.scalars(
        select(Enrollment)
        .where(Enrollment.person_id == person.id)
        .options(joinedload(Enrollment.cohort), selectinload(Enrollment.wishes))
        .order_by(Enrollment.created_at)
    )
    memberships = session.scalars(
        select(Membership)
        .join(Membership.circle)
        .where(Membership.person_id == person.id)
        .options(contains_eager(Membership.circle).load_only(Circle.name))
        .order_by(Membership.joined_at)
    )
    requests = session.scalars(
        select(HelpRequest).where(HelpRequest.person_id == person.id).order_by(HelpRequest.created_at)
    )
    return {
        "sign_ups": [_enrollment(enrollment) for enrollment in enrollments],
        "circles": [
            {
                "circle": membership.circle.name,
                "joined_at": membership.joined_at.isoformat(),
                "left_at": membership.left_at.isoformat() if membership.left_at else None,
            }
            for membership in memberships
        ],
        "help_asked": [{"text": request.text, "at": request.created_at.isoformat()} for request in requests],
    }


def _enrollment(enrollment: Enrollment) -> dict[str, Any]:
    return {
        "cohort": enrollment.cohort.name,
        "state": enrollment.state.value,
        "concern": enrollment.concern,
        "goals": enrollment.goals,
        "topics": enrollment.topics,
        "languages": enrollment.languages,
        "timezone": enrollment.timezone,
        "available": enrollment.available,
        "preferred": enrollment.preferred,
        "glad_to_host": enrollment.glad_to_host,
        "answers": _answers(enrollment),
        "wishes": [_wish(wish) for wish in enrollment.wishes],
    }


def _answers(enrollment: Enrollment) -> dict[str, str]:
    """Answers to the cohort's own questions, by the question's text."""
    texts = {question.key: question.text for question in questions_of(enrollment.cohort.questions)}
    return {texts.get(key, key): str(answer) for key, answer in enrollment.answers.items()}


def _wish(wish: Wish) -> dict[str, str]:
    return {"kind": wish.kind.value, "address": wish.email_key}
