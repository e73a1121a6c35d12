"""Resolves the requirements and the npm packages anew into lock files that hold hashes and no addresses.

The resolver (uv) is itself locked in requirements/lock.txt, and lives in a folder of its own under .make/.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
#: In this order: test.in includes runtime.in and bench.in includes test.in, each held to what the one before it chose.
NAMES = ("runtime", "test", "bench", "build", "node", "lock")
HELD = {"test": "runtime", "bench": "test"}
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--upgrade")


def resolver() -> Path:
    """The uv that resolves, installed by hash."""
    folder = ROOT / ".make" / "resolver"
    program = folder / "bin" / "uv"
    if not program.is_file():
        venv.create(folder, with_pip=True, clear=True)
        python = str(folder / "bin" / "python")
        lock = str(REQUIREMENTS / "lock.txt")
        subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], check=True)
    return program


def main() -> int:
    """Lock everything; stop at the first problem."""
    program = str(resolver())
    for name in NAMES:
        source, target = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
        held = ["--constraint", str(REQUIREMENTS / f"{HELD[name]}.txt")] if name in HELD else []
        command = [program, "pip", "compile", "-q", *OPTIONS, *held, str(source), "-o", str(target)]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"requirements/{name}.txt")
    if npm := shutil.which("npm"):
        subprocess.run([npm, "install", "--package-lock-only", "--loglevel=error"], cwd=ROOT, check=True)
        print("package-lock.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
