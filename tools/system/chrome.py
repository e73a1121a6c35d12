"""The browser that the journey tests drive: any Chrome or Chromium of the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from system.packages import MissingError, command, install_debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

#: Where the browser is on systems that do not put it on the path.
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)

PACKAGES: dict[str, tuple[str, ...]] = {
    "apt-get": ("chromium",),
    "dnf": ("chromium",),
    "pacman": ("chromium",),
    "apk": ("chromium",),
    "zypper": ("chromium",),
    "brew": ("--cask", "chromium"),
}


def found() -> str | None:
    """Where the browser is, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((str(path) for path in PLACES if path.is_file()), None)


def ensure() -> str:
    """Where the browser is, installed from Debian's packages if it is missing and that is allowed.

    Raises MissingError with the one command otherwise.
    """
    if path := found():
        return path
    if install_debian(PACKAGES["apt-get"]) and (path := found()):
        return path
    words = command(PACKAGES) or "install Chromium or Chrome, and put it on the path"
    raise MissingError(f"The browser tests need Chrome or Chromium.\nTo install it:\n  {words}")
