"""Asking again after the last session: written once, asked once, answered by any check-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import ledger
from app.mail.models import OutgoingMail
from practices.models import FollowUp, Occasion, Status
from practices.queries.timeline import asked_now
from practices.services import changes
from practices.services.follow_ups import changes_to_plan, plan_follow_ups
from tests.factories import practices as make
from tests.factories.practices import World

ENDED = date(2026, 12, 3)


@pytest.fixture
def ask(
    session: Session, run_jobs: Callable[[], int], travel: time_machine.Traveller, world: World
) -> Callable[[int], list[OutgoingMail]]:
    """Runs the periodic job so many days after the last session; gives the mails it wrote."""
    last = max(meeting.ends_at for meeting in world.season.sessions)

    def run(days: int) -> list[OutgoingMail]:
        at = last + timedelta(days=days, minutes=1)
        travel.move_to(at)
        known = set(session.scalars(select(OutgoingMail.id)))
        ledger.enqueue(session, "practices.follow_ups", {}, key=f"follow-ups-{at}", at=at)
        session.commit()
        run_jobs()
        session.expire_all()
        mails = session.scalars(select(OutgoingMail).order_by(OutgoingMail.recipient)).all()
        return [mail for mail in mails if mail.id not in known and mail.kind == "practices.follow_up"]

    return run


def test_nothing_is_asked_while_the_circle_still_meets(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    make.change(session, world.amara, world.circle)
    assert ask(-1) == []
    assert session.scalars(select(FollowUp)).all() == []


def test_each_person_gets_one_mail_with_their_own_words(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    first = make.change(session, world.amara, world.circle)
    second = make.change(session, world.amara, world.circle, after="I ask early.", shown=True)
    make.change(session, world.tomas, world.circle, after="I write it down.")
    gone = make.change(session, world.linh, world.circle, after="Let go.")
    changes.let_go(session, gone, reason="", on=gone.begun_on, at=world.season.created_at)
    mails = ask(0)
    assert [mail.recipient for mail in mails] == [world.amara.email, world.tomas.email]
    for change in (first, second):
        assert change.after in mails[0].text
        assert f"http://coterie.test/changes/{change.id}/check-in" in mails[0].text
    assert "I write it down." not in mails[0].text
    due = session.execute(select(FollowUp.occasion, FollowUp.due_on).where(FollowUp.change_id == first.id)).all()
    assert {row[0]: (row[1] - ENDED).days for row in due} == {
        Occasion.END: 0,
        Occasion.DAY_30: 30,
        Occasion.DAY_60: 60,
        Occasion.DAY_90: 90,
    }
    assert ask(1) == []
    assert len(ask(30)) == 2


def test_a_check_in_answers_and_the_next_one_is_still_asked(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    change = make.change(session, world.amara, world.circle)
    changes.check_in(session, change, on=ENDED, frequency=3, at=world.season.created_at)
    assert ask(0) == []
    end = session.scalars(select(FollowUp).where(FollowUp.occasion == Occasion.END)).one()
    assert end.answered_at is not None
    assert len(ask(30)) == 1
    asked = asked_now(session, change, today=ENDED + timedelta(days=31), at=end.answered_at)
    assert asked.occasion is Occasion.DAY_30
    changes.check_in(
        session, change, on=ENDED + timedelta(days=31), frequency=4, occasion=asked.occasion, at=end.answered_at
    )
    open_ones = session.scalars(select(FollowUp.occasion).where(FollowUp.answered_at.is_(None))).all()
    assert set(open_ones) == {Occasion.DAY_60, Occasion.DAY_90}


def test_after_a_long_silence_of_the_worker_only_the_latest_is_asked(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    make.change(session, world.amara, world.circle)
    mails = ask(61)
    assert len(mails) == 1
    unasked = session.scalars(select(FollowUp.occasion).where(FollowUp.asked_at.is_(None))).all()
    assert unasked == [Occasion.DAY_90]


def test_who_let_go_meanwhile_or_left_is_not_asked(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    change = make.change(session, world.amara, world.circle)
    make.change(session, world.tomas, world.circle)
    assert len(ask(0)) == 2
    changes.let_go(session, change, reason="", on=ENDED, at=world.season.created_at)
    world.tomas.active = False
    assert change.status is Status.DROPPED
    assert ask(30) == []


def test_planning_again_writes_nothing_twice(
    session: Session, world: World, ask: Callable[[int], list[OutgoingMail]]
) -> None:
    for number in range(3):
        make.change(session, world.amara, world.circle, after=f"Change {number}.")
    ask(0)
    late = make.change(session, world.amara, world.circle, after="Later.", on=ENDED + timedelta(days=40))
    at = world.season.sessions[-1].ends_at + timedelta(days=41)
    found = changes_to_plan(session, after=None, at=at)
    assert found == [late.id]
    assert plan_follow_ups(session, found, at=at) == 2
    assert plan_follow_ups(session, found, at=at) == 0
    assert changes_to_plan(session, after=None, at=at) == []
    rows = session.scalars(select(FollowUp.occasion).where(FollowUp.change_id == late.id)).all()
    assert set(rows) == {Occasion.DAY_60, Occasion.DAY_90}
