"""The `coterie` command as tests call it: in this process, on files of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.extensions import db
from tests.databases import migrated_database_url

SECRET = "only for tests, only for tests, only for tests"
Run = Callable[..., Result]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with today's schema and nobody in it, to copy."""
    folder = tmp_path_factory.mktemp("empty")
    with migrated_database_url(folder, postgresql=False) as url:
        return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def coterie(bare: Run, empty_database: Path, tmp_path: Path) -> Run:
    """Runs `coterie …` on an installation in the test's folder, whose schema is there; further settings by name."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database, tmp_path / "data" / "coterie.db")
    return bare


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `coterie …` where nothing is installed yet."""
    monkeypatch.setenv("COTERIE_SECRET_KEY", SECRET)
    monkeypatch.setenv("COTERIE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: object, **settings: str) -> Result:
        given = {f"COTERIE_{name.upper()}": value for name, value in settings.items()}
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], env=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    yield run
    for engines in list(db._app_engines.values()):
        for engine in engines.values():
            engine.dispose()
