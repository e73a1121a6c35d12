"""Sets HTML as tagged PDF (PDF/UA-1) in the house fonts; reaches nothing but packaged assets. For workers only."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

ASSETS = Path(__file__).resolve().parent / "static"
#: What `asset:` may name, by the end of the file's name.
ASSET_TYPES = {
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
#: Families without which a document would be set in whatever the machine has.
FAMILIES = ("Inter", "Source Serif 4", "Noto Sans Arabic", "Noto Sans Hebrew")
_FACE = re.compile(r"@font-face\s*{[^}]*}")
_FILE = re.compile(r"url\((?:\./)?fonts/([^)]+?-(\d+)-(normal|italic)\.woff2)\)")


class AssetRefused(FatalURLFetchingError):  # type: ignore[misc]
    """A document asked for something that is no packaged asset."""


class MissingFonts(RuntimeError):
    """The house fonts are not installed beside the application."""


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Passes `asset:<file under the assets>` and `data:image/…`; refuses every other address."""

    def __init__(self, assets: Path = ASSETS) -> None:
        super().__init__(allowed_protocols=("asset", "data"), allow_redirects=False, fail_on_errors=True)
        self.assets = assets.resolve()
        self.refused: AssetRefused | None = None

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The asset or inline image at an address. Raises AssetRefused and keeps it, as SVG images swallow it."""
        try:
            return self._fetch(url, headers)
        except AssetRefused as refused:
            self.refused = refused
            raise

    def _fetch(self, url: str, headers: dict[str, str] | None) -> URLFetcherResponse:
        if url.startswith("data:image/"):
            return super().fetch(url, headers)
        scheme, _, name = url.partition(":")
        if scheme != "asset":
            raise AssetRefused(f"a document may not reach {url[:80]!r}")
        path = (self.assets / unquote(name)).resolve()
        kind = ASSET_TYPES.get(path.suffix)
        if kind is None or not path.is_relative_to(self.assets) or not path.is_file():
            raise AssetRefused(f"no asset is called {name[:80]!r}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


class SetUp(NamedTuple):
    """What every document of a process shares; figures in SVG see no style sheet and name the fonts themselves."""

    fonts: FontConfiguration
    faces: CSS
    sans: str
    serif: str


def render(html: str, *, title: str, language: str, assets: Path = ASSETS) -> bytes:
    """The document as PDF bytes: the same text gives the same bytes.

    `html` is a whole page; `title` and `language` (such as "en" or "ar") become its <title> and lang where it has none.
    Raises AssetRefused for an address outside the assets, ValueError without a title, MissingFonts.
    """
    if not title.strip():
        raise ValueError("a PDF needs a title")
    ready, fetcher = _set_up(assets), AssetFetcher(assets)
    page = _with_head(html, title, language)
    page = page.replace('font-family="Inter"', f'font-family="{ready.sans}"')
    page = page.replace('font-family="Source Serif 4"', f'font-family="{ready.serif}"')
    document = HTML(string=page, base_url="asset:", url_fetcher=fetcher)
    identifier = sha256(page.encode()).digest()[:16]
    written: bytes | None = document.write_pdf(
        stylesheets=[ready.faces], font_config=ready.fonts, pdf_variant="pdf/ua-1", pdf_identifier=identifier
    )
    if fetcher.refused is not None:
        raise fetcher.refused
    if not written:
        raise RuntimeError("no PDF was written")
    return written


def warm_up() -> None:
    """Load the fonts once, for instance when a worker process starts."""
    _set_up(ASSETS)


@cache
def _set_up(assets: Path) -> SetUp:
    """The fetcher and the fonts of this process; reading the fonts takes longer than setting a page."""
    faces = assets / "vendor" / "fonts.css"
    if not faces.is_file():
        raise MissingFonts(f"{faces} is missing; set up the assets first")
    text, stacks = _faces(faces.read_text(encoding="utf-8"))
    missing = [family for family in FAMILIES if family not in stacks]
    if missing:
        raise MissingFonts(f"{faces} lacks {', '.join(missing)}")
    others = [name for family in FAMILIES[2:] for name in stacks[family]]
    sans, serif = (_listed([*stacks[family], *others]) for family in FAMILIES[:2])
    text += f":root {{ --sans: {sans}; --serif: {serif}; }}"
    fetcher, fonts = AssetFetcher(assets), FontConfiguration()
    sheet = CSS(string=text, base_url="asset:", url_fetcher=fetcher, font_config=fonts)
    bare = str.maketrans("", "", '" ')
    return SetUp(fonts, sheet, sans.translate(bare), serif.translate(bare))


def _faces(text: str) -> tuple[str, dict[str, list[str]]]:
    """The font faces, each alphabet's file under a family name of its own, and those names by family.

    Files of one family for several alphabets share one description, which WeasyPrint takes for one font, so that
    letters come out as others. The name of the file tells them apart.
    """
    faces, stacks = [], dict[str, list[str]]()
    for face in _FACE.findall(text):
        family = re.search(r"font-family:\s*['\"]?([^;'\"]+)", face)
        file = _FILE.search(face)
        if family is None or file is None:
            continue
        alphabet = file[1].removesuffix(f"-{file[2]}-{file[3]}.woff2")
        stack = stacks.setdefault(family[1], [])
        if alphabet not in stack:
            stack.append(alphabet)
        faces.append(
            f'@font-face {{ font-family: "{alphabet}"; font-weight: {file[2]}; font-style: {file[3]}; '
            f"src: url(asset:vendor/fonts/{file[1]}); }}"
        )
    for stack in stacks.values():
        stack.sort(key=lambda alphabet: (not alphabet.endswith("-latin"), alphabet))
    return "\n".join(faces), stacks


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _with_head(html: str, title: str, language: str) -> str:
    if not re.search(r"<title>[^<]*\S[^<]*</title>", html):
        html = re.sub(r"<title>\s*</title>", "", html)
        html = _into(html, "head", f"<title>{escape(title)}</title>")
    if not re.search(r"<html[^>]*\slang=", html):
        html = re.sub(r"<html\b", f'<html lang="{escape(language)}"', html, count=1)
    return html


def _into(html: str, element: str, addition: str) -> str:
    found = re.search(rf"<{element}\b[^>]*>", html)
    if found is None:
        raise ValueError(f"a document needs a <{element}>")
    return html[: found.end()] + addition + html[found.end() :]
