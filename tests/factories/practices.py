"""Makes practice changes, circles in the middle of a season, and approved pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from circles.models import Circle, Cohort, CohortState, Membership
from guides.walk.models import SessionWeek, Walk
from practices.models import PracticeChange, Share, Visibility
from practices.services import changes, shares
from practices.services.changes import Origin, Statement
from practices.services.pages import Chosen, audience, make_page
from scheduling.models import Season, SessionState
from tests.factories import accounts
from tests.factories import circles as make_circles
from tests.factories import guides as make_guides
from tests.factories.scheduling import DESK, season

FIRST = date(2026, 9, 14)


@dataclass
class World:
    """A circle of four in a running cohort, its lead, a manager of its first member, and an outsider."""

    cohort: Cohort
    circle: Circle
    season: Season
    walk: Walk
    lead: Person
    manager: Person
    amara: Person
    tomas: Person
    linh: Person
    jonas: Person


def world(session: Session, *, sessions: int = 12, held: int = 0) -> World:
    """Juniper meets on Thursdays at 10:00 in Berlin from 17 September 2026; the first `held` sessions took place."""
    lead = accounts.person(session, name="Marcus Adeyemi", timezone="Europe/Berlin")
    manager = accounts.person(session, name="Ingrid Solberg", timezone="Europe/Berlin")
    people = [
        accounts.person(session, name=name, timezone="Europe/Berlin", department="Operations")
        for name in ("Amara Osei", "Tomás Rivera", "Linh Pham", "Jonas Weber")
    ]
    people[0].manager_id = manager.id
    cohort = make_circles.cohort(
        session, make_circles.program(session, lead), state=CohortState.RUNNING, name="Autumn 2026"
    )
    circle = make_circles.circle(session, cohort, people, name="Juniper")
    made = season(session, circle, at=clock.now(), first=FIRST, count=sessions)
    walk = Walk(season_id=made.id, guide_version_id=make_guides.version(session).id, started_at=clock.now())
    session.add(walk)
    session.flush()
    for number, meeting in enumerate(made.sessions, 1):
        session.add(SessionWeek(session_id=meeting.id, walk_id=walk.id, week=number))
        if number <= held:
            meeting.state, meeting.present = SessionState.HELD, 4
    session.commit()
    return World(cohort, circle, made, walk, lead, manager, *people)


def change(
    session: Session,
    person: Person,
    circle: Circle | None,
    *,
    on: date = date(2026, 9, 24),
    shown: bool = False,
    at: datetime | None = None,
    **fields: Any,
) -> PracticeChange:
    """A change of a member, written in a circle; any field of a statement can be given."""
    membership = (
        session.query(Membership).filter_by(circle_id=circle.id, person_id=person.id, left_at=None).one()
        if circle
        else None
    )
    words = {
        "after": "I show my draft when it is half done.",
        "before": "I show my work when it is polished.",
        "cue": "I have been on a document for two hours",
        "action": "I send it to one colleague",
        "area": "sharing",
        "baseline": 1,
    } | fields
    return changes.write_change(
        session,
        Statement(**words),
        origin=Origin(membership),
        visibility=Visibility.CIRCLE if shown else Visibility.ME,
        today=on,
        actor=person,
        at=at or clock.now(),
    )


def check_in(session: Session, change: PracticeChange, days: int, frequency: int | None, **fields: Any) -> None:
    """A check-in so many days after the change was begun."""
    at = fields.pop("at", clock.now())
    on = change.begun_on + timedelta(days=days)
    changes.check_in(session, change, on=on, frequency=frequency, at=at, **fields)


def share(session: Session, member: Person, *chosen: PracticeChange, would_help: str = "", **to: str) -> Share:
    """A page that a member approved for their manager, or for the name and address given."""
    reader = audience(session, member, to.get("name", ""), to.get("email", ""))
    for entry in chosen:
        session.refresh(entry, ["check_ins"])
    page = make_page(session, member, [Chosen(entry) for entry in chosen], reader, would_help=would_help, today=FIRST)
    return shares.approve(session, page, chosen, reader, actor=member, desk=DESK, at=clock.now())


def token_of(share: Share, purpose: str = shares.READ) -> str:
    """The secret in the address of a page's link, as the application under test makes it."""
    found = shares.links(share, DESK)
    return (found.read_url if purpose == shares.READ else found.receipt_url).rsplit("/", 1)[-1]
