"""Home: one next thing, for whoever comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from scheduling.models import Answer
from scheduling.services.answers import answer
from tests.factories import practices as make
from tests.factories.practices import World
from tests.pages.conftest import AT


def test_the_next_session_comes_first_in_the_reader_s_time(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    world.amara.timezone = "Europe/Lisbon"
    answer(session, world.season.sessions[1], world.tomas, Answer.YES, source="page", at=AT)
    session.commit()
    page = sign_in(world.amara).get("/").data.decode()
    assert "Thursday 24 September, 9:00–10:00" in page
    assert "It is 10:00 in Berlin, where Juniper meets." in page
    assert "Your next session is in 2 days" in page
    assert "Tomás Rivera (coming)" in page
    assert "Title of week 2" in page


def test_one_thing_to_record_is_asked_about_since_the_last_session(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    assert "One thing to record" not in sign_in(world.amara).get("/").text
    make.change(session, world.amara, world.circle, on=world.season.sessions[0].starts_at.date() - timedelta(days=1))
    session.commit()
    page = sign_in(world.amara).get("/").text
    assert "One thing to record" in page
    assert "Since Thursday 17 September, how often did you do this?" in page
    assert "One thing to record" not in sign_in(world.tomas).get("/").text


def test_someone_without_a_circle_is_told_how_it_begins(
    sign_in: Callable[[Person], FlaskClient], outsider: Person
) -> None:
    assert "You are in no circle yet" in sign_in(outsider).get("/").text


def test_a_lead_without_a_circle_is_led_to_the_cohorts(sign_in: Callable[[Person], FlaskClient], world: World) -> None:
    page = sign_in(world.lead).get("/").text
    assert "My cohorts" in page
    assert ">Reports<" in page


def test_the_circle_page_shows_people_sessions_and_what_is_shown(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World
) -> None:
    make.change(session, world.amara, world.circle, shown=True)
    session.commit()
    page = sign_in(world.tomas).get(f"/circles/{world.circle.id}").text
    for words in ("Amara Osei", "Week 2", "I show my draft when it is half done.", "Leave the circle"):
        assert words in page
    assert sign_in(world.lead).get(f"/circles/{world.circle.id}").status_code == 404


def test_home_takes_the_same_queries_however_much_there_is(
    session: Session, sign_in: Callable[[Person], FlaskClient], world: World, queries: list[str]
) -> None:
    browser = sign_in(world.amara)
    make.change(session, world.amara, world.circle, shown=True)
    session.commit()
    counts = []
    for _ in range(2):
        session.expire_all()
        queries.clear()
        assert browser.get("/").status_code == 200
        counts.append(len(queries))
        for number in range(8):
            make.change(session, world.amara, world.circle, after=f"Change {number}")
        session.commit()
    assert counts[0] == counts[1]


def test_the_public_pages_need_nobody(client: FlaskClient) -> None:
    for address in ("/help", "/who-can-see-what", "/healthz"):
        assert client.get(address).status_code == 200
    assert client.get("/").status_code == 302


def test_the_host_opens_the_session_from_home_and_others_when_it_is_near(
    sign_in: Callable[[Person], FlaskClient], world: World, travel: time_machine.Traveller
) -> None:
    assert "Open the session" in sign_in(world.tomas).get("/").text, "the host of the second session"
    assert "Open the session" not in sign_in(world.amara).get("/").text
    travel.move_to(world.season.sessions[1].starts_at - timedelta(minutes=10))
    assert "Open the session" in sign_in(world.amara).get("/").text
