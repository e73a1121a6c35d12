"""People as leads and administrators look after them, and who may see whose profile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, tokens
from app.accounts import sign_ins
from app.accounts.models import Person
from app.accounts.services.people import create_administrator, create_person
from app.audit import AuditEntry, first_broken
from app.errors import InvalidInput
from circles.models import Cohort, Enrollment, EnrollmentState
from tests.factories import circles as make

Browsers = Callable[[Person], FlaskClient]
Make = Callable[..., Person]


@pytest.fixture
def admin(person: Make) -> Person:
    """An administrator."""
    return person(name="Ada Admin", is_administrator=True)


@pytest.fixture
def lead(person: Make, session: Session) -> Person:
    """Someone who leads a program."""
    made = person(name="Lea Lead")
    make.program(session, made)
    return made


@pytest.mark.parametrize("path", ["/people", "/people/new", "/people/imports"])
def test_lists_are_for_leads_and_administrators(
    sign_in: Browsers, admin: Person, lead: Person, outsider: Person, client: FlaskClient, path: str
) -> None:
    assert sign_in(admin).get(path).status_code == 200
    assert sign_in(lead).get(path).status_code == 200
    assert sign_in(outsider).get(path).status_code == 404
    assert client.get(path).headers["Location"].startswith("/sign-in")


def test_people_are_searched_and_paged(sign_in: Browsers, admin: Person, person: Make) -> None:
    for number in range(60):
        person(name=f"Member {number:02}", department="Legal_100%" if number == 7 else "Sales")
    person(name="Gone Girl", active=False)
    browser = sign_in(admin)
    first, second = (browser.get(f"/people?page={page}").get_data(as_text=True) for page in (1, 2))
    assert first.count('<th scope="row">') == 50
    assert second.count('<th scope="row">') == 11
    assert "Gone Girl" not in first + second
    assert "Gone Girl" in browser.get("/people?state=inactive").get_data(as_text=True)
    assert browser.get("/people?q=legal_100%25").get_data(as_text=True).count('<th scope="row">') == 1
    assert browser.get("/people?q=MEMBER+sales&page=99").get_data(as_text=True).count('<th scope="row">') == 9
    assert "Nobody found" in browser.get("/people?q=%27%3B--").get_data(as_text=True)


def test_the_list_asks_the_database_the_same_however_many_there_are(
    sign_in: Browsers, admin: Person, person: Make, queries: list[str]
) -> None:
    browser = sign_in(admin)
    browser.get("/people")
    counts = []
    for more in (0, 40):
        for _ in range(more):
            person(manager_id=admin.id)
        queries.clear()
        browser.get("/people")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def enroll(session: Session, cohort: Cohort, person: Person, state: EnrollmentState) -> None:
    """Put a person into a cohort."""
    session.add(
        Enrollment(
            cohort_id=cohort.id, person_id=person.id, state=state, timezone="UTC", topics=[], languages=[],
            created_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()


def test_who_sees_which_profile(
    sign_in: Browsers, session: Session, person: Make, admin: Person, lead: Person, outsider: Person
) -> None:
    boss = person(name="Boss")
    amara = person(name="Amara Osei", email="amara@example.org", bio="Mends pipelines.", manager_id=boss.id)
    peer, invited = person(name="Peer"), person(name="Invited")
    cohort = make.cohort(session, make.program(session, lead))
    enroll(session, cohort, amara, EnrollmentState.ENROLLED)
    enroll(session, cohort, peer, EnrollmentState.PLACED)
    enroll(session, cohort, invited, EnrollmentState.INVITED)
    path = f"/people/{amara.id}"
    for reader, profile, email in (
        (amara, True, True), (boss, True, True), (admin, True, True), (lead, True, True), (peer, True, False),
        (invited, False, False), (outsider, False, False),
    ):  # fmt: skip
        answer = sign_in(reader).get(path)
        page = answer.get_data(as_text=True)
        assert (answer.status_code == 200) is profile, reader.name
        assert ("Mends pipelines." in page) is profile, reader.name
        assert ("amara@example.org" in page) is email, reader.name


def test_one_person_is_added(sign_in: Browsers, session: Session, lead: Person, person: Make) -> None:
    waiting = person(name="Report", manager_email="ingrid@example.org")
    browser = sign_in(lead)
    form = {"name": "Ingrid Solberg", "email": "Ingrid@example.org", "timezone": "europe/oslo", "manager": ""}
    assert browser.post("/people/new", data=form).status_code == 302
    session.refresh(waiting)
    made = session.scalars(select(Person).where(Person.email_key == "ingrid@example.org")).one()
    assert waiting.manager_id == made.id
    assert made.timezone == "Europe/Oslo"
    again = browser.post("/people/new", data=form)
    assert again.status_code == 422
    assert "Somebody has an account with this address already." in again.get_data(as_text=True)
    assert "Ingrid Solberg" in again.get_data(as_text=True)


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "make-administrator", "end-administrator", "delete"])
def test_accounts_are_changed_by_administrators_only(
    sign_in: Browsers, session: Session, lead: Person, outsider: Person, person: Make, action: str
) -> None:
    amara = person(name="Amara")
    for reader in (lead, outsider, amara):
        assert sign_in(reader).post(f"/people/{amara.id}/{action}").status_code == 404
    session.refresh(amara)
    assert amara.active
    assert not amara.is_administrator


def test_deactivating_signs_out_at_once_and_ends_links(
    sign_in: Browsers, client: FlaskClient, session: Session, admin: Person, person: Make
) -> None:
    amara = person(name="Amara")
    theirs, browser = sign_in(amara), sign_in(admin)
    secret = tokens.issue(session, "sign-in", amara.id, at=clock.now())
    session.commit()
    assert browser.post(f"/people/{amara.id}/deactivate").status_code == 302
    assert theirs.get("/profile").status_code == 302
    assert browser.post(f"/people/{amara.id}/reactivate").status_code == 302
    assert theirs.get("/profile").status_code == 302, "the old cookie stays worthless"
    assert client.post(f"/sign-in/{secret}").status_code == 410
    assert session.scalars(select(AuditEntry.action)).all() == ["person.deactivated", "person.reactivated"]
    assert first_broken(session) is None


def test_nobody_deactivates_oneself_or_the_last_administrator(
    sign_in: Browsers, session: Session, admin: Person, person: Make
) -> None:
    browser = sign_in(admin)
    page = browser.post(f"/people/{admin.id}/deactivate", follow_redirects=True).get_data(as_text=True)
    assert "You cannot deactivate yourself." in page
    page = browser.post(f"/people/{admin.id}/end-administrator", follow_redirects=True).get_data(as_text=True)
    assert "This is the only administrator." in page
    second = person(name="Second", active=False)
    session.commit()
    page = browser.post(f"/people/{second.id}/make-administrator", follow_redirects=True).get_data(as_text=True)
    assert "This account is deactivated." in page
    browser.post(f"/people/{second.id}/reactivate")
    browser.post(f"/people/{second.id}/make-administrator")
    browser.post(f"/people/{admin.id}/end-administrator")
    session.expire_all()
    assert (second.is_administrator, admin.is_administrator) == (True, False)
    assert browser.get("/admin/health").status_code == 404


def test_the_terminal_makes_the_first_administrator(client: FlaskClient, session: Session) -> None:
    secret = create_administrator(session, "Ada@example.org", "", clock.now())
    session.commit()
    assert client.post(f"/sign-in/{secret}").status_code == 302
    ada = session.scalars(select(Person)).one()
    assert (ada.name, ada.is_administrator, ada.email) == ("Ada", True, "Ada@example.org")


def test_the_terminal_lets_a_locked_out_administrator_back_in(session: Session, person: Make) -> None:
    amara = person(name="Amara", email="amara@example.org", active=False)
    create_administrator(session, "AMARA@example.org", "Amara Osei", clock.now())
    assert (amara.active, amara.is_administrator, amara.name) == (True, True, "Amara Osei")
    with pytest.raises(InvalidInput):
        create_administrator(session, "nonsense", "", clock.now())


def test_a_made_account_has_the_organizations_zone(session: Session, admin: Person) -> None:
    made = create_person(session, name="Bo", email="bo@example.org", actor=admin, at=clock.now())
    assert made.timezone == "UTC"
    assert sign_ins.end(session, made.id, at=clock.now()) == 0
