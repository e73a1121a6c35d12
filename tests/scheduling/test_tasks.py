"""What waits for somebody stands on their home page and nobody else's; what they said goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.models import Person
from circles.models import Membership
from scheduling.models import GuestState, HourAsk, PollKind, SessionGuest, SlotVote, Vote
from scheduling.queries.export import export
from scheduling.queries.people import active_members
from scheduling.queries.tasks import tasks_of
from scheduling.recurrence import Slot
from scheduling.services import guests, polls
from scheduling.services.erasing import erase
from scheduling.services.feeds import replace_feed
from tests.factories import practices as make
from tests.factories.scheduling import DESK, reload

AT = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def world(session: Session) -> make.World:
    """Juniper with a poll open, Amara asked for an hour, and an outsider who asks to be a guest."""
    with time_machine.travel(AT - timedelta(days=7), tick=False):
        made = make.world(session, held=1)
    made.season = reload(session, made.season)
    polls.open_for_circle(
        session,
        made.season,
        [(Slot(1, made.season.starts, "Europe/Berlin", 60),)],
        kind=PollKind.CHANGE,
        closes_at=AT + timedelta(days=3),
        actor=made.tomas,
        desk=DESK,
        at=AT,
    )
    session.add(HourAsk(circle_id=made.circle.id, person_id=made.amara.id, spells=["Mon 18:00-19:00"], asked_at=AT))
    session.commit()
    return made


def ask(session: Session, world: make.World, person: Person) -> SessionGuest:
    row = SessionGuest(session_id=world.season.sessions[1].id, person_id=person.id, asked_at=AT)
    session.add(row)
    session.commit()
    return row


def home(browser: FlaskClient) -> str:
    return browser.get("/").get_data(as_text=True)


def test_each_sees_their_own_tasks(
    session: Session, world: make.World, outsider: Person, sign_in: Callable[[Person], FlaskClient]
) -> None:
    ask(session, world, outsider)
    amara = home(sign_in(world.amara))
    assert "Juniper is asked about its weekly time" in amara
    assert "Could you free an hour for Juniper?" in amara
    assert "asks to be a guest" not in amara, "she hosts neither this session nor the next"
    tomas = home(sign_in(world.tomas))
    assert "Could you free an hour" not in tomas
    assert "Olga Outsider asks to be a guest of Juniper" in tomas
    assert "Its host has not answered yet" in home(sign_in(outsider))
    lead = home(sign_in(world.lead))
    for words in ("is asked about", "free an hour", "asks to be a guest"):
        assert words not in lead


def test_who_has_left_has_nothing_to_do(session: Session, world: make.World) -> None:
    membership = session.scalars(select(Membership).where(Membership.person_id == world.amara.id)).one()
    membership.left_at = AT
    session.flush()
    tasks = tasks_of(session, world.amara.id, at=AT)
    assert (list(tasks.polls), list(tasks.hours), list(tasks.guests)) == ([], [], [])


def test_a_guest_answers_by_the_link_of_the_invite_and_finds_the_session_in_their_feed(
    session: Session, world: make.World, outsider: Person, client: FlaskClient
) -> None:
    row = ask(session, world, outsider)
    meeting = world.season.sessions[1]
    secret = tokens.issue(
        session,
        "answer-session",
        f"{meeting.id}:{outsider.id}",
        at=AT,
        data={"session": str(meeting.id), "person": str(outsider.id)},
        expires_at=meeting.ends_at,
    )
    feed = replace_feed(session, outsider, at=AT)
    session.commit()
    assert client.get(f"/answer/{secret}").status_code == 410
    assert meeting.uid not in client.get(f"/feed/{feed}.ics").get_data(as_text=True)
    session.refresh(row, ["meeting", "person"])
    guests.welcome(session, row, actor=world.tomas, desk=DESK, at=AT)
    session.commit()
    assert client.get(f"/answer/{secret}").status_code == 200
    seen = client.get(f"/feed/{feed}.ics").get_data(as_text=True).replace("\r\n ", "")
    assert seen.count("BEGIN:VEVENT") == 1
    assert meeting.uid in seen


def test_what_was_said_about_times_is_exported_and_forgotten(session: Session, world: make.World) -> None:
    poll = polls.open_poll(session, world.season.id)
    assert poll is not None
    polls.vote(session, poll, {1: Vote.CAN}, members=active_members(world.season.circle), actor=world.amara, at=AT)
    row = ask(session, world, world.amara)
    row.state = GuestState.WITHDRAWN
    session.flush()
    told = export(session, world.amara)
    assert [entry["vote"] for entry in told["times"]] == ["can"]
    assert [entry["hours"] for entry in told["hours_asked"]] == [["Mon 18:00-19:00"]]
    assert [entry["state"] for entry in told["visits"]] == ["withdrawn"]
    erase(session, world.amara, at=AT)
    for table in (SlotVote, HourAsk, SessionGuest):
        assert session.scalars(select(table).where(table.person_id == world.amara.id)).all() == []
