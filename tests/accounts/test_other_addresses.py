"""Further addresses count once their mailbox has said so; nobody learns from them who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import OtherAddress, Person
from app.mail.models import OutgoingMail

Browsers = Callable[[Person], FlaskClient]
HOME = "Amara@home.example"


@pytest.fixture
def amara(person: Callable[..., Person]) -> Person:
    return person(name="Amara Osei")


def link(session: Session, to: str) -> str:
    mail = session.scalar(select(OutgoingMail).where(OutgoingMail.recipient == to).order_by(OutgoingMail.id.desc()))
    assert mail is not None
    found = re.search(r"/confirm-address/[\w-]+", mail.text)
    assert found is not None
    return found[0]


def kept(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(OtherAddress.address_key)))


def test_an_address_counts_once_its_link_was_used(
    session: Session, sign_in: Browsers, client: FlaskClient, amara: Person
) -> None:
    browser = sign_in(amara)
    page = browser.post("/profile/addresses", data={"email": f" {HOME} "}, follow_redirects=True)
    assert "A mail with a link is on its way" in page.text
    assert kept(session) == []
    path = link(session, HOME)
    for _ in range(2):
        assert "Add this address" in client.get(path).text
        client.head(path)
    assert kept(session) == []
    assert client.post(path).status_code == 302
    assert kept(session) == [HOME.lower()]
    assert client.post(path).status_code == 410
    assert HOME in browser.get("/profile/addresses").text


def test_an_address_is_taken_away_by_its_person_only(
    session: Session, sign_in: Browsers, amara: Person, outsider: Person
) -> None:
    row = OtherAddress(person_id=amara.id, address=HOME, address_key=HOME.lower(), confirmed_at=clock.now())
    session.add(row)
    session.commit()
    assert sign_in(outsider).post(f"/profile/addresses/{row.id}/remove").status_code == 404
    assert HOME not in sign_in(outsider).get("/profile/addresses").text
    assert sign_in(amara).post(f"/profile/addresses/{row.id}/remove").status_code == 302
    assert kept(session) == []


@pytest.mark.parametrize(("email", "says"), [("", "Write an e-mail address"), ("amara@", "is not an e-mail address")])
def test_what_is_no_address_is_refused(sign_in: Browsers, amara: Person, email: str, says: str) -> None:
    answer = sign_in(amara).post("/profile/addresses", data={"email": email})
    assert answer.status_code == 422
    assert says in answer.text


def test_ones_own_address_is_refused(session: Session, sign_in: Browsers, amara: Person) -> None:
    assert (
        "This is your address already." in sign_in(amara).post("/profile/addresses", data={"email": amara.email}).text
    )


def test_an_address_of_somebody_else_is_not_told_apart(
    session: Session, sign_in: Browsers, amara: Person, outsider: Person
) -> None:
    page = sign_in(amara).post("/profile/addresses", data={"email": outsider.email}, follow_redirects=True)
    assert "A mail with a link is on its way" in page.text
    mail = session.scalar(select(OutgoingMail).where(OutgoingMail.recipient == outsider.email))
    assert mail is not None
    assert mail.kind == "address_taken"
    assert "confirm-address" not in mail.text


def test_two_people_cannot_have_one_address(
    session: Session, sign_in: Browsers, client: FlaskClient, amara: Person, outsider: Person
) -> None:
    paths = []
    for someone in (amara, outsider):
        sign_in(someone).post("/profile/addresses", data={"email": HOME})
        paths.append(link(session, HOME))
    assert client.post(paths[0]).status_code == 302
    assert client.post(paths[1]).status_code == 410
    (row,) = session.scalars(select(OtherAddress)).all()
    assert row.person_id == amara.id


def test_five_are_enough(session: Session, sign_in: Browsers, amara: Person) -> None:
    for number in range(5):
        key = f"{number}@home.example"
        session.add(OtherAddress(person_id=amara.id, address=key, address_key=key, confirmed_at=clock.now()))
    session.commit()
    answer = sign_in(amara).post("/profile/addresses", data={"email": HOME})
    assert answer.status_code == 422
    assert "Remove one first." in answer.text


def test_a_link_ends_after_a_day(session: Session, sign_in: Browsers, client: FlaskClient, amara: Person) -> None:
    sign_in(amara).post("/profile/addresses", data={"email": HOME})
    path = link(session, HOME)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert client.get(path).status_code == 410
        assert client.post(path).status_code == 410


def test_an_address_is_part_of_ones_data(session: Session, sign_in: Browsers, amara: Person) -> None:
    session.add(OtherAddress(person_id=amara.id, address=HOME, address_key=HOME.lower(), confirmed_at=clock.now()))
    session.commit()
    data = sign_in(amara).get("/profile/data.json").json
    assert data is not None
    assert data["account"]["other_addresses"] == [HOME]
