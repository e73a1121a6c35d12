"""Rooms when a member leaves: made anew where Coterie made them, told of where somebody typed a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.models import OutgoingMail
from scheduling.services import details
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life

AT = datetime(2026, 9, 8, 9, 0, tzinfo=UTC)
TYPED = "https://meet.example/ours"
HINT = "Someone who left still knows the link of your room."
Browsers = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def life(session: Session) -> Life:
    names = ("Amara Osei", "Tomas Rivera", "Linh Pham", "Nia Diallo")
    made = Life.begin(session, at=AT, first=date(2026, 9, 14), names=names)
    session.commit()
    return made


def leave(life: Life, sign_in: Browsers, who: int = 3) -> None:
    sign_in(life.members[who]).post(f"/circles/{life.season.circle_id}/leave")
    life.refresh()


def told(session: Session) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "session.room_known")))


def test_of_a_typed_link_the_hosts_hear_until_they_change_it(session: Session, life: Life, sign_in: Browsers) -> None:
    amara, tomas, linh = life.members[:3]
    details.change_season_room(session, life.season, TYPED, actor=amara, desk=DESK, at=AT)
    session.commit()
    leave(life, sign_in)
    assert life.season.room_url == TYPED
    mails = told(session)
    assert sorted(mail.recipient for mail in mails) == sorted([amara.email, tomas.email]), "those who host next"
    where = f"/sessions/{life.season.sessions[0].id}/details"
    for mail in mails:
        assert "Nia Diallo has left" in mail.text.replace("\n", " ")
        assert where in mail.text
        assert where in mail.html
    page = f"/circles/{life.season.circle_id}"
    seen = sign_in(amara).get(page).get_data(as_text=True)
    assert HINT in seen
    assert where in seen
    assert HINT not in sign_in(linh).get(page).get_data(as_text=True), "who cannot change it is not asked to"
    host = sign_in(amara)
    assert "still knows the link of this room" in host.get(where).get_data(as_text=True)
    host.post(where, data={"title": "Week 1", "room": "", "sessions": "all"})
    assert HINT not in host.get(page).get_data(as_text=True)
    assert life.refresh().room_known is False


def test_one_sessions_own_rooms_are_made_anew_or_told_of(session: Session, life: Life, sign_in: Browsers) -> None:
    amara = life.members[0]
    first, second = life.season.sessions[:2]
    details.change_room(session, first, TYPED, actor=amara, desk=DESK, at=AT)
    made_here = f"{DESK.room_base_url}/coterie-{'0' * 32}"
    details.change_room(session, second, made_here, actor=amara, desk=DESK, at=AT)
    session.commit()
    usual = life.season.room_url
    leave(life, sign_in)
    first, second = life.season.sessions[:2]
    assert life.season.room_url != usual
    assert (first.room, first.is_room_known, second.is_room_known) == (TYPED, True, False)
    assert second.room not in (made_here, life.season.room_url, "")
    host = sign_in(amara)
    host.post(f"/sessions/{first.id}/details", data={"title": "Week 1", "room": TYPED + "2", "sessions": "this"})
    assert life.refresh().sessions[0].is_room_known is False


def test_rooms_made_here_need_no_word(session: Session, life: Life, sign_in: Browsers) -> None:
    usual = life.season.room_url
    leave(life, sign_in)
    assert life.season.room_url != usual
    assert told(session) == []
    assert HINT not in sign_in(life.members[0]).get(f"/circles/{life.season.circle_id}").get_data(as_text=True)
