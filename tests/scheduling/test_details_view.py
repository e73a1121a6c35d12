"""The host's page for a session's title and room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Person
from tests.scheduling.lives import Life

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
Browsers = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def life(session: Session) -> Life:
    made = Life.begin(session, at=AT, first=date(2026, 9, 14), names=("Amara Osei", "Tomas Rivera", "Linh Pham"))
    session.commit()
    return made


def path(life: Life) -> str:
    """The page of the first session."""
    return f"/sessions/{life.refresh().sessions[0].id}/details"


def test_the_host_gives_one_session_another_title_and_room(life: Life, sign_in: Browsers) -> None:
    browser = sign_in(life.members[0])
    assert f'value="{life.season.room_url}"' in browser.get(path(life)).get_data(as_text=True)
    answer = browser.post(path(life), data={"title": "Ask", "room": "https://meet.example/a", "sessions": "this"})
    assert answer.status_code == 302
    life.refresh()
    first, second = life.season.sessions[:2]
    assert (first.title, first.room, second.room) == ("Ask", "https://meet.example/a", life.season.room_url)
    life.settle()
    life.check()


def test_a_room_for_all_replaces_the_circles_and_one_sessions_own(life: Life, sign_in: Browsers) -> None:
    browser = sign_in(life.members[0])
    browser.post(path(life), data={"title": "Ask", "room": "https://meet.example/a", "sessions": "this"})
    browser.post(path(life), data={"title": "Ask", "room": "https://meet.example/b", "sessions": "all"})
    life.refresh()
    assert {m.room for m in life.season.sessions} == {"https://meet.example/b"}
    browser.post(path(life), data={"title": "Ask", "room": "", "sessions": "all"})
    life.refresh()
    assert life.season.room_url.startswith("https://")
    assert life.season.room_url != "https://meet.example/b"
    life.settle()
    life.check()


def test_what_is_no_link_is_named_and_kept_on_the_page(life: Life, sign_in: Browsers) -> None:
    answer = sign_in(life.members[0]).post(
        path(life), data={"title": "Ask", "room": "meet.example", "sessions": "this"}
    )
    page = answer.get_data(as_text=True)
    assert "begins with https://" in page
    assert 'value="meet.example"' in page
    life.refresh()
    assert life.season.sessions[0].title == "Week 1", "nothing is half saved"


def test_others_in_the_circle_are_told_who_may_and_outsiders_find_nothing(
    life: Life, sign_in: Browsers, outsider: Person
) -> None:
    assert sign_in(life.members[2]).get(path(life)).status_code == 403
    assert sign_in(outsider).get(path(life)).status_code == 404
    assert sign_in(outsider).post(path(life), data={"title": "x"}).status_code == 404
