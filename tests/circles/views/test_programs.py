"""Programs: mine, a new one, changing it, and who leads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.models import Program, ProgramLead
from tests.factories import circles as make


def test_the_list_is_mine_alone(
    browser: FlaskClient, session: Session, program: Program, person: Callable[..., Person]
) -> None:
    make.program(session, person(), name="Of somebody else")
    page = browser.get("/programs").text
    assert "Work in the open" in page
    assert "Of somebody else" not in page


def test_people_without_a_program_are_told_how_to_get_one(
    sign_in: Callable[[Person], FlaskClient], outsider: Person
) -> None:
    page = sign_in(outsider).get("/programs").text
    assert "You lead no program" in page
    assert "/programs/new" not in page


def test_an_administrator_makes_the_first(
    sign_in: Callable[[Person], FlaskClient], session: Session, person: Callable[..., Person]
) -> None:
    browser = sign_in(person(is_administrator=True))
    assert "Make a program" in browser.get("/programs").text
    answer = browser.post("/programs/new", data={"name": "  Feedback  ", "purpose": "Ask <early>."})
    made = session.scalars(select(Program).where(Program.name == "Feedback")).one()
    assert answer.location == f"/programs/{made.id}"
    assert "Ask &lt;early&gt;." in browser.get(answer.location).text


def test_a_program_needs_a_name(browser: FlaskClient, session: Session, program: Program) -> None:
    page = browser.post("/programs/new", data={"name": "   ", "purpose": "kept"}).text
    assert "Give the program a name." in page
    assert "kept" in page
    assert session.scalar(select(func.count()).select_from(Program)) == 1


def test_who_leads_nothing_makes_nothing(
    sign_in: Callable[[Person], FlaskClient], outsider: Person, session: Session
) -> None:
    assert sign_in(outsider).post("/programs/new", data={"name": "Mine"}).status_code == 403
    assert session.scalar(select(func.count()).select_from(Program)) == 0


def test_name_and_purpose_change(browser: FlaskClient, session: Session, program: Program) -> None:
    browser.post(f"/programs/{program.id}/edit", data={"name": "Open work", "purpose": ""})
    session.expire_all()
    assert session.get_one(Program, program.id).name == "Open work"


def test_a_lead_is_added_by_address(
    browser: FlaskClient, session: Session, program: Program, person: Callable[..., Person]
) -> None:
    other = person(name="Grace Mwangi", email="Grace@example.org")
    answer = browser.post(f"/programs/{program.id}/leads", data={"email": " grace@EXAMPLE.org "})
    assert answer.status_code == 302
    assert session.get(ProgramLead, (program.id, other.id)) is not None
    assert "Grace Mwangi" in browser.get(answer.location).text


@pytest.mark.parametrize("active", [True, False])
def test_an_unknown_or_closed_account_is_no_lead(
    browser: FlaskClient, session: Session, program: Program, person: Callable[..., Person], active: bool
) -> None:
    if not active:
        person(email="nobody@example.org", active=False)
        session.commit()
    page = browser.post(f"/programs/{program.id}/leads", data={"email": "nobody@example.org"}).text
    assert "Nobody here has the address nobody@example.org." in page
    assert session.scalar(select(func.count()).select_from(ProgramLead)) == 1


def test_hand_over_says_what_it_does_and_does_it(
    browser: FlaskClient, session: Session, program: Program, lead: Person, person: Callable[..., Person]
) -> None:
    other = person(name="Grace Mwangi")
    session.add(ProgramLead(program_id=program.id, person_id=other.id, added_at=program.created_at))
    session.commit()
    address = f"/programs/{program.id}/leads/{lead.id}/remove"
    assert "You no longer see the program" in browser.get(address).text
    assert browser.post(address).location == "/programs"
    assert session.get(ProgramLead, (program.id, lead.id)) is None
    assert browser.get(f"/programs/{program.id}").status_code == 404


def test_the_last_lead_stays(browser: FlaskClient, session: Session, program: Program, lead: Person) -> None:
    answer = browser.post(f"/programs/{program.id}/leads/{lead.id}/remove")
    assert answer.status_code == 409
    assert "Add another one first" in answer.text
    assert session.get(ProgramLead, (program.id, lead.id)) is not None


def test_outsiders_find_nothing(
    sign_in: Callable[[Person], FlaskClient], outsider: Person, program: Program, lead: Person
) -> None:
    browser = sign_in(outsider)
    base = f"/programs/{program.id}"
    for path in ("", "/edit", "/leads", f"/leads/{lead.id}/remove", "/cohorts/new"):
        assert browser.get(base + path).status_code == 404, path
    for path in ("/edit", "/leads", f"/leads/{lead.id}/remove", "/cohorts/new"):
        assert browser.post(base + path, data={"name": "Mine", "email": outsider.email}).status_code == 404, path


def test_lists_take_the_same_queries_at_any_length(
    browser: FlaskClient, session: Session, program: Program, lead: Person, cost: Callable[[str], int]
) -> None:
    counts: list[int] = []
    for more in (2, 20):
        for number in range(more):
            make.program(session, lead)
            make.cohort(session, program, name=f"Cohort {more} {number}")
        session.commit()
        counts += [cost(path) for path in ("/programs", "/cohorts", f"/programs/{program.id}")]
    assert counts[:3] == counts[3:]
