"""One mail on Sunday for people in several circles: what it holds, when it leaves, and what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person, StartedMail, StartedState
from app.accounts.services.weekly import Letter, start_mail
from app.jobs import ledger
from app.mail.compose import Composed
from app.mail.models import OutgoingMail
from circles.models import CohortState
from scheduling.models import Answer, Season
from scheduling.services import digests
from scheduling.services.answers import answer
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make
from tests.factories.scheduling import DESK, season

EARLY = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)
#: Sunday 11 October, 17:00 in Lisbon.
SUNDAY = datetime(2026, 10, 11, 16, 0, tzinfo=UTC)
MONDAY = date(2026, 10, 12)

Run = Callable[..., list[OutgoingMail]]


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    """The present is the end of September 2026."""
    with time_machine.travel(EARLY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def amara(person: Callable[..., Person]) -> Person:
    """She is in two circles."""
    return person(name="Amara Osei", timezone="Europe/Lisbon")


@pytest.fixture
def seasons(
    session: Session,
    travel: time_machine.Traveller,
    person: Callable[..., Person],
    amara: Person,
    run_jobs: Callable[[], int],
) -> list[Season]:
    """Juniper meets on Thursdays at 10:00, Birch on Tuesdays at 18:00 in Berlin; three people each, one in both."""
    made = []
    for name, weekday, starts in (("Juniper", 3, time(10, 0)), ("Birch", 1, time(18, 0))):
        people = [amara, *(person(timezone="Europe/Berlin") for _ in range(2))]
        cohort = make.cohort(session, make.program(session, person()), state=CohortState.RUNNING)
        circle = make.circle(session, cohort, people, name=name)
        made.append(season(session, circle, at=EARLY, first=MONDAY, count=3, weekday=weekday, starts=starts))
        invite_where_missing(session, made[-1].sessions, desk=DESK, at=EARLY)
    session.commit()
    run_jobs()
    return made


@pytest.fixture
def run(session: Session, travel: time_machine.Traveller, run_jobs: Callable[[], int]) -> Run:
    """Runs jobs at an instant; gives the mails they wrote."""

    def at(when: datetime, *kinds: str) -> list[OutgoingMail]:
        travel.move_to(when)
        known = set(session.scalars(select(OutgoingMail.id)))
        for kind in kinds or ("digests",):
            ledger.enqueue(session, f"scheduling.{kind}", {}, key=f"{kind}@{when}", at=when)
        session.commit()
        run_jobs()
        session.expire_all()
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.recipient)).all()
        return [mail for mail in mails if mail.id not in known]

    return at


def held(session: Session, person: Person, title: str) -> None:
    """Something that waits for a person's digest."""
    words = Composed(title, "Words.\n", "<p>Words.</p>")
    letter = Letter(
        person, "check_in", title, words, mail_kind="t", title=title, url="http://coterie.test/x", hold=True
    )
    assert start_mail(session, DESK, letter, at=EARLY) is not None


def test_it_lists_the_week_by_circle_and_what_is_open(
    session: Session, seasons: list[Season], amara: Person, run: Run
) -> None:
    answer(session, seasons[0].sessions[0], amara, Answer.YES, source="page", at=EARLY)
    held(session, amara, "How is it going with your change?")
    assert run(SUNDAY - timedelta(minutes=1)) == []
    mails = run(SUNDAY)
    assert [(mail.person_id, mail.kind) for mail in mails] == [(amara.id, "session.digest")]
    text = mails[0].text
    assert mails[0].subject == "Your circles in the week of 12 Oct"
    assert text.index("Birch") < text.index("Juniper"), "the circle that meets first stands first"
    assert "Tuesday 13 October, 17:00–18:00\nyour time in Lisbon" in text
    assert "Thursday 15 October, 9:00–10:00" in text
    assert "22 October" not in text
    assert text.count("You said yes.") == text.count("You have not answered yet.") == 1
    assert "How is it going with your change?\nhttp://coterie.test/x" in text
    assert all(len(line) <= 72 or "http" in line for line in text.splitlines())
    assert mails[0].unsubscribe_url in mails[0].html
    assert mails[0].invite is None
    assert run(SUNDAY + timedelta(minutes=15)) == []
    row = session.scalars(select(StartedMail).where(StartedMail.kind == "check_in")).one()
    assert row.state is StartedState.DIGESTED


