"""What administrators see of mail that comes in, and of addresses that do not work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.audit import AuditEntry
from app.mail import intake
from app.mail.bounces import note_bounce, reachable
from app.mail.compose import Composed
from app.mail.incoming import Inbox
from app.mail.models import MailState
from app.mail.services import write

Browsers = Callable[[Person], FlaskClient]


@pytest.fixture
def admin(person: Callable[..., Person]) -> Person:
    """An administrator."""
    return person(name="Ada Admin", is_administrator=True)


def test_health_tells_of_mailboxes_and_of_what_came_in(sign_in: Browsers, session: Session, admin: Person) -> None:
    session.add(
        Inbox(
            name="circles@mail.test/INBOX", uidvalidity=1, last_uid=2, error="LoginError: no", failing_since=clock.now()
        )
    )
    for number, code in enumerate(("applied", "applied", "unproved", "of-another-time")):
        intake.note(session, source="imap", key=f"{number}", size=1, code=code, at=clock.now())
    session.commit()
    page = sign_in(admin).get("/admin/health").text
    for words in ("mailbox cannot be read", "LoginError: no", "answers that count", "answers nobody vouched for"):
        assert words in page
    assert "of-another-time" in page
    assert "Nothing needs you today." not in page


def test_an_address_is_shown_with_its_person_and_tried_again(
    sign_in: Browsers, session: Session, admin: Person, person: Callable[..., Person]
) -> None:
    amara = person(name="Amara Osei")
    note_bounce(session, amara.email, status="5.1.1", reason="no such user", at=clock.now())
    note_bounce(session, "gone@example.org", status="5.2.2", reason="mailbox full", at=clock.now())
    session.commit()
    browser = sign_in(admin)
    page = browser.get("/admin/addresses").text
    for words in ("Amara Osei", "5.1.1 no such user", "Nobody’s address at present", "5.2.2 mailbox full"):
        assert words in page
    assert "address does not work" in browser.get("/admin/health").text
    answered = browser.post("/admin/addresses/try-again", data={"address": amara.email}, follow_redirects=True)
    assert "Mails go to this address again." in answered.text
    assert reachable(session, amara.email)
    assert session.scalar(select(AuditEntry.action).order_by(AuditEntry.id.desc())) == "address.forgiven"
    assert browser.post("/admin/addresses/try-again", data={"address": "nobody@example.org"}).status_code == 404


def test_addresses_are_paged_and_ask_the_same_however_many(
    sign_in: Browsers, session: Session, admin: Person, queries: list[str]
) -> None:
    browser = sign_in(admin)
    counts = []
    for more in (2, 60):
        for number in range(more):
            note_bounce(session, f"gone{more}.{number}@example.org", status="5.1.1", reason="", at=clock.now())
        session.commit()
        queries.clear()
        page = browser.get("/admin/addresses").text
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 2" in page


def test_outsiders_see_no_addresses(sign_in: Browsers, outsider: Person) -> None:
    browser = sign_in(outsider)
    assert browser.get("/admin/addresses").status_code == 404
    assert browser.post("/admin/addresses/try-again", data={"address": "x"}).status_code == 404


def test_a_mail_that_came_back_says_why(sign_in: Browsers, session: Session, admin: Person) -> None:
    made = write(session, Composed("s", "t", "h"), kind="weekly", to="gone@example.org", at=clock.now())
    made.state, made.error = MailState.BOUNCED, "5.1.1 no such user"
    waits = write(session, Composed("s", "t", "h"), kind="weekly", to="full@example.org", at=clock.now())
    waits.state, waits.error = MailState.SENT, "4.2.2 mailbox full"
    session.commit()
    page = sign_in(admin).get("/admin/mails?state=bounced").text
    assert "Came back" in page
    assert "5.1.1 no such user" in page
    assert "The other server keeps it waiting:" in sign_in(admin).get("/admin/mails?state=sent").text
