"""Practice changes, pages for a manager and report figures for a populated installation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from practices.models import CheckIn, Occasion, PracticeChange, Share, ShareChange, Status, Visibility
from tests.benchmarks.product.world import HELD, SIZE, World, insert_rows
from tests.factories import summaries

STATUSES = (Status.PLANNED, Status.TRYING, Status.PARTLY, Status.FULLY, Status.DROPPED)


def add_changes(session: Session, world: World, *, at: datetime) -> None:
    """Two changes a person, each with a check-in a week, and a standing page for every tenth person's manager."""
    changes = [(uuid4(), uuid4()) for _ in world.people]
    insert_rows(session, PracticeChange, _changes(world, changes, at))
    insert_rows(session, CheckIn, _check_ins(changes, at))
    shares = [(uuid4(), number) for number in range(0, len(world.people), 10)]
    insert_rows(session, Share, _shares(world, shares, at))
    insert_rows(session, ShareChange, [{"share_id": key, "change_id": changes[n][0]} for key, n in shares])
    session.flush()


def _changes(world: World, changes: list[tuple[UUID, UUID]], at: datetime) -> Iterator[dict[str, Any]]:
    for number, pair in enumerate(changes):
        for copy, key in enumerate(pair):
            yield {
                "id": key,
                "person_id": world.people[number],
                "membership_id": world.memberships[number],
                "circle_id": world.circles[number // SIZE],
                "walk_id": world.walks[number // SIZE],
                "week": 1,
                "before": "I show my work when it is done.",
                "after": "I show my draft when it is half done.",
                "cue": "I have worked two hours",
                "action": "I send it to one colleague",
                "area": "sharing",
                "baseline": 1,
                "status": STATUSES[(number + copy) % len(STATUSES)],
                "visibility": Visibility.CIRCLE if copy else Visibility.ME,
                "shown_at": at if copy else None,
                "begun_on": (at - timedelta(weeks=HELD)).date(),
                "created_at": at,
                "updated_at": at,
            }


def _check_ins(changes: list[tuple[UUID, UUID]], at: datetime) -> Iterator[dict[str, Any]]:
    for pair in changes:
        for key in pair:
            for week in range(3):
                yield {
                    "change_id": key,
                    "on_date": (at - timedelta(weeks=HELD - week, days=-1)).date(),
                    "occasion": Occasion.SESSION,
                    "frequency": 1 + week,
                    "line": "It went better than last week.",
                    "barriers": [],
                    "made_at": at,
                }


def _shares(world: World, shares: list[tuple[UUID, int]], at: datetime) -> Iterator[dict[str, Any]]:
    page = summaries.page_for_manager()
    for key, number in shares:
        yield {
            "id": key,
            "person_id": world.people[number],
            "cohort_id": world.running.id,
            "audience": "manager",
            "audience_person_id": world.manager.id,
            "audience_name": world.manager.name,
            "audience_email": world.manager.email,
            "audience_email_key": world.manager.email_key,
            "snapshot": page.to_json(),
            "sha256": page.sha256,
            "receipt": f"{number:08d}",
            "approved_at": at,
        }
