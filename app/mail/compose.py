"""Turns a mail's three templates (subject, text, html) into words in the recipient's language."""

from __future__ import annotations

import re
import textwrap
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


#: Mail programs that show plain text seldom break long lines well.
WIDTH = 72
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
    return Composed(" ".join(subject.split()), _set_in_lines(text), html)


def _set_in_lines(text: str) -> str:
    """Lines of 72 columns, addresses whole, and never more than one empty line."""
    lines = [piece for line in text.strip().splitlines() for piece in _pieces(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _pieces(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    later = "  " if line.startswith("- ") else ""
    return textwrap.wrap(line, WIDTH, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)
