"""libical, which the calendar tests read Coterie's mails with, beside readers that come as packages."""

from __future__ import annotations

import ctypes

from system.packages import MissingError, command, install_debian

NAMES = (
    "libical.so.3",
    "libical.so.4",
    "libical.3.dylib",
    "/opt/homebrew/lib/libical.dylib",
    "/usr/local/lib/libical.dylib",
)

PACKAGES: dict[str, tuple[str, ...]] = {
    "apt-get": ("libical3",),
    "dnf": ("libical",),
    "pacman": ("libical",),
    "apk": ("libical",),
    "zypper": ("libical3",),
    "brew": ("libical",),
}


def found() -> bool:
    """Whether libical can be loaded here."""
    for name in NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def ensure() -> None:
    """See that libical is here, installed from Debian's packages if it is missing and that is allowed.

    Raises MissingError with the one command otherwise.
    """
    if found() or (install_debian(PACKAGES["apt-get"]) and found()):
        return
    words = command(PACKAGES) or "install libical with your package manager"
    raise MissingError(f"The calendar tests need libical.\nTo install it:\n  {words}")
