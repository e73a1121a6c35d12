"""The files of the project as the architecture tests read them: what is committed, without what set-up made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("app", "circles", "scheduling", "guides", "practices")
TEMPLATES = ROOT / "templates"

#: Folders that set-up, tests and tools make, by name wherever they are.
MADE = frozenset({"node_modules", "vendor", "instance", "build", "__pycache__", "htmlcov"})
TEXT = frozenset(
    {".cfg", ".css", ".csv", ".html", ".in", ".ini", ".js", ".json", ".mako", ".md", ".mjs", ".py", ".sh", ".svg"}
    | {".toml", ".txt", ".yaml", ".yml", ""}
)


@cache
def files() -> tuple[Path, ...]:
    """Every text file of the project, except what set-up made and hidden folders other than .ci."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            if not hidden and path.name not in MADE and not path.name.endswith(".egg-info"):
                yield from _walk(path)
        elif path.suffix in TEXT and path.name != ".coverage":
            yield path


def name_of(path: Path) -> str:
    """A file's name as people say it: relative to the project, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def code() -> tuple[Path, ...]:
    """Every Python file of the five packages, migrations left out."""
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and name_of(path).split("/")[0] in PACKAGES and "migrations" not in path.parts
    )


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_of(path: Path) -> str:
    """The dotted name of a Python file of the packages."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def templates(suffix: str) -> list[Path]:
    """Every template with a suffix, such as `.html`."""
    return [path for path in files() if TEMPLATES in path.parents and path.name.endswith(suffix)]


def template_name(path: Path) -> str:
    """The name by which Jinja loads a template."""
    return path.relative_to(TEMPLATES).as_posix()
