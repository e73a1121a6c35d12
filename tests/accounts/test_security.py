"""Changing password and address, ending sign-ins, stopping mails."""

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
from app.accounts import passwords
from app.accounts.models import Person, SignIn
from app.accounts.services import addresses
from app.accounts.views.blueprint import PROVED
from app.errors import InvalidInput
from app.mail.desk import Desk
from app.mail.models import OutgoingMail

PASSWORD = "a quiet walk by the canal"
NEW = "seven herons on the lake"
LINK = re.compile(r"http://coterie\.test(/[\w-]+/[\w-]+)")
Browsers = Callable[[Person], FlaskClient]


@pytest.fixture
def amara(person: Callable[..., Person]) -> Person:
    """Someone with a password."""
    return person(name="Amara Osei", email="amara@example.org", password_hash=passwords.hash_password(PASSWORD))


def mails(session: Session) -> list[tuple[str, str]]:
    """Kind and recipient of every mail."""
    session.expire_all()
    return [(mail.kind, mail.recipient) for mail in session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))]


def link(session: Session) -> str:
    """The path in the latest mail."""
    text = session.scalars(select(OutgoingMail.text).order_by(OutgoingMail.id.desc())).first() or ""
    found = LINK.search(text)
    assert found is not None
    return found[1]


def test_a_password_is_changed_with_the_present_one_and_signs_others_out(
    sign_in: Browsers, session: Session, amara: Person
) -> None:
    here, there = sign_in(amara), sign_in(amara)
    refused = here.post("/profile/password", data={"password": NEW, "current": "wrong"})
    assert refused.status_code == 422
    assert "This is not your present password." in refused.get_data(as_text=True)
    assert here.post("/profile/password", data={"password": NEW, "current": PASSWORD}).status_code == 302
    assert here.get("/profile").status_code == 200
    assert there.get("/profile").status_code == 302
    session.refresh(amara)
    assert passwords.fits(amara.password_hash, NEW)


def test_a_first_password_needs_a_recent_sign_in(
    sign_in: Browsers, session: Session, person: Callable[..., Person]
) -> None:
    bo = person(name="Bo Blue")
    browser, early = sign_in(bo), sign_in(bo)
    with time_machine.travel(clock.now() + PROVED + timedelta(minutes=1), tick=False):
        late = browser.post("/profile/password", data={"password": NEW})
        assert late.status_code == 422
        assert "You signed in too long ago" in late.get_data(as_text=True)
    answer = early.post("/profile/password", data={"password": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/sign-in")
    session.refresh(bo)
    assert bo.password_hash is not None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("elevenchars", "at least 12 characters"),
        ("x" * 129, "at most 128 characters"),
        ("aaaaaaaaaaaaaa", "more different characters"),
        ("123456789012345", "more different characters"),
        ("Amara.Osei.12", "mostly your name or address"),
        ("ada.l@example.org", "mostly your name or address"),
    ],
)
def test_weak_passwords_are_refused(password: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        passwords.check_rules(password, email="ada.l@example.org", name="Amara Osei")
    assert caught.value.field == "password"


def test_a_long_sentence_is_a_good_password() -> None:
    passwords.check_rules("my cat amara sleeps all day", email="amara@example.org", name="Amara Osei")


def test_a_hash_is_salted_and_of_today() -> None:
    one, two = passwords.hash_password(PASSWORD), passwords.hash_password(PASSWORD)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_outdated(one)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$" + one.split("$", 4)[4])
    assert not passwords.fits("not a hash", PASSWORD)


def test_a_new_address_is_confirmed_there_and_told_to_the_old(
    sign_in: Browsers, client: FlaskClient, session: Session, amara: Person
) -> None:
    browser = sign_in(amara)
    asked = browser.post("/profile/email", data={"email": "Amara@new.example", "current": PASSWORD})
    assert asked.status_code == 302
    assert mails(session) == [("confirm_address", "Amara@new.example")]
    assert amara.email == "amara@example.org"
    path = link(session)
    assert client.get(path).status_code == 200
    session.refresh(amara)
    assert amara.email == "amara@example.org", "opening the link changes nothing"
    assert client.post(path).status_code == 302
    session.refresh(amara)
    assert (amara.email, amara.email_key) == ("Amara@new.example", "amara@new.example")
    assert mails(session)[-1] == ("address_changed", "amara@example.org")
    assert client.post(path).status_code == 410


def test_a_new_address_needs_the_password(sign_in: Browsers, session: Session, amara: Person) -> None:
    answer = sign_in(amara).post("/profile/email", data={"email": "amara@new.example", "current": "wrong"})
    assert answer.status_code == 422
    assert mails(session) == []


def test_an_address_somebody_has_is_not_told_apart(
    sign_in: Browsers, session: Session, amara: Person, person: Callable[..., Person]
) -> None:
    bo = person(name="Bo Blue", email="bo@example.org")
    browser = sign_in(amara)
    taken = browser.post("/profile/email", data={"email": "bo@example.org", "current": PASSWORD}, follow_redirects=True)
    free = browser.post("/profile/email", data={"email": "ab@example.org", "current": PASSWORD}, follow_redirects=True)
    assert taken.get_data(as_text=True).replace("bo@", "ab@") == free.get_data(as_text=True)
    assert mails(session) == [("address_taken", bo.email), ("confirm_address", "ab@example.org")]


def test_an_address_taken_meanwhile_is_not_given_twice(
    sign_in: Browsers, client: FlaskClient, session: Session, amara: Person, person: Callable[..., Person]
) -> None:
    sign_in(amara).post("/profile/email", data={"email": "new@example.org", "current": PASSWORD})
    person(name="Bo Blue", email="new@example.org")
    session.commit()
    assert client.post(link(session)).status_code == 410
    session.refresh(amara)
    assert amara.email == "amara@example.org"


@pytest.mark.parametrize("text", ["nonsense", "a@b", "a b@example.org", "a@example.org\nBcc: c@example.org"])
def test_what_is_no_address_is_refused(sign_in: Browsers, session: Session, amara: Person, text: str) -> None:
    answer = sign_in(amara).post("/profile/email", data={"email": text, "current": PASSWORD})
    assert answer.status_code == 422
    assert "is not an e-mail address" in answer.get_data(as_text=True)


def test_sign_ins_are_listed_and_ended(sign_in: Browsers, session: Session, amara: Person, outsider: Person) -> None:
    here, there, third = sign_in(amara), sign_in(amara), sign_in(amara)
    row = session.scalars(select(SignIn).where(SignIn.person_id == amara.id).order_by(SignIn.created_at)).all()[1]
    row.browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    session.commit()
    page = here.get("/profile/sign-in").get_data(as_text=True)
    assert "Firefox on Linux" in page
    assert page.count("Sign out there") == 2
    assert sign_in(outsider).post(f"/profile/sign-ins/{row.id}/end").status_code == 404
    assert there.get("/profile").status_code == 200
    assert here.post(f"/profile/sign-ins/{row.id}/end").status_code == 302
    assert there.get("/profile").status_code == 302
    assert here.post("/profile/sign-ins/end-others").status_code == 302
    assert third.get("/profile").status_code == 302
    assert here.get("/profile").status_code == 200


def test_a_stop_link_that_was_never_mailed_stops_nothing(client: FlaskClient, session: Session, amara: Person) -> None:
    desk = Desk("c@coterie.test", "Coterie", "http://coterie.test", "secret", "https://meet.example")
    path = addresses.stop_url(desk, amara, "agenda").removeprefix("http://coterie.test")
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 410
    assert client.post("/stop-mails/made-up").status_code == 410
    assert addresses.wants(amara, "agenda")
