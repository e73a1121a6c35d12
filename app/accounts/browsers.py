"""Puts what a browser says about itself in a few words."""

from __future__ import annotations

from app.errors import N_

#: Looked for in this order, as browsers name the ones they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
UNKNOWN = N_("A browser")
BOTH = N_("%(browser)s on %(system)s")


def described(agent: str) -> tuple[str, dict[str, str]]:
    """A message id and its values, such as Firefox on Linux."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return BOTH, {"browser": browser, "system": system}
    if browser or system:
        return "%(name)s", {"name": browser or system}
    return UNKNOWN, {}
