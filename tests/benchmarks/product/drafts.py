"""A match draft of circles of five, scored once and repeated: for boards of any size."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from circles.models import Cohort, MatchDraft
from circles.services import drafting


def draft_of(session: Session, cohort: Cohort, enrollments: list[UUID], *, size: int, at: datetime) -> MatchDraft:
    """A draft that puts the enrollments, in order, into circles of `size`; people of the same places are alike."""
    template: list[str] = [str(key) for key in enrollments[:size]]
    scored = json.dumps(drafting.score_members(session, cohort, template))
    circles: list[dict[str, Any]] = []
    for number in range(len(enrollments) // size):
        members = [str(key) for key in enrollments[number * size : (number + 1) * size]]
        entry = scored
        for old, new in zip(template, members, strict=True):
            entry = entry.replace(old, new)
        name = f"Juniper {number:04d}"
        circles.append({"name": name, "members": members, "locked": False, "moved": False, **json.loads(entry)})
    return drafting.keep_entries(session, cohort, circles, [], actor=None, at=at)
