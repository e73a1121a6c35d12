"""Copying the packages' files: what is written, when nothing is, and what is said when something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tools import assets


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with package.json and node_modules holding just what is copied."""
    shutil.copy(assets.ROOT / "package.json", tmp_path)
    for package, version in assets.wanted(assets.ROOT).items():
        folder = tmp_path / "node_modules" / package
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"version": version}))
        for name in assets.FILES[package]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{package} {name}")
        for sheet in assets.FACES.get(package, ()):
            font = f"{package.rsplit('/')[-1]}-{sheet.removesuffix('.css')}.woff2"
            (folder / "files").mkdir(exist_ok=True)
            (folder / "files" / font).write_bytes(b"font")
            (folder / sheet).write_text(
                f"@font-face {{ src: url(./files/{font}) format('woff2'), url(./files/old.woff) format('woff'); }}"
            )
    return tmp_path


def test_every_file_is_copied_once(project: Path) -> None:
    assert assets.copy_assets(project) > 10
    assert assets.copy_assets(project) == 0
    vendor = project / "app" / "static" / "vendor"
    assert (vendor / "htmx.min.js").read_text() == "htmx.org dist/htmx.min.js"
    assert json.loads((vendor / "packages.json").read_text()) == assets.wanted(project)


def test_faces_point_at_copied_woff2_files_only(project: Path) -> None:
    assets.copy_assets(project)
    vendor = project / "app" / "static" / "vendor"
    faces = (vendor / "fonts.css").read_text()
    assert "old.woff" not in faces
    named = assets.re.findall(r"url\((fonts/[^)]+)\)", faces)
    assert len(named) == sum(len(sheets) for sheets in assets.FACES.values())
    assert all((vendor / name).is_file() for name in named)


def test_a_spoilt_copy_is_mended(project: Path) -> None:
    assets.copy_assets(project)
    spoilt = project / "app" / "static" / "vendor" / "htmx.min.js"
    spoilt.write_text("half")
    assert assets.copy_assets(project) == 1
    assert spoilt.read_text() == "htmx.org dist/htmx.min.js"


def test_another_version_of_the_same_size_is_copied(project: Path) -> None:
    assets.copy_assets(project)
    package = project / "node_modules" / "htmx.org"
    (package / "dist/htmx.min.js").write_text("HTMX.ORG dist/htmx.min.js")
    (package / "package.json").write_text('{"version": "2.0.12"}')
    named = json.loads((project / "package.json").read_text())
    named["dependencies"]["htmx.org"] = "2.0.12"
    (project / "package.json").write_text(json.dumps(named))
    assert assets.copy_assets(project) > 1
    assert (project / "app/static/vendor/htmx.min.js").read_text().startswith("HTMX")


def test_what_is_missing_is_named_before_anything_is_written(project: Path) -> None:
    shutil.rmtree(project / "node_modules" / "bootstrap")
    (project / "node_modules/htmx.org/package.json").write_text('{"version": "1.9.0"}')
    (project / "node_modules/sortablejs/modular/sortable.esm.js").unlink()
    with pytest.raises(assets.MissingAssetsError) as caught:
        assets.copy_assets(project)
    assert str(caught.value).splitlines() == [
        "bootstrap 5.3.9 is not installed",
        "htmx.org is 1.9.0, package.json names 2.0.11",
        "sortablejs has no file modular/sortable.esm.js",
    ]
    assert not (project / "app").exists()


def test_the_command_says_what_to_type(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "ROOT", project)
    assert assets.main() == 0
    assert assets.main() == 0
    assert "up to date" in capsys.readouterr().out
    shutil.rmtree(project / "node_modules")
    assert assets.main() == 1
    assert "Run: npm ci" in capsys.readouterr().err


def test_versions_are_exact_and_the_lock_holds_no_address() -> None:
    named = json.loads((assets.ROOT / "package.json").read_text())
    assert all(version[0].isdigit() for version in (named["dependencies"] | named["devDependencies"]).values())
    lock = (assets.ROOT / "package-lock.json").read_text()
    assert "://" not in lock
    locked = json.loads(lock)["packages"]
    for package, version in assets.wanted(assets.ROOT).items():
        entry = locked[f"node_modules/{package}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
