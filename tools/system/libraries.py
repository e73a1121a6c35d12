"""The shared libraries that setting PDF pages needs: Pango, HarfBuzz with its subset library, Fontconfig, GObject."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from pathlib import Path

from system.packages import MissingError, command, install_debian

__all__ = ["MissingError", "absent", "ensure"]

#: What it is -> the names under which systems know it.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "gobject-2.0"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", "pango-1.0"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "pangoft2-1.0"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "harfbuzz"),
    "HarfBuzz subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "harfbuzz-subset"),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "fontconfig"),
}

PACKAGES: dict[str, tuple[str, ...]] = {
    "apt-get": ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz0b", "libharfbuzz-subset0", "libfontconfig1"),
    "dnf": ("pango", "harfbuzz", "fontconfig"),
    "pacman": ("pango", "harfbuzz", "fontconfig"),
    "apk": ("pango", "harfbuzz-subset", "fontconfig"),
    "zypper": ("libpango-1_0-0", "libharfbuzz0", "libharfbuzz-subset0", "fontconfig"),
    "brew": ("pango", "harfbuzz", "fontconfig"),
}

#: Where Homebrew puts libraries that the loader does not search by itself.
EXTRA_FOLDERS = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"))


def absent() -> list[str]:
    """The libraries that cannot be loaded here, by name."""
    return [what for what, names in LIBRARIES.items() if not any(_loads(name) for name in names)]


def _loads(name: str) -> bool:
    candidates = [name, *(str(folder / name) for folder in EXTRA_FOLDERS if (folder / name).is_file())]
    if not name.endswith((".dylib", ".so.0", ".so.1")):
        found = ctypes.util.find_library(name) if sys.platform == "darwin" else None
        candidates = [found] if found else []
    for candidate in candidates:
        try:
            ctypes.CDLL(candidate)
        except OSError:
            continue
        return True
    return False


def ensure(*, required: bool) -> None:
    """See that PDF pages can be set: install what is missing if allowed, else say the one command.

    Raises MissingError when something is still missing and `required`; otherwise the rest of Coterie goes on.
    """
    missing = absent()
    if not missing:
        return
    if install_debian(PACKAGES["apt-get"]):
        missing = absent()
        if not missing:
            return
    words = command(PACKAGES) or f"install with your package manager: {', '.join(PACKAGES['pacman'])}"
    message = f"PDF summaries need libraries that are not here: {', '.join(missing)}.\nTo install them:\n  {words}"
    if required:
        raise MissingError(message)
    print(f"{message}\nEverything but the PDFs works without them.", flush=True)
