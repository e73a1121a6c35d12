"""Pressing the buttons of a running session: one clock for all, and no press counts twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError, NotFound
from circles.models import Membership
from guides.live_clock import Phase
from guides.walk import queries
from guides.walk.models import LiveState, SessionWeek
from guides.walk.queries.live import LiveSession, live_mark, live_session
from guides.walk.services import live as services
from guides.walk.services import writing
from guides.walk.services.live import Overtaken
from scheduling.models import Answer, Rsvp, SessionState
from scheduling.services import changes
from tests.factories import practices as make
from tests.factories.practices import World

#: The second session: Thursday 24 September 2026, 10:00 in Berlin, which Tomás hosts.
START = datetime(2026, 9, 24, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(session: Session) -> World:
    with time_machine.travel(datetime(2026, 9, 8, tzinfo=UTC), tick=False):
        return make.world(session, held=1)


def look(session: Session, world: World, at: datetime, number: int = 2) -> LiveSession:
    walk, _membership = queries.walk_for(session, world.amara, world.circle.id)
    return live_session(session, walk, number, at=at)


def start(session: Session, world: World, at: datetime = START, *, from_clock: bool = False) -> LiveState:
    live = look(session, world, at)
    return services.start(
        session, live.meeting, live.agenda, live.speakers, from_clock=from_clock, actor=world.tomas, at=at
    )


def press(
    session: Session, world: World, verb: Callable[..., LiveState], at: datetime, *, revision: int | None = None
) -> LiveState:
    live = look(session, world, at)
    known = live.revision if revision is None else revision
    return verb(session, live.meeting, live.agenda, known, actor=world.amara, at=at)


def names(session: Session, live: LiveSession) -> list[str]:
    return [session.get_one(Person, person_id).first_name for person_id in live.speakers]


def test_the_host_speaks_first_and_the_ring_goes_on_from_there(session: Session, world: World) -> None:
    assert names(session, look(session, world, START)) == ["Tomás", "Linh", "Jonas", "Amara"]


def test_people_who_are_away_or_cannot_come_are_not_waited_for(session: Session, world: World) -> None:
    meeting = world.season.sessions[1]
    session.add(
        Rsvp(session_id=meeting.id, person_id=world.linh.id, answer=Answer.NO, source="page", answered_at=START)
    )
    jonas = session.query(Membership).filter_by(person_id=world.jonas.id).one()
    jonas.away_until = date(2026, 9, 30)
    session.commit()
    live = look(session, world, START)
    assert names(session, live) == ["Tomás", "Amara"]
    assert sum(step.minutes for step in live.agenda) == 60


def test_when_nobody_said_they_come_everyone_is_expected(session: Session, world: World) -> None:
    meeting = world.season.sessions[1]
    for person in (world.amara, world.tomas, world.linh, world.jonas):
        session.add(
            Rsvp(session_id=meeting.id, person_id=person.id, answer=Answer.NO, source="page", answered_at=START)
        )
    session.commit()
    assert len(look(session, world, START).speakers) == 4


def test_it_opens_fifteen_minutes_before_and_not_earlier(session: Session, world: World) -> None:
    with pytest.raises(DomainError, match="15 minutes"):
        start(session, world, START - 16 * MINUTE)
    assert start(session, world, START - 15 * MINUTE).step == 0


def test_it_cannot_be_started_when_it_is_over_or_did_not_take_place(session: Session, world: World) -> None:
    with pytest.raises(DomainError, match="over"):
        start(session, world, START + 61 * MINUTE)
    world.season.sessions[1].state = SessionState.MISSED
    session.commit()
    with pytest.raises(DomainError, match="over"):
        start(session, world)


def test_it_starts_from_the_top_or_where_the_plan_has_come_to(session: Session, world: World) -> None:
    later = START + 20 * MINUTE
    assert look(session, world, later).moment is not None
    state = start(session, world, later, from_clock=True)
    assert (state.step, state.started_at) == (1, START)
    session.delete(state)
    session.flush()
    state = start(session, world, later)
    assert (state.step, state.started_at, state.speaker) == (0, later, 0)


def test_two_people_who_start_at_once_start_one_clock(session: Session, world: World) -> None:
    first = start(session, world)
    with pytest.raises(Overtaken):
        start(session, world, START + MINUTE)
    assert session.get_one(LiveState, first.session_id).started_at == START


def test_a_session_is_walked_from_its_first_speaker_to_its_end(session: Session, world: World) -> None:
    start(session, world)
    at = START
    for _turn in range(4):
        at += 2 * MINUTE
        press(session, world, services.next_speaker, at)
    live = look(session, world, at)
    assert live.speaker is None
    assert len(live.spoken) == 4
    with pytest.raises(DomainError, match="Nobody has the word"):
        press(session, world, services.next_speaker, at)
    press(session, world, services.next_step, at)
    press(session, world, services.next_step, START + 50 * MINUTE)
    with pytest.raises(DomainError, match="no step after"):
        press(session, world, services.next_step, START + 55 * MINUTE)
    live = look(session, world, START + 60 * MINUTE)
    services.finish(session, live.meeting, actor=world.tomas, at=START + 60 * MINUTE)
    assert look(session, world, START + 61 * MINUTE).phase is Phase.OVER


def test_a_press_that_comes_second_is_not_counted(session: Session, world: World) -> None:
    known = start(session, world).revision
    press(session, world, services.next_speaker, START + MINUTE, revision=known)
    for verb in (services.next_speaker, services.next_step, services.previous, services.pause, services.more_time):
        with pytest.raises(Overtaken):
            press(session, world, verb, START + MINUTE, revision=known)
    live = look(session, world, START + MINUTE)
    assert live.moment is not None
    assert (live.moment.step, live.moment.speaker) == (0, 1)


def test_pause_more_time_and_back(session: Session, world: World) -> None:
    start(session, world)
    whole = look(session, world, START).moment
    assert whole is not None
    press(session, world, services.pause, START + MINUTE)
    assert look(session, world, START + 5 * MINUTE).phase is Phase.PAUSED
    press(session, world, services.resume, START + 5 * MINUTE)
    press(session, world, services.more_time, START + 5 * MINUTE)
    moment = look(session, world, START + 6 * MINUTE).moment
    assert moment is not None
    assert moment.left == whole.left - 60
    with pytest.raises(DomainError, match="first step"):
        press(session, world, services.previous, START + 6 * MINUTE)
    press(session, world, services.next_step, START + 7 * MINUTE)
    state = press(session, world, services.previous, START + 8 * MINUTE)
    assert (state.step, state.speaker, state.extra_seconds) == (0, 0, 0)


def test_what_was_ended_too_early_goes_on(session: Session, world: World) -> None:
    state = start(session, world)
    press(session, world, services.next_step, START + 9 * MINUTE)
    meeting = look(session, world, START).meeting
    services.finish(session, meeting, actor=world.amara, at=START + 10 * MINUTE)
    services.finish(session, meeting, actor=world.tomas, at=START + 11 * MINUTE)
    assert state.finished_at == START + 10 * MINUTE
    with pytest.raises(DomainError, match="over"):
        press(session, world, services.pause, START + 12 * MINUTE)
    state = press(session, world, services.previous, START + 12 * MINUTE)
    assert (state.finished_at, state.step, state.step_began_at) == (None, 1, START + 12 * MINUTE)


def test_someone_who_comes_after_all_speaks_last(session: Session, world: World) -> None:
    meeting = world.season.sessions[1]
    session.add(
        Rsvp(session_id=meeting.id, person_id=world.linh.id, answer=Answer.NO, source="page", answered_at=START)
    )
    session.commit()
    with pytest.raises(DomainError, match="not running"):
        services.join(session, meeting, world.linh.id, actor=world.linh, at=START)
    state = start(session, world)
    for _press in range(2):
        services.join(session, meeting, world.linh.id, actor=world.linh, at=START + MINUTE)
    assert names(session, look(session, world, START)) == ["Tomás", "Jonas", "Amara", "Linh"]
    assert (state.revision, state.speaker) == (2, 0)


def test_someone_who_comes_when_all_have_spoken_interrupts_nobody(session: Session, world: World) -> None:
    meeting = world.season.sessions[1]
    session.add(
        Rsvp(session_id=meeting.id, person_id=world.linh.id, answer=Answer.NO, source="page", answered_at=START)
    )
    session.commit()
    start(session, world)
    for turn in range(3):
        press(session, world, services.next_speaker, START + turn * MINUTE)
    services.join(session, meeting, world.linh.id, actor=world.tomas, at=START + 4 * MINUTE)
    live = look(session, world, START + 4 * MINUTE)
    assert live.speaker is None
    assert live.moment is not None
    assert live.moment.everyone_spoke
    press(session, world, services.next_step, START + 5 * MINUTE)
    press(session, world, services.next_step, START + 40 * MINUTE)
    assert len(live.speakers) == 4


def test_nothing_moves_once_it_is_said_who_was_there(session: Session, world: World) -> None:
    start(session, world)
    live = look(session, world, START + 60 * MINUTE)
    changes.close_session(
        session, live.meeting, present={world.amara.id}, held=True, actor=world.amara, at=START + 60 * MINUTE
    )
    assert look(session, world, START + 61 * MINUTE).phase is Phase.OVER
    with pytest.raises(DomainError, match="over"):
        press(session, world, services.next_step, START + 61 * MINUTE)


def test_a_session_that_was_not_started_cannot_be_moved_or_ended(session: Session, world: World) -> None:
    live = look(session, world, START)
    with pytest.raises(DomainError, match="not started"):
        press(session, world, services.next_step, START)
    with pytest.raises(DomainError, match="not started"):
        services.finish(session, live.meeting, actor=world.amara, at=START)


def test_a_page_that_every_session_uses_opens_the_session_that_comes(session: Session, world: World) -> None:
    for row in session.query(SessionWeek).filter_by(walk_id=world.walk.id):
        row.week = 1
    session.commit()
    third = world.season.sessions[2]
    assert look(session, world, START, number=1).meeting.id == world.season.sessions[1].id
    assert look(session, world, third.starts_at, number=1).meeting.id == third.id
    assert look(session, world, START + timedelta(days=300), number=1).meeting.id == world.season.sessions[-1].id
    with pytest.raises(NotFound):
        look(session, world, START, number=2)


def test_the_mark_moves_with_everything_the_circle_does(session: Session, world: World) -> None:
    def mark() -> str:
        return live_mark(session, world.amara, world.circle.id, 2)

    seen = [mark(), mark()]
    assert seen[0] == seen[1]
    start(session, world)
    seen.append(mark())
    press(session, world, services.pause, START)
    seen.append(mark())
    note = writing.add_note(session, world.walk, 2, "One", actor=world.linh, at=START)
    seen.append(mark())
    writing.edit_note(session, note, "Two", actor=world.linh, at=START + MINUTE)
    seen.append(mark())
    writing.commit_to(session, world.walk, 2, "Ask Ana", actor=world.linh, at=START)
    seen.append(mark())
    writing.commit_to(session, world.walk, 2, "Ask Ana and Tom", actor=world.linh, at=START)
    seen.append(mark())
    assert len(set(seen)) == len(seen) - 1


def test_the_mark_is_for_members_only(session: Session, world: World, outsider: Person) -> None:
    for person in (outsider, world.lead, world.manager):
        with pytest.raises(NotFound):
            live_mark(session, person, world.circle.id, 2)
