"""Markdown to safe HTML: the one way text written by people becomes part of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"https", "mailto"}


def render(text: str, *, top_heading: int = 3) -> Markup:
    """HTML of a Markdown text that may come from anyone.

    Raw HTML is shown as the text it is, pictures as their description, and links keep only https and mailto
    addresses. The first heading level becomes `top_heading` (2 to 6), so that the text fits below a page's own.
    """
    if not 2 <= top_heading <= 6:
        raise ValueError("top_heading must be from 2 to 6")
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + top_heading - 1)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    # Markup is safe here: nh3 has just reduced the text to the allow-list above.
    return Markup(  # noqa: S704
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            url_relative="deny",
            link_rel="noopener noreferrer nofollow",
        )
    )


def structure(text: str) -> list[list[str]]:
    """What a Markdown text says, whatever its line breaks and spacing: type, tag and words of each block."""
    blocks: list[list[str]] = []
    for token in _parser.parse(text):
        exact = token.type in {"fence", "code_block"}
        blocks.append([token.type, token.tag, token.content if exact else " ".join(token.content.split())])
    return blocks


def _picture_as_words(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return escapeHtml(tokens[index].content)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False})
    parser.add_render_rule("image", _picture_as_words)
    return parser


_parser = _make_parser()
