"""A populated installation in a few set-based inserts: for measuring only, never for showing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit import record
from app.jobs.models import Job, JobState
from app.mail.models import MailState, OutgoingMail
from app.organization import organization
from circles.models import (
    Agreement,
    Assent,
    Circle,
    Cohort,
    CohortState,
    Enrollment,
    EnrollmentState,
    HelpRequest,
    Membership,
)
from guides.content.models import GuideVersion
from guides.content.services import store_library
from guides.walk.models import CircleNote, CohortPlan, Commitment, SessionWeek, Walk
from scheduling.models import Answer, Attendance, CircleSession, InviteSent, Rsvp, Season, SessionState
from tests.factories import accounts as make_accounts
from tests.factories import circles as make_circles

SIZE = 5
SESSIONS = 12
#: Sessions that lie behind the circles.
HELD = 5
ZONES = ("Europe/Berlin", "Europe/Lisbon", "Europe/Warsaw", "Africa/Lagos")
DEPARTMENTS = ("Operations", "Engineering", "Sales", "Finance", "People", "Legal", "Facilities")
HOURS = "Mon 08:00-12:00; Tue 08:00-12:00 13:00-16:00; Wed 08:00-12:00; Thu 08:00-12:00 13:00-16:00"
ROWS_AT_A_TIME = 5000


@dataclass
class World:
    """The people and things that pages are asked for."""

    administrator: Person
    lead: Person
    manager: Person
    member: UUID
    running: Cohort
    matching: Cohort
    circle: UUID
    #: The enrollments of the cohort that is being matched, in order.
    waiting: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    circles: list[UUID] = field(default_factory=list)
    walks: list[UUID] = field(default_factory=list)
    sessions: list[list[UUID]] = field(default_factory=list)
    memberships: list[UUID] = field(default_factory=list)


def populate(session: Session, count: int, *, at: datetime) -> World:
    """A cohort of `count` people in week 5 of 12 in circles of five, and one of the same size being matched."""
    organization(session).set_up_at = at
    versions = store_library(session, at=at)
    guide = next(version for version in versions if version.slug == "working-in-the-open")
    administrator = make_accounts.person(session, name="Ada Admin", is_administrator=True)
    lead = make_accounts.person(session, name="Lena Lead", timezone="Europe/Berlin")
    manager = make_accounts.person(session, name="Mona Manager", timezone="Europe/Berlin")
    program = make_circles.program(session, lead, name="Work in the open")
    monday = at.date() - timedelta(days=at.weekday() + 7 * HELD)
    running = make_circles.cohort(
        session, program, name="Running", state=CohortState.RUNNING, starts_on=monday, published_at=at
    )
    ahead = monday + timedelta(weeks=SESSIONS)
    matching = make_circles.cohort(session, program, name="Matching", state=CohortState.MATCHING, starts_on=ahead)
    session.add_all(CohortPlan(cohort_id=cohort.id, guide_version_id=guide.id) for cohort in (running, matching))
    session.flush()
    people = [uuid4() for _ in range(count)]
    world = World(administrator, lead, manager, people[0], running, matching, uuid4(), people=people)
    _insert(session, Person, _people(world, at))
    _insert(session, Enrollment, _enrollments(world, at))
    _circles(session, world, at)
    _walks(session, world, guide, at)
    _mails_and_jobs(session, world, at)
    for number in range(min(count, 500)):
        record(session, "circle.formed", "circle", world.circles[number % len(world.circles)], actor_id=None, at=at)
    session.flush()
    return world


def _insert(session: Session, model: Any, rows: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> None:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == ROWS_AT_A_TIME:
            session.execute(insert(model), part)
            part = []
    if part:
        session.execute(insert(model), part)


insert_rows = _insert


def _people(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for number, key in enumerate(world.people):
        yield {
            "id": key,
            "name": f"Person {number:05d}",
            "email": f"person{number}@bench.example",
            "email_key": f"person{number}@bench.example",
            "timezone": ZONES[number % len(ZONES)],
            "department": DEPARTMENTS[number % len(DEPARTMENTS)],
            "location": f"Place {number % 9}",
            "level": ("junior", "senior", "lead")[number % 3],
            "languages": ["en"],
            # Every tenth person reports to one manager, so that the manager's lists grow with the cohort.
            "manager_id": world.manager.id if number % 10 == 0 else None,
            "stopped_mails": [],
            "created_at": at,
            "updated_at": at,
        }


def _enrollments(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for cohort, state in ((world.running, EnrollmentState.PLACED), (world.matching, EnrollmentState.ENROLLED)):
        for number, person in enumerate(world.people):
            key = uuid4()
            if cohort is world.matching:
                world.waiting.append(key)
            yield {
                "id": key,
                "cohort_id": cohort.id,
                "person_id": person,
                "state": state,
                "timezone": ZONES[number % len(ZONES)],
                "goals": "Show work earlier.",
                "topics": [("feedback", "writing", "planning")[number % 3]],
                "languages": ["en"],
                "available": HOURS,
                "preferred": "Tue 08:00-12:00",
                "glad_to_host": number % SIZE == 0,
                "step": 5,
                "created_at": at + timedelta(milliseconds=number),
                "answered_at": at,
            }


def _circles(session: Session, world: World, at: datetime) -> None:
    count = len(world.people) // SIZE
    world.circles = [world.circle, *(uuid4() for _ in range(count - 1))]
    _insert(
        session,
        Circle,
        [
            {"id": key, "cohort_id": world.running.id, "name": f"Circle {number:04d}", "windows": [], "created_at": at}
            for number, key in enumerate(world.circles)
        ],
    )
    world.memberships = [uuid4() for _ in range(count * SIZE)]
    _insert(
        session,
        Membership,
        [
            {
                "id": key,
                "circle_id": world.circles[number // SIZE],
                "person_id": world.people[number],
                "position": number % SIZE,
                "joined_at": at - timedelta(weeks=HELD),
            }
            for number, key in enumerate(world.memberships)
        ],
    )
    agreements = [uuid4() for _ in world.circles]
    _insert(
        session,
        Agreement,
        [
            {"id": key, "circle_id": circle, "version": 1, "lines": ["We are kind."], "written_at": at}
            for key, circle in zip(agreements, world.circles, strict=True)
        ],
    )
    signed = enumerate(world.people[: count * SIZE])
    _insert(session, Assent, ({"agreement_id": agreements[n // SIZE], "person_id": p, "at": at} for n, p in signed))
    # One circle in twenty asks for help.
    asked = [(world.circles[n], world.people[n * SIZE]) for n in range(0, count, 20)]
    _insert(
        session,
        HelpRequest,
        [
            {"circle_id": circle, "person_id": person, "text": "We lost two.", "created_at": at}
            for circle, person in asked
        ],
    )


def _walks(session: Session, world: World, guide: GuideVersion, at: datetime) -> None:
    seasons = [uuid4() for _ in world.circles]
    world.walks = [uuid4() for _ in world.circles]
    world.sessions = [[uuid4() for _ in range(SESSIONS)] for _ in world.circles]
    weeks = [world.running.starts_on + timedelta(weeks=week) for week in range(SESSIONS)]
    _insert(session, Season, (_season(world, number, key, weeks, at) for number, key in enumerate(seasons)))
    _insert(session, CircleSession, _meetings(world, seasons, at))
    _insert(
        session,
        Walk,
        [
            {"id": walk, "season_id": season, "guide_version_id": guide.id, "started_at": at}
            for walk, season in zip(world.walks, seasons, strict=True)
        ],
    )
    _insert(
        session,
        SessionWeek,
        (
            {"session_id": key, "walk_id": walk, "week": week}
            for walk, keys in zip(world.walks, world.sessions, strict=True)
            for week, key in enumerate(keys, 1)
        ),
    )
    _insert(session, Attendance, _attendance(world, at))
    _insert(session, Rsvp, _answers(world, at))
    _insert(session, InviteSent, _invites(world, at))
    _insert(session, CircleNote, _notes(world, at))
    _insert(session, Commitment, _commitments(world, at))


def _season(world: World, number: int, key: UUID, weeks: Sequence[Any], at: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "circle_id": world.circles[number],
        "timezone": "UTC",
        "weekday": 6,
        "starts": time(20, 0),
        "minutes": 60,
        "weeks": [week.isoformat() for week in weeks],
        "alternatives": [],
        "room_url": f"https://meet.example/{key.hex}",
        "created_at": at,
    }


def _meetings(world: World, seasons: Sequence[UUID], at: datetime) -> Iterator[dict[str, Any]]:
    first = datetime.combine(world.running.starts_on + timedelta(days=6), time(20, 0), UTC)
    for number, season in enumerate(seasons):
        for place, key in enumerate(world.sessions[number]):
            starts_at = first + timedelta(weeks=place)
            held = starts_at < at
            yield {
                "id": key,
                "season_id": season,
                "position": place + 1,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=1),
                # Every seventeenth circle stopped meeting.
                "state": SessionState.PLANNED
                if not held
                else SessionState.MISSED
                if number % 17 == 3
                else SessionState.HELD,
                "present": 4 if held else None,
                "title": f"Week {place + 1}",
                "holidays": [],
                "uid": f"{key.hex}@bench",
                "created_at": at,
                "updated_at": at,
            }


def _each_member(world: World) -> Iterator[tuple[int, UUID]]:
    for number in range(len(world.circles)):
        for person in world.people[number * SIZE : (number + 1) * SIZE]:
            yield number, person


def _attendance(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for number, person in _each_member(world):
        for key in world.sessions[number][:HELD]:
            yield {"session_id": key, "person_id": person, "present": True, "noted_by": person, "noted_at": at}


def _answers(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for index, (number, person) in enumerate(_each_member(world)):
        if index % 3:
            key = world.sessions[number][HELD]
            yield {"session_id": key, "person_id": person, "answer": Answer.YES, "source": "link", "answered_at": at}


def _invites(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for number, person in _each_member(world):
        for key in world.sessions[number][HELD : HELD + 2]:
            yield {
                "session_id": key,
                "person_id": person,
                "address": "someone@bench.example",
                "method": "REQUEST",
                "sequence": 0,
                "stamped_at": at,
            }


def _notes(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for number, person in _each_member(world):
        for week in range(1, HELD + 1):
            walk = world.walks[number]
            yield {"walk_id": walk, "week": week, "author_id": person, "text": "What I noticed.", "written_at": at}


def _commitments(world: World, at: datetime) -> Iterator[dict[str, Any]]:
    for number, person in _each_member(world):
        for week in range(1, HELD + 1):
            walk = world.walks[number]
            yield {"walk_id": walk, "week": week, "person_id": person, "text": "Ask one colleague.", "made_at": at}


def _mails_and_jobs(session: Session, world: World, at: datetime) -> None:
    states = (MailState.SENT, MailState.SENT, MailState.SENT, MailState.FAILED)
    _insert(
        session,
        OutgoingMail,
        (
            {
                "kind": "session.invite",
                "recipient": f"person{number}@bench.example",
                "recipient_name": f"Person {number:05d}",
                "person_id": person,
                "subject": "Week 6",
                "text": "Come.",
                "html": "<p>Come.</p>",
                "message_id": f"bench-{number}-{copy}",
                "state": states[copy],
                "created_at": at,
                "send_at": at,
                "sent_at": at,
            }
            for number, person in enumerate(world.people)
            for copy in range(2 if number % 50 else 4)
        ),
    )
    _insert(
        session,
        Job,
        (
            {
                "key": f"bench:{number}",
                "kind": "mail.send",
                "payload": {},
                "state": JobState.DONE if number % 100 else JobState.DEAD,
                "run_at": at,
                "created_at": at,
                "result": {},
                "finished_at": at,
            }
            for number in range(len(world.people) * 2)
        ),
    )
