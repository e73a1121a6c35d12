"""Polls about the weekly time: everyone's own answer, when a time fits, and what settling moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.errors import DomainError, InvalidInput, NotAllowed
from app.jobs import ledger
from app.mail.models import OutgoingMail
from circles.models import Circle
from scheduling.models import (
    Answer,
    InviteSent,
    PollKind,
    Rsvp,
    Season,
    SessionState,
    SlotChange,
    SlotPoll,
    Vote,
)
from scheduling.queries.people import active_members
from scheduling.queries.polls import open_poll, polls_to_answer, polls_to_remind, polls_to_settle
from scheduling.recurrence import Slot
from scheduling.services import changes, polls
from scheduling.services.answers import answer
from scheduling.services.calendars import invite_where_missing
from scheduling.services.seasons import Label
from scheduling.services.slot_changes import change_weekly_time
from tests.factories import circles as make_circles
from tests.factories.scheduling import DESK, reload, season

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
TUESDAY = (Slot(1, time(14), "Europe/Berlin", 60),)
FRIDAY = (Slot(4, time(9), "Europe/Berlin", 60),)


@dataclass
class Cast:
    circle: Circle
    season: Season
    people: list[Person]

    @property
    def members(self):
        return active_members(self.season.circle)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def cast(session: Session) -> Cast:
    """Four people who meet on Thursdays at 10:00 in Berlin from 17 September 2026, six times; all are invited."""
    circle = make_circles.circle_of(session, ["Amara", "Tomas", "Linh", "Jonas"])
    made = season(session, circle, at=AT, first=date(2026, 9, 14), count=6)
    invite_where_missing(session, made.sessions, desk=DESK, at=AT)
    return Cast(circle, made, [member.person for member in active_members(made.circle)])


def ask(session: Session, cast: Cast, *offered, until: datetime | None = None, kind=PollKind.CHANGE) -> SlotPoll:
    return polls.open_for_circle(
        session,
        cast.season,
        list(offered),
        kind=kind,
        closes_at=until or AT + timedelta(days=4),
        actor=cast.people[0],
        desk=DESK,
        at=AT,
    )


def say(session: Session, cast: Cast, poll: SlotPoll, person: Person, *votes: Vote, at: datetime = AT) -> None:
    polls.vote(session, poll, dict(enumerate(votes, start=1)), members=cast.members, actor=person, at=at)


def mails(session: Session, kind: str) -> list[OutgoingMail]:
    return list(session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind)))


def test_everyone_but_the_one_who_asks_gets_a_mail(session: Session, cast: Cast) -> None:
    ask(session, cast, TUESDAY, FRIDAY)
    asked = mails(session, "poll.opened")
    assert {mail.recipient_name for mail in asked} == {"Tomas", "Linh", "Jonas"}
    assert f"/circles/{cast.circle.id}/poll" in asked[0].text


def test_only_one_poll_at_a_time_and_never_about_the_present_time(session: Session, cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="not the one you have"):
        ask(session, cast, cast.season.slots)
    poll = ask(session, cast, TUESDAY, cast.season.slots, TUESDAY)
    assert len(poll.options) == 1
    with pytest.raises(DomainError, match="One poll at a time"):
        ask(session, cast, FRIDAY)


@pytest.mark.parametrize("ahead", [timedelta(hours=23), timedelta(days=30)])
def test_a_deadline_gives_a_day_and_at_most_three_weeks(session: Session, cast: Cast, ahead: timedelta) -> None:
    with pytest.raises(InvalidInput, match="at least a day"):
        ask(session, cast, TUESDAY, until=AT + ahead)


def test_an_answer_is_ones_own_and_changeable_until_the_deadline(session: Session, cast: Cast) -> None:
    poll = ask(session, cast, TUESDAY, FRIDAY)
    amara, tomas = cast.people[:2]
    say(session, cast, poll, amara, Vote.GOOD, Vote.CANNOT)
    say(session, cast, poll, tomas, Vote.CAN, Vote.CAN)
    say(session, cast, poll, amara, Vote.CAN, Vote.GOOD)
    state = polls.state_of(poll, cast.members, at=AT)
    assert [(len(s.good), len(s.can), len(s.cannot)) for s in state.standings] == [(0, 2, 0), (1, 1, 0)]
    assert set(state.silent) == {cast.people[2].id, cast.people[3].id}
    with pytest.raises(DomainError, match="over"):
        say(session, cast, poll, amara, Vote.GOOD, Vote.GOOD, at=poll.closes_at)
    with pytest.raises(InvalidInput, match="every time"):
        say(session, cast, poll, amara, Vote.GOOD)


def test_outsiders_and_people_who_left_have_no_say(session: Session, cast: Cast, outsider: Person) -> None:
    poll = ask(session, cast, TUESDAY)
    with pytest.raises(NotAllowed):
        say(session, cast, poll, outsider, Vote.GOOD)
    for person in cast.people[:3]:
        say(session, cast, poll, person, Vote.GOOD)
    say(session, cast, poll, cast.people[3], Vote.CANNOT)
    assert not polls.state_of(poll, cast.members, at=AT).standings[0].fits
    stayed = cast.members[:3]
    assert polls.state_of(poll, stayed, at=AT).standings[0].fits


def test_one_time_alone_needs_everyones_yes_even_after_the_deadline(session: Session, cast: Cast) -> None:
    poll = ask(session, cast, TUESDAY)
    for person in cast.people[:3]:
        say(session, cast, poll, person, Vote.GOOD)
    later = poll.closes_at + timedelta(hours=1)
    assert polls.state_of(poll, cast.members, at=later).best is None
    with pytest.raises(DomainError, match="does not suit yet"):
        polls.settle(session, poll, 1, cast.season, actor=cast.people[0], desk=DESK, at=later)
    polls.keep_time(session, poll, actor=cast.people[0], at=later)
    assert open_poll(session, cast.season.id) is None
    assert cast.season.weekday == 3


def test_of_several_times_one_fits_after_the_deadline_when_most_answered_and_nobody_cannot(
    session: Session, cast: Cast
) -> None:
    poll = ask(session, cast, TUESDAY, FRIDAY)
    say(session, cast, poll, cast.people[0], Vote.GOOD, Vote.GOOD)
    say(session, cast, poll, cast.people[1], Vote.CANNOT, Vote.CAN)
    later = poll.closes_at
    assert polls.state_of(poll, cast.members, at=later).best is None, "half is not most"
    say(session, cast, poll, cast.people[2], Vote.GOOD, Vote.CAN)
    assert polls.state_of(poll, cast.members, at=AT).best is None, "before the deadline everyone is waited for"
    best = polls.state_of(poll, cast.members, at=later).best
    assert best is not None
    assert best.option.position == 2


def test_settling_moves_sessions_to_come_and_their_calendars(session: Session, cast: Cast) -> None:
    first = cast.season.sessions[0]
    answer(session, cast.season.sessions[1], cast.people[0], Answer.YES, source="page", at=AT)
    alone = cast.season.sessions[3]
    changes.move_session(
        session, alone, starts_at=alone.starts_at + timedelta(days=1), actor=cast.people[0], desk=DESK, at=AT
    )
    moved_alone = alone.starts_at
    poll = ask(session, cast, TUESDAY)
    for person in cast.people:
        say(session, cast, poll, person, Vote.GOOD)
    later = first.starts_at - timedelta(hours=20)
    moved = polls.settle(session, poll, 1, reload(session, cast.season), actor=cast.people[0], desk=DESK, at=later)
    fresh = reload(session, cast.season)
    assert (fresh.weekday, fresh.starts) == (1, time(14))
    assert first.starts_at == datetime(2026, 9, 17, 8, tzinfo=UTC), "within a day it stays"
    assert alone.starts_at == moved_alone, "what was moved by itself stays"
    berlin = ZoneInfo("Europe/Berlin")
    for meeting in fresh.sessions:
        if meeting.id not in (first.id, alone.id):
            there = meeting.starts_at.astimezone(berlin)
            assert (there.weekday(), there.time(), meeting.schedule_sequence) == (1, time(14), 1)
    assert {meeting.id for meeting in moved} == {m.id for m in fresh.sessions} - {first.id, alone.id}
    assert [m.position for m in fresh.sessions] == [1, 2, 3, 4, 5, 6]
    told = session.scalars(select(InviteSent).where(InviteSent.session_id == fresh.sessions[1].id)).all()
    assert {row.sequence for row in told} == {1}
    assert session.scalar(select(Rsvp).where(Rsvp.session_id == fresh.sessions[1].id)) is None
    assert len(mails(session, "poll.settled")) == 3
    change = session.scalars(select(SlotChange).where(SlotChange.kind == "slot")).one()
    assert (change.by_id, change.on_date) == (cast.people[0].id, date(2026, 9, 21))


def test_turns_alternate_and_a_skip_keeps_to_the_calendar(session: Session, cast: Cast) -> None:
    both = (Slot(1, time(8), "Europe/Berlin", 60), Slot(3, time(20), "Europe/Berlin", 60))
    change_weekly_time(session, cast.season, both, actor=None, desk=DESK, at=AT)
    fresh = reload(session, cast.season)
    berlin = ZoneInfo("Europe/Berlin")

    def hours() -> list[tuple[int, int]]:
        standing = [m for m in reload(session, fresh).sessions if m.state is SessionState.PLANNED]
        return [(m.starts_at.astimezone(berlin).weekday(), m.starts_at.astimezone(berlin).hour) for m in standing]

    # The first session's new hour would begin within a day, so it stays; its week is the first one's turn all the same.
    assert hours() == [(3, 10), (3, 20), (1, 8), (3, 20), (1, 8), (3, 20)]
    changes.skip_session(session, fresh.sessions[1], actor=cast.people[0], desk=DESK, at=AT)
    added = changes.add_at_end(session, reload(session, fresh), label=Label("One more", ""), at=AT)
    assert hours() == [(3, 10), (1, 8), (3, 20), (1, 8), (3, 20), (1, 8)]
    assert added.position == 6
    again = reload(session, fresh)
    change_weekly_time(session, again, TUESDAY, actor=None, desk=DESK, at=AT)
    assert again.turn_from is None
    assert hours()[1:] == [(1, 14)] * 5


def test_the_times_of_the_welcome_mail_are_a_poll_until_three_days_before(session: Session, cast: Cast) -> None:
    cast.season.alternatives = [
        {"weekday": 1, "start": "14:00", "timezone": "Europe/Berlin"},
        {"weekday": 3, "start": "10:00", "timezone": "Europe/Berlin"},
        {"weekday": 4, "start": "09:00", "timezone": "Europe/Berlin"},
    ]
    early = AT - timedelta(days=2)
    assert polls.first_poll_until(session, cast.season, at=early) == datetime(2026, 9, 14, 8, tzinfo=UTC)
    assert polls.first_poll_until(session, cast.season, at=AT) is None
    with pytest.raises(DomainError, match="no longer"):
        polls.begin_first_poll(session, cast.season, at=AT)
    poll = polls.begin_first_poll(session, cast.season, at=early)
    assert [option.weekday for option in poll.options] == [1, 4], "the present time is no other time"
    assert polls.alternatives_of(cast.season) == [TUESDAY, FRIDAY]
    assert poll.opened_by is None
    assert mails(session, "poll.opened") == []
    polls.keep_time(session, poll, actor=cast.people[0], at=early)
    assert polls.first_poll_until(session, cast.season, at=early) is None, "it is asked once"


def test_who_has_not_answered_is_reminded_once_and_nobody_else(
    session: Session, cast: Cast, run_jobs: Callable[[], int]
) -> None:
    poll = ask(session, cast, TUESDAY, FRIDAY)
    say(session, cast, poll, cast.people[0], Vote.GOOD, Vote.GOOD)
    say(session, cast, poll, cast.people[1], Vote.GOOD, Vote.GOOD)
    assert [p.id for p in polls_to_answer(session, cast.people[2].id, at=AT)] == [poll.id]
    assert polls_to_answer(session, cast.people[0].id, at=AT) == []
    session.commit()
    for number, moment in enumerate(
        (
            poll.closes_at - timedelta(hours=30),
            poll.closes_at - timedelta(hours=20),
            poll.closes_at - timedelta(hours=2),
        )
    ):
        with time_machine.travel(moment, tick=False):
            ledger.enqueue(session, "scheduling.poll_reminders", {}, key=f"remind:{number}", at=moment)
            session.commit()
            run_jobs()
        reminded = mails(session, "poll.reminder")
        assert {mail.recipient_name for mail in reminded} == (set() if number == 0 else {"Linh", "Jonas"})
        assert len(reminded) == (0 if number == 0 else 2)


def test_one_worker_alone_reminds(session: Session, cast: Cast) -> None:
    poll = ask(session, cast, TUESDAY)
    assert polls.claim_reminder(session, poll.id, at=AT)
    assert not polls.claim_reminder(session, poll.id, at=AT)


def test_the_host_is_asked_to_settle_and_a_forgotten_poll_ends(session: Session, cast: Cast) -> None:
    poll = ask(session, cast, TUESDAY, FRIDAY)
    later = poll.closes_at + timedelta(hours=1)
    waits = {
        person.name: [p.id for p in polls_to_settle(session, person.id, at=later)] == [poll.id]
        for person in cast.people
    }
    # The first session is over by then: who hosts the second and the third is asked.
    assert waits == {"Amara": False, "Tomas": True, "Linh": True, "Jonas": False}
    assert polls_to_settle(session, cast.people[1].id, at=AT) == []
    assert polls.close_forgotten(session, at=poll.closes_at + timedelta(days=6)) == 0
    assert polls.close_forgotten(session, at=poll.closes_at + timedelta(days=7)) == 1
    assert open_poll(session, cast.season.id) is None
    with pytest.raises(DomainError, match="over"):
        polls.keep_time(session, poll, actor=cast.people[0], at=later)


def test_who_was_asked_just_now_is_not_reminded_yet(session: Session, cast: Cast) -> None:
    poll = ask(session, cast, TUESDAY, until=AT + timedelta(hours=24))
    day = timedelta(days=1)
    assert polls_to_remind(session, at=AT + timedelta(hours=1), before=day) == []
    assert polls_to_remind(session, at=AT + timedelta(hours=13), before=day) == [poll.id]


def test_who_stopped_mails_about_polls_is_asked_on_their_page_alone(session: Session, cast: Cast) -> None:
    cast.people[1].stopped_mails = ["poll"]
    poll = ask(session, cast, TUESDAY)
    assert {mail.recipient_name for mail in mails(session, "poll.opened")} == {"Linh", "Jonas"}
    assert [p.id for p in polls_to_answer(session, cast.people[1].id, at=AT)] == [poll.id]
    assert all("/stop-mails/" in mail.text for mail in mails(session, "poll.opened"))
