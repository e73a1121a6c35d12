"""Mails as administrators see them, and the outbox of a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.admin.invites import read_invite
from app.mail.compose import Composed
from app.mail.models import MailState, OutgoingMail
from app.mail.services import write

Browsers = Callable[[Person], FlaskClient]
Make = Callable[..., Person]
WORDS = Composed("A private subject", "Private words, see https://coterie.test/x", "<p>Private page</p>")


@pytest.fixture
def admin(person: Make) -> Person:
    """An administrator."""
    return person(name="Ada Admin", is_administrator=True)


@pytest.fixture
def demonstration(flask_app: Flask) -> Iterator[None]:
    """The application as `coterie demo` starts it."""
    config = flask_app.extensions["config"]
    flask_app.extensions["config"] = replace(config, demonstration=True)
    yield
    flask_app.extensions["config"] = config


def mail(session: Session, *, kind: str = "weekly", to: str = "amara@example.org", **fields: object) -> OutgoingMail:
    """A mail that waits."""
    made = write(session, WORDS, kind=kind, to=to, name="Amara Osei", at=clock.now())
    for name, value in fields.items():
        setattr(made, name, value)
    session.commit()
    return made


def test_administrators_see_everything_but_the_words(sign_in: Browsers, session: Session, admin: Person) -> None:
    mail(session)
    mail(session, kind="welcome", state=MailState.FAILED, error="550 SMTPRecipientsRefused")
    page = sign_in(admin).get("/admin/mails").get_data(as_text=True)
    for words in ("weekly", "welcome", "amara@example.org", "Amara Osei", "550 SMTPRecipientsRefused"):
        assert words in page
    assert "private" not in page.lower()


def test_the_words_are_not_even_read(sign_in: Browsers, session: Session, admin: Person, queries: list[str]) -> None:
    mail(session)
    browser = sign_in(admin)
    session.expire_all()
    queries.clear()
    browser.get("/admin/mails")
    read = " ".join(statement for statement in queries if "outgoing_mail" in statement)
    assert "outgoing_mail.recipient" in read
    for column in ("subject", "text", "html", "invite"):
        assert f"outgoing_mail.{column}" not in read


def test_mails_are_chosen_by_state_and_paged(
    sign_in: Browsers, session: Session, admin: Person, queries: list[str]
) -> None:
    browser = sign_in(admin)
    counts = []
    for size in (3, 60):
        for _ in range(size):
            mail(session)
        queries.clear()
        page = browser.get("/admin/mails").get_data(as_text=True)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7
    assert page.count(">weekly<") == 50
    assert browser.get("/admin/mails?page=2").get_data(as_text=True).count(">weekly<") == 13
    assert "No such mail" in browser.get("/admin/mails?state=failed").get_data(as_text=True)
    assert browser.get("/admin/mails?state=nonsense").status_code == 200


def test_a_failed_mail_is_sent_again(
    sign_in: Browsers, session: Session, admin: Person, outsider: Person, run_jobs: Callable[[], int]
) -> None:
    failed = mail(session, to="not an address")
    run_jobs()
    session.expire_all()
    assert failed.state is MailState.FAILED
    failed.recipient = "amara@example.org"
    session.commit()
    assert sign_in(outsider).post(f"/admin/mails/{failed.id}/retry").status_code == 404
    browser = sign_in(admin)
    assert browser.post(f"/admin/mails/{failed.id}/retry").status_code == 302
    run_jobs()
    session.expire_all()
    assert failed.state is MailState.SENT
    page = browser.post(f"/admin/mails/{failed.id}/retry", follow_redirects=True).get_data(as_text=True)
    assert "This mail did not fail" in page
    assert browser.post("/admin/mails/999999/retry").status_code == 404


def test_a_mail_without_words_is_not_sent_again(sign_in: Browsers, session: Session, admin: Person) -> None:
    erased = mail(session, state=MailState.FAILED, text="", html="", subject="")
    page = sign_in(admin).post(f"/admin/mails/{erased.id}/retry", follow_redirects=True).get_data(as_text=True)
    assert "The words of this mail are erased" in page


def test_there_is_no_outbox_elsewhere(sign_in: Browsers, session: Session, admin: Person) -> None:
    one = mail(session)
    browser = sign_in(admin)
    for path in ("/outbox", f"/outbox/{one.id}", f"/outbox/{one.id}/page"):
        assert browser.get(path).status_code == 404


@pytest.mark.usefixtures("demonstration")
def test_the_outbox_shows_every_mail_and_its_invite(
    sign_in: Browsers, client: FlaskClient, session: Session, outsider: Person
) -> None:
    one = mail(session)
    assert client.get("/outbox").headers["Location"].startswith("/sign-in")
    browser = sign_in(outsider)
    assert "A private subject" in browser.get("/outbox").get_data(as_text=True)
    page = browser.get(f"/outbox/{one.id}").get_data(as_text=True)
    assert '<a href="https://coterie.test/x"' in page
    shown = browser.get(f"/outbox/{one.id}/page")
    assert shown.get_data(as_text=True) == "<p>Private page</p>"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert browser.get("/outbox/999999").status_code == 404
    one.invite = b"not an invite"
    session.commit()
    assert "This invite cannot be read." in browser.get(f"/outbox/{one.id}").get_data(as_text=True)
    one.invite = ICS
    session.commit()
    page = browser.get(f"/outbox/{one.id}").get_data(as_text=True)
    for words in ("REQUEST", "Juniper meets", "Thursday 15 October, 8:00", "circles@coterie.test", "amara@example.org"):
        assert words in page


ICS = b"\r\n".join(
    [
        b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:-//test//", b"METHOD:REQUEST", b"BEGIN:VEVENT",
        b"UID:1@coterie.test",
        b"DTSTAMP:20261001T080000Z", b"DTSTART:20261015T080000Z", b"DTEND:20261015T090000Z", b"SUMMARY:Juniper meets",
        b"SEQUENCE:2", b"STATUS:CONFIRMED", b"ORGANIZER:mailto:circles@coterie.test",
        b"ATTENDEE;RSVP=TRUE:mailto:amara@example.org", b"END:VEVENT", b"END:VCALENDAR", b"",
    ]
)  # fmt: skip


def test_an_invite_is_read_back() -> None:
    found = read_invite(ICS)
    assert found is not None
    assert (found.method, found.sequence, found.uid) == ("REQUEST", "2", "1@coterie.test")
    assert found.starts_at == datetime(2026, 10, 15, 8, tzinfo=UTC)
    assert found.ends_at == found.starts_at + timedelta(hours=1)
    assert found.attendees == ("amara@example.org",)
    assert read_invite(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n") is None
    assert read_invite(b"\xff\xfe") is None
