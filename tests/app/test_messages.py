"""Every message of the code and the templates reaches translators, spelled as it is looked up at run time."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("app", "circles", "scheduling", "guides", "practices")
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
#: As in docs/translating.md.
IGNORED_FOLDERS = (".*", "node_modules")
#: Functions whose first argument is a message; only the first three may also take one from elsewhere.
LOOKED_UP = {"_", "gettext", "ngettext"}
SET_DOWN = {"N_", "_l", "lazy_gettext"}


def key(message: object) -> str:
    """The message id of an extracted message: the singular of a pair."""
    return str(message[0] if isinstance(message, (tuple, list)) else message)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """What translators get."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    made = Catalog(project="Coterie", charset="utf-8")
    folders = [folder for folder in ROOT.iterdir() if folder.name in (*PACKAGES, "templates")]
    for name, line, message, comments, context in extract_from_dir(
        ROOT,
        methods,
        options,
        KEYWORDS,
        directory_filter=lambda path: not any(fnmatch(Path(path).name, pattern) for pattern in IGNORED_FOLDERS),
    ):
        made.add(message, None, [(name, line)], auto_comments=comments, context=context)
    assert {Path(name).parts[0] for entry in made for name, _ in entry.locations} == {path.name for path in folders}
    return made


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of a gettext function in the code: its name, the call, and where it stands."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    yield node.func.id, node, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_messages_that_are_set_down_are_plain_texts() -> None:
    computed = [
        place
        for name, call, place in calls()
        if name in SET_DOWN and not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]
    assert computed == [], "a message that is computed cannot be extracted"


def test_every_message_of_the_code_is_extracted(catalog: Catalog) -> None:
    known = {key(entry.id) for entry in catalog}
    missing = {
        f"{place}: {call.args[0].value}"
        for name, call, place in calls()
        if name in LOOKED_UP | SET_DOWN and isinstance(call.args[0], ast.Constant) and call.args[0].value not in known
    }
    assert missing == set()
    assert sum(name in SET_DOWN for name, _, _ in calls()) > 100


def test_every_message_of_the_templates_is_extracted_as_it_is_looked_up(base_app: Flask, catalog: Catalog) -> None:
    known = {key(entry.id) for entry in catalog}
    looked_up: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            source = path.read_text(encoding="utf-8")
            found = base_app.jinja_env.extract_translations(source)  # type: ignore[attr-defined]
            for _, function, message in found:
                if function in LOOKED_UP and key(message) != "None":
                    looked_up.add((key(message), path.name))
    assert len(looked_up) > 500
    assert [entry for entry in sorted(looked_up) if entry[0] not in known] == []


def test_a_template_for_translators_can_be_written_and_read(catalog: Catalog) -> None:
    file = io.BytesIO()
    write_po(file, catalog)
    file.seek(0)
    again = read_po(file)
    assert len(again) == len(catalog) > 1000
    assert again["Home"] is not None


def test_placeholders_have_names(catalog: Catalog) -> None:
    unnamed = [key(entry.id) for entry in catalog if "%s" in key(entry.id) or "%d" in key(entry.id)]
    assert unnamed == [], "languages order their words differently, so every placeholder needs a name"
