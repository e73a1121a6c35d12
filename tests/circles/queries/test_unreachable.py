"""A lead learns whom mail does not reach, and only in the cohort that is theirs."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.mail.bounces import note_bounce, note_deferred
from circles.models import EnrollmentState
from circles.queries.unreachable import unreachable_people
from tests.factories import circles as make


def test_people_who_take_part_and_get_no_mail_are_named(
    session: Session, client: FlaskClient, person: Callable[..., Person]
) -> None:
    program = make.program(session, person(name="Marcus Adeyemi"))
    cohort, other = make.cohort(session, program), make.cohort(session, program)
    names = ("Priya Nair", "Amara Osei", "Tomas Rivera", "Linh Pham", "Jonas Weber")
    priya, amara, tomas, linh, jonas = (person(name=name) for name in names)
    for someone in (priya, amara, tomas):
        make.enrollment(session, cohort, someone)
    make.enrollment(session, cohort, linh, state=EnrollmentState.WITHDRAWN)
    make.enrollment(session, other, jonas)
    for someone in (priya, amara, linh, jonas):
        note_bounce(session, someone.email, status="5.1.1", reason="no such user", at=clock.now())
    note_deferred(session, tomas.email, status="4.2.2", reason="mailbox full", at=clock.now())
    session.commit()
    found = unreachable_people(session, cohort.id)
    assert [(one.person.name, one.reason) for one in found.items] == [
        ("Amara Osei", "5.1.1 no such user"),
        ("Priya Nair", "5.1.1 no such user"),
    ]
    assert found.total == 2
    with client.application.test_request_context():
        shown = render_template("app/_unreachable.html", unreachable=found)
    assert "people get no mail" in shown
    assert "Amara Osei, Priya Nair" in shown


def test_a_new_address_ends_it(session: Session, person: Callable[..., Person]) -> None:
    cohort = make.cohort(session, make.program(session))
    amara = person(name="Amara Osei")
    make.enrollment(session, cohort, amara)
    note_bounce(session, amara.email, status="5.1.1", reason="", at=clock.now())
    assert unreachable_people(session, cohort.id).total == 1
    amara.email = amara.email_key = "amara@home.example"
    session.flush()
    assert unreachable_people(session, cohort.id).total == 0


def test_very_many_are_counted_and_the_first_named(
    session: Session, person: Callable[..., Person], queries: list[str]
) -> None:
    cohort = make.cohort(session, make.program(session))
    for number in range(60):
        someone = person(name=f"Person {number:02d}")
        make.enrollment(session, cohort, someone)
        note_bounce(session, someone.email, status="5.1.1", reason="", at=clock.now())
    queries.clear()
    found = unreachable_people(session, cohort.id)
    assert (len(found.items), found.total, len(queries)) == (50, 60, 2)
