"""The first-run page and the organization's settings, with a real mail server answering."""

from __future__ import annotations

import io
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.admin.services import deliver_test_mail
from app.errors import DomainError
from app.mail.models import OutgoingMail
from app.mail.transport import Outbox
from app.organization import organization
from tests.accounts.uploads import multipart

Browsers = Callable[[Person], FlaskClient]
Make = Callable[..., Person]


@pytest.fixture
def admin(person: Make) -> Person:
    """An administrator."""
    return person(name="Ada Admin", email="ada@example.org", is_administrator=True)


@pytest.fixture
def smtp_allowed(flask_app: Flask) -> Iterator[None]:
    """The application with mail set on its own page, as in real life."""
    config = flask_app.extensions["config"]
    flask_app.extensions["config"] = replace(config, mail_transport="auto", mail_from="")
    yield
    flask_app.extensions["config"] = config


class Server:
    """Keeps what it gets; refuses recipients that begin with "no"."""

    def __init__(self) -> None:
        self.got: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(self, server: object, session: object, envelope: Any, address: str, options: object) -> str:
        if address.startswith("no"):
            return "550 no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    """A mail server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def answers(**changed: str) -> dict[str, str]:
    """The form as a browser sends it."""
    whole = {
        "name": "Fjord Group", "timezone": "europe/oslo", "mail_from": "circles@fjord.example", "smtp_host": "",
        "smtp_port": "587", "smtp_security": "none", "smtp_username": "", "smtp_password": "",
        "circle_text_months": "12", "mail_body_days": "14",
    }  # fmt: skip
    return whole | changed


@pytest.mark.parametrize("path", ["/admin/first-run", "/admin/organization"])
def test_it_is_for_administrators(sign_in: Browsers, client: FlaskClient, outsider: Person, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/sign-in")
    assert sign_in(outsider).get(path).status_code == 404
    assert sign_in(outsider).post(path, data=answers()).status_code == 404


def test_an_administrator_comes_to_the_first_run_page_once(sign_in: Browsers, session: Session, admin: Person) -> None:
    browser = sign_in(admin)
    assert browser.get("/").headers["Location"] == "/admin/first-run"
    assert "Set up Coterie" in browser.get("/admin/first-run").get_data(as_text=True)
    answer = browser.post("/admin/first-run", data=answers())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    row = organization(session)
    assert (row.name, row.timezone, row.mail_from) == ("Fjord Group", "Europe/Oslo", "circles@fjord.example")
    assert row.set_up_at is not None
    assert browser.get("/admin/first-run").headers["Location"] == "/admin/organization"
    assert "Fjord Group" in browser.get("/profile").get_data(as_text=True)


def test_others_are_never_sent_there(sign_in: Browsers, outsider: Person) -> None:
    assert sign_in(outsider).get("/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "  ", "Write a name."),
        ("timezone", "Oslo", "Did you mean Europe/Oslo?"),
        ("mail_from", "nonsense", "This is not an e-mail address."),
        ("smtp_host", "mail host/../", "This is not a server name."),
        ("smtp_port", "70000", "between 1 and 65535"),
        ("circle_text_months", "0", "between 1 and 120"),
        ("mail_body_days", "-1", "between 0 and 365"),
    ],
)
def test_what_cannot_be_saved_is_named(
    sign_in: Browsers, session: Session, admin: Person, field: str, value: str, words: str
) -> None:
    page = sign_in(admin).post("/admin/organization", data=answers(**{field: value})).get_data(as_text=True)
    assert words in page
    assert organization(session).set_up_at is None


def test_a_server_needs_a_sender(sign_in: Browsers, admin: Person) -> None:
    page = sign_in(admin).post("/admin/organization", data=answers(smtp_host="mail.example", mail_from=""))
    assert "Write the address that mails come from." in page.get_data(as_text=True)


def test_the_password_is_kept_never_shown_and_never_sent_elsewhere(
    sign_in: Browsers, session: Session, admin: Person
) -> None:
    browser = sign_in(admin)
    account = {"smtp_host": "mail.example", "smtp_username": "circles"}
    browser.post("/admin/organization", data=answers(**account, smtp_password="very secret"))
    assert "very secret" not in browser.get("/admin/organization").get_data(as_text=True)
    browser.post("/admin/organization", data=answers(**account, name="Fjord"))
    assert organization(session).smtp_password == "very secret"
    browser.post("/admin/organization", data=answers(smtp_host="other.example", smtp_username="circles"))
    assert organization(session).smtp_password == ""


