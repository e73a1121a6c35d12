"""Signing in by mailed link and by password, as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock, tokens
from app.accounts import passwords, throttle
from app.accounts.models import Attempt, Person, SignIn
from app.audit import AuditEntry
from app.mail.models import OutgoingMail

LINK = re.compile(r"http://coterie\.test(/[\w-]+/[\w-]+)")
PASSWORD = "a quiet walk by the canal"


def last_link(session: Session) -> str:
    """The path in the latest mail."""
    mail = session.scalar(select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(1))
    assert mail is not None
    found = LINK.search(mail.text)
    assert found is not None
    return found[1]


def ask(client: FlaskClient, email: str) -> str:
    """Ask for a link and give the page that answers."""
    answer = client.post("/sign-in", data={"email": email})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def amara(person: Callable[..., Person]) -> Person:
    """Someone with a password."""
    return person(name="Amara Osei", email="Amara.Osei@example.org", password_hash=passwords.hash_password(PASSWORD))


def signed_in(client: FlaskClient) -> bool:
    """Whether a private page opens."""
    return client.get("/profile").status_code == 200


def test_a_mailed_link_signs_in_after_a_click(client: FlaskClient, session: Session, amara: Person) -> None:
    assert "amara.osei@example.org" in ask(client, "amara.osei@example.org")
    link = last_link(session)
    page = client.get(link)
    assert page.status_code == 200
    assert "Amara Osei" in page.get_data(as_text=True)
    assert not signed_in(client), "opening a link must not sign in: mail scanners open links"
    answer = client.post(link)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(client)
    row = session.scalars(select(SignIn).where(SignIn.person_id == amara.id)).one()
    assert row.method == "link"
    assert session.scalars(select(AuditEntry.action)).all() == ["person.signed_in"]


def test_a_link_works_once(flask_app: Flask, client: FlaskClient, session: Session, amara: Person) -> None:
    ask(client, amara.email)
    link = last_link(session)
    assert client.post(link).status_code == 302
    other = flask_app.test_client()
    assert other.get(link).status_code == 410
    assert other.post(link).status_code == 410
    assert not signed_in(other)


def test_a_link_ends_after_half_an_hour(client: FlaskClient, session: Session, amara: Person) -> None:
    ask(client, amara.email)
    link = last_link(session)
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        answer = client.post(link)
        assert answer.status_code == 410
        assert "This link has ended" in answer.get_data(as_text=True)


def test_a_link_of_someone_deactivated_does_nothing(client: FlaskClient, session: Session, amara: Person) -> None:
    ask(client, amara.email)
    link = last_link(session)
    amara.active = False
    session.commit()
    assert client.post(link).status_code == 410


def test_a_made_up_link_does_nothing(client: FlaskClient, amara: Person) -> None:
    assert client.get("/sign-in/made-up").status_code == 410
    assert client.post("/sign-in/made-up").status_code == 410


@pytest.mark.parametrize("path", ["/sign-in", "/forgot-password"])
def test_an_unknown_address_gets_the_same_answer(
    client: FlaskClient, session: Session, amara: Person, queries: list[str], path: str
) -> None:
    queries.clear()
    known = client.post(path, data={"email": amara.email})
    work = len(queries)
    queries.clear()
    unknown = client.post(path, data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    here = known.get_data(as_text=True).replace(amara.email, "")
    assert here == unknown.get_data(as_text=True).replace("nobody@example.org", "")
    assert [statement.split()[0] for statement in queries].count("INSERT") > 2, (
        "an unknown address causes the same rows"
    )
    assert abs(len(queries) - work) <= 1
    session.expire_all()
    assert session.scalars(select(OutgoingMail.recipient)).all() == [amara.email]
    assert session.scalar(select(func.count()).select_from(tokens.Token)) == 1


def test_a_deactivated_person_gets_no_link(client: FlaskClient, session: Session, amara: Person) -> None:
    amara.active = False
    session.commit()
    ask(client, amara.email)
    assert session.scalars(select(OutgoingMail)).all() == []


def test_a_password_signs_in(client: FlaskClient, session: Session, amara: Person) -> None:
    answer = client.post("/sign-in", data={"email": "AMARA.OSEI@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    assert signed_in(client)
    assert session.scalars(select(SignIn.method)).all() == ["password"]


@pytest.mark.parametrize(
    ("email", "password"),
    [("amara.osei@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("amara.osei@example.org", "x" * 900)],
)
def test_a_wrong_password_says_the_same_as_an_unknown_address(
    client: FlaskClient, session: Session, amara: Person, email: str, password: str
) -> None:
    answer = client.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "This address and password do not go together." in answer.get_data(as_text=True)
    assert not signed_in(client)
    assert session.scalar(select(func.count()).select_from(Attempt)) == 2, "the attempt counts"


def test_passwords_are_throttled_and_the_page_says_until_when(client: FlaskClient, amara: Person) -> None:
    at = clock.now()
    with time_machine.travel(at, tick=False):
        for _ in range(throttle.PASSWORD.each_target):
            assert client.post("/sign-in", data={"email": amara.email, "password": "no"}).status_code == 422
        answer = client.post("/sign-in", data={"email": amara.email, "password": PASSWORD})
        assert answer.status_code == 429
        assert "Try again in 15 minutes" in answer.get_data(as_text=True)
        assert client.post("/sign-in", data={"email": "other@example.org", "password": "no"}).status_code == 422
    with time_machine.travel(at + throttle.PASSWORD.window + timedelta(seconds=1), tick=False):
        assert client.post("/sign-in", data={"email": amara.email, "password": PASSWORD}).status_code == 302


def test_many_addresses_from_one_place_are_throttled(client: FlaskClient, amara: Person) -> None:
    for number in range(throttle.MAILED_LINK.each_client):
        assert client.post("/sign-in", data={"email": f"person{number}@example.org"}).status_code == 200
    assert client.post("/sign-in", data={"email": amara.email}).status_code == 429


def test_a_mailbox_is_not_flooded(client: FlaskClient, session: Session, amara: Person) -> None:
    for _ in range(throttle.MAILED_LINK.each_target):
        ask(client, amara.email)
    assert client.post("/sign-in", data={"email": amara.email.upper()}).status_code == 429
    assert client.post("/forgot-password", data={"email": amara.email}).status_code == 429
    assert len(session.scalars(select(OutgoingMail)).all()) == throttle.MAILED_LINK.each_target


def test_attempts_hold_no_addresses(client: FlaskClient, session: Session, amara: Person) -> None:
    ask(client, amara.email)
    assert not [key for key in session.scalars(select(Attempt.key)) if "amara" in key or "@" in key]


def test_one_goes_on_to_the_page_one_came_for(
    flask_app: Flask, client: FlaskClient, session: Session, amara: Person
) -> None:
    assert client.get("/profile/data").headers["Location"] == "/sign-in?next=/profile/data"
    client.get("/sign-in?next=/profile/data")
    ask(client, amara.email)
    elsewhere = flask_app.test_client()
    assert elsewhere.post(last_link(session)).headers["Location"] == "/profile/data", "the mail may be read elsewhere"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_one_never_goes_on_to_another_site(client: FlaskClient, amara: Person, target: str) -> None:
    client.get("/sign-in", query_string={"next": target})
    answer = client.post("/sign-in", data={"email": amara.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_signing_in_gives_a_fresh_cookie(client: FlaskClient, amara: Person) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    client.post("/sign-in", data={"email": amara.email, "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.permanent


def test_signing_out_ends_the_row(client: FlaskClient, session: Session, amara: Person) -> None:
    client.post("/sign-in", data={"email": amara.email, "password": PASSWORD})
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    assert client.post("/sign-out").status_code == 302
    assert session.scalars(select(SignIn.ended_at)).one() is not None
    with client.session_transaction() as cookie:
        cookie.update(kept)
    assert not signed_in(client), "a copied cookie is worth nothing after signing out"


def test_signing_out_needs_a_post(sign_in: Callable[[Person], FlaskClient], amara: Person) -> None:
    assert sign_in(amara).get("/sign-out").status_code == 405


def test_there_are_no_demonstration_people_elsewhere(client: FlaskClient, person: Callable[..., Person]) -> None:
    cast = person(name="Lea Lead", external_id="demo-cast-1-lead")
    assert "Lea Lead" not in client.get("/sign-in").get_data(as_text=True)
    assert client.post("/sign-in/demonstration", data={"person": str(cast.id)}).status_code == 404


def test_a_forgotten_password_is_set_by_mail(
    client: FlaskClient, session: Session, sign_in: Callable[[Person], FlaskClient], amara: Person
) -> None:
    elsewhere = sign_in(amara)
    client.post("/forgot-password", data={"email": amara.email})
    link = last_link(session)
    short = client.post(link, data={"password": "short"})
    assert short.status_code == 422
    assert "at least 12 characters" in short.get_data(as_text=True)
    answer = client.post(link, data={"password": "seven herons on the lake"})
    assert answer.status_code == 302
    assert client.post(link, data={"password": "eight herons on the lake"}).status_code == 410
    assert not signed_in(elsewhere), "a reset ends every sign-in"
    assert client.post("/sign-in", data={"email": amara.email, "password": PASSWORD}).status_code == 422
    again = client.post("/sign-in", data={"email": amara.email, "password": "seven herons on the lake"})
    assert again.status_code == 302


def test_a_reset_link_is_no_sign_in_link(client: FlaskClient, session: Session, amara: Person) -> None:
    client.post("/forgot-password", data={"email": amara.email})
    secret = last_link(session).rsplit("/", 1)[-1]
    assert client.post(f"/sign-in/{secret}").status_code == 410


def test_forms_from_elsewhere_are_refused(flask_app: Flask, session: Session, amara: Person) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = flask_app.test_client().post("/sign-in", data={"email": amara.email})
    finally:
        flask_app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert session.scalars(select(OutgoingMail)).all() == []
