"""The review board: figures, tabs, words, moving by hand, locking, leaving out, undo, and its outsiders."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Cohort, CohortState, MatchDraft
from circles.services import drafting
from tests.factories import circles as make

NAMES = ("Amara Osei", "Tomás Rivera", "Linh Pham", "Jonas Weber", "Priya Nair", "Kai Nakamura", "Noor Haddad")


@pytest.fixture
def lead(person: Callable[..., Person]) -> Person:
    """Who leads the program."""
    return person(name="Marcus Adeyemi", timezone="Europe/Berlin")


@pytest.fixture
def cohort(session: Session, lead: Person) -> Cohort:
    """A cohort that is being matched, in circles of 3 to 6."""
    return make.cohort(
        session, make.program(session, lead), state=CohortState.MATCHING, size_min=3, size_target=4, size_max=5
    )


@pytest.fixture
def draft(session: Session, cohort: Cohort, person: Callable[..., Person]) -> MatchDraft:
    """Two circles of three, and Noor without one."""
    people = [person(name=name, timezone="Europe/Berlin", department=f"D{n}") for n, name in enumerate(NAMES)]
    rows = [make.enrollment(session, cohort, one, glad_to_host=n in (0, 3)) for n, one in enumerate(people)]
    return make.draft(session, cohort, {"Hazel": rows[:3], "Rowan": rows[3:6]}, unplaced=rows[6:])


def members(current: MatchDraft, name: str) -> list[str]:
    """The people of one circle of a draft."""
    found: list[str] = next(one["members"] for one in current.document["circles"] if one["name"] == name)
    return found


def latest(session: Session, cohort: Cohort) -> MatchDraft:
    """The draft that the board shows."""
    session.expire_all()
    current = drafting.latest(session, session.get_one(Cohort, cohort.id))
    assert current is not None
    return current


class TestBoard:
    """What the board says."""

    def test_shows_figures_rings_and_reasons(
        self, sign_in: Callable[[Person], FlaskClient], lead: Person, cohort: Cohort, draft: MatchDraft
    ) -> None:
        page = sign_in(lead).get(f"/cohorts/{cohort.id}/match?show=all").text
        assert "Review the match" in page
        for words in ("Hazel", "Rowan", "Noor Haddad", "of 7", "All kept", "Nothing is sent yet", "Amara Osei"):
            assert words in page, words
        assert "3, one fewer than wanted" in page
        assert "nobody has met before" in page

    def test_is_not_there_for_outsiders_and_members(
        self,
        sign_in: Callable[[Person], FlaskClient],
        outsider: Person,
        cohort: Cohort,
        draft: MatchDraft,
        session: Session,
    ) -> None:
        browser = sign_in(outsider)
        base = f"/cohorts/{cohort.id}/match"
        person = members(draft, "Hazel")[0]
        assert browser.get(base).status_code == 404
        assert browser.get(f"{base}/move?person={person}&circle=Rowan&revision=1").status_code == 404
        for path, data in (
            ("move", {"person": person, "circle": "Rowan"}),
            ("lock", {"circle": "Hazel", "locked": "1"}),
            ("exclude", {"person": person, "excluded": "1"}),
            ("undo", {}),
            ("search", {"seconds": "10"}),
        ):
            assert browser.post(f"{base}/{path}", data={**data, "revision": "1"}).status_code == 404
        assert latest(session, cohort).document == draft.document
