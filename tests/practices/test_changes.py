"""Writing, checking in, ending and showing changes, through the services."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import DomainError, InvalidInput, NotFound
from practices.models import CheckIn, FollowUp, Occasion, Status, Visibility, Witness
from practices.queries.changes import asked_to_witness, own_change, shown_change, shown_in_circle
from practices.services import changes
from practices.services.changes import Origin, Statement
from tests.factories import practices as make
from tests.factories.practices import World
from tests.practices.conftest import NOW

DAY = date(2026, 10, 14)


def test_one_sentence_is_enough(session: Session, world: World) -> None:
    made = changes.write_change(
        session,
        Statement("I  ask\nearly."),
        origin=Origin(),
        visibility=Visibility.CIRCLE,
        today=DAY,
        actor=world.amara,
        at=NOW,
    )
    assert made.after == "I ask early."
    assert (made.status, made.visibility, made.shown_at) == (Status.PLANNED, Visibility.ME, None)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"after": "  "}, "after"),
        ({"after": "x" * 301}, "after"),
        ({"after": "a", "cue": "x" * 301}, "cue"),
        ({"after": "a", "area": "nowhere"}, "area"),
        ({"after": "a", "resolve": 6}, "resolve"),
        ({"after": "a", "confidence": 0}, "confidence"),
        ({"after": "a", "baseline": 5}, "baseline"),
    ],
)
def test_what_cannot_be_kept_names_its_field(fields: dict[str, object], wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Statement(**fields).check()  # type: ignore[arg-type]
    assert refused.value.field == wrong


def test_doing_it_moves_a_planned_change_to_trying(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    changes.check_in(session, change, on=DAY, frequency=0, at=NOW)
    assert change.status is Status.PLANNED
    changes.check_in(session, change, on=DAY, frequency=2, line="Twice", at=NOW)
    assert change.status is Status.TRYING
    assert session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.on_date == DAY)) == 1


def test_an_empty_check_in_is_refused(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    with pytest.raises(InvalidInput):
        changes.check_in(session, change, on=DAY, frequency=None, line="  ", at=NOW)


def test_letting_go_keeps_what_was_said_that_day_and_the_reason(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    changes.check_in(session, change, on=DAY, frequency=3, line="It went well", at=NOW)
    changes.let_go(session, change, reason="Month-end closing", on=DAY, at=NOW)
    entry = session.scalars(select(CheckIn).where(CheckIn.on_date == DAY)).one()
    assert (entry.frequency, entry.line, entry.status) == (3, "It went well", Status.DROPPED)
    assert (change.status, change.reason) == (Status.DROPPED, "Month-end closing")
    with pytest.raises(DomainError):
        changes.let_go(session, change, reason="", on=DAY, at=NOW)
    changes.pick_up(session, change, at=NOW)
    assert (change.status, change.reason) == (Status.TRYING, "")


def test_a_status_said_alone_keeps_the_check_in_of_the_day(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    changes.check_in(session, change, on=DAY, frequency=3, line="Often", at=NOW)
    entry = changes.set_status(session, change, Status.FULLY, on=DAY, at=NOW)
    assert (entry.frequency, entry.line, change.status) == (3, "Often", Status.FULLY)
    with pytest.raises(InvalidInput):
        changes.set_status(session, change, Status.DROPPED, on=DAY, at=NOW)


def test_a_successor_takes_over_and_the_old_one_takes_no_check_in(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle, shown=True)
    newer = changes.replace(session, change, Statement("I ask one question."), today=DAY, actor=world.amara, at=NOW)
    assert (change.status, change.replaced_by_id) == (Status.REPLACED, newer.id)
    assert (newer.visibility, newer.circle_id, newer.status) == (Visibility.CIRCLE, world.circle.id, Status.TRYING)
    with pytest.raises(DomainError):
        changes.check_in(session, change, on=DAY, frequency=1, at=NOW)
    with pytest.raises(DomainError):
        changes.replace(session, change, Statement("Again."), today=DAY, actor=world.amara, at=NOW)


def test_a_check_in_answers_what_is_due_and_nothing_later(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    for occasion, days in ((Occasion.END, -1), (Occasion.DAY_30, 29)):
        session.add(FollowUp(change_id=change.id, occasion=occasion, due_on=DAY + timedelta(days=days)))
    session.flush()
    changes.check_in(session, change, on=DAY, frequency=2, at=NOW)
    answered = {row.occasion: row.answered_at for row in session.scalars(select(FollowUp))}
    assert answered == {Occasion.END: NOW, Occasion.DAY_30: None}


def test_only_peers_of_the_day_it_was_shown_read_it(session: Session, world: World) -> None:
    hidden = make.change(session, world.amara, world.circle)
    shown = make.change(session, world.amara, world.circle, shown=True, after="Shown.")
    assert shown_change(session, world.tomas, shown.id).after == "Shown."
    for reader, change in (
        (world.tomas, hidden),
        (world.lead, shown),
        (world.manager, shown),
        (world.amara, shown),
    ):
        with pytest.raises(NotFound):
            shown_change(session, reader, change.id)
    with pytest.raises(NotFound):
        own_change(session, world.tomas, shown.id)
    assert [row.after for row in shown_in_circle(session, world.tomas, world.circle.id)] == ["Shown."]


def test_a_joiner_sees_nothing_older_and_a_leaver_nothing_at_all(session: Session, world: World) -> None:
    shown = make.change(session, world.amara, world.circle, shown=True)
    joined = next(m for m in world.season.circle.memberships if m.person_id == world.jonas.id)
    joined.joined_at = NOW + timedelta(days=1)
    left = next(m for m in world.season.circle.memberships if m.person_id == world.linh.id)
    left.left_at = NOW
    session.flush()
    for reader in (world.jonas, world.linh):
        with pytest.raises(NotFound):
            shown_change(session, reader, shown.id)
        assert shown_in_circle(session, reader, world.circle.id) == []
    changes.show_to(session, shown, Visibility.ME, at=NOW)
    changes.show_to(session, shown, Visibility.CIRCLE, at=NOW + timedelta(days=2))
    assert shown_change(session, world.jonas, shown.id)


def test_outside_a_circle_nobody_can_be_shown_it(session: Session, world: World) -> None:
    change = make.change(session, world.amara, None)
    with pytest.raises(DomainError):
        changes.show_to(session, change, Visibility.CIRCLE, at=NOW)


def test_a_witness_is_a_peer_who_was_asked_or_came_by_themselves(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle, shown=True)
    peers = {world.tomas.id, world.linh.id}
    with pytest.raises(InvalidInput):
        changes.ask_witness(session, change, world.lead.id, peers=peers, at=NOW)
    changes.ask_witness(session, change, world.tomas.id, peers=peers, at=NOW)
    assert [row.id for row in asked_to_witness(session, world.tomas)] == [change.id]
    changes.say_seen(session, change, line="Yes", actor=world.tomas, at=NOW)
    changes.say_seen(session, change, line="Yes, twice", actor=world.tomas, at=NOW)
    assert asked_to_witness(session, world.tomas) == []
    assert session.scalars(select(Witness.line)).all() == ["Yes, twice"]


def test_the_database_refuses_a_frequency_off_the_scale(session: Session, world: World) -> None:
    change = make.change(session, world.amara, world.circle)
    session.add(CheckIn(change_id=change.id, on_date=DAY, occasion=Occasion.OWN, frequency=7, made_at=NOW))
    with pytest.raises(IntegrityError, match="frequency_0_to_4"):
        session.flush()
