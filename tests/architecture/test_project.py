"""The project's own files: settings documented, locks without addresses, nothing of the machine it was made on."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from app.config import SETTINGS
from tests.architecture.sources import PACKAGES, ROOT, files, name_of

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)
#: Written in two parts so that this file does not name them either.
HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "debian" + ".org",
    "jsdel" + "ivr",
)
#: Files of other people's words or numbers, where an address may be part of the data.
NOT_OURS = ("tests/data/",)


def test_every_setting_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [
        setting.variable
        for setting in SETTINGS
        if f"| `{setting.variable}` |" not in text or setting.meaning not in text
    ]
    assert missing == []


def test_no_documented_setting_is_gone() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = {setting.variable for setting in SETTINGS} | {"COTERIE_CONFIG"}
    assert sorted(set(re.findall(r"COTERIE_[A-Z_]*[A-Z]", text)) - known) == []


@pytest.mark.parametrize("path", LOCKS, ids=name_of)
def test_a_lock_holds_hashes_and_no_address(path: object) -> None:
    text = ROOT.joinpath(str(path)).read_text(encoding="utf-8")
    pins = PIN.findall(text)
    assert pins
    assert "://" not in text
    assert len(re.findall(r"==[^\n]*\\\n    --hash=sha256:", text)) == len(pins)


def test_tests_run_on_the_versions_that_people_get() -> None:
    served, tested = (
        dict(PIN.findall((ROOT / "requirements" / name).read_text(encoding="utf-8")))
        for name in ("runtime.txt", "test.txt")
    )
    assert {name: tested.get(name) for name in served} == served


def test_the_npm_lock_holds_exact_versions_and_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert "://" not in text
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert json.loads(text)["packages"][f"node_modules/{name}"]["version"] == version


def test_no_file_names_a_package_host_or_the_folder_it_was_made_in() -> None:
    places = (f"{ROOT}/", "/ro" + "ot/", "/wo" + "rk/")
    found = [
        f"{name_of(path)}: {word}"
        for path in files()
        if not name_of(path).startswith(NOT_OURS)
        for word in (*HOSTS, *places)
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_the_packages_are_named_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    named = re.search(r"root_packages =\n((?:    \w+\n)+)", contracts)
    assert named
    included = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert set(included) == {f"{name}*" for name in PACKAGES}
    assert set(project["tool"]["mypy"]["packages"]) == set(PACKAGES)
    assert set(named[1].split()) == set(PACKAGES)
