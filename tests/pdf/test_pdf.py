"""The PDF setter: what it may reach, what it says about the document, and that it repeats itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.pdf import ASSETS, AssetFetcher, AssetRefused, MissingFonts, render, warm_up
from tests.pdf.reading import font_names, open_pdf, tags, texts

PAGE = "<!doctype html><html><head><title></title></head><body>{}</body></html>"


def test_the_title_and_the_language_are_in_the_document() -> None:
    data = render(PAGE.format("<h1>Hello</h1>"), title="A <small> title", language="pt-BR")
    with open_pdf(data) as pdf:
        assert pdf.Root.Lang == "pt-BR"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert pdf.docinfo["/Title"] == "A <small> title"
        assert b'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes()
    assert [tag.kind for tag in tags(data)][:2] == ["Document", "H1"]


def test_the_documents_own_title_and_language_win() -> None:
    html = '<!doctype html><html lang="de"><head><title>Mein</title></head><body><p>x</p></body></html>'
    with open_pdf(render(html, title="other", language="en")) as pdf:
        assert (pdf.docinfo["/Title"], pdf.Root.Lang) == ("Mein", "de")


def test_a_document_without_a_title_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a title"):
        render(PAGE.format(""), title=" ", language="en")
    with pytest.raises(ValueError, match="needs a <head>"):
        render("<html><body>x</body></html>", title="x", language="en")


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="" src="file:///etc/passwd">',
        '<img alt="" src="http://127.0.0.1:9/x.png">',
        '<img alt="" src="https://example.org/x.png">',
        '<img alt="" src="//example.org/x.png">',
        '<img alt="" src="ftp://example.org/x.png">',
        '<img alt="" src="data:text/html,x">',
        '<img alt="" src="asset:../config.py">',
        '<img alt="" src="asset:%2e%2e/config.py">',
        '<img alt="" src="asset:/etc/passwd">',
        '<img alt="" src="asset:js/page.js">',
        '<img alt="" src="asset:img/nothing.svg">',
        '<link rel="stylesheet" href="file:///etc/hosts">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<style>@import url("http://127.0.0.1:9/x.css");</style>',
        '<p style="background: url(file:///etc/passwd)">x</p>',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="file:///etc/passwd"/></svg>',
    ],
)
def test_nothing_outside_the_assets_is_reached(body: str) -> None:
    with pytest.raises(AssetRefused):
        render(PAGE.format(body), title="x", language="en")


def test_a_link_out_of_the_assets_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg/>")
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "way.svg").symlink_to(secret)
    with pytest.raises(AssetRefused):
        AssetFetcher(assets).fetch("asset:way.svg")


def test_assets_and_inline_images_are_passed() -> None:
    fetcher = AssetFetcher(ASSETS)
    assert b"<svg" in fetcher.fetch("asset:img/mark.svg").read()
    assert fetcher.fetch("data:image/svg+xml,%3Csvg/%3E").read() == b"<svg/>"


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFonts, match="is missing"):
        render(PAGE.format("x"), title="x", language="en", assets=tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "fonts.css").write_text("")
    with pytest.raises(MissingFonts, match="lacks Inter, Source Serif 4"):
        render(PAGE.format("x"), title="x", language="en", assets=tmp_path / "." / "vendor" / "..")


def test_every_alphabet_is_set_in_the_house_fonts_and_reads_back() -> None:
    words = "Łódź Żółć Ωμέγα Привет Việt"
    body = f'<p style="font-family: var(--serif)">{words} דנה</p><p style="font-family: var(--sans)">{words} أمينة</p>'
    body += (
        f'<svg width="400" height="40"><title>Names</title><text y="20" font-family="Inter">{words} דנה</text></svg>'
    )
    data = render(PAGE.format(body), title="x", language="en")
    assert "".join(texts(data)).count(words) == 3
    assert all(name.startswith(("inter-", "source-serif-4-", "noto-sans-")) for name in font_names(data))


def test_the_same_text_gives_the_same_bytes_in_another_process() -> None:
    warm_up()
    html = PAGE.format("<h1>Same</h1><p>Łódź</p>")
    code = (
        "import sys, hashlib; from app.pdf import render;"
        "print(hashlib.sha256(render(sys.argv[1], title='Same', language='en')).hexdigest())"
    )
    run = [
        subprocess.run(
            [sys.executable, "-c", code, html], check=True, capture_output=True, text=True, timeout=60
        ).stdout
        for _ in range(2)
    ]
    assert run[0] == run[1]
    assert render(html, title="Same", language="en") == render(html, title="Same", language="en")
