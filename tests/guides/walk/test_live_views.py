"""The page of a running session: the same for every member, nothing for anyone else, with and without scripts."""

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
from guides.walk.models import Commitment, LiveState
from guides.walk.services import writing
from scheduling.models import Answer, Rsvp, SessionState
from tests.factories import practices as make
from tests.factories.practices import World

#: Ten in Berlin on Thursday 24 September 2026; Tomás hosts the session of week 2.
START = datetime(2026, 9, 24, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Browsers = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session) -> World:
    with time_machine.travel(datetime(2026, 9, 8, tzinfo=UTC), tick=False):
        return make.world(session, held=1)


def path(world: World, rest: str = "", number: int = 2) -> str:
    return f"/circles/{world.circle.id}/weeks/{number}/live{rest}"


def shown(browser: FlaskClient, world: World, rest: str = "") -> BeautifulSoup:
    answer = browser.get(path(world, rest))
    assert answer.status_code == 200
    return BeautifulSoup(answer.data, "html.parser")


def text(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    assert found is not None, selector
    return " ".join(found.text.split())


def press(browser: FlaskClient, world: World, name: str, **more: str) -> int:
    """Press a button as the page shows it, without scripts."""
    revision = shown(browser, world).select_one("[name=revision]")
    known = str(revision["value"]) if revision else "0"
    return browser.post(path(world), data={"press": name, "revision": known} | more).status_code


def states(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LiveState)) or 0


def test_only_members_find_it(sign_in: Browsers, session: Session, world: World, outsider: Person) -> None:
    membership = session.query(Membership).filter_by(person_id=world.jonas.id).one()
    membership.left_at = START
    session.commit()
    for person in (outsider, world.lead, world.manager, world.jonas):
        browser = sign_in(person)
        assert browser.get(path(world)).status_code == 404
        assert browser.get(path(world, "/now")).status_code == 404
        assert browser.post(path(world), data={"press": "start"}).status_code == 404
    assert states(session) == 0


def test_there_is_nothing_where_no_session_is(sign_in: Browsers, session: Session, world: World) -> None:
    browser = sign_in(world.amara)
    assert browser.get(path(world, number=13)).status_code == 404
    world.season.sessions[1].state = SessionState.CANCELLED
    session.commit()
    assert browser.get(path(world)).status_code == 404
    assert browser.post(path(world), data={"press": "start"}).status_code == 404


def test_looking_never_starts_it(sign_in: Browsers, session: Session, world: World) -> None:
    browser = sign_in(world.tomas)
    page = shown(browser, world)
    shown(browser, world, "/now")
    assert states(session) == 0
    assert text(page, ".live-header h1") == "Week 2: Title of week 2"
    assert text(page, ".live-title p") == "You host this session"
    assert "nobody has started the clock" in text(page, ".live-pace")


def test_the_week_page_leads_there_when_it_is_time_and_the_host_before(
    sign_in: Browsers, world: World, travel: time_machine.Traveller
) -> None:
    def leads(person: Person) -> bool:
        return path(world) in sign_in(person).get(f"/circles/{world.circle.id}/weeks/2").text

    travel.move_to(START - 16 * MINUTE)
    assert (leads(world.tomas), leads(world.amara)) == (True, False)
    travel.move_to(START - 15 * MINUTE)
    assert (leads(world.tomas), leads(world.amara)) == (True, True)
    travel.move_to(START + 61 * MINUTE)
    assert (leads(world.tomas), leads(world.amara)) == (False, False)


def test_before_it_opens_it_says_when(sign_in: Browsers, world: World, travel: time_machine.Traveller) -> None:
    travel.move_to(START - 60 * MINUTE)
    page = shown(sign_in(world.tomas), world)
    assert "from 9:45 on" in text(page, ".live-middle")
    assert page.select_one("[name=press][value=start]") is None
    answer = sign_in(world.tomas).post(path(world), data={"press": "start"})
    assert answer.status_code == 409
    assert "15 minutes before the session" in answer.text


