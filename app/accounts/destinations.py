"""Where a person goes after signing in: only to paths of this site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HOME = "/"
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def own_path(text: str | None) -> str:
    """The path and query if they lead to a page of this site, else the home page.

    Refused: other hosts, schemes, backslashes, spaces, control characters and whatever a browser may read as a host.
    """
    if not text or len(text) > 1000 or not _PATH.fullmatch(text):
        return HOME
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-in", "/sign-out")):
        return HOME
    return text
