"""Whatever happens to a circle in whatever order, every calendar shows what the application knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from app.accounts.models import CalendarChoice, Person
from app.errors import DomainError
from scheduling.models import Answer, CircleSession, SessionState
from scheduling.recurrence import Slot
from scheduling.services import changes, details
from scheduling.services.answers import answer
from scheduling.services.calendars import change_address, change_choice, invite_where_missing
from scheduling.services.membership import leave_circle, place_in_circle
from scheduling.services.reconciling import differences
from scheduling.services.slot_changes import change_weekly_time
from tests.factories import accounts
from tests.factories import circles as make
from tests.factories.scheduling import DESK
from tests.scheduling.lives import Life

AT = datetime(2026, 10, 6, 20, 0, tzinfo=UTC)
WHICH = st.integers(0, 5)
SLOTS = st.builds(
    Slot,
    st.integers(0, 6),
    st.sampled_from([time(7), time(9, 30), time(18)]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.just(60),
)


class CircleLife(RuleBasedStateMachine):
    """A circle of three over October and November, and everything that members, hosts and leads do to it."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.life = Life.begin(self.session, at=AT, first=date(2026, 10, 12), count=5, minutes=60)
        self.tick = 0

    def pick(self, which: int) -> CircleSession | None:
        """One of the sessions to come."""
        return self.life.to_come[which % len(self.life.to_come)] if self.life.to_come else None

    def person(self, which: int) -> Person:
        """One of the members."""
        return self.life.members[which % len(self.life.members)]

    def running(self) -> bool:
        """Whether the season has not ended."""
        return self.life.season.ended_at is None and bool(self.life.members)

    @contextmanager
    def act(self) -> Iterator[None]:
        """Do something that may be refused; time goes on a little either way."""
        self.tick += 1
        self.life.at += timedelta(seconds=self.tick % 3)
        try:
            with self.session.begin_nested():
                yield
        except DomainError:
            pass
        self.life.refresh()

    @precondition(running)
    @rule(which=WHICH, hours=st.integers(-60, 200))
    def move(self, which: int, hours: int) -> None:
        meeting = self.pick(which)
        if meeting is None:
            return
        starts_at = meeting.starts_at + timedelta(hours=hours)
        with self.act():
            changes.move_session(
                self.session, meeting, starts_at=starts_at, actor=self.person(which), desk=DESK, at=self.life.at
            )

    @precondition(running)
    @rule(which=WHICH)
    def skip(self, which: int) -> None:
        meeting = self.pick(which)
        if meeting is not None:
            with self.act():
                changes.skip_session(self.session, meeting, actor=self.person(which), desk=DESK, at=self.life.at)
                changes.add_at_end(self.session, self.life.season, label=changes.Label("", ""), at=self.life.at)

    @precondition(running)
    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        gone = [m for m in self.life.season.sessions if m.state is SessionState.CANCELLED]
        if gone:
            with self.act():
                changes.bring_back(self.session, gone[which % len(gone)], actor=self.person(which), at=self.life.at)

    @precondition(lambda self: self.running() and len(self.life.members) < 5)
    @rule()
    def join(self) -> None:
        late = accounts.person(self.session, name="Kai Nakamura", timezone="Asia/Tokyo")
        entry = make.enrollment(self.session, self.life.season.circle.cohort, late)
        place_in_circle(self.session, self.life.season.circle, entry, actor=late, desk=DESK, at=self.life.at)
        self.life.refresh()
        self.life.addresses[late] = [late.email]

    @precondition(lambda self: self.running() and len(self.life.members) > 1)
    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        leaver = self.person(which)
        membership = next(
            m for m in self.life.season.circle.memberships if m.person_id == leaver.id and m.left_at is None
        )
        with self.act():
            leave_circle(self.session, membership, actor=leaver, desk=DESK, at=self.life.at)

    @precondition(running)
    @rule(which=WHICH, title=st.text(max_size=30))
    def retitle(self, which: int, title: str) -> None:
        meeting = self.pick(which)
        if meeting is not None:
            with self.act():
                details.rename_session(
                    self.session, meeting, title, actor=self.person(which), desk=DESK, at=self.life.at
                )

    @precondition(running)
    @rule(
        which=WHICH, room=st.sampled_from(["", "https://meet.example/a", "https://meet.example/b"]), all_=st.booleans()
    )
    def change_room(self, which: int, room: str, all_: bool) -> None:
        meeting = self.pick(which)
        with self.act():
            actor, season = self.person(which), self.life.season
            if all_:
                details.change_season_room(self.session, season, room, actor=actor, desk=DESK, at=self.life.at)
            elif meeting is not None:
                details.change_room(self.session, meeting, room, actor=actor, desk=DESK, at=self.life.at)

    @precondition(running)
    @rule(which=WHICH, choice=st.sampled_from(Answer))
    def say(self, which: int, choice: Answer) -> None:
        meeting = self.pick(which)
        if meeting is not None:
            with self.act():
                answer(self.session, meeting, self.person(which), choice, source="page", at=self.life.at)

    @precondition(running)
    @rule(slot=SLOTS)
    def change_slot(self, slot: Slot) -> None:
        with self.act():
            change_weekly_time(self.session, self.life.season, [slot], actor=self.person(0), desk=DESK, at=self.life.at)

    @rule(which=WHICH, back=st.booleans())
    def change_address(self, which: int, back: bool) -> None:
        people = list(self.life.addresses)
        person = people[which % len(people)]
        known, old = self.life.addresses[person], person.email
        new = known[0] if back else f"a{len(known)}.{known[0]}"
        if new == old:
            return
        person.email, person.email_key = new, new.lower()
        self.life.addresses[person] = list(dict.fromkeys([*known, new]))
        with self.act():
            change_address(self.session, person, old, desk=DESK, at=self.life.at)

    @rule(which=WHICH, choice=st.sampled_from(CalendarChoice))
    def choose(self, which: int, choice: CalendarChoice) -> None:
        people = list(self.life.addresses)
        person = people[which % len(people)]
        if person.calendar_choice is not choice:
            with self.act():
                person.calendar_choice = choice
                self.session.flush()
                change_choice(self.session, person, desk=DESK, at=self.life.at)

    @precondition(running)
    @rule()
    def invite_again(self) -> None:
        with self.act():
            invite_where_missing(self.session, self.life.season.sessions, desk=DESK, at=self.life.at)

    @precondition(lambda self: self.running() and self.tick > 8)
    @rule()
    def end(self) -> None:
        with self.act():
            changes.end_season(self.session, self.life.season, actor=None, desk=DESK, at=self.life.at)

    @rule(hours=st.sampled_from([1, 9, 30, 150]))
    def wait(self, hours: int) -> None:
        self.life.at += timedelta(hours=hours)
        self.life.settle()

    @invariant()
    def calendars_agree(self) -> None:
        """Times at once, rooms and texts once a quarter of an hour has passed; nothing is left to reconcile."""
        if self.running():
            # The next sessions are invited to every quarter of an hour.
            invite_where_missing(self.session, self.life.season.sessions, desk=DESK, at=self.life.at)
        self.life.check(texts=False, luck=self.tick)
        found = differences(self.session, self.life.season, desk=DESK, at=self.life.at)
        assert [(one.person.email, one.fault) for one in found] == []

    def teardown(self) -> None:
        """In the end everything has been told."""
        self.life.settle()
        self.life.check(luck=self.tick)


def _run(session: Session, *, examples: int, steps: int, deep: bool) -> None:
    class Machine(CircleLife):
        pass

    Machine.session = session
    with time_machine.travel(AT, tick=False):
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=not deep,
                database=None,
                phases=(Phase.generate, Phase.shrink) if deep else (Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_any_chain_of_events_leaves_every_calendar_right(session: Session) -> None:
    _run(session, examples=4, steps=12, deep=False)


@pytest.mark.deep
def test_many_long_chains_of_events_leave_every_calendar_right(session: Session) -> None:
    _run(session, examples=80, steps=40, deep=True)
