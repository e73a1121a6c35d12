"""Markdown from anyone becomes harmless HTML."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.content.markdown import render, structure

ALLOWED = set(
    "p br hr em strong s code pre blockquote a ul ol li h2 h3 h4 h5 h6 table thead tbody tr th td".split()  # noqa: SIM905
)


class Reader(HTMLParser):
    """Notes every tag and attribute, as an independent reader of the result."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)


def assert_harmless(html: str) -> None:
    reader = Reader(html)
    assert reader.tags <= ALLOWED
    assert {name for name, _ in reader.attributes} <= {"href", "title", "start", "rel"}
    for name, value in reader.attributes:
        if name == "href":
            assert value.lower().startswith(("https:", "mailto:"))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](http://plain.example)",
        "[x](//elsewhere.example)",
        "[x](/admin/delete)",
        "[x](../up)",
        "[x](#here)",
        "![x](https://tracker.example/pixel.png)",
        "![x](javascript:alert(1))",
        '[x](https://a.example "a\\" onclick=alert(1) b=\\"")',
        '<https://a.example/"onmouseover=alert(1)>',
        "<svg/onload=alert(1)>",
        "<iframe src=https://a.example></iframe>",
        "<style>body{display:none}</style>",
        "```\n</code></pre><script>alert(1)</script>\n```",
        '```"><script>alert(1)</script>\nx\n```',
        "<!-- --><script>alert(1)</script>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<form action=https://a.example><input name=x></form>",
        "x\0<script>",
    ],
)
def test_hostile_text_is_neutralized(hostile: str):
    html = render(hostile)
    assert_harmless(html)
    assert "tracker.example" not in html
    for match in re.findall(r"<[^>]*>", html):
        assert "onclick" not in match.split('title="')[0]
        assert "script" not in match


@given(st.text(alphabet="<>[]()!&\"'`*_#-\\:/= \n\tajscriptonx0.;", max_size=120))
def test_any_text_is_neutralized(text: str):
    assert_harmless(render(text))


def test_ordinary_text_keeps_its_shape():
    html = render(
        "One *two* **three** `four`\n\n- five\n- six\n\n> seven\n\n"
        "[eight](https://a.example) [nine](mailto:a@b.example)"
    )
    assert "<em>two</em> <strong>three</strong> <code>four</code>" in html
    assert "<li>five</li>" in html
    assert "<blockquote>" in html
    assert '<a href="https://a.example" rel="noopener noreferrer nofollow">eight</a>' in html
    assert 'href="mailto:a@b.example"' in html


def test_raw_html_and_pictures_are_shown_as_words():
    assert render("a <b>bold</b> move") == "<p>a &lt;b&gt;bold&lt;/b&gt; move</p>\n"
    assert render("![a <ring>](https://a.example/x.png)") == "<p>a &lt;ring&gt;</p>\n"


def test_headings_fit_below_those_of_the_page():
    assert render("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"
    assert render("# One", top_heading=2) == "<h2>One</h2>\n"
    with pytest.raises(ValueError, match="top_heading"):
        render("# One", top_heading=1)


def test_deep_nesting_ends():
    assert_harmless(render(">" * 5000 + " x"))
    assert_harmless(render("[" * 5000 + "x" + "](y)" * 5000))


def test_structure_ignores_line_breaks_but_not_words_or_blocks():
    assert structure("one\ntwo  three\n\n\n- a\n- b") == structure("one two three\n\n* a\n* b\n")
    assert structure("one\n\ntwo") != structure("one two")
    assert structure("```\na  b\n```") != structure("```\na b\n```")
