"""Cohorts as services see them: copies keep their weekdays, links stand until replaced, weeks follow the rhythm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError, InvalidInput
from circles.models import Cadence, Cohort, CohortState
from circles.services import cohorts
from tests.factories import circles as make

AT = datetime(2026, 12, 2, 9, tzinfo=UTC)
KEY = "a secret key for these tests alone"


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person()


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    """A cohort whose enrollment opens on Saturday 1 August 2026."""
    return make.cohort(session, make.program(session, lead), state=CohortState.ENROLLING)


def test_a_copy_moves_by_whole_weeks_and_never_into_the_past(session: Session, cohort: Cohort, lead: Person) -> None:
    copied = cohorts.copy_cohort(session, cohort, name="Next", actor=lead, at=AT)
    assert copied.enroll_from == date(2026, 12, 5)
    assert copied.enroll_from.weekday() == cohort.enroll_from.weekday()
    assert copied.starts_on - copied.enroll_from == cohort.starts_on - cohort.enroll_from
    assert copied.draft_revision == 0
    with pytest.raises(InvalidInput):
        cohorts.copy_cohort(session, cohort, name="  ", actor=lead, at=AT)


def test_chosen_dates_move_along(session: Session, cohort: Cohort, lead: Person) -> None:
    cohort.cadence, cohort.chosen_dates = Cadence.DATES, ["2026-09-16", "2026-10-01"]
    copied = cohorts.copy_cohort(session, cohort, name="Next", actor=lead, at=AT)
    assert copied.chosen_dates == ["2027-01-20", "2027-02-04"]
    assert cohorts.weeks(copied) == (date(2027, 1, 18), date(2027, 2, 1))


def test_a_link_stands_until_it_is_replaced(session: Session, cohort: Cohort) -> None:
    assert cohorts.standing_join_secret(session, cohort, KEY, at=AT) is None
    first = cohorts.open_join_link(session, cohort, KEY, at=AT)
    assert cohorts.open_join_link(session, cohort, KEY, at=AT) == first
    assert cohorts.standing_join_secret(session, cohort, KEY, at=AT) == first
    second = cohorts.open_join_link(session, cohort, KEY, at=AT, renew=True)
    assert second != first
    assert cohorts.standing_join_secret(session, cohort, KEY, at=AT) == second


@pytest.mark.parametrize("cadence", [Cadence.WEEKLY, Cadence.FORTNIGHTLY])
def test_weeks_follow_the_rhythm(session: Session, cohort: Cohort, cadence: Cadence) -> None:
    cohort.cadence = cadence
    weeks = cohorts.weeks(cohort)
    assert len(weeks) == 12
    assert (weeks[1] - weeks[0]).days == (7 if cadence is Cadence.WEEKLY else 14)
    assert cohorts.span(cohort).cadence_weeks == (1 if cadence is Cadence.WEEKLY else 2)


def test_every_step_that_does_not_follow_is_refused(session: Session, cohort: Cohort, lead: Person) -> None:
    for state in CohortState:
        for target in CohortState:
            if target not in cohorts.STEPS[state]:
                cohort.state = state
                with pytest.raises(DomainError):
                    cohorts.step(session, cohort, target, actor=lead, at=AT)
                assert cohort.state is state
