"""Which mails one gets: the page, the link in each mail, and the one-click request of mail programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person, StartedMail
from app.accounts.services.addresses import stop_url, wants
from app.accounts.services.mail_choices import Choices, choices_of, choose
from app.accounts.services.weekly import Letter, start_mail
from app.mail.compose import Composed
from app.mail.models import OutgoingMail
from app.mail.sending import build
from tests.factories.scheduling import DESK

WORDS = Composed("A subject", "Words.\n", "<p>Words.</p>")
DEFAULTS = {"agenda": "y", "reminder": "always", "after": "hosting", "check_in": "y", "poll": "y", "digest": "y"}


def started(session: Session, person: Person, kind: str, subject: str = "x") -> StartedMail | None:
    """Start one mail of a kind."""
    letter = Letter(person, kind, subject, WORDS, mail_kind=f"test.{kind}")
    return start_mail(session, DESK, letter, at=clock.now())


def link_of(session: Session, person: Person, kind: str) -> str:
    """The path that the mail of a kind carries."""
    started(session, person, kind)
    session.commit()
    mail = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == f"test.{kind}")).one()
    return mail.unsubscribe_url.removeprefix("http://coterie.test")


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices(agenda=False, reminder="never", link=True, after="always", check_in=False, poll=False, digest=False),
        Choices(reminder="unless_coming", after="never"),
    ],
)
def test_what_is_chosen_is_read_back(session: Session, person: Callable[..., Person], choices: Choices) -> None:
    who = person()
    choose(session, who, choices, at=clock.now())
    assert choices_of(who) == choices
    choose(session, who, Choices(), at=clock.now())
    assert (who.stopped_mails, who.wanted_mails) == ([], [])


def test_a_kind_that_is_not_on_the_page_stays_stopped(session: Session, person: Callable[..., Person]) -> None:
    who = person(stopped_mails=["newsletter", "agenda"])
    choose(session, who, Choices(), at=clock.now())
    assert who.stopped_mails == ["newsletter"]


def test_the_page_shows_and_keeps_choices(
    session: Session, person: Callable[..., Person], sign_in: Callable[[Person], FlaskClient]
) -> None:
    who = person()
    browser = sign_in(who)
    page = browser.get("/profile/mails").get_data(as_text=True)
    assert "At most 3 of these mails come in a week" in page
    saved = browser.post("/profile/mails", data=DEFAULTS | {"agenda": "", "link": "y", "reminder": "unless_coming"})
    assert saved.status_code == 302
    session.refresh(who)
    assert choices_of(who) == Choices(agenda=False, link=True, reminder="unless_coming")
    refused = browser.post("/profile/mails", data=DEFAULTS | {"reminder": "sometimes"})
    assert refused.status_code == 422
    assert "A reminder the day before" in refused.get_data(as_text=True)
    session.refresh(who)
    assert choices_of(who).reminder == "unless_coming"


def test_a_stopped_kind_is_not_started(session: Session, person: Callable[..., Person]) -> None:
    who = person(stopped_mails=["reminder"])
    assert started(session, who, "reminder") is None
    assert started(session, who, "agenda") is not None
    assert started(session, who, "link") is None, "nobody gets this one unasked"
    who.wanted_mails = ["link"]
    assert started(session, who, "link") is not None
    assert started(session, person(active=False), "agenda") is None


@pytest.mark.parametrize("kind", ["agenda", "reminder", "check_in", "digest", "after_hosting"])
def test_reading_the_link_stops_nothing_and_the_button_does(
    session: Session, person: Callable[..., Person], client: FlaskClient, kind: str
) -> None:
    who = person()
    path = link_of(session, who, kind)
    for _ in range(2):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    session.refresh(who)
    assert wants(who, kind)
    assert "You get no more mails of this kind." in client.post(path).get_data(as_text=True)
    session.refresh(who)
    assert not wants(who, kind)


def test_one_click_needs_no_cookie_and_no_form(
    flask_app: Flask, session: Session, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8058: the mail program posts List-Unsubscribe=One-Click to the address and nothing else."""
    who = person(wanted_mails=["link", "after"])
    path = link_of(session, who, "link")
    monkeypatch.setitem(flask_app.config, "WTF_CSRF_ENABLED", True)
    bare = flask_app.test_client(use_cookies=False)
    assert bare.post("/sign-in", data={"email": who.email}).status_code == 400, "forms are protected here"
    answer = bare.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    session.refresh(who)
    assert who.wanted_mails == ["after"]
    assert bare.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200, "again does no harm"
    assert bare.post(path + "x", data={"List-Unsubscribe": "One-Click"}).status_code in (404, 410)


def test_a_link_stops_one_kind_of_one_person(
    session: Session, person: Callable[..., Person], client: FlaskClient
) -> None:
    who, other = person(), person()
    path = link_of(session, who, "agenda")
    assert stop_url(DESK, who, "agenda") != stop_url(DESK, who, "reminder")
    assert stop_url(DESK, who, "agenda") != stop_url(DESK, other, "agenda")
    client.post(path)
    session.refresh(who)
    session.refresh(other)
    assert who.stopped_mails == ["agenda"]
    assert other.stopped_mails == []


def test_only_secure_addresses_offer_one_click(session: Session, person: Callable[..., Person]) -> None:
    who = person()
    started(session, who, "agenda")
    mail = session.scalars(select(OutgoingMail)).one()
    assert b"List-Unsubscribe: <http://coterie.test/stop-mails/" in build(mail, sender="a@b.org", sender_name="A")
    letter = Letter(who, "reminder", "y", WORDS, mail_kind="test.reminder")
    start_mail(session, replace(DESK, public_url="https://coterie.test"), letter, at=clock.now())
    mail = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "test.reminder")).one()
    raw = build(mail, sender="a@b.org", sender_name="A")
    assert b"List-Unsubscribe: <https://coterie.test/stop-mails/" in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
