"""From a draft to running circles: one transaction a circle, nothing twice, nothing early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError
from app.jobs.models import Job, JobState
from app.mail.models import OutgoingMail
from circles.models import Circle, Cohort, CohortState, Enrollment, EnrollmentState, Membership
from circles.services import drafting
from guides.walk.models import SessionWeek, Walk
from guides.walk.services import publishing
from scheduling.models import CircleSession, Season
from tests.factories import circles as make
from tests.factories import guides as make_guides
from tests.factories.scheduling import DESK

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 9, 8, 9, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    return person(name="Marcus Adeyemi")


@pytest.fixture
def cohort(session: Session, lead: Person, person: Callable[..., Person]) -> Cohort:
    """A cohort in matching: ten people in two drafted circles, one left over, a guide chosen."""
    made = make.cohort(session, make.program(session, lead), state=CohortState.MATCHING)
    people = [
        make.enrollment(session, made, person(name=f"Member {n}", timezone="Europe/Berlin"), glad_to_host=n == 3)
        for n in range(11)
    ]
    circles = [entry(session, made, "Alder", people[:5]), entry(session, made, "Birch", people[5:10])]
    left = {"enrollment": str(people[10].id), "code": "none", "values": {}, "people": [], "change": None}
    drafting.keep_entries(session, made, circles, [left], actor=lead, at=AT)
    publishing.choose_guide(session, made, make_guides.version(session))
    session.commit()
    return made


def entry(session: Session, cohort: Cohort, name: str, people: list[Enrollment]) -> dict[str, object]:
    members = [str(row.id) for row in people]
    return {"name": name, "members": members, "locked": False, "moved": False} | drafting.score_members(
        session, cohort, members
    )


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_reaches_anyone_before_the_undo_time_is_over(
    flask_app: Flask, session: Session, cohort: Cohort, lead: Person, run_jobs: Callable[[], int]
) -> None:
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    run_jobs()
    assert count(session, Circle) == 0
    assert count(session, OutgoingMail) == 0
    publishing.undo_publishing(session, cohort, actor=lead, at=AT)
    session.commit()
    assert cohort.state is CohortState.MATCHING
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    assert cohort.state is CohortState.PUBLISHING, "what was undone can be published again"


def test_each_circle_gets_its_season_walk_sessions_and_mails(
    flask_app: Flask,
    session: Session,
    cohort: Cohort,
    lead: Person,
    run_jobs: Callable[[], int],
    travel: time_machine.Traveller,
) -> None:
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    travel.move_to(LATER)
    run_jobs()
    session.expire_all()
    assert cohort.state is CohortState.RUNNING
    assert [count(session, model) for model in (Circle, Season, Walk)] == [2, 2, 2]
    assert count(session, CircleSession) == count(session, SessionWeek) == 24
    kinds = dict(session.execute(select(OutgoingMail.kind, func.count()).group_by(OutgoingMail.kind)).all())
    assert kinds == {"circle.welcome": 10, "session.invite": 20, "cohort.no_circle": 1}
    states = dict(session.execute(select(Enrollment.state, func.count()).group_by(Enrollment.state)).all())
    assert states == {EnrollmentState.PLACED: 10, EnrollmentState.ENROLLED: 1}
    first = session.scalar(
        select(Membership).where(Membership.position == 0).join(Circle).where(Circle.name == "Alder")
    )
    assert first is not None
    enrollment = session.get_one(Enrollment, first.enrollment_id)
    assert enrollment.glad_to_host, "who is glad to host first hosts first"


def test_a_job_that_runs_again_changes_nothing(
    flask_app: Flask,
    session: Session,
    cohort: Cohort,
    lead: Person,
    run_jobs: Callable[[], int],
    travel: time_machine.Traveller,
) -> None:
    draft = drafting.latest(session, cohort)
    assert draft is not None
    members = [UUID(text) for text in make.document(session, draft)["circles"][0]["members"]]
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    travel.move_to(LATER)
    run_jobs()
    before = count(session, OutgoingMail)
    planned = publishing.plan_circle(session, cohort, "Alder", members, score=50.0)
    with pytest.raises(DomainError):
        publishing.publish_circle(session, cohort, planned, desk=DESK, at=LATER)
    session.rollback()
    assert count(session, OutgoingMail) == before
    again = session.scalars(select(Job).where(Job.kind == publishing.PUBLISH_CIRCLE)).all()
    session.execute(update(Job).where(Job.id == again[0].id).values(state=JobState.WAITING))
    session.commit()
    assert run_jobs() == 1
    session.expire_all()
    assert session.get_one(Job, again[0].id).state is JobState.DONE
    assert count(session, OutgoingMail) == before


def test_a_draft_that_breaks_a_rule_is_not_published(session: Session, cohort: Cohort, lead: Person) -> None:
    current = drafting.latest(session, cohort)
    assert current is not None
    person = make.document(session, current)["circles"][0]["members"][0]
    drafting.move(session, cohort, cohort.draft_revision, person, "Birch", actor=lead, at=AT)
    for _ in range(2):
        latest = drafting.latest(session, cohort)
        assert latest is not None
        person = make.document(session, latest)["circles"][0]["members"][0]
        drafting.move(session, cohort, cohort.draft_revision, person, None, actor=lead, at=AT)
    with pytest.raises(DomainError, match="Alder"):
        publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)


def test_an_old_revision_is_not_published(session: Session, cohort: Cohort, lead: Person) -> None:
    with pytest.raises(DomainError):
        publishing.start_publishing(session, cohort, cohort.draft_revision - 1, actor=lead, at=AT)


def test_every_named_manager_gets_the_same_mail_only_when_managers_take_part(
    flask_app: Flask,
    session: Session,
    cohort: Cohort,
    lead: Person,
    person: Callable[..., Person],
    run_jobs: Callable[[], int],
    travel: time_machine.Traveller,
) -> None:
    boss = person(name="Ingrid Solberg")
    members = session.scalars(select(Enrollment).where(Enrollment.cohort_id == cohort.id)).all()
    for row in members[:3]:
        session.get_one(Person, row.person_id).manager_id = boss.id
    session.get_one(Person, members[3].person_id).manager_email = "elsewhere@example.org"
    cohort.managers_take_part = True
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    travel.move_to(LATER)
    run_jobs()
    mails = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "cohort.manager_before")).all()
    assert sorted(mail.recipient for mail in mails) == sorted([boss.email, "elsewhere@example.org"])


def test_who_does_not_wait_sees_circles_being_made_not_an_undo_that_is_over(
    session: Session,
    cohort: Cohort,
    lead: Person,
    sign_in: Callable[[Person], FlaskClient],
    run_jobs: Callable[[], int],
) -> None:
    publishing.start_publishing(session, cohort, cohort.draft_revision, actor=lead, at=AT)
    session.commit()
    browser = sign_in(lead)
    page = f"/cohorts/{cohort.id}/publishing"
    assert "Undo" in browser.get(page).text
    after = browser.post(f"{page}/now", follow_redirects=True).text
    assert "Undo" not in after
    assert "0 of 2" in after
    run_jobs()
    part = browser.get(page, headers={"HX-Request": "true"}).text
    assert "2 circles are published." in part
    assert "<html" not in part