def test_agendas_wait_for_it_and_reminders_do_not(
    session: Session, seasons: list[Season], amara: Person, run: Run
) -> None:
    mails: list[OutgoingMail] = []
    when, end = seasons[1].sessions[0].starts_at - timedelta(days=5, hours=12), seasons[0].sessions[0].starts_at
    while when < end:
        mails += run(when, "reminders")
        when += timedelta(hours=1)
    mine = [mail.kind for mail in mails if mail.person_id == amara.id]
    assert mine == ["session.reminder", "session.after_hosting", "session.reminder"]
    assert sum(mail.kind == "session.agenda" for mail in mails) == 4, "the others are in one circle"


def test_each_zone_has_its_own_sunday(session: Session, seasons: list[Season], amara: Person, run: Run) -> None:
    amara.timezone = "Australia/Lord_Howe"
    session.commit()
    assert run(SUNDAY) == [], "it is Monday 3:00 there"
    amara.timezone = "America/New_York"
    session.commit()
    assert run(SUNDAY + timedelta(minutes=5)) == []
    assert len(run(SUNDAY + timedelta(hours=5))) == 1


def test_who_does_not_want_it_gets_agendas_instead(
    session: Session, seasons: list[Season], amara: Person, run: Run
) -> None:
    third = seasons[0].sessions[1].starts_at - timedelta(days=5)
    amara.stopped_mails = ["digest"]
    session.commit()
    assert run(SUNDAY) == []
    run(SUNDAY + timedelta(minutes=1))
    row = session.scalars(select(StartedMail).where(StartedMail.kind == "digest")).one()
    assert row.state is StartedState.DROPPED
    mails = run(third, "reminders")
    assert amara.id in {mail.person_id for mail in mails if mail.kind == "session.agenda"}


def test_who_is_in_one_circle_gets_one_when_something_waits(
    session: Session, seasons: list[Season], run: Run, person: Callable[..., Person]
) -> None:
    alone = person(timezone="Europe/Lisbon")
    held(session, alone, "A poll about your time")
    mails = {mail.person_id: mail for mail in run(SUNDAY)}
    assert "A poll about your time" in mails[alone.id].text
    assert "None of your circles meets this week." in mails[alone.id].text
    assert len(mails) == 2


def test_a_week_without_sessions_is_silent(session: Session, seasons: list[Season], run: Run) -> None:
    assert run(SUNDAY + timedelta(weeks=5)) == []


def test_after_an_outage_it_comes_on_monday_morning_or_not_at_all(
    session: Session, seasons: list[Season], run: Run
) -> None:
    assert run(SUNDAY + timedelta(hours=7)) == [], "it is midnight"
    assert len(run(SUNDAY + timedelta(hours=15))) == 1


def test_the_number_of_reads_does_not_grow_with_people(
    session: Session, seasons: list[Season], person: Callable[..., Person], run: Run, queries: list[str]
) -> None:
    def reads(more: int) -> int:
        for _ in range(more):
            held(session, person(timezone="Europe/Lisbon"), f"Something {more}")
        session.commit()
        session.execute(StartedMail.__table__.delete().where(StartedMail.kind == "digest"))  # type: ignore[attr-defined]
        session.commit()
        queries.clear()
        assert digests.digests(session, MONDAY, ["Europe/Lisbon"], desk=DESK, at=SUNDAY)
        return len(queries)

    assert reads(1) == reads(7)
