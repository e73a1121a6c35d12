"""The week page: before, in the session, after and notes, each read only by whom it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Membership
from guides.walk.models import BeforeTick, CircleNote, Commitment, NoteKind, PrivateNote
from guides.walk.services import writing
from scheduling.models import CircleSession, SessionState
from tests.factories import practices as make
from tests.factories.practices import World

AT = datetime(2026, 9, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session) -> World:
    with time_machine.travel(datetime(2026, 9, 8, tzinfo=UTC), tick=False):
        return make.world(session, held=1)


def path(world: World, number: int, rest: str = "") -> str:
    return f"/circles/{world.circle.id}/weeks/{number}{rest}"


def page(browser: FlaskClient, world: World, number: int) -> BeautifulSoup:
    answer = browser.get(path(world, number))
    assert answer.status_code == 200
    return BeautifulSoup(answer.data, "html.parser")


def test_the_page_has_all_its_parts(sign_in: Callable[[Person], FlaskClient], world: World) -> None:
    shown = page(sign_in(world.amara), world, 2)
    assert shown.h1 is not None
    assert shown.h1.text == "Title of week 2"
    for part in ("before", "in-the-session", "after", "my-notes", "notes"):
        assert shown.find(id=part) is not None
    minutes = [int(step.text.split()[0]) for step in shown.select(".agenda-minutes")]
    assert sum(minutes) == 60


def test_there_is_no_week_beyond_the_guide(sign_in: Callable[[Person], FlaskClient], world: World) -> None:
    browser = sign_in(world.amara)
    assert browser.get(path(world, 13)).status_code == 404
    assert browser.get(path(world, 0)).status_code == 404
    assert browser.post(path(world, 13, "/notes"), data={"text": "x"}).status_code == 404


def test_this_week_is_the_week_of_the_next_session(
    sign_in: Callable[[Person], FlaskClient], world: World, travel: time_machine.Traveller
) -> None:
    browser = sign_in(world.amara)
    assert browser.get("/this-week", follow_redirects=True).request.path == path(world, 3)
    travel.move_to(world.season.sessions[-1].ends_at + timedelta(days=1))
    assert sign_in(world.amara).get("/this-week", follow_redirects=True).request.path == path(world, 12)


def test_ticks_and_private_words_are_for_their_writer_alone(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    browser = sign_in(world.amara)
    browser.post(path(world, 2, "/ticks"), data={"item": "read", "done": "y"})
    browser.post(path(world, 2, "/private"), data={"prompt": "question", "text": "May I ask you something?"})
    browser.post(path(world, 2, "/private"), data={"prompt": "", "text": "Just for me"})
    mine = page(browser, world, 2)
    assert "May I ask you something?" in mine.text
    assert "Just for me" in mine.text
    assert len(mine.select(".tick-button.is-done")) == 1
    for other in (world.tomas, world.linh):
        theirs = page(sign_in(other), world, 2)
        assert "May I ask" not in theirs.text
        assert "Just for me" not in theirs.text
        assert not theirs.select(".tick-button.is-done")
    browser.post(path(world, 2, "/ticks"), data={"item": "read"})
    browser.post(path(world, 2, "/private"), data={"prompt": "", "text": "  "})
    assert session.scalar(select(func.count()).select_from(BeforeTick)) == 0
    assert session.scalar(select(func.count()).select_from(PrivateNote)) == 1


def test_notes_are_read_by_who_was_a_member_when_they_were_written(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World, person: Callable[..., Person]
) -> None:
    writing.add_note(session, world.walk, 2, "Before Kai came", actor=world.amara, at=AT - timedelta(days=1))
    kai = person(name="Kai Nakamura")
    session.add(Membership(circle_id=world.circle.id, person_id=kai.id, position=9, joined_at=AT))
    session.commit()
    sign_in(world.amara).post(path(world, 2, "/notes"), data={"text": "After Kai came"})
    seen = page(sign_in(kai), world, 2).text
    assert "After Kai came" in seen
    assert "Before Kai came" not in seen
    old = session.scalar(select(CircleNote).where(CircleNote.text == "Before Kai came"))
    assert old is not None
    assert sign_in(world.amara).post(f"/notes/{old.id}", data={"text": old.text, "open": "1"}).status_code == 302
    assert "Before Kai came" in page(sign_in(kai), world, 2).text


def test_a_note_is_changed_and_removed_by_its_author_only(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    author = sign_in(world.amara)
    author.post(path(world, 2, "/notes"), data={"text": "First words"})
    note = session.scalar(select(CircleNote))
    assert note is not None
    assert sign_in(world.tomas).post(f"/notes/{note.id}", data={"text": "Mine now"}).status_code == 404
    author.post(f"/notes/{note.id}", data={"text": "Second words"})
    session.expire_all()
    assert (note.text, note.edited_at) == ("Second words", AT)
    author.post(f"/notes/{note.id}", data={"text": ""})
    assert session.scalar(select(func.count()).select_from(CircleNote)) == 0


def test_hostile_words_are_shown_as_words(sign_in: Callable[[Person], FlaskClient], world: World) -> None:
    browser = sign_in(world.amara)
    hostile = '<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror="alert(3)">'
    browser.post(path(world, 2, "/notes"), data={"text": hostile})
    answer = browser.get(path(world, 2))
    assert b"<script>alert(1)" not in answer.data
    assert b"&lt;script&gt;alert(1)" in answer.data
    assert b"unsafe-inline" not in answer.headers["Content-Security-Policy"].encode()


def test_a_note_that_is_too_long_says_so_and_is_not_stored(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    answer = sign_in(world.amara).post(path(world, 2, "/notes"), data={"text": "x" * 4001})
    assert answer.status_code == 422
    assert b"4000" in answer.data
    assert session.scalar(select(func.count()).select_from(CircleNote)) == 0


def test_the_summary_of_a_week_shows_on_the_next_page(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    sign_in(world.amara).post(path(world, 2, "/summary"), data={"text": "Four of us showed something."})
    summary = session.scalar(select(CircleNote))
    assert summary is not None
    assert (summary.kind, summary.week) == (NoteKind.SUMMARY, 2)
    assert "Four of us showed something." in page(sign_in(world.tomas), world, 3).text


def test_a_commitment_is_asked_about_next_time_and_answered_by_its_member(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    browser = sign_in(world.amara)
    browser.post(path(world, 2, "/commitment"), data={"text": "Send the outline on Monday"})
    commitment = session.scalar(select(Commitment))
    assert commitment is not None
    assert "Send the outline on Monday" in page(sign_in(world.tomas), world, 3).text
    outcome = f"/commitments/{commitment.id}/outcome"
    assert sign_in(world.tomas).post(outcome, data={"outcome": "did_it"}).status_code == 404
    assert browser.post(outcome, data={"outcome": "not_yet", "note": "Too busy"}).status_code == 302
    assert "Too busy" in page(sign_in(world.linh), world, 3).text
    again = browser.post(path(world, 2, "/commitment"), data={"text": "Something else"})
    assert again.status_code == 422, "what has an outcome stands"


def test_a_skipped_session_leaves_its_week_to_the_next_one(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    third = world.season.sessions[2]
    host = world.linh
    assert b"page" in sign_in(host).get(f"/sessions/{third.id}/skip").data
    assert sign_in(world.jonas).post(f"/sessions/{third.id}/skip", data={"week": "shift"}).status_code in (302, 403)
    session.expire_all()
    if third.state is not SessionState.CANCELLED:
        assert sign_in(host).post(f"/sessions/{third.id}/skip", data={"week": "shift"}).status_code == 302
    session.expire_all()
    standing = session.scalars(
        select(CircleSession)
        .where(CircleSession.season_id == world.season.id, CircleSession.state != SessionState.CANCELLED)
        .order_by(CircleSession.starts_at)
    ).all()
    assert [meeting.title for meeting in standing][2:] == [f"Title of week {number}" for number in range(3, 13)]
    assert len(standing) == 12, "a session is added at the end"
    back = sign_in(host).post(f"/sessions/{third.id}/bring-back")
    assert back.status_code == 302
    session.expire_all()
    again = session.scalars(
        select(CircleSession.title)
        .where(CircleSession.season_id == world.season.id, CircleSession.state != SessionState.CANCELLED)
        .order_by(CircleSession.starts_at)
    ).all()
    assert [title for title in again if title] == [f"Week {n}" for n in (1, 2)] + [
        f"Title of week {number}" for number in range(3, 13)
    ]


def test_the_week_page_takes_the_same_queries_however_much_was_written(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World, queries: list[str]
) -> None:
    browser = sign_in(world.amara)
    counts = []
    for _ in range(2):
        session.expire_all()
        queries.clear()
        browser.get(path(world, 2))
        counts.append(len(queries))
        for number in range(30):
            writing.add_note(session, world.walk, 2, f"Note {number}", actor=world.tomas, at=AT)
        session.commit()
    assert counts[0] == counts[1]
    assert counts[0] <= 20


@pytest.mark.parametrize("who", ["lead", "manager"])
def test_leads_and_managers_read_no_week(sign_in: Callable[[Person], FlaskClient], world: World, who: str) -> None:
    assert sign_in(getattr(world, who)).get(path(world, 2)).status_code == 404
