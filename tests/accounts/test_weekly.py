"""The door for mails that Coterie starts by itself: once each, three a week, none at night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import data
from app.accounts.models import Person, StartedMail, StartedState
from app.accounts.services.weekly import KEPT, Letter, forget_old, in_digest, start_mail, start_mails
from app.jobs.models import Job
from app.mail.compose import Composed
from app.mail.models import MailState, OutgoingMail
from tests.factories.scheduling import DESK

WORDS = Composed("A subject", "Words.\n", "<p>Words.</p>")
#: A Tuesday noon in Berlin.
NOON = datetime(2026, 10, 13, 10, 0, tzinfo=UTC)


class Door:
    """Starts mails for one person and says what became of each."""

    def __init__(self, session: Session, person: Person) -> None:
        self.session, self.person, self.number = session, person, 0

    def __call__(self, kind: str, at: datetime = NOON, **fields: object) -> str | None:
        self.number += 1
        letter = Letter(
            self.person,
            kind,
            f"{self.number}",
            WORDS,
            mail_kind=f"test.{kind}",
            title=kind,
            url="/",
            **fields,  # type: ignore[arg-type]
        )
        row = start_mail(self.session, DESK, letter, at=at)
        return row.state.value if row else None


@pytest.fixture
def door(session: Session, person: Callable[..., Person]) -> Door:
    """The door for someone in Berlin."""
    return Door(session, person(timezone="Europe/Berlin"))


def test_of_one_kind_there_is_one_about_a_thing(session: Session, person: Callable[..., Person]) -> None:
    who, other = person(), person()
    letter = Letter(who, "agenda", "s1", WORDS, mail_kind="test")
    assert len(start_mails(session, DESK, [letter, letter], at=NOON)) == 1
    assert start_mail(session, DESK, letter, at=NOON + timedelta(days=30)) is None
    others = [
        Letter(other, "agenda", "s1", WORDS, mail_kind="test"),
        Letter(who, "reminder", "s1", WORDS, mail_kind="test"),
    ]
    assert len(start_mails(session, DESK, others, at=NOON)) == 2
    assert len(session.scalars(select(OutgoingMail)).all()) == 3


def test_the_fourth_mail_of_a_week_waits_and_the_next_week_is_free(door: Door) -> None:
    assert [door("agenda"), door("reminder"), door("check_in"), door("poll")] == ["sent", "sent", "sent", "held"]
    sunday_night = datetime(2026, 10, 18, 18, 0, tzinfo=UTC)
    assert door("check_in", sunday_night) == "held"
    assert door("check_in", datetime(2026, 10, 19, 6, 0, tzinfo=UTC)) == "sent"


def test_the_week_is_that_of_the_persons_own_calendar(session: Session, person: Callable[..., Person]) -> None:
    at = datetime(2026, 10, 18, 20, 0, tzinfo=UTC)
    auckland, lisbon = (
        Door(session, person(timezone="Pacific/Auckland")),
        Door(session, person(timezone="Europe/Lisbon")),
    )
    for door in (auckland, lisbon):
        assert [door("agenda", at - timedelta(days=2)) for _ in range(3)] == ["sent"] * 3
    assert auckland("agenda", at) == "sent", "it is Monday there"
    assert lisbon("agenda", at - timedelta(hours=1)) == "held"


def test_what_cannot_wait_is_dropped_when_nothing_gives_way(door: Door) -> None:
    assert [door("reminder") for _ in range(4)] == ["sent", "sent", "sent", "dropped"]
    door.person.wanted_mails = ["link"]
    assert door("link") == "sent", "asked for, so it does not count"


def test_the_least_urgent_mail_that_has_not_left_gives_way(session: Session, door: Door) -> None:
    night = datetime(2026, 10, 13, 20, 30, tzinfo=UTC)
    assert [door("agenda", night), door("check_in", night), door("poll", night)] == ["sent"] * 3
    assert door("reminder", night) == "sent"
    states = {row.kind: row.state for row in session.scalars(select(StartedMail))}
    assert states["check_in"] is StartedState.HELD
    mails = {mail.kind: mail.state for mail in session.scalars(select(OutgoingMail))}
    assert mails["test.check_in"] is MailState.CANCELLED
    assert mails["test.agenda"] is mails["test.poll"] is mails["test.reminder"] is MailState.WAITING


def test_less_urgent_mails_leave_room_for_reminders_to_come(door: Door) -> None:
    assert door("agenda", reserve=2) == "sent"
    assert door("check_in", reserve=2) == "held"
    assert door("reminder", reserve=2) == "sent"
    assert door("reminder", reserve=1) == "sent"
    assert door("poll") == "held"


def test_nothing_leaves_in_quiet_hours(session: Session, door: Door) -> None:
    assert door("check_in", datetime(2026, 10, 13, 20, 0, tzinfo=UTC)) == "sent"
    row = session.scalars(select(StartedMail)).one()
    assert row.leaves_at == datetime(2026, 10, 14, 5, 30, tzinfo=UTC)
    mail = session.scalars(select(OutgoingMail)).one()
    job = session.scalars(select(Job).where(Job.key == f"mail:{mail.id}")).one()
    assert mail.send_at == job.run_at == row.leaves_at


def test_without_a_digest_what_does_not_fit_is_dropped(session: Session, door: Door) -> None:
    door.person.stopped_mails = ["digest"]
    assert [door("agenda") for _ in range(4)] == ["sent", "sent", "sent", "dropped"]
    assert door("check_in", NOON + timedelta(days=7), hold=True) == "dropped"
    assert not in_digest(door.person, 3)
    door.person.stopped_mails = []
    assert in_digest(door.person, 2)
    assert not in_digest(door.person, 1)


def test_a_rolled_back_decision_is_open_again(session: Session, person: Callable[..., Person]) -> None:
    who = person()
    letter = Letter(who, "agenda", "s1", WORDS, mail_kind="test")
    with session.begin_nested() as nested:
        assert start_mail(session, DESK, letter, at=NOON) is not None
        nested.rollback()
    assert start_mail(session, DESK, letter, at=NOON) is not None


def test_decisions_are_part_of_a_persons_data_and_are_forgotten(session: Session, door: Door) -> None:
    door("check_in", hold=True)
    account = data.export(session, door.person, (), at=NOON)["account"]
    assert account["wanted_mails"] == []
    assert [(row["kind"], row["state"], row["about"]) for row in account["started_mails"]] == [
        ("check_in", "held", "check_in")
    ]
    forget_old(session, at=NOON + KEPT - timedelta(days=1))
    assert session.scalars(select(StartedMail)).all() != []
    forget_old(session, at=NOON + KEPT + timedelta(days=1))
    assert session.scalars(select(StartedMail)).all() == []


def test_starting_many_takes_a_fixed_number_of_reads(
    session: Session, person: Callable[..., Person], queries: list[str]
) -> None:
    def reads(size: int, subject: str) -> int:
        letters = [Letter(person(), "agenda", subject, WORDS, mail_kind="test") for _ in range(size)]
        session.flush()
        queries.clear()
        start_mails(session, DESK, letters, at=NOON)
        return sum(1 for statement in queries if statement.startswith("SELECT"))

    assert reads(2, "a") == reads(9, "b")
