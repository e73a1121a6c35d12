"""Turns a mail's three templates (subject, text, html) into words in the recipient's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale


@dataclass(frozen=True, slots=True)
class Composed:
    """The words of one mail."""

    subject: str
    text: str
    html: str


PARTS = (".subject.txt", ".txt", ".html")


def make_ready(template: str) -> None:
    """Compile a mail's templates before a transaction, so that the first mail does not do it inside one."""
    for part in PARTS:
        current_app.jinja_env.get_template(template + part)


def compose(template: str, *, locale: str, **context: Any) -> Composed:
    """Render "circles/emails/welcome" from its .subject.txt, .txt and .html; the subject becomes one line."""
    with force_locale(locale):
        subject = render_template(f"{template}.subject.txt", **context)
        text = render_template(f"{template}.txt", **context)
        html = render_template(f"{template}.html", **context)
    return Composed(" ".join(subject.split()), text.strip() + "\n", html)
