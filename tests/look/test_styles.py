"""The style sheets: tokens, their contrast, and that figures on paper use the same colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "app" / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")


def tokens_of(selector: str, sheet: str = TOKENS) -> dict[str, str]:
    """The colours set by the first rule whose selector ends so."""
    body = sheet.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", body))


#: Names that say what a part of a figure is; nothing is drawn by them.
HOOKS = {"course-bar", "empty-ring"}

LIGHT = tokens_of(".white-page")
DARK = tokens_of(':root:not([data-theme="light"])')


def luminance(color: str) -> float:
    """WCAG relative luminance of #RRGGBB."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_both_ways_into_the_dark_theme_are_the_same() -> None:
    assert tokens_of(':root[data-theme="dark"]') == DARK
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "sheet", "shade"])
@pytest.mark.parametrize("words", ["ink", "muted", "green", "clay-ink"])
def test_words_can_be_read_on_every_ground(theme: dict[str, str], ground: str, words: str) -> None:
    assert contrast(theme[words], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_colour_and_edges_can_be_seen(theme: dict[str, str]) -> None:
    assert contrast(theme["on-green"], theme["green"]) >= 4.5
    assert contrast(theme["on-green"], theme["green-deep"]) >= 4.5
    assert contrast(theme["green"], theme["green-wash"]) >= 4.5
    assert contrast(theme["clay-ink"], theme["clay-wash"]) >= 4.5
    assert contrast(theme["ink"], theme["green-soft"]) >= 4.5
    assert contrast(theme["ink"], theme["stone"]) >= 4.5
    for mark in ("edge", "clay", "green"):
        assert contrast(theme[mark], theme["paper"]) >= 3


def test_print_is_always_light() -> None:
    printed = tokens_of(':root[data-theme="dark"]', (CSS / "print.css").read_text())
    assert printed["paper"] == "#FFFFFF"
    assert printed["ink"] == LIGHT["ink"]
    assert printed["green"] == LIGHT["green"]


def test_only_the_tokens_and_paper_name_colours() -> None:
    named = {sheet.name for sheet in CSS.glob("*.css") if HEX.search(sheet.read_text())}
    assert named == {"tokens.css", "print.css", "figures-paper.css"}


def test_figures_carry_the_light_colours() -> None:
    macros = "".join(part.read_text() for part in (ROOT / "templates" / "_macros").glob("*.html"))
    assert set(HEX.findall(macros)) <= set(LIGHT.values())


def test_every_sheet_of_a_page_exists_and_is_short() -> None:
    linked = re.findall(r"css/[a-z-]+\.css", (ROOT / "templates/_layout/styles.html").read_text())
    assert len(linked) >= 8
    for name in linked:
        assert len((ROOT / "app" / "static" / name).read_text().splitlines()) <= 400


def test_every_class_the_pieces_use_has_a_style_or_is_bootstraps() -> None:
    sheets = "".join(sheet.read_text() for sheet in CSS.glob("*.css"))
    bootstrap = {"visually-hidden"}
    used = set()
    for part in [*(ROOT / "templates/_macros").glob("*.html"), *(ROOT / "templates/_layout").glob("*.html")]:
        for value in re.findall(r'\bclass="([^"{]*)"', part.read_text()):
            used.update(value.split())
    assert {name for name in used - bootstrap if f".{name}" not in sheets} == HOOKS


def page_templates() -> list[Path]:
    """Every template that becomes a page or a part of one; mails and PDFs have rules of their own."""
    found = sorted((ROOT / "templates").rglob("*.html"))
    return [path for path in found if not {"emails", "pdf"} & set(path.parts)]


@pytest.mark.parametrize("path", page_templates(), ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_pages_ask_for_nothing_the_content_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"hx-on|hx-vals=[\"']js:|hx-trigger=\"[^\"]*\[", text)
    assert len(text.splitlines()) <= 150
