"""How the plain text of a mail is set: short lines, whole addresses, one empty line between paragraphs."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

from app.mail.compose import WIDTH, compose

URL = "https://coterie.test/shares/" + "a-long-way-" * 10
LINE = "Thank you for showing me what you tried, and for how plainly you say what did not work at first."


def support(line: str) -> str:
    """The mail in which somebody's own words stand."""
    share = SimpleNamespace(audience_name="Ingrid Solberg")
    return compose("practices/emails/support", locale="en", share=share, line=line, url=URL).text


def test_lines_are_short_and_addresses_whole(flask_app: Flask) -> None:
    text = support(LINE)
    assert f"\n{URL}\n" in text
    assert all(len(line) <= WIDTH or line == URL for line in text.splitlines())
    assert f"“{LINE}”" in " ".join(text.split())


def test_paragraphs_are_one_empty_line_apart(flask_app: Flask) -> None:
    text = support("One.\n\n\n\nTwo.")
    assert "“One.\n\nTwo.”" in text
    assert "\n\n\n" not in text
    assert "\n\n-- \nOnly you and Ingrid Solberg read this line.\nWho can see what:" in text


def test_what_is_listed_stays_listed(flask_app: Flask) -> None:
    item = "- " + "half an hour on a Tuesday, " * 5
    first, second, *_rest = support(f"Three:\n{item}").partition("- ")[2].splitlines()
    assert first.startswith("half an hour")
    assert second.startswith("  ")