def test_it_runs_without_scripts(
    sign_in: Browsers, session: Session, world: World, travel: time_machine.Traveller
) -> None:
    host, peer = sign_in(world.tomas), sign_in(world.amara)
    assert press(host, world, "start") == 302
    travel.shift(48)
    page = shown(peer, world)
    assert text(page, ".live-clock p:last-of-type") == "over, Tomás"
    assert text(page, "[data-live-left]") == "left for Tomás"
    assert text(page, "[data-live-clock]") == "1:27"
    assert text(page, "#press-main") == "Next: Linh"
    assert text(page, "[aria-current=step]").startswith("0:00 Check in")
    for following in ("Linh", "Jonas", "Amara"):
        press(peer, world, "next_speaker")
        assert text(shown(host, world), "[data-live-left]") == f"left for {following}"
    press(host, world, "next_speaker")
    page = shown(peer, world)
    assert text(page, "[data-live-left]") == "left in this step"
    assert text(page, "#press-main") == "Next step"
    press(peer, world, "next_step")
    press(peer, world, "next_step")
    assert text(shown(host, world), "[aria-current=step]").startswith("0:52 One thing to try")
    press(peer, world, "previous")
    assert text(shown(host, world), "[aria-current=step]").startswith("0:09 Talk")
    press(host, world, "finish")
    assert text(shown(peer, world), ".live-middle h2") == "The session is over"


def test_whoever_comes_after_all_is_let_in(sign_in: Browsers, session: Session, world: World, outsider: Person) -> None:
    meeting = world.season.sessions[1]
    no = Rsvp(session_id=meeting.id, person_id=world.linh.id, answer=Answer.NO, source="page", answered_at=START)
    session.add(no)
    session.commit()
    host = sign_in(world.tomas)
    assert "Not expected today: Linh." in text(shown(host, world), ".live-middle")
    press(host, world, "start")
    assert text(shown(host, world), "[value=join]") == "Linh is here"
    assert text(shown(sign_in(world.linh), world), "[value=join]") == "I am here"
    for stranger in (str(outsider.id), ""):
        assert host.post(path(world), data={"press": "join", "person": stranger}).status_code == 404
    assert host.post(path(world), data={"press": "join", "person": "x"}).status_code == 400
    assert host.post(path(world), data={"press": "join", "person": str(world.linh.id)}).status_code == 302
    assert "Not expected" not in text(shown(host, world), ".live-middle")


def test_two_presses_at_once_skip_nobody(sign_in: Browsers, session: Session, world: World) -> None:
    host, peer = sign_in(world.tomas), sign_in(world.amara)
    press(host, world, "start")
    known = {"press": "next_speaker", "revision": "1"}
    assert host.post(path(world), data=known).status_code == 302
    second = peer.post(path(world), data=known, headers={"HX-Request": "true"})
    assert second.status_code == 409
    assert "Nothing was skipped" in second.text
    assert "<html" not in second.text
    page = BeautifulSoup(second.data, "html.parser")
    assert text(page, "[data-live-left]") == "left for Linh"
    assert page.select_one("[role=alert]") is not None
    assert peer.post(path(world), data={"press": "next_speaker", "revision": "2"}).status_code == 302


@pytest.mark.parametrize(
    "data", [{}, {"press": "explode"}, {"press": "pause", "revision": "x"}, {"press": "pause", "revision": "-1"}]
)
def test_a_press_of_nothing_is_refused(sign_in: Browsers, session: Session, world: World, data: dict[str, str]) -> None:
    assert sign_in(world.amara).post(path(world), data=data).status_code == 400
    assert states(session) == 0


def test_other_screens_follow_and_are_left_alone_when_nothing_changed(sign_in: Browsers, world: World) -> None:
    host, peer = sign_in(world.tomas), sign_in(world.amara)
    press(host, world, "start")
    part = shown(peer, world).select_one("#live-now")
    assert part is not None
    again = str(part["hx-get"])
    assert peer.get(again).status_code == 204
    press(host, world, "pause")
    answer = peer.get(again)
    assert answer.status_code == 200
    assert "paused" in answer.text
    assert "<html" not in answer.text
    follows = BeautifulSoup(answer.data, "html.parser").select_one("#live-now")
    assert follows is not None
    assert follows["data-phase"] == "paused"
    assert peer.get(str(follows["hx-get"])).status_code == 204
    host.post(f"/circles/{world.circle.id}/weeks/2/notes", data={"text": "Ana agreed", "from": "live"})
    assert "Ana agreed" in peer.get(str(follows["hx-get"])).text


