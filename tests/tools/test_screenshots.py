from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
TAKEN = set(re.findall(r'"([a-z0-9-]+)"\)$', (ROOT / "tools" / "screenshots.py").read_text(), re.MULTILINE))


def test_every_picture_is_taken_by_the_script_and_small() -> None:
    pictures = sorted(FOLDER.glob("*.png"))
    assert len(pictures) > 10
    assert {picture.stem for picture in pictures} <= TAKEN
    assert [picture.name for picture in pictures if picture.stat().st_size > 200_000] == []


def test_every_picture_that_the_pages_of_the_project_show_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / target).resolve()
        for page in pages
        for target in re.findall(r"!\[[^\]]*\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if "screenshots/" in target
    }
    assert shown
    assert [path.name for path in shown if not path.is_file()] == []
