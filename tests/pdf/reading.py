"""Reads a PDF back with two other programs: its tags with pikepdf, its text with pdfium."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import pikepdf
import pypdfium2


class Tag(NamedTuple):
    """One element of the structure tree: its type and its alternative text, if any."""

    kind: str
    alt: str | None


def open_pdf(data: bytes) -> pikepdf.Pdf:
    """The PDF's objects."""
    return pikepdf.open(BytesIO(data))


def tags(data: bytes) -> list[Tag]:
    """The structure tree in reading order."""
    with open_pdf(data) as pdf:
        return list(_walk(pdf.Root.StructTreeRoot.K))


def _walk(node: Any) -> Iterator[Tag]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield Tag(str(node.S).removeprefix("/"), str(node.Alt) if "/Alt" in node else None)
        if "/K" in node:
            yield from _walk(node.K)


def texts(data: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(data)
    try:
        found = []
        for page in document:
            words = page.get_textpage()
            found.append(words.get_text_bounded().replace("\r\n", "\n"))
            words.close()
            page.close()
        return found
    finally:
        document.close()


def font_names(data: bytes) -> set[str]:
    """Names of the embedded fonts; a font that is not embedded fails."""
    names = set()
    with open_pdf(data) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                assert any(key in item for key in ("/FontFile", "/FontFile2", "/FontFile3"))
                names.add(str(item.FontName).split("+")[-1])
    return names
