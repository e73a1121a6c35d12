"""A person with everything: what they get when they ask, what is left when they go, what follows a new address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts import data
from app.accounts.models import Person
from app.accounts.services import importing
from app.jobs import ledger
from app.mail.models import MailState, OutgoingMail
from app.packages_table import PACKAGES
from circles.models import Enrollment, EnrollmentState, HelpRequest, Membership, Wish, WishKind
from guides.walk.models import CircleNote, Commitment, PrivateNote
from scheduling.models import Answer, Attendance, Rsvp
from scheduling.services.calendars import invite_where_missing
from tests.factories import circles as make_circles
from tests.factories import practices as make
from tests.factories.practices import World
from tests.factories.scheduling import DESK

Browsers = Callable[[Person], FlaskClient]
MINE = ("I worry at night.", "Only mine.", "For my circle.", "I will ask.", "Please help us.", "I show my draft")


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """A day before the first session."""
    from tests.practices.conftest import NOW

    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(session: Session) -> World:
    """Juniper with Amara, who wrote something everywhere."""
    made = make.world(session, held=1)
    at, amara, walk = clock.now(), made.amara, made.walk
    enrollment = session.scalars(select(Enrollment).where(Enrollment.person_id == amara.id)).first()
    if enrollment is None:
        enrollment = make_circles.enrollment(session, made.cohort, amara)
    enrollment.concern = "I worry at night."
    enrollment.state = EnrollmentState.PLACED
    session.scalars(select(Membership).where(Membership.person_id == amara.id)).one().enrollment_id = enrollment.id
    session.add_all(
        [
            Wish(enrollment_id=enrollment.id, kind=WishKind.AVOID, email_key="boss@example.org"),
            PrivateNote(walk_id=walk.id, person_id=amara.id, week=1, prompt="", text="Only mine.", updated_at=at),
            CircleNote(walk_id=walk.id, week=1, author_id=amara.id, text="For my circle.", written_at=at),
            CircleNote(walk_id=walk.id, week=1, author_id=made.tomas.id, text="His words.", written_at=at),
            Commitment(walk_id=walk.id, week=1, person_id=amara.id, text="I will ask.", made_at=at),
            HelpRequest(circle_id=made.circle.id, person_id=amara.id, text="Please help us.", created_at=at),
            Rsvp(
                session_id=made.season.sessions[1].id,
                person_id=amara.id,
                answer=Answer.YES,
                source="page",
                answered_at=at,
            ),
            Attendance(session_id=made.season.sessions[0].id, person_id=amara.id, present=True, noted_at=at),
        ]
    )
    make.change(session, amara, made.circle, shown=True)
    session.commit()
    return made


def test_my_data_is_all_of_mine_and_nobody_elses(sign_in: Browsers, world: World) -> None:
    text = sign_in(world.amara).get("/profile/data.json").get_data(as_text=True)
    for words in MINE:
        assert words in text
    assert "boss@example.org" in text
    assert "His words." not in text
    assert set(json.loads(text)) >= {"account", "circles", "sessions", "walks", "practices"}
    assert "For my circle." not in sign_in(world.tomas).get("/profile/data.json").get_data(as_text=True)


def test_an_erased_person_leaves_their_circle_and_nothing_they_wrote(
    flask_app: Flask, session: Session, world: World, run_jobs: Callable[[], int]
) -> None:
    amara, email = world.amara, world.amara.email
    session.add(Wish(enrollment_id=_other_enrollment(session, world), kind=WishKind.WISH, email_key=amara.email_key))
    invite_where_missing(session, world.season.sessions, desk=DESK, at=clock.now())
    session.commit()
    run_jobs()
    session.expire_all()
    data.erase(session, flask_app.extensions["storage"], DESK, amara, PACKAGES, actor=amara, at=clock.now())
    session.commit()
    session.expire_all()
    assert session.scalars(select(Membership.left_at).where(Membership.person_id == amara.id)).one() is not None
    assert [note.text for note in session.scalars(select(CircleNote))] == ["His words."]
    for kind in (PrivateNote, Commitment, Rsvp, Wish):
        assert session.scalar(select(func.count()).select_from(kind)) == 0
    assert session.scalars(select(HelpRequest.text)).all() == [""]
    assert {row.concern for row in session.scalars(select(Enrollment).where(Enrollment.person_id == amara.id))} == {""}
    assert session.scalar(select(func.count()).select_from(Attendance)) == 1, "that five were there stays true"
    leaving = session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == email)).all()
    assert leaving
    assert {mail.method for mail in leaving} == {"CANCEL"}, "only what empties the calendar still leaves"
    run_jobs()
    ledger.enqueue(session, "accounts.tidy", {}, key="tidy", at=clock.now())
    session.commit()
    run_jobs()
    session.expire_all()
    assert session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == email)).all() == []
    assert session.scalars(select(OutgoingMail).where(OutgoingMail.recipient_name == "Amara Osei")).all() == []


def _other_enrollment(session: Session, world: World) -> object:
    found = session.scalars(select(Enrollment).where(Enrollment.person_id == world.tomas.id)).first()
    return (found or make_circles.enrollment(session, world.cohort, world.tomas)).id


def test_sessions_follow_a_new_address(
    session: Session, world: World, run_jobs: Callable[[], int], sign_in: Browsers, person: Callable[..., Person]
) -> None:
    amara_id, old = world.amara.id, world.amara.email
    world.amara.external_id = "17"
    admin = person(name="Ada Admin", is_administrator=True)
    told = invite_where_missing(session, world.season.sessions, desk=DESK, at=clock.now())
    assert told
    session.commit()
    admin_id = admin.id
    session.expunge_all()
    at = clock.now()
    storage = importing.Storage()
    content = b"email,name,external_id\namara.lima@example.org,Amara Lima,17\n"
    record = importing.upload(session, storage, content, name="p.csv", actor=session.get_one(Person, admin_id), at=at)
    record_id = record.id
    session.commit()
    run_jobs()
    browser = sign_in(session.get_one(Person, admin_id))
    assert browser.post(f"/people/imports/{record_id}/apply").status_code == 302
    run_jobs()
    session.expire_all()
    mails = session.execute(
        select(OutgoingMail.recipient, OutgoingMail.method, OutgoingMail.state).where(
            OutgoingMail.person_id == amara_id, OutgoingMail.method.is_not(None)
        )
    ).all()
    assert (old, "CANCEL", MailState.SENT) in [tuple(row) for row in mails]
    assert ("amara.lima@example.org", "REQUEST", MailState.SENT) in [tuple(row) for row in mails]
