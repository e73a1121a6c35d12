"""Installs packages of the operating system where that is allowed, else words the one command that does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

#: Package manager -> what to type before the names.
MANAGERS: dict[str, str] = {
    "apt-get": "sudo apt-get install -y",
    "dnf": "sudo dnf install -y",
    "pacman": "sudo pacman -S --needed",
    "apk": "sudo apk add",
    "zypper": "sudo zypper install -y",
    "brew": "brew install",
}


class MissingError(Exception):
    """The machine lacks something that cannot be installed from here; the message holds the one command."""


def command(names: Mapping[str, Sequence[str]]) -> str | None:
    """The one command that installs, by the first package manager found here; None when none is known."""
    for manager, words in MANAGERS.items():
        if manager in names and shutil.which(manager):
            return f"{words} {' '.join(names[manager])}"
    return None


def may_install() -> list[str] | None:
    """How to call apt-get without being asked for anything: as root, or by sudo without a password; else None."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "apt-get"]
    return None


def install_debian(names: Sequence[str]) -> bool:
    """Install Debian packages if allowed; says whether they were installed."""
    apt = may_install()
    if apt is None:
        return False
    print(f"Installing {' '.join(names)}.", flush=True)
    quiet = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=120"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", *quiet, "--no-install-recommends", *names]):
        result = subprocess.run([*apt, *words], env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0 and words[0] == "install":
            print(result.stdout[-2000:] + result.stderr[-2000:], flush=True)
            return False
    return True
