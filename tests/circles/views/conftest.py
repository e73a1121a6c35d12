"""The cast of the pages about cohorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from circles.models import Cohort, CohortState, Program
from tests.factories import circles as make

Made = TypeVar("Made")


def kept(session: Session, made: Made) -> Made:
    """What was made, committed, so that a page that refuses something does not take it along."""
    session.commit()
    return made


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person(name="Marcus Adeyemi", timezone="Europe/Berlin")


@pytest.fixture
def browser(sign_in: Callable[[Person], FlaskClient], lead: Person) -> FlaskClient:
    """The lead's browser."""
    return sign_in(lead)


@pytest.fixture
def program(session: Session, lead: Person) -> Program:
    """The lead's program."""
    return kept(session, make.program(session, lead, name="Work in the open"))


@pytest.fixture
def cohort(session: Session, program: Program) -> Cohort:
    """A cohort whose enrollment is open."""
    return kept(session, make.cohort(session, program, name="Autumn", state=CohortState.ENROLLING))


@pytest.fixture
def matching(session: Session, program: Program) -> Cohort:
    """A cohort that is being matched, in circles of 3 to 5."""
    sizes = {"size_min": 3, "size_target": 4, "size_max": 5}
    return kept(session, make.cohort(session, program, name="Winter", state=CohortState.MATCHING, **sizes))


@pytest.fixture
def mails(session: Session) -> Callable[[], Sequence[OutgoingMail]]:
    """Every mail written so far, in the order written."""

    def written() -> Sequence[OutgoingMail]:
        session.expire_all()
        return session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()

    return written


@pytest.fixture
def cost(browser: FlaskClient, session: Session, queries: list[str]) -> Callable[[str], int]:
    """How many statements a page of the lead takes, once what every page needs is there."""

    def counted(path: str) -> int:
        session.commit()
        browser.get(path)
        queries.clear()
        assert browser.get(path).status_code == 200
        return len(queries)

    return counted
