"""The page every mail is set on, and every mail of accounts on it."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask import Flask, render_template_string
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.compose import compose
from app.organization import organization

URL = "http://coterie.test/sign-in/a-long-secret"
MAILS = (
    "accounts/emails/sign_in",
    "accounts/emails/reset_password",
    "accounts/emails/confirm_address",
    "accounts/emails/address_changed",
    "accounts/emails/address_taken",
    "admin/emails/test_mail",
)
WITH_LINK = MAILS[:3]


class Page(HTMLParser):
    """What a mail's page loads and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


def parsed(html: str) -> Page:
    """A mail's page, read."""
    page = Page()
    page.feed(html)
    return page


@pytest.mark.parametrize("name", MAILS)
def test_each_mail_has_subject_text_and_page(
    flask_app: Flask, session: Session, person: Callable[..., Person], name: str
) -> None:
    organization(session).name = "Fjord & Sons"
    words = compose(name, locale="en", person=person(name="Amara <b>Osei"), url=URL)
    assert words.subject
    assert "\n" not in words.subject
    assert words.text.startswith("Dear Amara,\n")
    assert "&amp;" not in words.text
    assert "<b>" not in words.html
    assert "Who can see what: http://coterie.test/who-can-see-what" in words.text
    assert "You get this mail because" in words.text
    assert "You get this mail because" in words.html
    page = parsed(words.html)
    assert page.tags.count("html") == 1
    assert not {"img", "script", "link", "iframe", "form"} & set(page.tags), "a mail loads nothing and acts by nothing"


@pytest.mark.parametrize("name", WITH_LINK)
def test_the_button_is_also_a_plain_link(flask_app: Flask, person: Callable[..., Person], name: str) -> None:
    words = compose(name, locale="en", person=person(), url=URL)
    assert parsed(words.html).links.count(URL) == 2
    assert f">{URL}</a>" in words.html
    assert f"\n{URL}\n" in words.text


def test_who_has_no_account_is_not_greeted_by_somebody_elses_name(flask_app: Flask) -> None:
    with flask_app.test_request_context():
        html = render_template_string('{% extends "emails/_base.html" %}{% block content %}<p>Words</p>{% endblock %}')
    assert "Dear" not in html
    assert "<p>Words</p>" in html
    assert "Stop mails of this kind" not in html


def test_a_mail_that_can_be_stopped_says_how(flask_app: Flask) -> None:
    for base in ("html", "txt"):
        with flask_app.test_request_context():
            shown = render_template_string(
                '{% extends "emails/_base.' + base + '" %}', unsubscribe_url="http://coterie.test/stop-mails/x"
            )
        assert "http://coterie.test/stop-mails/x" in shown