def test_a_logo_is_made_anew_and_can_go(
    sign_in: Browsers, client: FlaskClient, session: Session, admin: Person
) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (1000, 1000), "#1e6b5280").save(out, "PNG")
    browser = sign_in(admin)
    sent = browser.post("/admin/organization", **multipart("logo", "logo.png", out.getvalue(), **answers()))
    assert sent.status_code == 302
    page = browser.get("/profile").get_data(as_text=True)
    assert f'<img src="{organization(session).logo_url}" alt="Fjord Group">' in page
    shown = client.get("/logo")
    assert (shown.status_code, shown.content_type) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.data)).size == (160, 160)
    bad = browser.post("/admin/organization", **multipart("logo", "logo.svg", b"<svg/>", **answers(name="Not saved")))
    assert bad.status_code == 422
    assert "cannot be read as a picture" in bad.get_data(as_text=True)
    session.expire_all()
    assert organization(session).name == "Fjord Group"
    browser.post("/admin/organization", data=answers(remove_logo="y"))
    assert client.get("/logo").status_code == 404


@pytest.mark.usefixtures("smtp_allowed")
def test_a_test_mail_arrives(sign_in: Browsers, session: Session, admin: Person, server: tuple[Server, int]) -> None:
    handler, port = server
    form = answers(smtp_host="127.0.0.1", smtp_port=str(port), test="1")
    page = sign_in(admin).post("/admin/organization", data=form, follow_redirects=True).get_data(as_text=True)
    assert "the mail server took a test mail to ada@example.org" in page
    ((sender, recipients, content),) = handler.got
    assert (sender, recipients) == ("circles@fjord.example", ["ada@example.org"])
    assert b"this one reached you" in content
    assert session.query(OutgoingMail).count() == 0


@pytest.mark.usefixtures("smtp_allowed")
def test_a_refused_test_mail_says_what_the_server_said(
    sign_in: Browsers, session: Session, admin: Person, server: tuple[Server, int]
) -> None:
    admin.email, admin.email_key = "nobody@example.org", "nobody@example.org"
    session.commit()
    form = answers(smtp_host="127.0.0.1", smtp_port=str(server[1]), test="1")
    page = sign_in(admin).post("/admin/organization", data=form, follow_redirects=True).get_data(as_text=True)
    assert "550 no such person here" in page
    assert organization(session).smtp_host == "127.0.0.1", "what was typed is saved all the same"


@pytest.mark.usefixtures("smtp_allowed")
def test_nobody_answering_is_said(sign_in: Browsers, admin: Person) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        form = answers(smtp_host="127.0.0.1", smtp_port=str(free.getsockname()[1]), test="1")
        page = sign_in(admin).post("/admin/organization", data=form, follow_redirects=True).get_data(as_text=True)
    assert "Nothing answers on this port of the mail server." in page


def test_without_a_server_nothing_is_claimed(sign_in: Browsers, admin: Person) -> None:
    page = sign_in(admin).post("/admin/organization", data=answers(test="1"), follow_redirects=True)
    assert "No mail server is set, so nothing was sent." in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"bad credentials"), "refused the user name or the password. (535 bad"),
        (smtplib.SMTPSenderRefused(553, b"not yours", "a@b"), "from this sender address. (553 not yours)"),
        (smtplib.SMTPNotSupportedError("STARTTLS"), "does not offer this protection"),
        (ssl.SSLError("handshake"), "The protected connection failed"),
        (socket.gaierror(-2, "unknown"), "There is no server of this name."),
        (TimeoutError("timed out"), "did not answer in time"),
        (OSError("unreachable"), "could not be used. (OSError: unreachable)"),
    ],
)
def test_each_failure_has_its_words(error: Exception, words: str) -> None:
    class Broken(Outbox):
        pass

    class Fails:
        def deliver(self, sender: str, recipient: str, message: bytes) -> None:
            raise error

    with pytest.raises(DomainError) as caught:
        deliver_test_mail(Fails(), "a@example.org", "b@example.org", b"")
    assert words in str(caught.value)
    with pytest.raises(DomainError, match="No mail server is set"):
        deliver_test_mail(Broken(), "a@example.org", "b@example.org", b"")


def test_settings_are_in_the_trail(sign_in: Browsers, session: Session, admin: Person) -> None:
    browser = sign_in(admin)
    browser.post("/admin/first-run", data=answers())
    browser.post("/admin/organization", data=answers(name="Fjord"))
    page = browser.get("/admin/trail").get_data(as_text=True)
    assert "set the organization up" in page
    assert "changed the organization’s settings" in page
    assert organization(session).set_up_at is not None
    assert clock.now() > organization(session).set_up_at
