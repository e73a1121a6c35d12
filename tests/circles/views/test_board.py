"""The review board: figures, tabs and words, keeping, leaving out, undo, and its outsiders."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import (
    Cohort,
    CohortState,
    DraftCircle,
    DraftLeft,
    Enrollment,
    EnrollmentState,
    MatchDraft,
    Objective,
    Wish,
    WishKind,
)
from circles.services import drafting
from tests.factories import circles as make

NAMES = ("Amara Osei", "Tomás Rivera", "Linh Pham", "Jonas Weber", "Priya Nair", "Kai Nakamura", "Noor Haddad")


@pytest.fixture
def draft(session: Session, matching: Cohort, person: Callable[..., Person]) -> MatchDraft:
    """Two circles of three, Hazel without a host, and Noor without a circle."""
    people = [person(name=name, timezone="Europe/Berlin", department=f"D{n}") for n, name in enumerate(NAMES)]
    rows = [make.enrollment(session, matching, one, glad_to_host=n == 3, topics=["A"]) for n, one in enumerate(people)]
    made = make.draft(session, matching, {"Hazel": rows[:3], "Rowan": rows[3:6]}, unplaced=rows[6:])
    session.commit()
    return made


def members(session: Session, current: MatchDraft, name: str) -> list[str]:
    """The people of one circle of a draft."""
    found: list[str] = next(one["members"] for one in make.document(session, current)["circles"] if one["name"] == name)
    return found


def latest(session: Session, cohort: Cohort) -> MatchDraft:
    """The draft that the board shows."""
    session.expire_all()
    current = drafting.latest(session, session.get_one(Cohort, cohort.id))
    assert current is not None
    return current


class TestWords:
    """What the board says."""

    def test_figures_rings_parts_and_reasons(self, browser: FlaskClient, matching: Cohort, draft: MatchDraft) -> None:
        page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
        for words in (
            "Hazel",
            "Rowan",
            "Amara Osei",
            "of 7",
            "in 2 circles of 3",
            "All kept",
            "3 departments, 1 place",
            "every pair shares one",
            "nobody has met before",
            "3, one fewer than wanted",
            "Noor Haddad",
            "Free 1.5 hours a week.",
            "One more hour would open a place in Hazel: Monday morning.",
            "Ask for more hours",
            "Nothing is sent yet",
        ):
            assert words in page, words

    def test_where_the_weakest_comes_first_its_score_stands_under_the_whole(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        weakest = min(one["score"] for one in make.document(session, draft)["circles"])
        assert "the weakest circle scores" not in browser.get(f"/cohorts/{matching.id}/match").text
        matching.objective = Objective.WEAKEST
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match").text
        assert f"the weakest circle scores {weakest:.1f}" in page
        assert "The weakest circle was raised first" in page

    def test_worth_a_look_is_what_stands_out(self, browser: FlaskClient, matching: Cohort, draft: MatchDraft) -> None:
        page = browser.get(f"/cohorts/{matching.id}/match").text
        assert "Nobody here is glad to host first." in page
        assert 'id="circle-Hazel"' in page
        assert 'id="circle-Rowan"' not in page
        assert "Without remarks" in page

    def test_names_are_words_not_markup(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft, person: Callable[..., Person]
    ) -> None:
        rows = [make.enrollment(session, matching, person(name=f"<b>{n}</b>")) for n in range(4)]
        made = make.draft(session, matching, {'Elm "<i>': rows[:3]}, unplaced=rows[3:])
        session.commit()
        base = f"/cohorts/{matching.id}/match"
        for path in (
            "?show=all",
            "/move?from=Elm+%22%3Ci%3E",
            f"/move?person={rows[3].id}&circle=Elm+%22%3Ci%3E&revision={made.revision}",
        ):
            page = browser.get(base + path).text
            assert "&lt;b&gt;1" in page
            assert "<b>1" not in page
            assert "<i>" not in page

    def test_who_avoids_whom_is_never_said(
        self, browser: FlaskClient, session: Session, matching: Cohort, person: Callable[..., Person]
    ) -> None:
        people = [person(name=name, email=f"{n}@example.org") for n, name in enumerate(NAMES[:3])]
        rows = [make.enrollment(session, matching, one) for one in people]
        session.add(Wish(enrollment_id=rows[0].id, kind=WishKind.AVOID, email_key="2@example.org"))
        session.flush()
        make.draft(session, matching, {"Hazel": rows})
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match").text
        assert "Who it is stays private." in page
        assert "1 circle" in page
        assert "bead-remark" not in page
        assert "2@example.org" not in page

    def test_people_who_left_are_someone(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft, person: Callable[..., Person]
    ) -> None:
        ghost = UUID(int=0)
        hazel = session.scalars(select(DraftCircle).where(DraftCircle.name == "Hazel")).one()
        hazel.members = [str(ghost), *hazel.members[1:]]
        session.scalars(select(DraftLeft)).one().enrollment_id = ghost
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
        assert "Someone who left" in page

    def test_people_who_withdrew_are_said_before_publishing(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        row = session.get_one(Enrollment, UUID(members(session, draft, "Hazel")[0]))
        row.state = EnrollmentState.WITHDRAWN
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
        assert "1 person of this draft is not taking part any more." in page
        assert "Not taking part any more: Amara Osei." in page

    def test_people_who_came_later_are_said_too(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft, person: Callable[..., Person]
    ) -> None:
        make.enrollment(session, matching, person())
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match").text
        assert "1 person enrolled after this draft was made." in page

    @pytest.mark.parametrize("show", ["look", "all", "moved", "unplaced", "nonsense"])
    def test_an_empty_draft_says_what_to_do(
        self, browser: FlaskClient, session: Session, matching: Cohort, show: str
    ) -> None:
        make.draft(session, matching, {})
        session.commit()
        answer = browser.get(f"/cohorts/{matching.id}/match?show={show}&page=7")
        assert answer.status_code == 200
        assert "empty-list" in answer.text

    def test_takes_the_same_queries_at_any_size(
        self,
        browser: FlaskClient,
        session: Session,
        matching: Cohort,
        person: Callable[..., Person],
        cost: Callable[[str], int],
    ) -> None:
        counts = []
        for more in (2, 30):
            rows = [make.enrollment(session, matching, person()) for _number in range(more * 3 + 3)]
            circles = {f"Circle {n}": rows[n * 3 : n * 3 + 3] for n in range(more)}
            make.draft(session, matching, circles, unplaced=rows[more * 3 :])
            session.commit()
            counts += [cost(f"/cohorts/{matching.id}/match?show={show}") for show in ("look", "all", "unplaced")]
        assert counts[:3] == counts[3:]

    def test_stays_readable_after_publishing_and_cannot_be_changed(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        matching.state = CohortState.RUNNING
        session.commit()
        page = browser.get(f"/cohorts/{matching.id}/match?show=all").text
        assert "Move someone…" not in page
        data = {"circle": "Hazel", "locked": "1", "revision": draft.revision}
        browser.post(f"/cohorts/{matching.id}/match/lock", data=data)
        assert latest(session, matching).revision == draft.revision


class TestKeeping:
    """Keeping circles, leaving people out, and going back."""

    def test_a_kept_circle_says_so_and_can_be_let_go(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        address = f"/cohorts/{matching.id}/match/lock"
        page = browser.post(
            address, data={"circle": "Hazel", "locked": "1", "revision": draft.revision}, follow_redirects=True
        ).text
        assert "Hazel stays as it is when you search again." in page
        assert "Let it change again" in page
        assert make.document(session, latest(session, matching))["circles"][0]["locked"]
        browser.post(address, data={"circle": "Hazel", "locked": "0", "revision": draft.revision + 1})
        assert not make.document(session, latest(session, matching))["circles"][0]["locked"]

    def test_people_are_left_out_and_let_in(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        address = f"/cohorts/{matching.id}/match/exclude"
        person = make.document(session, draft)["unplaced"][0]["enrollment"]
        data = {"person": person, "excluded": "1", "revision": draft.revision}
        assert "is left out" in browser.post(address, data=data, follow_redirects=True).text
        assert make.document(session, latest(session, matching))["unplaced"][0]["excluded"]
        placed = {"person": members(session, draft, "Hazel")[0], "excluded": "1", "revision": draft.revision + 1}
        assert "out of the circle first" in browser.post(address, data=placed, follow_redirects=True).text

    def test_undo_goes_back_and_a_new_change_forgets_what_was_undone(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        base = f"/cohorts/{matching.id}/match"
        browser.post(f"{base}/lock", data={"circle": "Hazel", "locked": "1", "revision": draft.revision})
        page = browser.post(f"{base}/undo", data={"revision": draft.revision + 1}, follow_redirects=True).text
        assert "The last change is undone." in page
        current = latest(session, matching)
        assert current.revision == draft.revision
        assert not make.document(session, current)["circles"][0]["locked"]
        assert "Undo the last change" not in page
        again = browser.post(f"{base}/undo", data={"revision": draft.revision}, follow_redirects=True).text
        assert "There is nothing to undo." in again
        browser.post(f"{base}/lock", data={"circle": "Rowan", "locked": "1", "revision": draft.revision})
        locked = {one["name"]: one["locked"] for one in make.document(session, latest(session, matching))["circles"]}
        assert locked == {"Hazel": False, "Rowan": True}

    def test_two_leads_do_not_overwrite_each_other(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        address = f"/cohorts/{matching.id}/match/lock"
        browser.post(address, data={"circle": "Hazel", "locked": "1", "revision": draft.revision})
        page = browser.post(
            address, data={"circle": "Rowan", "locked": "1", "revision": draft.revision}, follow_redirects=True
        ).text
        assert "Someone else changed the draft meanwhile." in page
        current = latest(session, matching)
        assert {one["name"]: one["locked"] for one in make.document(session, current)["circles"]} == {
            "Hazel": True,
            "Rowan": False,
        }

    @pytest.mark.parametrize("revision", ["", "nonsense", "-1", "99999999999999"])
    def test_a_strange_revision_changes_nothing(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft, revision: str
    ) -> None:
        data = {"circle": "Hazel", "locked": "1", "revision": revision}
        assert browser.post(f"/cohorts/{matching.id}/match/lock", data=data).status_code == 302
        assert latest(session, matching).revision == draft.revision


def test_outsiders_and_members_find_no_board(
    sign_in: Callable[[Person], FlaskClient],
    session: Session,
    matching: Cohort,
    draft: MatchDraft,
    outsider: Person,
) -> None:
    enrolled = session.get_one(Person, draft_person(session, draft))
    for one in (outsider, enrolled):
        browser = sign_in(one)
        base = f"/cohorts/{matching.id}/match"
        person = members(session, draft, "Hazel")[0]
        assert browser.get(base).status_code == 404
        assert browser.get(f"{base}/move?person={person}&circle=Rowan&revision=1").status_code == 404
        data = {"person": person, "circle": "Rowan", "revision": "1", "locked": "1", "excluded": "1", "seconds": "10"}
        for path in ("move", "lock", "exclude", "undo", "search"):
            assert browser.post(f"{base}/{path}", data=data).status_code == 404, path
    assert latest(session, matching).revision == draft.revision


def draft_person(session: Session, draft: MatchDraft) -> UUID:
    """The id of a person of the draft."""
    return session.get_one(Enrollment, UUID(members(session, draft, "Hazel")[0])).person_id


class TestAdvice:
    """What one move would do for a circle."""

    def test_a_move_that_would_help_is_said_and_leads_to_its_preview(
        self, browser: FlaskClient, session: Session, matching: Cohort, person: Callable[..., Person]
    ) -> None:
        zone = {"timezone": "Europe/Berlin"}
        hazel = [make.enrollment(session, matching, person(department=f"D{n}", **zone)) for n in range(3)]
        alder = [
            make.enrollment(session, matching, person(name=f"Wren {n}", department="E", **zone), glad_to_host=n < 2)
            for n in range(5)
        ]
        made = make.draft(session, matching, {"Hazel": hazel, "Alder": alder})
        session.commit()
        base = f"/cohorts/{matching.id}/match"
        board = browser.get(base).text
        assert "What would help?" in board
        query = {"circle": "Hazel", "revision": made.revision}
        page = browser.get(f"{base}/advice", query_string=query).text
        assert "<h1" in page
        assert "here from Alder would give Hazel a host" in page
        part = browser.get(f"{base}/advice", query_string=query, headers={"HX-Request": "true"}).text
        assert "<html" not in part
        address = part.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
        assert "to Hazel?" in browser.get(address).text

    def test_nothing_helps_and_circles_that_are_gone(
        self, browser: FlaskClient, session: Session, matching: Cohort, draft: MatchDraft
    ) -> None:
        address = f"/cohorts/{matching.id}/match/advice"
        assert "No single move" in browser.get(address, query_string={"circle": "Hazel"}).text
        assert browser.get(address, query_string={"circle": "Elder"}).status_code == 409

    def test_takes_the_same_queries_at_any_size(
        self,
        browser: FlaskClient,
        session: Session,
        matching: Cohort,
        person: Callable[..., Person],
        cost: Callable[[str], int],
    ) -> None:
        counts = []
        for more in (3, 20):
            rows = [make.enrollment(session, matching, person(), glad_to_host=True) for _number in range(more * 3 + 3)]
            circles = {f"Circle {n}": rows[n * 3 : n * 3 + 3] for n in range(more)}
            make.draft(session, matching, circles)
            session.commit()
            counts.append(cost(f"/cohorts/{matching.id}/match/advice?circle=Circle+1"))
        assert counts[0] == counts[1]

    def test_outsiders_get_no_advice(
        self, sign_in: Callable[[Person], FlaskClient], outsider: Person, matching: Cohort, draft: MatchDraft
    ) -> None:
        assert sign_in(outsider).get(f"/cohorts/{matching.id}/match/advice?circle=Hazel").status_code == 404
