"""Moving people of the draft by hand: the preview first, then the move."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Cohort, MatchDraft
from circles.services import drafting
from tests.factories import circles as make

NAMES = ("Amara Osei", "Tomás Rivera", "Linh Pham", "Kofi Mensah", "Jonas Weber", "Priya Nair", "Kai Nakamura", "Noor")


class Board:
    """The lead's hands on one draft."""

    def __init__(self, browser: FlaskClient, session: Session, cohort: Cohort, draft: MatchDraft) -> None:
        self.browser, self.session, self.cohort, self.draft = browser, session, cohort, draft
        self.address = f"/cohorts/{cohort.id}/match/move"
        self.people = [key for one in make.document(session, draft)["circles"] for key in one["members"]]
        self.noor: str = make.document(session, draft)["unplaced"][0]["enrollment"]

    def latest(self) -> MatchDraft:
        """The draft that the board shows."""
        self.session.expire_all()
        current = drafting.latest(self.session, self.session.get_one(Cohort, self.cohort.id))
        assert current is not None
        return current

    def sizes(self) -> dict[str, int]:
        """How many people each circle has, and how many have none."""
        document = make.document(self.session, self.latest())
        found = {one["name"]: len(one["members"]) for one in document["circles"]}
        return found | {"": len(document["unplaced"])}

    def preview(self, person: str, circle: str, revision: int | None = None) -> str:
        """The page before a move."""
        query = {"person": person, "circle": circle, "revision": revision or self.latest().revision}
        return self.browser.get(self.address, query_string=query, follow_redirects=True).text

    def move(self, person: str, circle: str, revision: int | None = None) -> str:
        """Move someone; the board afterwards."""
        data = {"person": person, "circle": circle, "revision": revision or self.latest().revision}
        return self.browser.post(self.address, data=data, follow_redirects=True).text


@pytest.fixture
def board(browser: FlaskClient, session: Session, matching: Cohort, person: Callable[..., Person]) -> Board:
    """Hazel with four people, Rowan with three, Noor without a circle; circles hold five."""
    people = [person(name=name, timezone="Europe/Berlin", department=name[:1]) for name in NAMES]
    rows = [make.enrollment(session, matching, one, glad_to_host=n in (0, 4)) for n, one in enumerate(people)]
    draft = make.draft(session, matching, {"Hazel": rows[:4], "Rowan": rows[4:7]}, unplaced=rows[7:])
    session.commit()
    return Board(browser, session, matching, draft)


def test_the_preview_shows_both_scores_and_keeps_nothing(board: Board) -> None:
    page = board.preview(board.people[0], "Rowan")
    assert "Move Amara Osei to Rowan?" in page
    assert "Nobody here is glad to host first." in page
    for name in ("Hazel", "Rowan"):
        assert f">{name}</h2>" in page
    assert "Nothing is kept yet." in page
    assert board.latest().revision == board.draft.revision


def test_a_move_scores_both_circles_anew_and_marks_them(board: Board) -> None:
    page = board.move(board.people[0], "Rowan")
    assert "Amara Osei is in Rowan now." in page
    assert board.sizes() == {"Hazel": 3, "Rowan": 4, "": 1}
    document = make.document(board.session, board.latest())
    rowan = next(one for one in document["circles"] if one["name"] == "Rowan")
    fresh = drafting.score_members(board.session, board.cohort, rowan["members"])
    assert rowan["score"] == fresh["score"]
    assert [one["moved"] for one in document["circles"]] == [True, True]
    assert make.document(board.session, board.draft)["circles"][0]["moved"] is False


def test_someone_without_a_circle_is_placed_and_taken_out_again(board: Board) -> None:
    chooser = board.browser.get(board.address, query_string={"person": board.noor}).text
    assert "Place Noor" in chooser
    assert "Rowan, " in chooser
    board.move(board.noor, "Rowan")
    assert board.sizes() == {"Hazel": 4, "Rowan": 4, "": 0}
    assert "Take Noor out of Rowan?" in board.preview(board.noor, "-")
    assert "Noor has no circle now." in board.move(board.noor, "-")
    assert board.sizes() == {"Hazel": 4, "Rowan": 3, "": 1}
    assert make.document(board.session, board.latest())["unplaced"][0]["code"] == "by_hand"


def test_choosing_lists_who_can_move_and_where_there_is_room(board: Board) -> None:
    page = board.browser.get(board.address, query_string={"from": "Hazel"}).text
    assert "Who moves out of Hazel?" in page
    assert "Kofi Mensah" in page
    assert "Jonas Weber" not in page
    assert "Without a circle" in page


def test_full_kept_and_vanished_circles_take_nobody(board: Board) -> None:
    board.move(board.people[4], "Hazel")
    assert "Hazel is full: a circle has up to 5 people." in board.move(board.noor, "Hazel")
    board.browser.post(
        f"/cohorts/{board.cohort.id}/match/lock",
        data={"circle": "Rowan", "locked": "1", "revision": board.latest().revision},
    )
    assert "Rowan is kept as it is. Unlock it first." in board.move(board.noor, "Rowan")
    assert "Rowan is kept as it is. Unlock it first." in board.preview(board.people[5], "Hazel")
    assert "There is no circle Elder in this draft any more." in board.move(board.noor, "Elder")
    assert (
        "Every circle is full or kept as it is."
        in board.browser.get(board.address, query_string={"person": board.noor}).text
    )


@pytest.mark.parametrize("stranger", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_strangers_are_not_moved(board: Board, stranger: str) -> None:
    assert "This person is not in the draft any more." in board.move(stranger, "Rowan")
    assert "This person is not in the draft any more." in board.preview(stranger, "Rowan")
    assert board.latest().revision == board.draft.revision


def test_a_circle_left_empty_disappears(board: Board) -> None:
    for person in board.people[4:6]:
        board.move(person, "-")
    assert "so it disappears" in board.preview(board.people[6], "-")
    board.move(board.people[6], "-")
    assert board.sizes() == {"Hazel": 4, "": 4}


def test_a_move_that_breaks_a_firm_rule_says_so_before(
    board: Board, session: Session, person: Callable[..., Person]
) -> None:
    ids = session.scalars(drafting.waiting_people(board.cohort)).all()
    people = [session.get_one(Person, key) for key in ids]
    by_name = {one.name: one for one in people}
    by_name["Amara Osei"].manager_id = by_name["Jonas Weber"].id
    session.commit()
    page = board.preview(board.people[0], "Rowan")
    assert "are manager and report." in page
    board.move(board.people[0], "Rowan")
    assert "breaks one; it cannot be published so" in board.browser.get(f"/cohorts/{board.cohort.id}/match").text


def test_two_leads_do_not_overwrite_each_other(board: Board) -> None:
    seen = board.latest().revision
    board.move(board.people[0], "Rowan", seen)
    page = board.move(board.people[1], "Rowan", seen)
    assert "Someone else changed the draft meanwhile." in page
    assert board.sizes() == {"Hazel": 3, "Rowan": 4, "": 1}


def test_moving_to_where_someone_is_changes_nothing(board: Board) -> None:
    board.move(board.people[0], "Hazel")
    assert board.latest().revision == board.draft.revision


def test_moves_are_undone_one_by_one(board: Board) -> None:
    board.move(board.people[0], "Rowan")
    board.move(board.people[1], "Rowan")
    for expected in ({"Hazel": 3, "Rowan": 4, "": 1}, {"Hazel": 4, "Rowan": 3, "": 1}):
        board.browser.post(f"/cohorts/{board.cohort.id}/match/undo", data={"revision": board.latest().revision})
        assert board.sizes() == expected
