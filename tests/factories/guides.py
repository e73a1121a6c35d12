"""Makes small guides and starts walks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import clock
from guides.content.models import GuideVersion
from guides.content.services import store_guide
from guides.content.values import (
    Area,
    BeforeItem,
    CircleSize,
    Guide,
    Line,
    Practice,
    Prompt,
    Step,
    StepKind,
    Week,
    Who,
)


def small_guide(weeks: int = 12, slug: str = "small") -> Guide:
    """A guide whose every week is short but whole."""
    return Guide(
        slug=slug,
        title="A small guide",
        language="en",
        version="1",
        summary="For tests.",
        licence="own text",
        minutes=60,
        circle=CircleSize(4, 5, 6),
        follow_ups=(30, 60, 90),
        areas=(Area("asking", "Asking"),),
        body="Read a page a week.",
        weeks=tuple(_week(number) for number in range(1, weeks + 1)),
    )


def _week(number: int) -> Week:
    return Week(
        number=number,
        title=f"Title of week {number}",
        purpose=(f"Why week {number} matters.",),
        before=(
            BeforeItem("read", "Read this page", 5, Who.EVERYONE),
            BeforeItem("question", "Write a question", 5, Who.EVERYONE, Prompt("question", "My question")),
            BeforeItem("sum-up", "Sum up last week", 5, Who.SYNTHESIZER),
        ),
        steps=(
            Step("check-in", "Check in", StepKind.CHECK_IN, Who.EACH, 10, 120, "Say how it went.", Prompt("p", "How?")),
            Step("talk", "Talk", StepKind.TALK, Who.EVERYONE, 40, None, "Talk it over.", None),
            Step("commit", "One thing to try", StepKind.COMMIT, Who.EACH, 10, 120, "Say it.", None),
        ),
        practice=Practice("Ask early.", "asking", "I ask late.", "I ask early.", "I am stuck", "I ask one person"),
        capture="What was new.",
        agreement=(Line("kind", "We are kind."),) if number == 1 else (),
        choices=(),
        body=f"Reading for week {number}.",
    )


def version(session: Session, weeks: int = 12, slug: str = "small") -> GuideVersion:
    """A stored guide of so many weeks."""
    return store_guide(session, small_guide(weeks, slug), at=clock.now())
