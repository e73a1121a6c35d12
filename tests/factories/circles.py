"""Makes programs, cohorts, enrollments and circles."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from circles.models import (
    Circle,
    Cohort,
    CohortState,
    Enrollment,
    EnrollmentState,
    MatchDraft,
    MatchSearch,
    Membership,
    Program,
    ProgramLead,
)
from circles.queries import drafts
from circles.services import drafting
from tests.factories import accounts

_numbers = itertools.count(1)
OFFICE_HOURS = "Mon 09:00-12:00 13:00-17:00; Tue 09:00-12:00; Wed 13:00-17:00; Thu 09:00-12:00"


def program(session: Session, *leads: Person, **fields: Any) -> Program:
    """A program with its leads."""
    made = Program(name=fields.pop("name", f"Work in the open {next(_numbers)}"), created_at=clock.now(), **fields)
    session.add(made)
    session.flush()
    session.add_all(ProgramLead(program_id=made.id, person_id=lead.id, added_at=clock.now()) for lead in leads)
    session.flush()
    return made


def cohort(session: Session, program: Program, **fields: Any) -> Cohort:
    """A cohort of a program: twelve weekly hours from Monday 14 September 2026, in circles of 4 to 6."""
    defaults: dict[str, Any] = {
        "name": f"Autumn {next(_numbers)}",
        "timezone": "Europe/Berlin",
        "starts_on": date(2026, 9, 14),
        "enroll_from": date(2026, 8, 1),
        "enroll_until": date(2026, 9, 1),
        "join_nonce": f"nonce{next(_numbers)}",
        "state": CohortState.ENROLLING,
        "created_at": clock.now(),
        "weights": {},
        "topics": [],
        "chosen_dates": [],
    }
    made = Cohort(program_id=program.id, **{**defaults, **fields})
    session.add(made)
    session.flush()
    return made


def enrollment(session: Session, cohort: Cohort, person: Person, **fields: Any) -> Enrollment:
    """A person enrolled in a cohort, free in office hours."""
    defaults: dict[str, Any] = {
        "state": EnrollmentState.ENROLLED,
        "timezone": person.timezone,
        "available": OFFICE_HOURS,
        "preferred": "Mon 09:00-12:00",
        "languages": ["en"],
        "topics": [],
        "step": 5,
        "created_at": clock.now(),
    }
    made = Enrollment(cohort_id=cohort.id, person_id=person.id, **{**defaults, **fields})
    session.add(made)
    session.flush()
    return made


def circle(session: Session, cohort: Cohort, people: Sequence[Person], **fields: Any) -> Circle:
    """A circle whose members joined when it was made, in this order."""
    at = fields.pop("created_at", clock.now())
    made = Circle(
        cohort_id=cohort.id,
        name=fields.pop("name", f"Juniper {next(_numbers)}"),
        windows=fields.pop("windows", []),
        created_at=at,
        **fields,
    )
    session.add(made)
    session.flush()
    for position, person in enumerate(people):
        entry = enrollment(session, cohort, person, state=EnrollmentState.PLACED)
        session.add(
            Membership(circle_id=made.id, person_id=person.id, enrollment_id=entry.id, position=position, joined_at=at)
        )
    session.flush()
    return made


def circle_of(session: Session, names: Sequence[str], *, lead: Person | None = None, **fields: Any) -> Circle:
    """A circle of new people with these names, in a program and cohort of its own."""
    leader = lead or accounts.person(session, name="Marcus Adeyemi")
    made = cohort(session, program(session, leader), state=CohortState.RUNNING)
    people = [accounts.person(session, name=name, timezone="Europe/Berlin") for name in names]
    return circle(session, made, people, **fields)


def draft(
    session: Session,
    cohort: Cohort,
    circles: Mapping[str, Sequence[Enrollment]],
    *,
    unplaced: Sequence[Enrollment] = (),
    **search: Any,
) -> MatchDraft:
    """A match draft with these circles, scored as a search would score them, and some people left over.

    `search` are columns of the search that found it.
    """
    entries = [
        {
            "name": name,
            "members": [str(row.id) for row in rows],
            "locked": False,
            "moved": False,
            **drafting.score_members(session, cohort, [str(row.id) for row in rows]),
        }
        for name, rows in circles.items()
    ]
    left = [
        {
            "enrollment": str(row.id),
            "code": "hours",
            "reason": "",
            "values": {"hours": 1.5, "needed": 2},
            "people": [],
            "change": {
                "code": "add_hours",
                "values": {"circle": next(iter(circles), ""), "half_hours": 2, "day0": 0, "part0": "morning"},
            },
            "excluded": False,
        }
        for row in unplaced
    ]
    made = drafting.keep_entries(session, cohort, entries, left, actor=None, at=clock.now())
    for name, value in search.items():
        setattr(session.get_one(MatchSearch, made.search_id), name, value)
    session.flush()
    return made


def document(session: Session, draft: MatchDraft) -> dict[str, Any]:
    """What a draft says at its revision: {"circles": entries by name, "unplaced": entries}."""
    circles = drafts.circles_shown(session, draft, "all", 1, 10_000)
    return {
        "circles": [row.entry for row in circles.items],
        "unplaced": [row.entry for row in drafts.left_over(session, draft, 1, 10_000).items],
    }
