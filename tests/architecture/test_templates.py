"""Templates keep to their own package, to the content security policy and to translated words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from tests.architecture.sources import template_name, templates

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
#: Folders and files that every package may use.
SHARED = ("_macros/", "_layout/", "emails/", "base.html")
#: Mails and paper are read outside the site, where its policy does not reach and styles must stand inside.
OUTSIDE_THE_SITE = re.compile(r"(^|/)(emails|pdf)/")
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=|<style\b"),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)|javascript:"),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']"),
    "an htmx handler": re.compile(r"\bhx-on\b|\bhx-vars\b|=\s*[\"']js:"),
    "an htmx trigger filter": re.compile(r"hx-trigger\s*=\s*\"[^\"]*\[|hx-trigger\s*=\s*'[^']*\["),
}
#: Templates that may say `|safe`, each with its reason; none has one today.
SAFE: dict[str, str] = {}
#: Names that are the same in every language.
NAMES = re.compile(r"\b(Coterie|CSV|PDF|JSON|UTC|UTF-8)\b")
WORDS = re.compile(r"[^\W\d_]{2,}")
SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description"}


@pytest.mark.parametrize("path", [*templates(".html"), *templates(".txt")], ids=template_name)
def test_it_uses_only_its_own_parts_and_shared_ones(path: Path) -> None:
    own = template_name(path).split("/")[0] + "/"
    used = meta.find_referenced_templates(ENVIRONMENT.parse(path.read_text(encoding="utf-8")))
    foreign = [name for name in used if name is None or not name.startswith((own, *SHARED))]
    assert foreign == []


@pytest.mark.parametrize("path", templates(".html"), ids=template_name)
def test_it_keeps_to_the_content_security_policy(path: Path) -> None:
    if OUTSIDE_THE_SITE.search(template_name(path)):
        return
    text = path.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        '<p style="color: red">',
        "<script>go()</script>",
        '<a href="javascript:go()">',
        '<button onclick="go()">',
        '<a hx-on:click="go()">',
        """<a hx-vals='js:{a: 1}'>""",
        '<a hx-trigger="click[ctrlKey]">',
    ],
)
def test_what_the_policy_forbids_is_seen(line: str) -> None:
    assert any(pattern.search(line) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize("path", templates(".html"), ids=template_name)
def test_nothing_is_marked_safe_without_a_reason(path: Path) -> None:
    if template_name(path) not in SAFE:
        assert not re.search(r"\|\s*safe\b", path.read_text(encoding="utf-8"))


class _Words(HTMLParser):
    """Collects the words that a reader of the page would see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"style", "script"}
        self.seen += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.seen.append(data)


def _outside_jinja(text: str) -> str:
    """What a template says in its own words: no expressions, statements or comments, no translated blocks.

    A block named `…_class` holds names of styles, so it is left out too.
    """
    said: list[str] = []
    names: list[str] = []
    silent_until = ""
    for _, kind, value in ENVIRONMENT.lex(text):
        if kind == "data" and not silent_until:
            said.append(value)
        elif kind == "variable_begin" and said and said[-1].endswith(("<", "</")):
            said.append("x")
        elif kind == "block_begin":
            names = []
        elif kind == "name":
            names.append(value)
        elif kind == "block_end" and names:
            if names[0] == "trans":
                silent_until = "endtrans"
            elif names[0] == "block" and names[1].endswith("_class"):
                silent_until = "endblock"
            elif names[0] == silent_until:
                silent_until = ""
    return "".join(said)


def untranslated(text: str, *, html: bool) -> list[str]:
    """The words of a template that do not go through gettext."""
    text = _outside_jinja(text)
    if html:
        parser = _Words()
        parser.feed(text)
        parts = parser.seen
    else:
        parts = [text]
    return [part.strip() for part in parts if WORDS.search(NAMES.sub("", part))]


@pytest.mark.parametrize("path", [*templates(".html"), *templates(".txt")], ids=template_name)
def test_every_word_goes_through_gettext(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8"), html=path.suffix == ".html") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<p>{{ _("Hello") }}</p>', []),
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A ring">', ["A ring"]),
        ("{% trans %}Hello{% endtrans %} Coterie", []),
        ("{% if a %}Hello{% endif %}", ["Hello"]),
        ("{% block main_class %}narrow{% endblock %}<i>Hello</i>", ["Hello"]),
        ('<{{ tag }} class="title">{{ text }}</{{ tag }}>', []),
    ],
)
def test_words_outside_gettext_are_seen(text: str, found: list[str]) -> None:
    assert untranslated(text, html=True) == found
