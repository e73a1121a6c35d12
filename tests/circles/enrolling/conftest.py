"""A cohort that takes people, an invitation that was not answered yet, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from circles.models import Cohort, Enrollment, EnrollmentState, Program
from circles.services import cohorts
from tests.circles.enrolling.pages import AT, KEY
from tests.factories import circles as make


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands in the middle of the cohort's enrollment."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def cohort(session: Session) -> Cohort:
    """A cohort that takes people."""
    program = make.program(session, name="Work in the open")
    made = make.cohort(session, program, name="Autumn 2026", topics=["Reviews", "Focus"])
    made.program = session.get_one(Program, program.id)
    return made


@pytest.fixture
def ann(person: Callable[..., Person]) -> Person:
    """Someone who takes part."""
    return person(name="Ann Archer", email="ann@example.org", timezone="Europe/Lisbon", languages=["pt", "en"])


@pytest.fixture
def draft(session: Session, cohort: Cohort, ann: Person) -> Enrollment:
    """An invitation that was not answered yet."""
    return make.enrollment(
        session,
        cohort,
        ann,
        state=EnrollmentState.INVITED,
        available="",
        preferred="",
        languages=["pt", "en"],
        step=1,
    )


@pytest.fixture
def link(session: Session, cohort: Cohort) -> str:
    """The path of the cohort's sign-up link."""
    secret = cohorts.open_join_link(session, cohort, KEY, at=AT)
    session.commit()
    return f"/join/{secret}"
