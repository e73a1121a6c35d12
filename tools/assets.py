"""Copies the JavaScript, styles and fonts that Coterie serves from node_modules into app/static/vendor.

Run it after `npm ci`. It writes only what changed, so a second run takes a few milliseconds; it says what is
missing and ends with 1 when node_modules does not hold the exact versions named in package.json.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Package -> files copied as they are, each into vendor/<second name>.
FILES: dict[str, dict[str, str]] = {
    "bootstrap": {"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "licences/bootstrap.txt"},
    "htmx.org": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "licences/htmx.txt"},
    "sortablejs": {"modular/sortable.esm.js": "sortable.esm.js", "LICENSE": "licences/sortablejs.txt"},
    "@fontsource/inter": {"LICENSE": "licences/inter.txt"},
    "@fontsource/source-serif-4": {"LICENSE": "licences/source-serif-4.txt"},
    "@fontsource/noto-sans-arabic": {"LICENSE": "licences/noto-sans-arabic.txt"},
    "@fontsource/noto-sans-hebrew": {"LICENSE": "licences/noto-sans-hebrew.txt"},
}

#: Font package -> the style sheets whose faces are joined into vendor/fonts.css.
FACES: dict[str, tuple[str, ...]] = {
    "@fontsource/inter": ("400.css", "500.css", "600.css"),
    "@fontsource/source-serif-4": ("400.css", "400-italic.css", "600.css"),
    "@fontsource/noto-sans-arabic": ("arabic-400.css", "arabic-600.css"),
    "@fontsource/noto-sans-hebrew": ("hebrew-400.css", "hebrew-600.css"),
}

FONT_FILE = re.compile(r"url\(\./files/([a-z0-9-]+\.woff2)\) format\('woff2'\)")
OLD_FORMAT = re.compile(r",\s*url\([^)]*\.woff\) format\('woff'\)")


class MissingAssetsError(Exception):
    """node_modules does not hold what package.json names; the message has a line for each package or file."""


def wanted(root: Path) -> dict[str, str]:
    """Package -> exact version, from package.json, for the packages that are copied."""
    named = json.loads((root / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {package: named[package] for package in FILES}


def missing(root: Path) -> list[str]:
    """One line for each package that is absent, of another version, or lacks a file."""
    problems = []
    for package, version in wanted(root).items():
        folder = root / "node_modules" / package
        try:
            found = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
        except FileNotFoundError:
            problems.append(f"{package} {version} is not installed")
            continue
        if found != version:
            problems.append(f"{package} is {found}, package.json names {version}")
        names = [*FILES[package], *FACES.get(package, ())]
        problems += [f"{package} has no file {name}" for name in names if not (folder / name).is_file()]
    return problems


def planned(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file to copy: where it is, and its name under vendor."""
    for package, files in FILES.items():
        for name, target in files.items():
            yield root / "node_modules" / package / name, target
    for package, sheets in FACES.items():
        folder = root / "node_modules" / package
        fonts = {font for sheet in sheets for font in FONT_FILE.findall((folder / sheet).read_text(encoding="utf-8"))}
        for font in sorted(fonts):
            yield folder / "files" / font, f"fonts/{font}"


def font_faces(root: Path) -> str:
    """The @font-face rules of every chosen weight, pointing at vendor/fonts and naming woff2 only."""
    sheets = [root / "node_modules" / package / sheet for package, names in FACES.items() for sheet in names]
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    return FONT_FILE.sub(r"url(fonts/\1) format('woff2')", OLD_FORMAT.sub("", text))


def copy_assets(root: Path) -> int:
    """Bring app/static/vendor up to date and return how many files were written.

    Raises MissingAssetsError, before writing anything, when node_modules is not as package.json says.
    """
    if problems := missing(root):
        raise MissingAssetsError("\n".join(problems))
    vendor = root / "app" / "static" / "vendor"
    record = json.dumps(wanted(root), indent=2, sort_keys=True) + "\n"
    stamp = vendor / "packages.json"
    same_versions = stamp.is_file() and stamp.read_text(encoding="utf-8") == record
    written = 0
    for source, name in planned(root):
        target = vendor / name
        # npm gives every file the same date, so within one set of versions the size tells whether a copy is whole.
        if same_versions and target.is_file() and target.stat().st_size == source.stat().st_size:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written += 1
    for target, text in ((vendor / "fonts.css", font_faces(root)), (stamp, record)):
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            written += 1
    return written


def main() -> int:
    """Copy, say what was done, and return the exit status."""
    try:
        written = copy_assets(ROOT)
    except MissingAssetsError as error:
        print(f"Some JavaScript, style or font packages are missing:\n{error}\nRun: npm ci", file=sys.stderr)
        return 1
    print(f"Assets: {written} files written." if written else "Assets are up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