def test_what_is_written_here_comes_back_here(sign_in: Browsers, session: Session, world: World) -> None:
    browser = sign_in(world.amara)
    mine = writing.commit_to(session, world.walk, 1, "I ask Ana", actor=world.amara, at=START - timedelta(days=6))
    session.commit()
    for target, data in (
        (f"/circles/{world.circle.id}/weeks/2/notes", {"text": "A note"}),
        (f"/circles/{world.circle.id}/weeks/2/commitment", {"text": "I will call"}),
        (f"/commitments/{mine.id}/outcome", {"outcome": "partly"}),
    ):
        answer = browser.post(target, data={**data, "from": "live"})
        assert answer.status_code == 302
        assert answer.location.partition("#")[0] == path(world)
    page = shown(browser, world)
    assert "A note" in text(page, "#notes")
    assert page.select_one("#commitment")["value"] == "I will call"  # type: ignore[index]
    assert "Partly" in text(page, "#live-words")


def test_everyone_is_asked_for_their_own_outcome_only(sign_in: Browsers, session: Session, world: World) -> None:
    earlier = START - timedelta(days=6)
    for person in (world.amara, world.tomas):
        writing.commit_to(session, world.walk, 1, f"{person.first_name} will ask", actor=person, at=earlier)
    session.commit()
    press(sign_in(world.tomas), world, "start")
    own = session.scalars(select(Commitment).where(Commitment.person_id == world.amara.id)).one()
    page = shown(sign_in(world.amara), world)
    assert "Tomás Rivera, speaking" in text(page, ".live-panel")
    forms = [form["action"] for form in page.select("#live-words form")]
    assert forms == [f"/commitments/{own.id}/outcome"]


def test_after_the_last_step_it_asks_who_was_there(
    sign_in: Browsers, session: Session, world: World, travel: time_machine.Traveller
) -> None:
    browser = sign_in(world.tomas)
    press(browser, world, "start")
    press(browser, world, "finish")
    page = shown(browser, world)
    meeting = world.season.sessions[1]
    links = [link["href"] for link in page.select(".live-end-list a")]
    assert f"/sessions/{meeting.id}/presence?next={path(world)}" in links
    assert f"/circles/{world.circle.id}/check-in" in " ".join(map(str, links))
    assert "#after" in links
    assert press(browser, world, "previous") == 302
    assert text(shown(browser, world), "[aria-current=step]").startswith("0:00 Check in")
    press(browser, world, "finish")
    travel.move_to(START + 60 * MINUTE)
    browser.post(f"/sessions/{meeting.id}/presence", data={"held": "yes", "present": [str(world.amara.id)]})
    page = shown(browser, world)
    assert "1 person was there" in text(page, ".live-end-list")
    assert page.select_one("[value=previous]") is None


def test_texts_from_before_someone_joined_stay_hidden(sign_in: Browsers, session: Session, world: World) -> None:
    writing.add_note(session, world.walk, 2, "Between us four", actor=world.tomas, at=START - timedelta(days=1))
    membership = session.query(Membership).filter_by(person_id=world.linh.id).one()
    membership.joined_at = START - timedelta(hours=1)
    session.commit()
    assert "Between us four" in text(shown(sign_in(world.amara), world), "#notes")
    assert "Between us four" not in text(shown(sign_in(world.linh), world), "#notes")


def test_the_queries_are_fixed_in_number(sign_in: Browsers, session: Session, world: World, queries: list[str]) -> None:
    def spent(rest: str = "") -> int:
        session.expire_all()
        queries.clear()
        browser.get(path(world, rest))
        return len(queries)

    browser = sign_in(world.amara)
    press(browser, world, "start")
    shown(browser, world)
    before = (spent(), spent("/now"))
    for number in range(12):
        author = (world.tomas, world.linh, world.jonas)[number % 3]
        writing.add_note(session, world.walk, 2, f"Note {number}", actor=author, at=START)
        if number < 3:
            writing.commit_to(session, world.walk, 1, "One thing", actor=author, at=START)
    session.commit()
    assert (spent(), spent("/now")) == before
    part = shown(browser, world).select_one("#live-now")
    assert part is not None
    queries.clear()
    assert browser.get(str(part["hx-get"])).status_code == 204
    assert len(queries) <= 4
